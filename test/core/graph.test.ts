// Order, loops and shortest cycles, against brute force on small random graphs.
import { describe, expect, it } from 'vitest';
import { type Edge, findCycle, findLoops, sortTopologically, walkInDepth } from '../../src/core/graph.ts';
import { makeConnection } from '../../src/core/patch.ts';
import { makeRandom } from './random.ts';

const edge = (from: string, to: string): Edge => ({ from, to, connection: makeConnection(`${from}.out`, `${to}.in`) });

function randomGraph(seed: number): { ids: string[]; edges: Edge[] } {
  const random = makeRandom(seed);
  const ids = Array.from({ length: 2 + random.below(6) }, (_, i) => `n${i}`);
  const edges = Array.from({ length: random.below(2 * ids.length) }, () => edge(random.pick(ids), random.pick(ids)));
  return { ids, edges };
}

/** reach[a][b] = length of a shortest walk of at least one edge; Floyd–Warshall. */
function distances(ids: readonly string[], edges: readonly Edge[]): number[][] {
  const at = new Map(ids.map((id, i) => [id, i]));
  const d = ids.map(() => ids.map(() => Infinity));
  for (const { from, to } of edges) d[at.get(from)!][at.get(to)!] = 1;
  for (let k = 0; k < ids.length; k++)
    for (let i = 0; i < ids.length; i++)
      for (let j = 0; j < ids.length; j++) d[i][j] = Math.min(d[i][j], d[i][k] + d[k][j]);
  return d;
}

describe('GRAPH-1 order and loops', () => {
  it('agree with brute force on 500 random graphs', () => {
    let cyclic = 0;
    for (let seed = 0; seed < 500; seed++) {
      const { ids, edges } = randomGraph(seed);
      const d = distances(ids, edges);
      const onCycle = ids.filter((_, i) => d[i][i] < Infinity);
      const loops = findLoops(ids, edges);
      expect(loops.flat().sort()).toEqual(onCycle);
      for (const loop of loops)
        for (const a of loop) for (const b of loop) expect(d[ids.indexOf(a)][ids.indexOf(b)]).toBeLessThan(Infinity);
      const order = sortTopologically(ids, edges);
      expect(order === undefined).toBe(onCycle.length > 0);
      if (order) for (const { from, to } of edges) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
      const cycle = findCycle(ids, edges);
      expect(cycle.length).toBe(onCycle.length === 0 ? 0 : Math.min(...ids.map((_, i) => d[i][i])));
      const walk = walkInDepth(ids, edges);
      expect([...walk.order].sort()).toEqual(ids);
      expect(walk.round.size > 0).toBe(onCycle.length > 0);
      for (const one of edges)
        if (one.from !== one.to)
          expect(walk.order.indexOf(one.from) < walk.order.indexOf(one.to)).toBe(!walk.round.has(one));
      cycle.forEach((step, i) => expect(step.to).toBe(cycle[(i + 1) % cycle.length].from));
      if (cycle.length > 0) cyclic++;
    }
    expect(cyclic).toBeGreaterThan(100);
  });

  it('a ring and a chain of 20,000 nodes take no more than a moment and no stack', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `n${i}`);
    const chain = ids.slice(1).map((id, i) => edge(ids[i], id));
    expect(sortTopologically(ids, chain)).toEqual(ids);
    expect(findLoops(ids, chain)).toEqual([]);
    const ring = [...chain, edge('n19999', 'n0')];
    expect(findLoops(ids, ring)[0]).toHaveLength(20_000);
    expect(findCycle(ids, ring)).toHaveLength(20_000);
    expect(walkInDepth(ids, ring).order).toEqual(ids);
  });

  it('ties are broken by the order of the ids, so that plans repeat', () => {
    expect(sortTopologically(['c', 'a', 'b'], [])).toEqual(['c', 'a', 'b']);
  });
});
