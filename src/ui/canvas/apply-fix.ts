// Applies a fix: what it inserts into a wire goes between the neighbours on that wire, and where there is no room, all that lies
// beyond makes some. Owns the places only; what a fix inserts is the core's.
import type { Fix } from '../../core/errors.ts';
import type { Endpoint, Json, Patch } from '../../core/patch.ts';
import { applyTransaction, type Change } from '../../core/transaction.ts';
import type { EditorContext } from '../context.ts';
import { meets } from './bounds.ts';
import { freePlace, GAP, layoutOf, rectOf, rectsOf, wiresOf } from './free-place.ts';
import { downToGrid, upToGrid } from './layout.ts';
import { endOf, type Rect, type WireEnd } from './wire-path.ts';

/** A node that stands in one wire: between these ends. */
interface Between {
  readonly from: WireEnd;
  readonly to: WireEnd;
  /** The inlet has other wires, which stay where they are. */
  readonly isShared: boolean;
}

/** Moves all that begins at `line` or beyond by so many px, downwards (1) or to the right (0); frames that it crosses grow. */
function makeRoom(patch: Patch, axis: 0 | 1, line: number, px: number, but: ReadonlySet<string>): Change[] {
  const further = (place: readonly [number, number]): Json =>
    axis === 0 ? [place[0] + px, place[1]] : [place[0], place[1] + px];
  const changes: Change[] = [];
  for (const { id, position } of Object.values(patch.nodes))
    if (!but.has(id) && position[axis] >= line)
      changes.push({ path: ['nodes', id, 'position'], value: further(position) });
  for (const kind of ['notes', 'frames'] as const)
    for (const { id, position, size } of Object.values(patch[kind])) {
      if (position[axis] >= line) changes.push({ path: [kind, id, 'position'], value: further(position) });
      else if (kind === 'frames' && position[axis] + size[axis] > line)
        changes.push({ path: [kind, id, 'size'], value: further(size) });
    }
  return changes;
}

/** The ends between which a new node stands; those that are not placed yet are passed over. Undefined where it is not in one wire. */
function between(context: EditorContext, patch: Patch, id: string, pending: ReadonlySet<string>): Between | undefined {
  const all = Object.values(patch.connections);
  const into = all.filter(({ to }) => to.node === id);
  const outOf = all.filter(({ from }) => from.node === id);
  let target: Endpoint | undefined = outOf[0]?.to;
  for (let steps = 0; target && pending.has(target.node) && steps < pending.size; steps++)
    target = all.find(({ from }) => from.node === target?.node)?.to;
  const source = into[0]?.from;
  if (into.length !== 1 || outOf.length !== 1 || !source || !target || pending.has(target.node)) return undefined;
  const [from, to] = [source, target].map(({ node, port }) => {
    const there = patch.nodes[node];
    const spot = there && layoutOf(context, there).ports.get(port);
    return there && spot && endOf(there.position, spot);
  });
  const isShared = all.filter(({ to: end }) => end.node === target?.node && end.port === target.port).length > 1;
  return from && to && { from, to, isShared };
}

/** Where a new node goes, as changes: into the column of what it leads to, beside other wires that lead there, or left of it where that is entered from the left. */
function place(context: EditorContext, patch: Patch, id: string, pending: ReadonlySet<string>): Change[] {
  const node = patch.nodes[id];
  if (!node) return [];
  const own = layoutOf(context, node);
  const size = { width: own.width, height: own.height };
  const but = new Set([...pending, id]);
  const rects = rectsOf(context, patch, but);
  const ends = between(context, patch, id, pending);
  const at = (position: readonly [number, number]): Change => ({
    path: ['nodes', id, 'position'],
    value: [...position],
  });
  const wanted = rectOf(context, node);
  // Up again, the way back of a loop: beside what it goes around.
  const isFalling = ends?.to.side === 'top' ? ends.to.y > ends.from.y : (ends?.to.x ?? 0) > (ends?.from.x ?? 0);
  if (!ends || !isFalling) {
    const beside = ends ? { ...wanted, x: Math.max(ends.from.x, ends.to.x) + own.width } : wanted;
    return [at(freePlace(beside, rects))];
  }
  const { from, to, isShared } = ends;
  const inlet = [...own.ports.values()].find(({ direction, isParam }) => direction === 'inlet' && !isParam);
  const axis = to.side === 'top' ? 1 : 0;
  const [along, length] = axis === 1 ? (['y', 'height'] as const) : (['x', 'width'] as const);
  const room = axis === 1 ? GAP : 1.5 * GAP;
  if (isShared && axis === 1) {
    const aside = { ...size, x: to.x + size.width / 2 + GAP, y: (from.y + to.y - size.height) / 2 };
    return [at(freePlace(aside, rects, wiresOf(context, patch, but)))];
  }
  // Across: straight above the inlet that it leads to, or so high that its outlet falls to it.
  const across: Rect =
    axis === 1
      ? { x: to.x - (inlet?.x ?? size.width / 2), y: 0, ...size }
      : { x: 0, y: downToGrid(to.y - size.height - 20), ...size };
  const [start, end] = [from[along], to[along]];
  let first = upToGrid(start + room);
  for (const rect of [...rects].sort((a, b) => a[along] - b[along])) {
    const isInWay = rect[along] < end - 1 && rect[along] + rect[length] > first - room;
    if (isInWay && meets({ ...across, [along]: first, [length]: Infinity }, rect, 8))
      first = upToGrid(rect[along] + rect[length] + room);
  }
  const last = downToGrid(end - room - size[length]);
  const px = Math.max(0, first - last);
  const middle = px > 0 ? first : downToGrid((first + last) / 2);
  const moves = px > 0 ? makeRoom(patch, axis, end - 1, px, but) : [];
  return [at(axis === 1 ? [across.x, middle] : [middle, across.y]), ...moves];
}

/** Applies a fix as one step of undo. */
export function applyFix(context: EditorContext, fix: Fix): void {
  const before = context.store.patch;
  const { transaction } = fix;
  const changes: Change[] = [...transaction.changes];
  let patch = applyTransaction(before, transaction).patch;
  const pending = new Set(Object.keys(patch.nodes).filter(id => !Object.hasOwn(before.nodes, id)));
  while (pending.size > 0) {
    // What comes first on a wire is placed first.
    const all = Object.values(patch.connections);
    const isFirst = (id: string): boolean => !all.some(({ from, to }) => to.node === id && pending.has(from.node));
    const id = [...pending].find(isFirst) ?? ([...pending][0] as string);
    pending.delete(id);
    const places = place(context, patch, id, pending);
    changes.push(...places);
    patch = applyTransaction(patch, { label: '', changes: places }).patch;
  }
  context.store.dispatch({ ...transaction, changes });
}
