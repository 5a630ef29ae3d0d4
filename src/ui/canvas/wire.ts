// One connection on the canvas: its way, its tag and badge, and, while it is seen near, the elements that show them.
// Owns the elements of one wire; which wires have any is wires.ts's.
import type { Connection } from '../../core/patch.ts';
import type { PortType } from '../../core/port.ts';
import { css, s, setText } from '../dom.ts';
import { type Alignment, drawAlignBadge, makeAlignBadge } from './align-badge.ts';
import { badgeSize, type Size, tagSize, wireParts } from './label-place.ts';
import type { Point, Rect } from './wire-path.ts';

export type WireState = 'selected' | 'probed' | 'bad';
export type LabelKind = 'tag' | 'badge';

/** What shows one wire. */
export interface WireElements {
  readonly halo: SVGPathElement;
  readonly line: SVGPathElement;
  /** The light middle of a tensor's double line. */
  readonly inner: SVGPathElement;
  readonly hit: SVGPathElement;
  readonly tag: SVGTextElement;
}

/** A part of a wire as a thin rectangle. */
export interface WirePart extends Rect {
  readonly wire: Wire;
}

export class Wire {
  readonly connection: Connection;
  readonly states = new Set<WireState>();
  /** That of its outlet; a model that is read later, or another one, may change it. */
  type: PortType = 'audio';
  points: readonly Point[] = [];
  /** Its way as an SVG path; '' before it has one. */
  path = '';
  tag = '';
  alignment: Alignment | undefined;
  elements: WireElements | undefined;
  #outline: Path2D | undefined;
  #badge: HTMLElement | undefined;
  readonly #badges: HTMLElement;
  /** Where its labels lie; none yet where they have not been needed. */
  readonly labels = new Map<LabelKind, Rect>();

  /** `badges` is where its badge goes. */
  constructor(connection: Connection, badges: HTMLElement) {
    this.connection = connection;
    this.#badges = badges;
  }

  setWay(type: PortType, path: string, points: readonly Point[]): void {
    if (path === this.path && type === this.type) return;
    Object.assign(this, { type, path, points });
    this.#outline = undefined;
    this.#drawWay();
  }

  /** Its way, to be painted. */
  get outline(): Path2D {
    this.#outline ??= new Path2D(this.path);
    return this.#outline;
  }

  get parts(): WirePart[] {
    return wireParts(this.points).map(part => ({ ...part, wire: this }));
  }

  /** Size of a label; undefined where there is none. */
  sizeOf(kind: LabelKind): Size | undefined {
    if (kind === 'tag') return this.tag === '' ? undefined : tagSize(this.tag);
    return this.#badge && badgeSize(this.#badge.textContent ?? '');
  }

  setState(state: WireState, isOn: boolean): void {
    if (isOn) this.states.add(state);
    else this.states.delete(state);
    this.elements?.line.classList.toggle(css(`mod-${state}`), isOn);
  }

  /** Makes the elements, as all is now, in the groups of its outlet. */
  show(halos: SVGGElement, lines: SVGGElement): void {
    this.elements = {
      halo: s('path', { class: css('halo') }),
      line: s('path'),
      inner: s('path', { class: css('wireInner') }),
      hit: s('path', { class: css('wireHit'), 'data-connection': this.connection.id }),
      tag: s('text'),
    };
    halos.append(this.elements.halo);
    lines.append(this.elements.line, this.elements.hit, this.elements.tag);
    this.#drawWay();
    this.drawFacts();
  }

  /** Takes the elements away. */
  hide(): void {
    for (const element of Object.values((this.elements ?? {}) as Record<string, Element>)) element.remove();
    this.elements = undefined;
    this.#badge?.remove();
    this.#badge = undefined;
    this.labels.clear();
  }

  drawFacts(): void {
    if (!this.elements) return;
    setText(this.elements.tag, this.tag);
    if (!this.alignment) {
      this.#badge?.remove();
      this.#badge = undefined;
      return;
    }
    if (!this.#badge) {
      this.#badge = makeAlignBadge(this.connection.id);
      this.#badges.append(this.#badge);
    }
    drawAlignBadge(this.#badge, this.alignment);
  }

  placeLabel(kind: LabelKind, place: Rect): void {
    this.labels.set(kind, place);
    const { x, y, width, height } = place;
    if (kind === 'tag') {
      this.elements?.tag.setAttribute('x', String(x));
      this.elements?.tag.setAttribute('y', String(y + 10));
    } else if (this.#badge)
      this.#badge.style.transform = `translate(${x + width / 2}px, ${y + height / 2}px) translate(-50%, -50%)`;
  }

  #drawWay(): void {
    if (!this.elements) return;
    const { halo, line, inner, hit, tag } = this.elements;
    line.setAttribute('class', css('wire', `mod-${this.type}`, ...[...this.states].map(state => `mod-${state}`)));
    tag.setAttribute('class', css('tag', `mod-${this.type}`));
    if (this.type === 'tensor') line.after(inner);
    else inner.remove();
    for (const element of [halo, line, inner, hit]) element.setAttribute('d', this.path);
  }
}
