// Where a badge or a rate tag goes on its wire: where it covers no node and no other label, and hides as few wires as may be.
// Sizes come from the text and not from the page, so that nothing has to be measured. Pure.
import { meets } from './bounds.ts';
import { grown, type Obstacles } from './rect-index.ts';
import type { Point, Rect } from './wire-path.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Mean width of a character in em in the widest of the usual UI fonts (DejaVu Sans): of words, of figures with thin spaces. */
const WORD_EM = 0.62;
const FIGURE_EM = 0.55;
const STEP = 8;
/** From a wire to what stands beside it. */
const BESIDE = 9;
/** Between labels and nodes: what looks well, else what a badge on the stem of a wire leaves. */
const MARGINS = [6, 1] as const;
const REACH = 480;

/** Size of a badge: 11 px text, icon and padding. */
export const badgeSize = (text: string): Size => ({ width: Math.ceil(text.length * 11 * WORD_EM) + 44, height: 22 });
/** Size of a rate tag: 10 px text. */
export const tagSize = (text: string): Size => ({ width: Math.ceil(text.length * 10 * FIGURE_EM), height: 12 });

/** The parts of a wire as thin rectangles. */
export const wireParts = (points: readonly Point[]): Rect[] =>
  points.slice(1).map((b, i) => {
    const a = points[i] as Point;
    return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
  });

const isVertical = (part: Rect): boolean => part.height > part.width;
const around = (x: number, y: number, { width, height }: Size): Rect => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
});
/** 0.5, then outwards to both ends: where along a length of `room` something of length `size` may lie. */
function* along(room: number, size: number): Generator<number> {
  const slack = (room - size) / 2;
  if (slack < 0) return;
  yield 0;
  for (let shift = STEP; shift <= slack; shift += STEP) {
    yield -shift;
    yield shift;
  }
}

/** Places on the wire itself: verticals first, the longest first. */
function* onWire(parts: readonly Rect[], size: Size): Generator<Rect> {
  for (const part of parts) {
    const [x, y] = [part.x + part.width / 2, part.y + part.height / 2];
    // Some wire must be seen before and after the label.
    if (isVertical(part))
      for (const shift of along(part.height - 2 * STEP, size.height)) yield around(x, y + shift, size);
    else for (const shift of along(part.width - 2 * STEP, size.width)) yield around(x + shift, y, size);
  }
}

/** Places beside the wire, right of it before left of it. `gap` below 0: the label hangs on the wire by its end. */
function* besideWire(parts: readonly Rect[], size: Size, gap: number): Generator<Rect> {
  for (const side of [1, -1])
    for (const part of parts) {
      if (!isVertical(part)) continue;
      const x = part.x + side * (gap + size.width / 2);
      for (const shift of along(part.height, size.height)) yield around(x, part.y + part.height / 2 + shift, size);
    }
}

function* badgePlaces(parts: readonly Rect[], size: Size): Generator<Rect> {
  yield* onWire(parts, size);
  yield* besideWire(parts, size, -12);
}

/** Rings of places around the middle of the wire, for where everything near is taken. */
function* nearby(parts: readonly Rect[], size: Size): Generator<Rect> {
  const part = parts[0] ?? { x: 0, y: 0, width: 0, height: 0 };
  const [x, y] = [part.x + part.width / 2, part.y + part.height / 2];
  for (let ring = STEP; ring <= REACH; ring += STEP)
    for (let shift = -ring; shift <= ring; shift += STEP)
      for (const [dx, dy] of [
        [ring, shift],
        [-ring, shift],
        [shift, ring],
        [shift, -ring],
      ] as const)
        yield around(x + dx, y + dy, size);
}

/**
 * The place of a label of a wire. `taken` (nodes, labels) is never covered within 480 px of the wire; of the places that are left
 * the first that meets the fewest of `wires` counts: for a badge the parts of other wires, since it lies on its own, for a tag, which
 * stands beside it, the parts of all.
 */
export function placeLabel(
  kind: 'badge' | 'tag',
  points: readonly Point[],
  size: Size,
  taken: Obstacles,
  wires: Obstacles,
): Rect {
  const parts = wireParts(points).sort(
    (a, b) => Number(isVertical(b)) - Number(isVertical(a)) || b.height + b.width - a.height - a.width,
  );
  const isTaken = (place: Rect, margin: number): boolean =>
    taken.meeting(grown(place, margin)).some(rect => meets(place, rect, margin));
  for (const margin of MARGINS) {
    let best: Rect | undefined;
    let fewest = Infinity;
    for (const place of kind === 'badge' ? badgePlaces(parts, size) : besideWire(parts, size, BESIDE)) {
      if (isTaken(place, margin)) continue;
      const hidden = wires.meeting(place).filter(part => meets(place, part, 0)).length;
      if (hidden >= fewest) continue;
      best = place;
      fewest = hidden;
      if (hidden === 0) break;
    }
    if (best) return best;
  }
  for (const place of nearby(parts, size)) if (!isTaken(place, 1)) return place;
  return around(points[0]?.x ?? 0, points[0]?.y ?? 0, size);
}
