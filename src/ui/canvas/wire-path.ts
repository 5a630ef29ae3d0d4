// The way of a wire: vertical stems with rounded corners for what falls, curves for control. Branches of one outlet share a
// trunk; a wire goes around nodes that stand in its column. Pure.
import type { PortType } from '../../core/port.ts';
import type { PortSpot, Side } from './layout.ts';
import { NO_OBSTACLES, type Obstacles } from './rect-index.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}
/** An end of a wire: a place, and the side of the node it leaves or enters. */
export interface WireEnd extends Point {
  readonly side: Side;
}

const STEM = 13;
const CORNER = 16;
const LANE = 48;

/** Where a port lies on the canvas. */
export const endOf = (position: readonly [number, number], spot: PortSpot): WireEnd => ({
  x: position[0] + spot.x,
  y: position[1] + spot.y,
  side: spot.side,
});

const round = (value: number): number => Math.round(value * 10) / 10;

/** A polyline with rounded corners as an SVG path. */
export function roundedPath(points: readonly Point[]): string {
  const first = points[0] as Point;
  let path = `M${round(first.x)} ${round(first.y)}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [before, corner, after] = [points[i - 1], points[i], points[i + 1]] as [Point, Point, Point];
    const lengthIn = Math.hypot(corner.x - before.x, corner.y - before.y);
    const lengthOut = Math.hypot(after.x - corner.x, after.y - corner.y);
    const isOuterIn = i === 1;
    const isOuterOut = i === points.length - 2;
    const radius = Math.min(CORNER, isOuterIn ? lengthIn : lengthIn / 2, isOuterOut ? lengthOut : lengthOut / 2);
    if (radius < 0.5) continue;
    const from = {
      x: corner.x + ((before.x - corner.x) / lengthIn) * radius,
      y: corner.y + ((before.y - corner.y) / lengthIn) * radius,
    };
    const to = {
      x: corner.x + ((after.x - corner.x) / lengthOut) * radius,
      y: corner.y + ((after.y - corner.y) / lengthOut) * radius,
    };
    path += `L${round(from.x)} ${round(from.y)}Q${round(corner.x)} ${round(corner.y)} ${round(to.x)} ${round(to.y)}`;
  }
  const last = points[points.length - 1] as Point;
  return `${path}L${round(last.x)} ${round(last.y)}`;
}

/** First x at or right of `x` where a vertical line from `top` to `bottom` meets no node. */
export function freeLane(x: number, top: number, bottom: number, obstacles: Obstacles): number {
  let lane = x;
  for (let tries = 0; tries < 64; tries++) {
    const hit = obstacles
      .meeting({ x: lane - 6, y: top, width: 12, height: bottom - top })
      .find(
        rect => lane > rect.x - 6 && lane < rect.x + rect.width + 6 && bottom > rect.y && top < rect.y + rect.height,
      );
    if (!hit) return lane;
    lane = hit.x + hit.width + LANE;
  }
  return lane;
}

function compact(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last && Math.abs(last.x - point.x) < 0.5 && Math.abs(last.y - point.y) < 0.5) continue;
    const before = kept.at(-2);
    const isStraight =
      last &&
      before &&
      ((Math.abs(before.x - last.x) < 0.5 && Math.abs(last.x - point.x) < 0.5) ||
        (Math.abs(before.y - last.y) < 0.5 && Math.abs(last.y - point.y) < 0.5));
    if (isStraight) kept.pop();
    kept.push(point);
  }
  return kept;
}

/** Corner points of a wire that falls from a bottom (or right) edge into a top or left edge. */
export function routeWire(from: WireEnd, to: WireEnd, obstacles: Obstacles): Point[] {
  const start: Point = from.side === 'right' ? { x: from.x + STEM, y: from.y } : { x: from.x, y: from.y + STEM };
  const end: Point = to.side === 'left' ? { x: to.x - STEM - 8, y: to.y } : { x: to.x, y: to.y - STEM };
  const points: Point[] = [from, start];
  if (to.side === 'left' && from.side === 'bottom' && to.y > from.y + 6) {
    const isShort = to.y - from.y < 2.5 * CORNER && end.x > from.x;
    const isBetween = (rect: Rect): boolean =>
      to.y > rect.y && to.y < rect.y + rect.height && rect.x < end.x && rect.x + rect.width > from.x;
    if (isShort && !obstacles.meeting({ x: from.x, y: to.y, width: end.x - from.x, height: 0 }).some(isBetween))
      return compact([from, { x: from.x, y: to.y }, to]);
  }
  if (from.side === 'bottom' && to.side === 'top' && Math.abs(from.x - to.x) < 0.5 && to.y > from.y) {
    const lane = freeLane(from.x, from.y + 1, to.y - 1, obstacles);
    if (lane === from.x) return [from, to];
  }
  const top = Math.min(start.y, end.y);
  const bottom = Math.max(start.y, end.y);
  const isFalling = end.y >= start.y;
  const wanted = isFalling ? end.x : Math.max(start.x, end.x);
  let lane = freeLane(wanted, top + 1, bottom - 1, obstacles);
  if (!isFalling && lane > end.x) {
    // Up to a node at the right: beside its near edge, where wires into that edge run as well, not through it and around.
    const target = obstacles
      .meeting({ x: to.x, y: to.y - 1, width: 0, height: 2 })
      .find(rect => Math.abs(rect.y - to.y) < 0.5 && to.x >= rect.x && to.x <= rect.x + rect.width);
    const near = target ? target.x - STEM - 8 : start.x;
    if (near > start.x && freeLane(near, top + 1, bottom - 1, obstacles) === near) lane = near;
  }
  points.push({ x: lane, y: start.y }, { x: lane, y: end.y }, end, to);
  return compact(points);
}

/** A control wire: one soft curve from right to left edge. */
export function curvePath(from: Point, to: Point): string {
  const reach = Math.max(32, Math.min(120, Math.abs(to.x - from.x) * 0.5));
  return `M${round(from.x)} ${round(from.y)}C${round(from.x + reach)} ${round(from.y)} ${round(to.x - reach)} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
}

/** Path of a connection and its corner points; a curve has only its ends. */
export function wirePath(
  type: PortType,
  from: WireEnd,
  to: WireEnd,
  obstacles: Obstacles = NO_OBSTACLES,
): { path: string; points: readonly Point[] } {
  if (type === 'control' || (from.side === 'right' && to.side === 'left'))
    return { path: curvePath(from, to), points: [from, to] };
  const points = routeWire(from, to, obstacles);
  return { path: roundedPath(points), points };
}

/** The middle of the longest part of a wire. */
export function middleOf(points: readonly Point[]): Point {
  let [middle, longest] = [points[0] as Point, -1];
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]] as [Point, Point];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    if (length > longest) [middle, longest] = [{ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, length];
  }
  return middle;
}
