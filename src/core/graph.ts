// Graph: order and loops of a patch. Owns the pure graph algorithms; knows connections, not signals.
import type { Connection } from './patch.ts';

/** Adds to the list of a key; a list of its own for a new one. */
export function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const known = lists.get(key);
  if (known) known.push(item);
  else lists.set(key, [item]);
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly connection: Connection;
}

/** Successors by node id, ids and edges in stable order. */
function successors(ids: readonly string[], edges: readonly Edge[]): Map<string, string[]> {
  const map = new Map<string, string[]>(ids.map(id => [id, []]));
  for (const edge of edges) map.get(edge.from)?.push(edge.to);
  return map;
}

/**
 * Strongly connected components with more than one node or an edge to itself: the loops. Iterative form of Tarjan's
 * algorithm ("Depth-first search and linear graph algorithms", 1972), so that deep patches don't overflow the stack.
 */
export function findLoops(ids: readonly string[], edges: readonly Edge[]): string[][] {
  const next = successors(ids, edges);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const loops: string[][] = [];
  for (const root of ids) {
    if (index.has(root)) continue;
    const work: { id: string; child: number }[] = [{ id: root, child: 0 }];
    while (work.length > 0) {
      const frame = work[work.length - 1];
      const { id } = frame;
      if (frame.child === 0) {
        index.set(id, index.size);
        low.set(id, index.get(id) as number);
        stack.push(id);
        onStack.add(id);
      }
      const child = next.get(id)?.[frame.child++];
      if (child !== undefined) {
        if (!index.has(child)) work.push({ id: child, child: 0 });
        else if (onStack.has(child)) low.set(id, Math.min(low.get(id) as number, index.get(child) as number));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low.set(parent.id, Math.min(low.get(parent.id) as number, low.get(id) as number));
      if (low.get(id) !== index.get(id)) continue;
      const component = stack.splice(stack.lastIndexOf(id));
      for (const member of component) onStack.delete(member);
      if (component.length > 1 || next.get(id)?.includes(id)) loops.push(component.sort());
    }
  }
  return loops;
}

/** Kahn's order with ties broken by the order of `ids`; undefined when a cycle is left. */
export function sortTopologically(ids: readonly string[], edges: readonly Edge[]): string[] | undefined {
  const next = successors(ids, edges);
  const waiting = new Map<string, number>(ids.map(id => [id, 0]));
  for (const edge of edges) waiting.set(edge.to, (waiting.get(edge.to) ?? 0) + 1);
  const ready = ids.filter(id => waiting.get(id) === 0);
  const order: string[] = [];
  for (let i = 0; i < ready.length; i++) {
    const id = ready[i];
    order.push(id);
    for (const child of next.get(id) ?? []) {
      const left = (waiting.get(child) as number) - 1;
      waiting.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  return order.length === ids.length ? order : undefined;
}

/** Edges walked until the search for a shorter cycle ends: loops of 500 nodes are searched whole. */
const CYCLE_STEPS_MAX = 250_000;

/**
 * The edges of one shortest cycle among the given nodes, for printing its path; empty when there is none. In a loop of
 * thousands of nodes, a shortest one through its first nodes.
 */
export function findCycle(ids: readonly string[], edges: readonly Edge[]): Edge[] {
  const outgoing = new Map<string, Edge[]>(ids.map(id => [id, []]));
  for (const edge of edges) if (outgoing.has(edge.to)) outgoing.get(edge.from)?.push(edge);
  let best: Edge[] = [];
  let steps = 0;
  for (const start of ids) {
    if (best.length === 1 || (best.length > 0 && steps > CYCLE_STEPS_MAX)) break;
    const reached = new Map<string, Edge>();
    const queue = [start];
    search: for (let i = 0; i < queue.length; i++) {
      for (const edge of outgoing.get(queue[i]) as Edge[]) {
        steps++;
        if (reached.has(edge.to)) continue;
        reached.set(edge.to, edge);
        if (edge.to === start) break search;
        queue.push(edge.to);
      }
    }
    if (!reached.has(start)) continue;
    const path: Edge[] = [];
    for (let at = start; path.length === 0 || at !== start; at = (path.at(-1) as Edge).from)
      path.push(reached.get(at) as Edge);
    if (best.length === 0 || path.length < best.length) best = path.reverse();
  }
  return best;
}
