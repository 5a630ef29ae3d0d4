// The wire layer: one SVG with halo, line and hit area per connection that is seen near, grouped by outlet so that branches share a
// trunk. Owns which wires have elements, and where the tags and badges of these lie. Must not know gestures or rete.
import type { Connection } from '../../core/patch.ts';
import type { PortType } from '../../core/port.ts';
import { css, h, s } from '../dom.ts';
import type { ConnectionFacts } from '../engine-view.ts';
import { formatRate } from '../format.ts';
import { alignmentOf } from './align-badge.ts';
import { placeLabel } from './label-place.ts';
import { loopWords } from './loop-step.ts';
import { grown, type Obstacles, RectIndex } from './rect-index.ts';
import { Wire, type WirePart, type WireState } from './wire.ts';
import { middleOf, type Point, type Rect, type WireEnd, wirePath } from './wire-path.ts';

/** How far a curve swings out of the rectangle of its ends at most, in px. */
const SWING_PX = 120;

interface Group {
  readonly root: SVGGElement;
  readonly halos: SVGGElement;
  readonly lines: SVGGElement;
  count: number;
}

export class WireLayer {
  readonly element: SVGSVGElement;
  readonly badges = h('div', { class: css('badges') });
  readonly #wires = new Map<string, Wire>();
  readonly #shown = new Set<Wire>();
  readonly #groups = new Map<string, Group>();
  readonly #pseudo = s('path', { class: css('wire', 'mod-pseudo') });
  #parts: RectIndex<WirePart> | undefined;

  constructor() {
    this.element = s('svg', { class: css('wires'), 'aria-hidden': 'true' }, this.#pseudo);
  }

  get ids(): IterableIterator<string> {
    return this.#wires.keys();
  }

  /** A new wire; `place` gives it its type and its way. */
  add(connection: Connection): void {
    this.#wires.set(connection.id, new Wire(connection, this.badges));
    this.#parts = undefined;
  }

  remove(id: string): void {
    const wire = this.#wires.get(id);
    if (!wire) return;
    this.#hide(wire);
    this.#wires.delete(id);
    this.#parts = undefined;
  }

  /** The wires that may meet an area. */
  meeting(area: Rect): Wire[] {
    return [...new Set(this.parts.meeting(grown(area, SWING_PX)).map(({ wire }) => wire))];
  }

  /** The parts of all wires by place. */
  get parts(): RectIndex<WirePart> {
    this.#parts ??= new RectIndex([...this.#wires.values()].flatMap(wire => wire.parts));
    return this.#parts;
  }

  /** Gives elements to these wires and takes them from all others; `nodes` are what new labels must not cover. */
  show(wanted: ReadonlySet<Wire>, nodes: Obstacles): void {
    for (const wire of [...this.#shown]) if (!wanted.has(wire)) this.#hide(wire);
    const fresh = [...wanted].filter(wire => !wire.elements);
    for (const wire of fresh) this.#show(wire);
    if (fresh.length > 0) this.placeLabels(nodes, new Set(fresh.map(({ connection: { id } }) => id)));
  }

  /** Finds a wire's way as its outlet's type asks for, from port to port. */
  place(id: string, type: PortType, from: WireEnd, to: WireEnd, obstacles: Obstacles): void {
    const wire = this.#wires.get(id);
    if (!wire) return;
    const { path, points } = wirePath(type, from, to, obstacles);
    wire.setWay(type, path, points);
    this.#parts = undefined;
  }

  /**
   * Puts tags and badges where they cover none of `nodes` and not each other; call it after ways, facts or nodes changed. The labels
   * of wires that are left out stay where they are.
   */
  placeLabels(nodes: Obstacles, ids?: ReadonlySet<string>): void {
    const moving = [...this.#shown].filter(({ connection: { id } }) => ids?.has(id) ?? true);
    for (const wire of moving) wire.labels.clear();
    const labels = (['tag', 'badge'] as const).flatMap(kind =>
      moving.flatMap(wire => {
        const size = wire.sizeOf(kind);
        return size ? { kind, wire, size } : [];
      }),
    );
    if (labels.length === 0) return;
    const placed = new RectIndex([...this.#shown].flatMap(wire => [...wire.labels.values()]));
    const taken: Obstacles = { meeting: area => [...nodes.meeting(area), ...placed.meeting(area)] };
    // Tags first: they have fewer places to choose from.
    for (const { kind, wire, size } of labels) {
      const others: Obstacles = { meeting: area => this.parts.meeting(area).filter(part => part.wire !== wire) };
      const place = placeLabel(kind, wire.points, size, taken, kind === 'tag' ? this.parts : others);
      placed.add(place);
      wire.placeLabel(kind, place);
    }
  }

  /** Tag where rate or block are not the patch's or a loop is dear, badge where the plan delays the wire or would. */
  setFacts(id: string, facts: ConnectionFacts | undefined, patchRateHz: number): void {
    const wire = this.#wires.get(id);
    if (!wire) return;
    wire.tag = facts && wire.type !== 'control' && wire.type !== 'event' ? tagText(facts, patchRateHz) : '';
    wire.alignment = alignmentOf(facts);
    wire.drawFacts();
  }

  setState(id: string, state: WireState, isOn: boolean): void {
    const wire = this.#wires.get(id);
    if (wire && wire.states.has(state) !== isOn) wire.setState(state, isOn);
  }

  middleOf(id: string): Point | undefined {
    const points = this.#wires.get(id)?.points ?? [];
    return points.length > 0 ? middleOf(points) : undefined;
  }

  /** The wire that hangs on the pointer; undefined hides it. */
  showPseudo(path: string | undefined, type: PortType = 'audio'): void {
    this.#pseudo.setAttribute('d', path ?? '');
    this.#pseudo.setAttribute('class', css('wire', `mod-${type}`, 'mod-pseudo'));
  }

  #show(wire: Wire): void {
    const key = groupOf(wire);
    let group = this.#groups.get(key);
    if (!group) {
      const halos = s('g');
      const lines = s('g');
      group = { root: s('g', {}, halos, lines), halos, lines, count: 0 };
      this.#groups.set(key, group);
      this.element.insertBefore(group.root, this.#pseudo);
    }
    group.count++;
    this.#shown.add(wire);
    wire.show(group.halos, group.lines);
  }

  #hide(wire: Wire): void {
    if (!this.#shown.delete(wire)) return;
    wire.hide();
    const group = this.#groups.get(groupOf(wire));
    if (!group || --group.count > 0) return;
    group.root.remove();
    this.#groups.delete(groupOf(wire));
  }
}

const groupOf = ({ connection: { from } }: Wire): string => `${from.node}.${from.port}`;

/** "44.1 kHz · 2 ch · block 2048", "loop in steps of 1 sample": what differs from a stream at the patch's rate; '' for one. */
function tagText(facts: ConnectionFacts, patchRateHz: number): string {
  const { rateHz, channels, blockFrames } = facts;
  const rate = rateHz === patchRateHz ? [] : [formatRate(rateHz), `${channels} ch`];
  const block = blockFrames > 0 ? `block ${blockFrames}` : '';
  return [...rate, block, loopWords(facts)].filter(Boolean).join(' · ');
}
