// Dragging a wire from port to port, or its end off a port: what fits grows, what doesn't fades, a refusal is explained.
// Owns the gesture's meaning; finding the port under the pointer is rete's (rete-view.ts).
import { type Connection, type Endpoint, makeConnection } from '../../core/patch.ts';
import { css } from '../dom.ts';
import { problemWords } from '../problem-words.ts';
import type { PatchCanvas } from './canvas.ts';
import { endText, removeWire, tryConnect, typesFit } from './edit-actions.ts';
import type { NodeCard } from './node-card.ts';
import { looseEnd, type Refusal } from './refusal.ts';
import type { PortRef, ViewHooks } from './rete-view.ts';
import { type Point, wirePath } from './wire-path.ts';

/** How far from a port, in px on the screen, a wire may be let go and still be meant for it. */
const CATCH_PX = 24;

export class Connecting implements ViewHooks {
  #canvas: PatchCanvas | undefined;
  #refusal: Refusal | undefined;
  readonly #announce: (text: string) => void;
  /** The connection whose end was taken off. */
  #taken: Connection | undefined;
  #isLit = false;
  #origin: PortRef | undefined;

  constructor(announce: (text: string) => void) {
    this.#announce = announce;
  }

  /** The canvas exists only after its hooks do. */
  attach(canvas: PatchCanvas, refusal: Refusal): void {
    this.#canvas = canvas;
    this.#refusal = refusal;
  }

  get isDragging(): boolean {
    return this.#isLit;
  }

  pick(port: PortRef): PortRef {
    const canvas = this.#canvas as PatchCanvas;
    this.#refusal?.close();
    canvas.element.focus({ preventScroll: true });
    this.#taken = undefined;
    if (port.direction === 'outlet') return port;
    // The newest wire of an inlet comes off and hangs on its outlet.
    const wires = Object.values(canvas.context.store.patch.connections).filter(
      c => c.to.node === port.node && c.to.port === port.port,
    );
    const selected = wires.find(wire => wire.id === canvas.context.session.selection.connection);
    this.#taken = selected ?? wires.at(-1);
    return this.#taken ? { ...this.#taken.from, direction: 'outlet' } : port;
  }

  drag(origin: PortRef, to: Point): void {
    const canvas = this.#canvas as PatchCanvas;
    const start = canvas.endOf(origin);
    if (!start) return;
    if (!this.#isLit) this.#light(origin);
    const end = looseEnd(to, start);
    const type = canvas.boxes.get(origin.node)?.layout.ports.get(origin.port)?.type ?? 'audio';
    canvas.wires.showPseudo(
      origin.direction === 'outlet' ? wirePath(type, start, end).path : wirePath(type, end, start).path,
      type,
    );
  }

  drop(origin: PortRef, over: PortRef | undefined, at: Point): void {
    const canvas = this.#canvas as PatchCanvas;
    const taken = this.#taken;
    const wasDragged = this.#isLit;
    const target = over ?? (wasDragged ? this.#nearest(origin, at) : undefined);
    this.cancel();
    const isSame = target !== undefined && target.node === origin.node && target.port === origin.port;
    if (isSame && !taken) return;
    const isPair = target !== undefined && target.direction !== origin.direction;
    if (!isPair) {
      if (!taken || !wasDragged) return;
      removeWire(canvas.context, taken);
      this.#announce(`Disconnected ${endText(taken.from)} from ${endText(taken.to)}`);
      return;
    }
    const [from, to] = origin.direction === 'outlet' ? [origin, target] : [target, origin];
    this.connect(from, to, taken?.id);
  }

  cancel(): void {
    const canvas = this.#canvas as PatchCanvas;
    canvas.wires.showPseudo(undefined);
    this.#taken = undefined;
    if (!this.#isLit) return;
    this.#isLit = false;
    canvas.element.classList.remove(css('mod-connecting'));
    canvas.deck.onShow.delete(this.#lightCard);
    for (const card of canvas.deck.shown.values())
      for (const port of card.viewPorts) port.element.classList.remove(css('mod-fits'));
  }

  /** Connects two ports, or shows why not; says either. */
  connect(from: Endpoint, to: Endpoint, replaced?: string): boolean {
    const canvas = this.#canvas as PatchCanvas;
    const problem = tryConnect(
      canvas.context,
      { node: from.node, port: from.port },
      { node: to.node, port: to.port },
      replaced,
    );
    if (!problem) {
      this.#announce(`Connected ${endText(from)} to ${endText(to)}`);
      return true;
    }
    this.#announce(`Refused: ${problemWords(canvas.context, problem)}`);
    this.#refusal?.show(
      problem,
      { node: from.node, port: from.port, direction: 'outlet' },
      { node: to.node, port: to.port, direction: 'inlet' },
    );
    return false;
  }

  /** The nearest port in reach that fits and isn't wired to the origin already, but for the wire that was taken off. */
  #nearest(origin: PortRef, at: Point): PortRef | undefined {
    const canvas = this.#canvas as PatchCanvas;
    const { connections } = canvas.context.store.patch;
    const direction = origin.direction === 'outlet' ? 'inlet' : 'outlet';
    let reach = CATCH_PX / canvas.viewport.transform.k;
    let found: PortRef | undefined;
    for (const box of canvas.boxes.values()) {
      for (const port of box.ports) {
        const end = { node: box.id, port: port.name };
        const distance = Math.hypot(box.x + port.x - at.x, box.y + port.y - at.y);
        const [from, to] = origin.direction === 'outlet' ? [origin, end] : [end, origin];
        if (distance > reach || !typesFit(canvas.context, from, to)) continue;
        const { id } = makeConnection(`${from.node}.${from.port}`, `${to.node}.${to.port}`);
        if (Object.hasOwn(connections, id) && id !== this.#taken?.id) continue;
        reach = distance;
        found = { ...end, direction };
      }
    }
    return found;
  }

  #light(origin: PortRef): void {
    const canvas = this.#canvas as PatchCanvas;
    this.#isLit = true;
    this.#origin = origin;
    canvas.element.classList.add(css('mod-connecting'));
    for (const card of canvas.deck.shown.values()) this.#lightCard(card);
    // Others come into sight while the canvas is panned.
    canvas.deck.onShow.add(this.#lightCard);
  }

  readonly #lightCard = (card: NodeCard): void => {
    const { context } = this.#canvas as PatchCanvas;
    const origin = this.#origin;
    if (!origin) return;
    for (const port of card.viewPorts) {
      const end = { node: card.id, port: port.name };
      const fits = origin.direction === 'outlet' ? typesFit(context, origin, end) : typesFit(context, end, origin);
      const isOrigin = card.id === origin.node && port.name === origin.port;
      port.element.classList.toggle(css('mod-fits'), fits || isOrigin);
    }
  };
}
