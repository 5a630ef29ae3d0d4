// The canvas: keeps what is drawn equal to the patch. Reads the store, never changes it. Every node has a box and every connection a
// wire; what is seen near has elements too (card-deck.ts, wires.ts), and the rest is painted (overview.ts).
// Owns the reconcile and the drawing order; gestures, menus and keys are in their own files.
import type { Problem } from '../../core/errors.ts';
import type { Connection, Endpoint, Frame, Note, Patch } from '../../core/patch.ts';
import type { PortType } from '../../core/port.ts';
import type { EditorContext } from '../context.ts';
import { css, Disposables, h } from '../dom.ts';
import { boundsOf, meets } from './bounds.ts';
import { CardDeck } from './card-deck.ts';
import { describePatch } from './describe.ts';
import { Dots } from './dots.ts';
import { endsOf, NO_ENDS, wiredDifferently } from './ends.ts';
import type { NamedEnds } from './layout.ts';
import { LiveDrawing } from './live.ts';
import { MarkLayer } from './marks.ts';
import { NodeBox } from './node-box.ts';
import type { NodeCard } from './node-card.ts';
import { type BoxLook, Overview, type Scene } from './overview.ts';
import { grown, NO_OBSTACLES, type Obstacles, RectIndex } from './rect-index.ts';
import { RefusedWire } from './refused-wire.ts';
import { ReteView, type ViewHooks } from './rete-view.ts';
import { ThemeColours } from './theme-colours.ts';
import { Viewport } from './viewport.ts';
import { endOf, type Rect, type WireEnd } from './wire-path.ts';
import { WireLayer } from './wires.ts';

/** How far outside of the window things have elements before they come into it, and keep them after they left, px on the screen. */
const AHEAD_PX = 96;
const BEHIND_PX = 288;
export class PatchCanvas {
  readonly context: EditorContext;
  readonly element: HTMLElement;
  readonly view: ReteView;
  readonly viewport: Viewport;
  readonly deck: CardDeck;
  readonly colours = new ThemeColours();
  readonly overview: Overview;
  readonly wires = new WireLayer();
  readonly refused = new RefusedWire();
  readonly marks: MarkLayer;
  readonly boxes = new Map<string, NodeBox>();
  readonly disposables = new Disposables();
  /** Called after anything moved: pan, zoom, nodes. For minimap and cards that hang on a place. */
  readonly moved = new Set<() => void>();
  #patch: Patch | undefined;
  #index: RectIndex<NodeBox> | undefined;
  #ends = new Map<string, NamedEnds>();
  #wiresOf = new Map<string, Set<string>>();
  #states = new Map<string, BoxLook['state']>();
  #lastPlan: unknown;
  readonly #live = new LiveDrawing(this);

  constructor(context: EditorContext, host: HTMLElement, hooks: ViewHooks) {
    this.context = context;
    this.marks = new MarkLayer(context);
    const dots = new Dots();
    this.overview = new Overview(this.colours, () => this.#scene());
    this.element = h(
      'div',
      { class: css('Canvas'), tabindex: 0, role: 'application', 'aria-roledescription': 'patch canvas' },
      dots.element,
      this.marks.element,
      this.overview.element,
    );
    host.append(this.element);
    this.view = new ReteView(this.element, this.marks.element, hooks);
    this.view.holder.classList.add(css('holder'));
    this.view.holder.append(this.wires.element, this.wires.badges, this.refused.element);
    this.deck = new CardDeck(context, this.view);
    this.deck.onShow.add(card => this.#onShow(card));
    this.viewport = new Viewport(this.element, this.view, dots, () => this.tellMoved());
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
          this.boxes.delete(id);
          this.deck.remove(id);
          // Wires went around it.
          hasMoved = true;
        }
    }
    const touched = new Set<string>();
    if (before?.nodes !== patch.nodes || before.sampleRateHz !== patch.sampleRateHz) {
      for (const id in patch.nodes) {
        const node = patch.nodes[id];
        if (node && (before?.nodes[id] !== node || before.sampleRateHz !== patch.sampleRateHz)) {
          const isNewShape = this.#updateNode(id);
          hasMoved ||= isNewShape || before?.nodes[id]?.position !== node.position;
          touched.add(id);
        }
      }
    }
    for (const id of this.#turnedBy(patch, touched)) this.#updateNode(id);
    if (hasNewWires) {
      for (const id in patch.connections)
        if (!before || !Object.hasOwn(before.connections, id)) this.#addWire(patch.connections[id] as Connection);
      for (const card of this.deck.shown.values()) this.#markConnected(card);
      if (before) {
        const ends = wiredDifferently(before, patch);
        for (const id of [...ends, ...this.#turnedBy(patch, ends)]) this.#updateNode(id);
      }
    }
    if (before?.frames !== patch.frames || before.notes !== patch.notes) this.marks.update(patch);
    if (hasMoved) this.#index = undefined;
    if (hasNewWires || hasMoved) this.placeWires();
    if (hasNewWires) this.drawFacts();
    this.context.session.forgetGone(patch);
    this.element.setAttribute('aria-label', describePatch(patch));
    this.overview.schedule();
    // The first look comes with the first fit.
    if (before && (hasMoved || hasNewWires || before.nodes !== patch.nodes || before.frames !== patch.frames))
      this.tellMoved();
    if (before && hasNewWires) this.drawSelection();
  }

  /** Type of a connection: that of its outlet. */
  typeOf(from: Endpoint): PortType {
    return this.boxes.get(from.node)?.layout.ports.get(from.port)?.type ?? 'audio';
  }

  /** Where an end of a wire lies; undefined when the port is not there. */
  endOf(end: Endpoint): WireEnd | undefined {
    const box = this.boxes.get(end.node);
    const spot = box?.layout.ports.get(end.port);
    return box && spot ? endOf(box.position, spot) : undefined;
  }

  /** All nodes by place. */
  get index(): RectIndex<NodeBox> {
    this.#index ??= new RectIndex(this.boxes.values());
    return this.#index;
  }
  get bounds(): Rect | undefined {
    return boundsOf([...this.boxes.values(), ...rectsOfMarks(this.context.store.patch)]);
  }

  /** Moves nodes while a drag lasts, before it is a transaction. Their wires follow at once; others find their way at the end. */
  placeNodes(places: Readonly<Record<string, readonly [number, number]>>): void {
    const following = new Set<string>();
    for (const id in places) {
      const box = this.boxes.get(id);
      if (!box) continue;
      box.position = places[id] as readonly [number, number];
      this.view.setPosition(id, box.position);
      for (const wire of this.#wiresOf.get(id) ?? []) following.add(wire);
    }
    this.#index = undefined;
    this.placeWires(following, NO_OBSTACLES);
  }

  /** Routes wires; all of them around all nodes unless told otherwise. */
  placeWires(ids?: ReadonlySet<string>, around: Obstacles = this.index): void {
    for (const id of ids ?? this.wires.ids) {
      const connection = this.context.store.patch.connections[id];
      const from = connection && this.endOf(connection.from);
      const to = connection && this.endOf(connection.to);
      if (from && to) this.wires.place(id, this.typeOf(connection.from), from, to, around);
    }
    this.wires.placeLabels(this.#labelObstacles(), ids);
    this.overview.schedule();
  }

  drawSelection(): void {
    const { nodes, connection, marks, focus } = this.context.session.selection;
    const box = focus === undefined ? undefined : this.boxes.get(focus);
    // The keyboard is on it, and it has to be read out.
    const focused = box && this.deck.show(box);
    for (const [id, card] of this.deck.shown) {
      card.element.classList.toggle(css('mod-selected'), nodes.has(id));
      card.element.classList.toggle(css('mod-focused'), id === focus);
    }
    for (const id of this.wires.ids) this.wires.setState(id, 'selected', id === connection);
    this.marks.setSelected(marks);
    focused?.describe(this.context.isPlaying);
    if (focused) this.element.setAttribute('aria-activedescendant', focused.element.id);
    else this.element.removeAttribute('aria-activedescendant');
    this.overview.schedule();
  }

  /** Draws what the plan says on cards and wires. */
  drawFacts(): void {
    const { plan } = this.context.engine;
    this.#lastPlan = plan;
    const patch = this.context.store.patch;
    this.#states = new Map();
    for (const { nodeId, severity } of plan?.problems ?? [])
      if (nodeId !== undefined && this.#states.get(nodeId) !== 'error')
        this.#states.set(nodeId, severity === 'error' ? 'error' : 'warning');
    for (const id of this.wires.ids) this.wires.setFacts(id, plan?.connections[id], patch.sampleRateHz);
    this.wires.placeLabels(this.#labelObstacles());
    this.drawBad(plan?.problems ?? []);
    for (const card of this.deck.shown.values()) card.updateFacts();
    this.overview.schedule();
  }

  /** Draws the wires that errors are about in the error colour: of a loop the whole way round. */
  drawBad(problems: readonly Problem[]): void {
    const errors = problems.filter(problem => problem.severity === 'error');
    const bad = new Set(
      errors.flatMap(({ path, connections = [] }) => [path.replace(/^connections\./, ''), ...connections]),
    );
    for (const id of this.wires.ids) this.wires.setState(id, 'bad', bad.has(id));
    this.overview.schedule();
  }

  /** After a pan, a zoom or a new size of the window, and after nodes moved. */
  tellMoved(): void {
    this.#look();
    for (const listener of this.moved) listener();
  }

  dispose(): void {
    this.#live.dispose();
    this.disposables.dispose();
    this.deck.dispose();
    this.overview.dispose();
    this.colours.dispose();
    this.view.dispose();
    this.element.remove();
  }

  #onEngine(): void {
    if (this.context.engine.plan !== this.#lastPlan) {
      // New resources may have brought other ports and params.
      let hasNewShape = false;
      for (const [id, box] of this.boxes) {
        const node = this.context.store.patch.nodes[id];
        if (node && this.context.shapeOf(node) !== box.shape) hasNewShape = this.#updateNode(id) || hasNewShape;
      }
      if (hasNewShape) {
        this.#index = undefined;
        this.placeWires();
        this.#look();
      }
      this.drawFacts();
    }
    this.#live.schedule();
  }

  /** Gives elements to what is seen near and takes them from what is not. */
  #look(): void {
    // Behind another tab all stays as it is.
    if (!this.viewport.hasSize) return;
    const { visible, isTiny, transform } = this.viewport;
    const [ahead, behind] = [AHEAD_PX, BEHIND_PX].map(px => grown(visible, px / transform.k)) as [Rect, Rect];
    const { focus } = this.context.session.selection;
    const near = isTiny ? [] : this.index.meeting(ahead).filter(box => meets(box, ahead));
    // What is in the window comes first.
    const order = [...near.filter(box => meets(box, visible)), ...near.filter(box => !meets(box, visible))];
    this.deck.want(order, box => box.id === focus || (!isTiny && meets(box, behind)));
    const wires = isTiny ? [] : this.wires.meeting(ahead);
    this.wires.show(new Set(wires), this.#labelObstacles());
    this.overview.schedule();
    if (this.context.engine.state !== 'off') this.#live.schedule();
  }

  #onShow(card: NodeCard): void {
    const { nodes, focus } = this.context.session.selection;
    this.#markConnected(card);
    card.element.classList.toggle(css('mod-selected'), nodes.has(card.id));
    card.element.classList.toggle(css('mod-focused'), card.id === focus);
    this.overview.schedule();
  }

  /** What has no elements and is in the window. */
  #scene(): Scene {
    const { viewport, deck } = this;
    const { visible, isTiny, transform } = viewport;
    const isPainted = isTiny || deck.isWaiting;
    const { nodes } = this.context.session.selection;
    return {
      transform,
      ...viewport.size,
      boxes: isPainted ? this.index.meeting(visible).filter(({ id }) => !deck.shown.has(id)) : [],
      wires: isTiny ? this.wires.meeting(visible) : [],
      look: ({ id }): BoxLook => {
        const node = this.context.store.patch.nodes[id];
        return {
          title: node ? this.context.titleOf(node) : id,
          isSelected: nodes.has(id),
          isBypassed: node?.isBypassed === true,
          state: this.#states.get(id),
        };
      },
    };
  }

  /** Draws a node as the document has it. Returns whether its size or ports changed. */
  #updateNode(id: string): boolean {
    const node = this.context.store.patch.nodes[id];
    if (!node) return false;
    const ends = this.#ends.get(id) ?? NO_ENDS;
    const box = this.boxes.get(id);
    if (!box) {
      this.boxes.set(id, new NodeBox(this.context, node, ends));
      return true;
    }
    const isNewShape = box.update(this.context, node, ends);
    const card = this.deck.update(box);
    if (card && isNewShape) this.#markConnected(card);
    return isNewShape;
  }

  /** Params show what is heard: own value plus the knob's, so a turned knob redraws what it turns, and what that turns. */
  #turnedBy(patch: Patch, touched: ReadonlySet<string>): Set<string> {
    const turned = new Set<string>();
    // What is found on the way is looked at in its turn.
    const all = new Set(touched);
    for (const id of all)
      for (const wire of this.#wiresOf.get(id) ?? []) {
        const { from, to } = patch.connections[wire] ?? {};
        if (from?.node !== id || !to || all.has(to.node) || this.typeOf(from) !== 'control') continue;
        turned.add(to.node);
        // Nothing else hands on what it is given without playing.
        if (this.context.registry.get(patch.nodes[to.node]?.type ?? '')?.view === 'knob') all.add(to.node);
      }
    return turned;
  }

  #addWire(connection: Connection): void {
    this.wires.add(connection);
    for (const end of [connection.from.node, connection.to.node]) {
      const ids = this.#wiresOf.get(end);
      if (ids) ids.add(connection.id);
      else this.#wiresOf.set(end, new Set([connection.id]));
    }
  }
  #removeWire(connection: Connection): void {
    this.wires.remove(connection.id);
    for (const end of [connection.from.node, connection.to.node]) this.#wiresOf.get(end)?.delete(connection.id);
  }

  #markConnected(card: NodeCard): void {
    const { inlets, outlets } = this.#ends.get(card.id) ?? NO_ENDS;
    card.setConnected(new Set([...inlets, ...outlets]));
  }

  /** Tags and badges cover neither nodes nor notes. */
  #labelObstacles(): Obstacles {
    const notes = new RectIndex(Object.values(this.context.store.patch.notes).map(rectOfMark));
    return { meeting: area => [...this.index.meeting(area), ...notes.meeting(area)] };
  }
}

const rectOfMark = ({ position: [x, y], size: [width, height] }: Frame | Note): Rect => ({ x, y, width, height });
const rectsOfMarks = ({ frames, notes }: Patch): Rect[] =>
  [...Object.values(frames), ...Object.values(notes)].map(rectOfMark);
