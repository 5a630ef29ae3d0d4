// Walking a patch by keyboard: the nearest node in a direction, and the order in which sound passes. Pure.
import type { Patch } from '../../core/patch.ts';
import type { Rect } from './wire-path.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The nearest node in a direction: near along it counts, far beside it counts double. */
export function nearestNode(rects: ReadonlyMap<string, Rect>, from: string, direction: Direction): string | undefined {
  const start = rects.get(from);
  if (!start) return undefined;
  const centre = (rect: Rect): [number, number] => [rect.x + rect.width / 2, rect.y + rect.height / 2];
  const [x, y] = centre(start);
  let best: string | undefined;
  let bestCost = Infinity;
  for (const [id, rect] of rects) {
    if (id === from) continue;
    const [cx, cy] = centre(rect);
    const along = direction === 'up' ? y - cy : direction === 'down' ? cy - y : direction === 'left' ? x - cx : cx - x;
    const beside = direction === 'up' || direction === 'down' ? Math.abs(cx - x) : Math.abs(cy - y);
    if (along <= 0 || beside > along * 2.5) continue;
    const cost = along + 2 * beside;
    if (cost < bestCost) {
      bestCost = cost;
      best = id;
    }
  }
  return best;
}

/** Node ids in the order in which sound passes; loops are entered at their first id. Ties by place from top to bottom. */
export function planOrder(patch: Patch): string[] {
  const ids = Object.keys(patch.nodes).sort((a, b) => {
    const [pa, pb] = [patch.nodes[a]?.position ?? [0, 0], patch.nodes[b]?.position ?? [0, 0]];
    return pa[1] - pb[1] || pa[0] - pb[0] || (a < b ? -1 : 1);
  });
  const inputs = new Map<string, string[]>();
  for (const { from, to } of Object.values(patch.connections)) {
    if (!Object.hasOwn(patch.nodes, from.node)) continue;
    const list = inputs.get(to.node);
    if (list) list.push(from.node);
    else inputs.set(to.node, [from.node]);
  }
  const order: string[] = [];
  const seen = new Set<string>();
  for (const root of ids) {
    // Depth first without recursion: a patch may be long.
    const stack: { id: string; next: number }[] = [{ id: root, next: 0 }];
    if (seen.has(root)) continue;
    seen.add(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as { id: string; next: number };
      const input = inputs.get(top.id)?.[top.next++];
      if (input === undefined) {
        order.push(top.id);
        stack.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        stack.push({ id: input, next: 0 });
      }
    }
  }
  return order;
}
