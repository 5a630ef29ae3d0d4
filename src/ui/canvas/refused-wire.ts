// The wire of a refused connection: a dashed red curve that lies above all nodes and wires and ends in ⊗ before the inlet.
// Owns its way and its drawing. Must not know why it was refused.
import { css, s } from '../dom.ts';
import type { Side } from './layout.ts';
import type { Point, WireEnd } from './wire-path.ts';

/** From the centre of ⊗ to the inlet, in px: the port stays in sight. */
const MARK_GAP = 18;
/** How far a curve swings out, at least and at most. */
const REACH: readonly [number, number] = [48, 160];
/** Ends nearer to one column than this have wires and nodes between them: the curve goes beside those. */
const COLUMN = 120;
const BESIDE = 180;
/** How far from its column such a curve reaches at most, in px: a cubic comes to ¾ of its control points. */
export const REFUSED_BESIDE = 0.75 * BESIDE + 16;

const OUTWARDS: Readonly<Record<Side, readonly [number, number]>> = {
  top: [0, -1],
  bottom: [0, 1],
  left: [-1, 0],
  right: [1, 0],
};
const away = ({ x, y, side }: WireEnd, distance: number): Point => ({
  x: x + OUTWARDS[side][0] * distance,
  y: y + OUTWARDS[side][1] * distance,
});

/** The curve from an outlet to the mark before an inlet: one that no other wire takes. */
export function refusedWay(from: WireEnd, to: WireEnd): { readonly path: string; readonly mark: Point } {
  const mark = away(to, MARK_GAP);
  const reach = Math.max(REACH[0], Math.min(REACH[1], 0.5 * Math.hypot(mark.x - from.x, mark.y - from.y)));
  const isColumn = from.side === 'bottom' && to.side === 'top' && Math.abs(from.x - mark.x) < COLUMN;
  const [a, b] = [from, { ...mark, side: to.side }].map(end => {
    const point = away(end, reach);
    return isColumn ? { x: Math.max(from.x, mark.x) + BESIDE, y: point.y } : point;
  }) as [Point, Point];
  return { path: `M${from.x} ${from.y}C${a.x} ${a.y} ${b.x} ${b.y} ${mark.x} ${mark.y}`, mark };
}

export class RefusedWire {
  readonly element: SVGSVGElement;
  readonly #halo: SVGPathElement;
  readonly #line: SVGPathElement;
  readonly #mark: SVGGElement;

  constructor() {
    this.#halo = s('path', { class: css('halo') });
    this.#line = s('path', { class: css('wire', 'mod-refused') });
    this.#mark = s(
      'g',
      { class: css('refusedMark') },
      s('circle', { r: 9 }),
      s('path', { d: 'M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5' }),
    );
    this.element = s(
      'svg',
      { class: css('wires', 'refusedWire'), 'aria-hidden': 'true' },
      this.#halo,
      this.#line,
      this.#mark,
    );
    this.hide();
  }

  show(from: WireEnd, to: WireEnd): void {
    const { path, mark } = refusedWay(from, to);
    for (const element of [this.#halo, this.#line]) element.setAttribute('d', path);
    this.#mark.setAttribute('transform', `translate(${mark.x} ${mark.y})`);
    this.element.style.display = '';
  }
  hide(): void {
    this.element.style.display = 'none';
  }
}
