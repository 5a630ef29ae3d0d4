// Free room on the canvas: which rectangles the nodes and wires of a patch take, and the place nearest to a wish that covers none of them.
// Must not know transactions.
import type { Patch, PatchNode } from '../../core/patch.ts';
import type { EditorContext } from '../context.ts';
import { wireParts } from './label-place.ts';
import { downToGrid, GRID, layoutNode, layoutUnknown, type NodeLayout, snap, upToGrid } from './layout.ts';
import { RectIndex } from './rect-index.ts';
import { endOf, type Rect, wirePath } from './wire-path.ts';

/** Between two nodes, in px: room for a wire and its corner. */
export const GAP = 32;
/** Wires are kept clear only so far from the wish, in px: nearness is worth more. */
const REACH = 320;
const WIRE_GAP = 8;

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
  const rects = new RectIndex(
    Object.values(patch.nodes).flatMap(node => (but.has(node.id) ? [] : rectOf(context, node))),
  );
  return Object.values(patch.connections).flatMap(connection => {
    const [from, to] = [connection.from, connection.to].map(({ node, port }) => {
      const there = patch.nodes[node];
      const spot = there && !but.has(node) ? layoutOf(context, there).ports.get(port) : undefined;
      return there && spot && { ...endOf(there.position, spot), type: spot.type };
    });
    return from && to ? wireParts(wirePath(from.type, from, to, rects).points) : [];
  });
}

/** What a place keeps clear of, and by how many px. */
interface Obstacle {
  readonly rect: Rect;
  readonly gap: number;
}
const keptOff = (rects: readonly Rect[], gap: number): Obstacle[] => rects.map(rect => ({ rect, gap }));

/** The free places of a row next to `wanted` to its right and left: past one obstacle after the other. */
function* freeInRow(wanted: Rect, obstacles: readonly Obstacle[]): Generator<number> {
  const inRow = obstacles
    .filter(({ rect, gap }) => rect.y < wanted.y + wanted.height + gap && wanted.y < rect.y + rect.height + gap)
    .map(({ rect, gap }) => ({ start: rect.x - gap - wanted.width, end: rect.x + rect.width + gap }));
  let { x } = wanted;
  for (const { start, end } of inRow.sort((a, b) => a.start - b.start)) {
    if (start >= x) break;
    if (end > x) x = upToGrid(end);
  }
  yield x;
  x = wanted.x;
  for (const { start, end } of inRow.sort((a, b) => b.end - a.end)) {
    if (end <= x) break;
    if (start < x) x = downToGrid(start);
  }
  yield x;
}

interface Place {
  readonly at: [number, number];
  /** Columns or rows from the wish, the more of both, in px. */
  readonly ring: number;
  readonly distance: number;
}

/** The place of the innermost ring around `wanted` that is free, there the nearest; undefined where none is within `reach` px. */
function nearestFree(wanted: Rect, obstacles: readonly Obstacle[], reach = Infinity): Place | undefined {
  let best: Place | undefined;
  for (let row = 0; row <= Math.min(reach, best?.ring ?? Infinity); row += GRID)
    for (const y of row === 0 ? [wanted.y] : [wanted.y + row, wanted.y - row])
      for (const x of freeInRow({ ...wanted, y }, obstacles)) {
        const ring = Math.max(row, Math.abs(x - wanted.x));
        const distance = Math.hypot(x - wanted.x, row);
        if (ring <= reach && (!best || ring < best.ring || (ring === best.ring && distance < best.distance)))
          best = { at: [x, y], ring, distance };
      }
  return best;
}

/** The place nearest to `wanted` (px, on the grid) that covers none of `rects`, and if there is one near, none of `wires`. */
export function freePlace(wanted: Rect, rects: readonly Rect[], wires: readonly Rect[] = []): [number, number] {
  const onGrid = { ...wanted, x: snap(wanted.x), y: snap(wanted.y) };
  const nodes = keptOff(rects, GAP);
  const clear = nearestFree(onGrid, [...nodes, ...keptOff(wires, WIRE_GAP)], REACH);
  // Every row is free beyond all nodes.
  return (clear ?? (nearestFree(onGrid, nodes) as Place)).at;
}
