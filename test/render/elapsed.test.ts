// The time of nodes: each is told its own, by a clock that is read once a step; what lies between nodes is nobody's.
import { expect, it } from 'vitest';
import type { NodeType } from '../../src/core/node-type.ts';
import type { Registry } from '../../src/core/registry.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { makePatch, registry } from './helpers.ts';

/** A clock that only kernels move, each by its own amount, and a reading by 1000: what is not taken apart shows. */
function playWithClock(plan: Plan, costs: Readonly<Record<string, number>>, hasReadingCosts: boolean) {
  let now = 0;
  let readings = 0;
  const clock = (): number => {
    readings++;
    if (hasReadingCosts) now += 1000;
    return now;
  };
  const types = new Map<string, NodeType>();
  const nodes = Object.fromEntries(
    Object.values(plan.nodes).map(node => {
      const type = registry.get(node.type) as NodeType;
      const kernel: NodeType['kernel'] = (io, p, s, frames) => {
        now += costs[node.id];
        type.kernel(io, p, s, frames);
      };
      const loop = type.loop && {
        ...type.loop,
        write: ((io, p, s, frames) => {
          now += costs[node.id];
          type.loop?.write(io, p, s, frames);
        }) satisfies NodeType['kernel'],
      };
      types.set(`timed/${node.id}`, { ...type, kernel, loop, linear: undefined, rest: undefined });
      return [node.id, { ...node, type: `timed/${node.id}` }];
    }),
  );
  const timed: Registry = { ...registry, get: id => types.get(id) };
  const executor = new Executor({ plan: { ...plan, nodes }, registry: timed, resources: {}, clock });
  // Between two calls time goes by that is nobody's.
  now += 5e6;
  executor.process(128);
  const elapsed = Object.fromEntries([...executor.nodes].map(([id, run]) => [id, run.elapsed]));
  return { elapsed, readings };
}

it('is what its kernel took, past sums, delays on wires and loops', () => {
  const patch = makePatch(
    [
      ['in', 'source/audio-input'],
      ['late', 'filter/convolution'],
      ['soft', 'dynamics/gain'],
      ['loop', 'time/delay', { time: 100 }],
      ['back', 'dynamics/gain'],
      ['mix', 'mix/dry-wet'],
      ['out', 'output/audio-output'],
    ],
    [
      'in.out > soft.in',
      'in.out > loop.in',
      'loop.out > back.in',
      'back.out > loop.in',
      'in.out > mix.dry',
      'soft.out > mix.wet',
      'back.out > mix.wet',
      'mix.out > out.in',
    ],
  );
  const plan = makePlan(patch, registry, {}).plan as Plan;
  const costs = { in: 1, late: 20, soft: 300, loop: 4000, back: 50_000, mix: 600_000, out: 7 };
  expect(playWithClock(plan, costs, false).elapsed).toEqual(costs);
});

it('is known from one reading a node', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const patch = makePatch(
    ids.map(id => [id, 'dynamics/waveshaper'] as const),
    ['a.out > b.in', 'b.out > c.in', 'c.out > d.in'],
  );
  const plan = makePlan(patch, registry, {}).plan as Plan;
  const { elapsed, readings } = playWithClock(plan, { a: 1, b: 2, c: 3, d: 4 }, true);
  expect(readings).toBe(ids.length + 1);
  expect(elapsed).toEqual({ a: 1001, b: 1002, c: 1003, d: 1004 });
});
