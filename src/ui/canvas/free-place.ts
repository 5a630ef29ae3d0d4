// Free room on the canvas: which rectangles the nodes and wires of a patch take, and the place nearest to a wish that covers none of them.
// Must not know transactions.
import type { Patch, PatchNode } from '../../core/patch.ts';
import type { EditorContext } from '../context.ts';
import { GRID, layoutNode, layoutUnknown, type NodeLayout, snap } from './layout.ts';
import { wireParts } from './label-place.ts';
import { endOf, type Rect, wirePath } from './wire-path.ts';

/** Between two nodes, in px: room for a wire and its corner. */
export const GAP = 32;
/** Wires are kept clear only so far from the wish, in px: nearness is worth more. */
const REACH = 320;

export const layoutOf = (context: EditorContext, node: PatchNode): NodeLayout => {
  const shape = context.shapeOf(node);
  return shape ? layoutNode(shape) : layoutUnknown(node, [], []);
};
export const rectOf = (context: EditorContext, node: PatchNode): Rect => {
  const { width, height } = layoutOf(context, node);
  return { x: node.position[0], y: node.position[1], width, height };
};
/** Rectangles of all nodes but those left out, and of all notes. */
export function rectsOf(context: EditorContext, patch: Patch, but: ReadonlySet<string> = new Set()): Rect[] {
  const nodes = Object.values(patch.nodes).filter(node => !but.has(node.id));
  const notes = Object.values(patch.notes).map(({ position: [x, y], size: [width, height] }) => ({
    x,
    y,
    width,
    height,
  }));
  return [...nodes.map(node => rectOf(context, node)), ...notes];
}

/** The parts of all wires, as thin rectangles, that end at none of the nodes left out. */
export function wiresOf(context: EditorContext, patch: Patch, but: ReadonlySet<string> = new Set()): Rect[] {
  const rects = Object.values(patch.nodes).flatMap(node => (but.has(node.id) ? [] : rectOf(context, node)));
  return Object.values(patch.connections).flatMap(connection => {
    const [from, to] = [connection.from, connection.to].map(({ node, port }) => {
      const there = patch.nodes[node];
      const spot = there && !but.has(node) ? layoutOf(context, there).ports.get(port) : undefined;
      return there && spot && { ...endOf(there.position, spot), type: spot.type };
    });
    return from && to ? wireParts(wirePath(from.type, from, to, rects).points) : [];
  });
}

/** Whether two rectangles are nearer to each other than `gap` px. */
export const meets = (a: Rect, b: Rect, gap = 0): boolean =>
  a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap;

/** Places on the grid around one, the nearest first in rings. */
function* around(x: number, y: number): Generator<readonly [number, number]> {
  yield [x, y];
  for (let ring = GRID; ; ring += GRID) {
    const edge: [number, number][] = [];
    for (let along = -ring; along <= ring; along += GRID)
      edge.push([x + along, y + ring], [x + ring, y + along], [x + along, y - ring], [x - ring, y + along]);
    yield* edge.sort((a, b) => Math.hypot(a[0] - x, a[1] - y) - Math.hypot(b[0] - x, b[1] - y));
  }
}

/** The place nearest to `wanted` (px, on the grid) that covers none of `rects`, and if there is one near, none of `wires`. */
export function freePlace(wanted: Rect, rects: readonly Rect[], wires: readonly Rect[] = []): [number, number] {
  const [left, top] = [snap(wanted.x), snap(wanted.y)];
  const isFree = (x: number, y: number, others: readonly Rect[], gap: number): boolean =>
    !others.some(other => meets({ ...wanted, x, y }, other, gap));
  let first: readonly [number, number] | undefined;
  // Some ring is free at the latest when it is wider than all nodes together.
  for (const [x, y] of around(left, top)) {
    if (first && Math.max(Math.abs(x - left), Math.abs(y - top)) > REACH) break;
    if (!isFree(x, y, rects, GAP)) continue;
    first ??= [x, y];
    if (isFree(x, y, wires, 8)) return [x, y];
  }
  return [...(first as readonly [number, number])];
}
