// The canvas: keeps cards, wires and marks equal to the patch. Reads the store, never changes it.
// Owns the reconcile and the drawing order; gestures, menus and keys are in their own files.
import type { Problem } from '../../core/errors.ts';
import type { Connection, Endpoint, Frame, Note, Patch } from '../../core/patch.ts';
import type { PortType } from '../../core/port.ts';
import type { EditorContext } from '../context.ts';
import { css, Disposables, h, prefersReducedMotion } from '../dom.ts';
import { formatCount } from '../format.ts';
import { boundsOf, meets } from './bounds.ts';
import { MarkLayer } from './marks.ts';
import { NodeCard } from './node-card.ts';
import { RefusedWire } from './refused-wire.ts';
import { ReteView, type ViewHooks } from './rete-view.ts';
import { Viewport } from './viewport.ts';
import { endOf, type Rect, type WireEnd } from './wire-path.ts';
import { WireLayer } from './wires.ts';

const LIVE_FPS = 30;
const LIVE_FPS_REDUCED = 4;

interface Ends {
  inlets: string[];
  outlets: string[];
}

export class PatchCanvas {
  readonly context: EditorContext;
  readonly element: HTMLElement;
  readonly view: ReteView;
  readonly viewport: Viewport;
  readonly wires = new WireLayer();
  readonly refused = new RefusedWire();
  readonly marks: MarkLayer;
  readonly cards = new Map<string, NodeCard>();
  readonly disposables = new Disposables();
  /** Called after anything moved: pan, zoom, nodes. For minimap and cards that hang on a place. */
  readonly moved = new Set<() => void>();
  #patch: Patch | undefined;
  #ends = new Map<string, Ends>();
  #wiresOf = new Map<string, Set<string>>();
  #lastLiveMs = 0;
  #lastPlan: unknown;
  #liveRequest = 0;

  constructor(context: EditorContext, host: HTMLElement, hooks: ViewHooks) {
    this.context = context;
    this.marks = new MarkLayer(context);
    this.element = h('div', {
      class: css('Canvas'),
      tabindex: 0,
      role: 'application',
      'aria-roledescription': 'patch canvas',
    });
    host.append(this.element);
    this.view = new ReteView(this.element, hooks);
    this.view.holder.classList.add(css('holder'));
    this.view.holder.append(this.marks.element, this.wires.element, this.wires.badges, this.refused.element);
    this.viewport = new Viewport(this.element, this.view, () => this.#tellMoved());
    this.viewport.set({ x: 0, y: 0, k: 1 });
    this.reconcile();
    this.disposables.add(context.store.subscribe(() => this.reconcile()));
    this.disposables.add(context.session.subscribe(() => this.drawSelection()));
    this.disposables.add(context.engine.onChange(() => this.#onEngine()));
  }

  /** Makes everything drawn equal to the patch; touches only what differs. */
  reconcile(): void {
    const before = this.#patch;
    const patch = this.context.store.patch;
    if (before === patch) return;
    this.#patch = patch;
    const hasNewWires = before?.connections !== patch.connections;
    if (hasNewWires) this.#ends = endsOf(patch);
    let hasMoved = before?.sampleRateHz !== patch.sampleRateHz;
    if (before) {
      for (const id in before.connections)
        if (!Object.hasOwn(patch.connections, id)) this.#removeWire(before.connections[id] as Connection);
      for (const id in before.nodes)
        if (!Object.hasOwn(patch.nodes, id)) {
          this.#removeCard(id);
          // Wires went around it.
          hasMoved = true;
        }
    }
    const touched = new Set<string>();
    if (before?.nodes !== patch.nodes || before.sampleRateHz !== patch.sampleRateHz) {
      for (const id in patch.nodes) {
        const node = patch.nodes[id];
        if (node && (before?.nodes[id] !== node || before.sampleRateHz !== patch.sampleRateHz)) {
          const isNewShape = this.#updateCard(id);
          hasMoved ||= isNewShape || before?.nodes[id]?.position !== node.position;
          touched.add(id);
        }
      }
    }
    // Params show what is heard: own value plus the knob's, so a turned knob redraws what it turns.
    const heard = new Set<string>();
    for (const id of touched)
      for (const wire of this.#wiresOf.get(id) ?? []) {
        const connection = patch.connections[wire];
        if (
          connection &&
          connection.from.node === id &&
          !touched.has(connection.to.node) &&
          this.typeOf(connection.from) === 'control'
        )
          heard.add(connection.to.node);
      }
    for (const id of heard) this.#updateCard(id);
    if (hasNewWires) {
      for (const id in patch.connections)
        if (!before || !Object.hasOwn(before.connections, id)) this.#addWire(patch.connections[id] as Connection);
      for (const card of this.cards.values()) this.#markConnected(card);
      if (before) for (const id of this.#wiredDifferently(before, patch)) this.#updateCard(id);
    }
    if (before?.frames !== patch.frames || before.notes !== patch.notes) this.marks.update(patch);
    if (hasNewWires || hasMoved) this.placeWires();
    if (hasNewWires) this.drawFacts();
    this.#forgetGone(patch);
    if (hasNewWires || before?.nodes === undefined || Object.keys(before.nodes).length !== this.cards.size)
      this.drawSelection();
    this.element.setAttribute('aria-label', describePatch(patch));
    if (hasMoved || hasNewWires || before?.nodes !== patch.nodes || before.frames !== patch.frames) this.#tellMoved();
  }

  /** Type of a connection: that of its outlet. */
  typeOf(from: Endpoint): PortType {
    return this.cards.get(from.node)?.layout.ports.get(from.port)?.type ?? 'audio';
  }

  /** Where an end of a wire lies; undefined when the port is not there. */
  endOf(end: Endpoint): WireEnd | undefined {
    const card = this.cards.get(end.node);
    const spot = card?.layout.ports.get(end.port);
    return card && spot ? endOf(card.position, spot) : undefined;
  }

  rectOf(card: NodeCard): Rect {
    return { x: card.position[0], y: card.position[1], width: card.layout.width, height: card.layout.height };
  }
  get bounds(): Rect | undefined {
    const patch = this.context.store.patch;
    const marks = [...Object.values(patch.frames), ...Object.values(patch.notes)].map(rectOfMark);
    return boundsOf([...[...this.cards.values()].map(card => this.rectOf(card)), ...marks]);
  }

  /** Moves a card while a drag lasts, before it is a transaction. Its wires follow at once; others find their way at the end. */
  placeCard(id: string, position: readonly [number, number]): void {
    const card = this.cards.get(id);
    if (!card) return;
    card.position = position;
    this.view.setPosition(id, position);
    this.placeWires(this.#wiresOf.get(id) ?? new Set(), []);
  }

  /** Routes wires; all of them around all nodes unless told otherwise. */
  placeWires(ids: Iterable<string> = this.wires.ids, obstacles?: readonly Rect[]): void {
    const around = obstacles ?? [...this.cards.values()].map(card => this.rectOf(card));
    for (const id of ids) {
      const connection = this.context.store.patch.connections[id];
      const from = connection && this.endOf(connection.from);
      const to = connection && this.endOf(connection.to);
      if (from && to) this.wires.place(id, this.typeOf(connection.from), from, to, around);
    }
    this.#placeLabels();
  }

  drawSelection(): void {
    const { nodes, connection, marks, focus } = this.context.session.selection;
    for (const [id, card] of this.cards) {
      card.element.classList.toggle(css('mod-selected'), nodes.has(id));
      card.element.classList.toggle(css('mod-focused'), id === focus);
    }
    for (const id of this.wires.ids) this.wires.setState(id, 'selected', id === connection);
    this.marks.setSelected(marks);
    const focused = focus === undefined ? undefined : this.cards.get(focus);
    focused?.describe(this.context.isPlaying);
    if (focused) this.element.setAttribute('aria-activedescendant', focused.element.id);
    else this.element.removeAttribute('aria-activedescendant');
  }

  /** Draws what the plan says on cards and wires. */
  drawFacts(): void {
    const { plan } = this.context.engine;
    this.#lastPlan = plan;
    const patch = this.context.store.patch;
    for (const id of this.wires.ids) this.wires.setFacts(id, plan?.connections[id], patch.sampleRateHz);
    this.#placeLabels();
    this.drawBad(plan?.problems ?? []);
    for (const card of this.cards.values()) card.updateFacts();
  }

  /** Draws the wires that errors are about in the error colour: of a loop the whole way round. */
  drawBad(problems: readonly Problem[]): void {
    const errors = problems.filter(problem => problem.severity === 'error');
    const bad = new Set(
      errors.flatMap(({ path, connections = [] }) => [path.replace(/^connections\./, ''), ...connections]),
    );
    for (const id of this.wires.ids) this.wires.setState(id, 'bad', bad.has(id));
  }

  dispose(): void {
    cancelAnimationFrame(this.#liveRequest);
    this.disposables.dispose();
    this.view.dispose();
    this.element.remove();
  }

  #onEngine(): void {
    if (this.context.engine.plan !== this.#lastPlan) {
      // New resources may have brought other ports and params.
      let hasNewShape = false;
      for (const [id, card] of this.cards) {
        const node = this.context.store.patch.nodes[id];
        if (node && this.context.shapeOf(node) !== card.shape) hasNewShape = this.#updateCard(id) || hasNewShape;
      }
      if (hasNewShape) this.placeWires();
      this.drawFacts();
    }
    if (this.#liveRequest === 0 && !document.hidden) this.#liveRequest = requestAnimationFrame(this.#drawLive);
  }

  /** Draws what sounds now, a few times a second; what is told in between is drawn when its turn comes. */
  readonly #drawLive = (nowMs: number): void => {
    const fps = prefersReducedMotion() ? LIVE_FPS_REDUCED : LIVE_FPS;
    if (this.context.isPlaying && nowMs - this.#lastLiveMs < 1000 / fps - 4) {
      this.#liveRequest = requestAnimationFrame(this.#drawLive);
      return;
    }
    this.#liveRequest = 0;
    this.#lastLiveMs = nowMs;
    this.element.classList.toggle(css('mod-playing'), this.context.isPlaying);
    const seen = this.viewport.visible;
    for (const card of this.cards.values()) if (card.hasLive && meets(this.rectOf(card), seen)) card.updateLive();
  };

  /** Draws a node as the document has it. Returns whether its size or ports changed. */
  #updateCard(id: string): boolean {
    const node = this.context.store.patch.nodes[id];
    if (!node) return false;
    const ends = this.#ends.get(id) ?? { inlets: [], outlets: [] };
    const card = this.cards.get(id);
    if (!card) {
      const fresh = new NodeCard(this.context, node, ends);
      this.cards.set(id, fresh);
      this.view.addNode(id, fresh.element, fresh.viewPorts, fresh.position);
      this.#markConnected(fresh);
      return true;
    }
    const isNewShape = card.update(node, ends);
    this.view.setPosition(id, card.position);
    if (!isNewShape) return false;
    this.view.setPorts(id, card.viewPorts);
    this.#markConnected(card);
    return true;
  }

  /** Nodes at which a connection came or went. */
  #wiredDifferently(before: Patch | undefined, patch: Patch): Set<string> {
    const ids = new Set<string>();
    for (const [one, other] of [
      [before, patch],
      [patch, before],
    ] as const) {
      for (const id in one?.connections)
        if (!other || !Object.hasOwn(other.connections, id))
          ids
            .add((one as Patch).connections[id]?.to.node as string)
            .add((one as Patch).connections[id]?.from.node as string);
    }
    return ids;
  }

  #removeCard(id: string): void {
    this.cards.delete(id);
    this.view.removeNode(id);
  }

  #addWire(connection: Connection): void {
    this.wires.add(connection);
    this.view.addConnection(connection.id, connection.from, connection.to);
    for (const end of [connection.from.node, connection.to.node]) {
      const ids = this.#wiresOf.get(end);
      if (ids) ids.add(connection.id);
      else this.#wiresOf.set(end, new Set([connection.id]));
    }
  }
  #removeWire(connection: Connection): void {
    this.wires.remove(connection.id);
    this.view.removeConnection(connection.id);
    for (const end of [connection.from.node, connection.to.node]) this.#wiresOf.get(end)?.delete(connection.id);
  }

  #markConnected(card: NodeCard): void {
    const ends = this.#ends.get(card.id);
    card.setConnected(new Set(ends ? [...ends.inlets, ...ends.outlets] : []));
  }

  /** Drops from the selection what the patch no longer has. */
  #forgetGone(patch: Patch): void {
    const { nodes, connection, marks, focus } = this.context.session.selection;
    const kept = [...nodes].filter(id => Object.hasOwn(patch.nodes, id));
    const keptMarks = [...marks].filter(key => {
      const [kind, id] = key.split('/') as ['notes' | 'frames', string];
      return Object.hasOwn(patch[kind], id);
    });
    const hasWire = connection === undefined || Object.hasOwn(patch.connections, connection);
    const hasFocus = focus === undefined || Object.hasOwn(patch.nodes, focus);
    if (kept.length === nodes.size && keptMarks.length === marks.size && hasWire && hasFocus) return;
    this.context.session.select({
      nodes: kept,
      marks: keptMarks,
      ...(hasWire && connection !== undefined ? { connection } : {}),
      ...(hasFocus && focus !== undefined ? { focus } : {}),
    });
  }

  /** Tags and badges cover neither nodes nor notes. */
  #placeLabels(): void {
    const nodes = [...this.cards.values()].map(card => this.rectOf(card));
    this.wires.placeLabels([...nodes, ...Object.values(this.context.store.patch.notes).map(rectOfMark)]);
  }

  #tellMoved(): void {
    for (const listener of this.moved) listener();
  }
}

const rectOfMark = ({ position: [x, y], size: [width, height] }: Frame | Note): Rect => ({ x, y, width, height });

/** Names of the ports that have a wire, by node. */
function endsOf(patch: Patch): Map<string, Ends> {
  const ends = new Map<string, Ends>();
  const of = (id: string): Ends => {
    let found = ends.get(id);
    if (!found) {
      found = { inlets: [], outlets: [] };
      ends.set(id, found);
    }
    return found;
  };
  for (const { from, to } of Object.values(patch.connections)) {
    const outlets = of(from.node).outlets;
    if (!outlets.includes(from.port)) outlets.push(from.port);
    const inlets = of(to.node).inlets;
    if (!inlets.includes(to.port)) inlets.push(to.port);
  }
  return ends;
}

function describePatch(patch: Patch): string {
  const nodes = Object.keys(patch.nodes).length;
  const wires = Object.keys(patch.connections).length;
  return `Patch ${patch.name || 'without a name'}: ${formatCount(nodes, 'node')}, ${formatCount(wires, 'connection')}. Arrow keys move between nodes, N adds one, C connects, Enter goes into a node.`;
}
