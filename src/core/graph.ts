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

/** Successors by index in `ids`, ids and edges in stable order. */
function successors(ids: readonly string[], edges: readonly Edge[]): number[][] {
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const next = ids.map((): number[] => []);
  for (const { from, to } of edges) next[indexOf.get(from) as number].push(indexOf.get(to) as number);
  return next;
}

/**
 * Strongly connected components with more than one node or an edge to itself: the loops. Iterative form of Tarjan's
 * algorithm ("Depth-first search and linear graph algorithms", 1972), so that deep patches don't overflow the stack.
 */
export function findLoops(ids: readonly string[], edges: readonly Edge[]): string[][] {
  const next = successors(ids, edges);
  const index = next.map(() => -1);
  const low = next.map(() => 0);
  const isOnStack = next.map(() => false);
  const stack: number[] = [];
  const loops: string[][] = [];
  let found = 0;
  for (let root = 0; root < next.length; root++) {
    if (index[root] >= 0) continue;
    const work = [{ node: root, child: 0 }];
    while (work.length > 0) {
      const frame = work[work.length - 1];
      const { node } = frame;
      if (frame.child === 0) {
        index[node] = low[node] = found++;
        stack.push(node);
        isOnStack[node] = true;
      }
      if (frame.child < next[node].length) {
        const child = next[node][frame.child++];
        if (index[child] < 0) work.push({ node: child, child: 0 });
        else if (isOnStack[child]) low[node] = Math.min(low[node], index[child]);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low[parent.node] = Math.min(low[parent.node], low[node]);
      if (low[node] !== index[node]) continue;
      const component = stack.splice(stack.lastIndexOf(node));
      for (const member of component) isOnStack[member] = false;
      if (component.length > 1 || next[node].includes(node)) loops.push(component.map(member => ids[member]).sort());
    }
  }
  return loops;
}

/**
 * A walk in depth from `starts`, one after the other: the nodes that it reaches, each behind all that reach it but for what comes
 * `round`, the edges to a node on the way there. What spreads along edges settles in few rounds in that order, loops or not (Kam and
 * Ullman, "Global data flow analysis and iterative algorithms", 1976).
 */
export function walkInDepth(
  starts: readonly string[],
  edges: readonly Edge[],
): { readonly order: readonly string[]; readonly round: ReadonlySet<Edge> } {
  const leaving = new Map<string, Edge[]>();
  for (const edge of edges) addTo(leaving, edge.from, edge);
  const left: string[] = [];
  const round = new Set<Edge>();
  const state = new Map<string, 'on the way' | 'left'>();
  for (const start of starts) {
    if (state.has(start)) continue;
    state.set(start, 'on the way');
    const way = [{ id: start, next: 0 }];
    while (way.length > 0) {
      const at = way[way.length - 1];
      const edge = leaving.get(at.id)?.[at.next++];
      if (!edge) {
        state.set(at.id, 'left');
        left.push(at.id);
        way.pop();
      } else if (state.get(edge.to) === 'on the way') round.add(edge);
      else if (!state.has(edge.to)) {
        state.set(edge.to, 'on the way');
        way.push({ id: edge.to, next: 0 });
      }
    }
  }
  return { order: left.reverse(), round };
}

/** Kahn's order with ties broken by the order of `ids`; undefined when a cycle is left. */
export function sortTopologically(ids: readonly string[], edges: readonly Edge[]): string[] | undefined {
  const next = successors(ids, edges);
  const waiting = next.map(() => 0);
  for (const children of next) for (const child of children) waiting[child]++;
  const order = [...next.keys()].filter(node => waiting[node] === 0);
  for (const node of order) {
    for (const child of next[node]) if (--waiting[child] === 0) order.push(child);
  }
  return order.length === ids.length ? order.map(node => ids[node]) : undefined;
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
