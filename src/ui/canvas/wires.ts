// The wire layer: one SVG with halo, line and hit area per connection, grouped by outlet so that branches share a trunk.
// Owns drawing and the tags and badges on wires. Must not know gestures or rete.
import type { Connection } from '../../core/patch.ts';
import type { PortType } from '../../core/port.ts';
import { css, h, s, setText } from '../dom.ts';
import type { ConnectionFacts } from '../engine-view.ts';
import { formatRate } from '../format.ts';
import { alignmentOf, drawAlignBadge, makeAlignBadge } from './align-badge.ts';
import { badgeSize, placeLabel, type Size, tagSize, wireParts } from './label-place.ts';
import { loopWords } from './loop-step.ts';
import { middleOf, type Point, type Rect, type WireEnd, wirePath } from './wire-path.ts';

interface Wire {
  readonly connection: Connection;
  /** That of its outlet; a model that is read later, or another one, may change it. */
  type: PortType;
  readonly halo: SVGPathElement;
  readonly line: SVGPathElement;
  /** The light middle of a tensor's double line. */
  readonly inner: SVGPathElement;
  readonly hit: SVGPathElement;
  readonly tag: SVGTextElement;
  badge: HTMLElement | undefined;
  points: readonly Point[];
}

export class WireLayer {
  readonly element: SVGSVGElement;
  readonly badges: HTMLElement;
  readonly #wires = new Map<string, Wire>();
  readonly #groups = new Map<string, { root: SVGGElement; halos: SVGGElement; lines: SVGGElement; count: number }>();
  readonly #pseudo: SVGPathElement;

  constructor() {
    this.#pseudo = s('path', { class: css('wire', 'mod-pseudo') });
    this.element = s('svg', { class: css('wires'), 'aria-hidden': 'true' }, this.#pseudo);
    this.badges = h('div', { class: css('badges') });
  }

  get ids(): IterableIterator<string> {
    return this.#wires.keys();
  }

  /** Makes the elements of a wire; `place` gives it its type and its way. */
  add(connection: Connection): void {
    const key = `${connection.from.node}.${connection.from.port}`;
    let group = this.#groups.get(key);
    if (!group) {
      const halos = s('g');
      const lines = s('g');
      group = { root: s('g', {}, halos, lines), halos, lines, count: 0 };
      this.#groups.set(key, group);
      this.element.insertBefore(group.root, this.#pseudo);
    }
    group.count++;
    const wire: Wire = {
      connection,
      type: 'audio',
      halo: s('path', { class: css('halo') }),
      line: s('path', { class: css('wire', 'mod-audio') }),
      inner: s('path', { class: css('wireInner') }),
      hit: s('path', { class: css('wireHit'), 'data-connection': connection.id }),
      tag: s('text', { class: css('tag', 'mod-audio') }),
      badge: undefined,
      points: [],
    };
    group.halos.append(wire.halo);
    group.lines.append(wire.line, wire.hit, wire.tag);
    this.#wires.set(connection.id, wire);
  }

  remove(id: string): void {
    const wire = this.#wires.get(id);
    if (!wire) return;
    for (const element of [wire.halo, wire.line, wire.inner, wire.hit, wire.tag, wire.badge]) element?.remove();
    this.#wires.delete(id);
    const key = `${wire.connection.from.node}.${wire.connection.from.port}`;
    const group = this.#groups.get(key);
    if (group && --group.count === 0) {
      group.root.remove();
      this.#groups.delete(key);
    }
  }

  /** Draws a wire as its outlet's type asks for, from port to port. */
  place(id: string, type: PortType, from: WireEnd, to: WireEnd, obstacles: readonly Rect[]): void {
    const wire = this.#wires.get(id);
    if (!wire) return;
    if (type !== wire.type) {
      for (const element of [wire.line, wire.tag])
        element.classList.replace(css(`mod-${wire.type}`), css(`mod-${type}`));
      wire.type = type;
      if (type === 'tensor') wire.line.after(wire.inner);
      else wire.inner.remove();
    }
    const { path, points } = wirePath(type, from, to, obstacles);
    for (const element of [wire.halo, wire.line, wire.inner, wire.hit]) element.setAttribute('d', path);
    wire.points = points;
  }

  /** Puts tags and badges where they cover none of `nodes` and not each other; call it after wires, facts or nodes changed. */
  placeLabels(nodes: readonly Rect[]): void {
    const taken = [...nodes];
    const wires = [...this.#wires.values()];
    const tagged = wires.filter(wire => wire.tag.textContent !== '');
    const delayed = wires.filter(wire => wire.badge);
    if (tagged.length + delayed.length === 0) return;
    const parts = wires.map(wire => ({ wire, parts: wireParts(wire.points) }));
    const find = (wire: Wire, kind: 'badge' | 'tag', size: Size): Rect => {
      const others = parts.flatMap(other => (other.wire === wire ? [] : other.parts));
      const place = placeLabel(kind, wire.points, size, taken, others);
      taken.push(place);
      return place;
    };
    // Tags first: they have fewer places to choose from.
    for (const wire of tagged) {
      const { x, y } = find(wire, 'tag', tagSize(wire.tag.textContent ?? ''));
      wire.tag.setAttribute('x', String(x));
      wire.tag.setAttribute('y', String(y + 10));
    }
    for (const wire of delayed) {
      if (!wire.badge) continue;
      const { x, y, width, height } = find(wire, 'badge', badgeSize(wire.badge.textContent ?? ''));
      wire.badge.style.transform = `translate(${x + width / 2}px, ${y + height / 2}px) translate(-50%, -50%)`;
    }
  }

  /** Tag where rate or block are not the patch's or a loop is dear, badge where the plan delays the wire or would. */
  setFacts(id: string, facts: ConnectionFacts | undefined, patchRateHz: number): void {
    const wire = this.#wires.get(id);
    if (!wire) return;
    setText(wire.tag, facts && wire.type !== 'control' && wire.type !== 'event' ? tagText(facts, patchRateHz) : '');
    const alignment = alignmentOf(facts);
    if (!alignment) {
      wire.badge?.remove();
      wire.badge = undefined;
      return;
    }
    if (!wire.badge) {
      wire.badge = makeAlignBadge(id);
      this.badges.append(wire.badge);
    }
    drawAlignBadge(wire.badge, alignment);
  }

  setState(id: string, state: 'selected' | 'probed' | 'bad', isOn: boolean): void {
    const wire = this.#wires.get(id);
    wire?.line.classList.toggle(css(`mod-${state}`), isOn);
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
}

/** "44.1 kHz · 2 ch · block 2048", "loop in steps of 1 sample": what differs from a stream at the patch's rate; '' for one. */
function tagText(facts: ConnectionFacts, patchRateHz: number): string {
  const { rateHz, channels, blockFrames } = facts;
  const rate = rateHz === patchRateHz ? [] : [formatRate(rateHz), `${channels} ch`];
  const block = blockFrames > 0 ? `block ${blockFrames}` : '';
  return [...rate, block, loopWords(facts)].filter(Boolean).join(' · ');
}
