// States at the start, after a reset and in the plan that takes over: memory that nobody has written yet is not written again.
import { expect, it } from 'vitest';
import type { StateArray, StateSpecs } from '../../src/core/node-type.ts';
import type { Registry } from '../../src/core/registry.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { makePatch, registry } from './helpers.ts';

const STATES: StateSpecs = {
  zeros: { shape: [3], dtype: 'f32' },
  number: { shape: [2], dtype: 'f64', init: 2.5 },
  whole: { shape: [2], dtype: 'i32', init: -7 },
  negativeZero: { shape: [2], dtype: 'f64', init: -0 },
  ofParam: { shape: [2], dtype: 'f64', init: { param: 'level' } },
};
const START = { zeros: [0, 0, 0], number: [2.5, 2.5], whole: [-7, -7], negativeZero: [-0, -0], ofParam: [-6, -6] };
/** What one call of the kernel leaves: every number one more. */
const PLAYED = { zeros: [1, 1, 1], number: [3.5, 3.5], whole: [-6, -6], negativeZero: [1, 1], ofParam: [-5, -5] };

const gain = registry.get('dynamics/gain');
if (!gain) throw new Error('no gain');
const counting = {
  ...gain,
  linear: undefined,
  rest: undefined,
  state: () => STATES,
  kernel: (_io: unknown, _p: unknown, s: Readonly<Record<string, StateArray>>) => {
    for (const values of Object.values(s)) for (let i = 0; i < values.length; i++) values[i]++;
  },
};
const withStates: Registry = { ...registry, get: id => (id === 'test/states' ? counting : registry.get(id)) };

function makeExecutor(): Executor {
  const patch = makePatch([['gain', 'dynamics/gain', { level: -6 }]], []);
  const plan = makePlan(patch, registry, {}).plan as Plan;
  const nodes = { gain: { ...plan.nodes.gain, type: 'test/states' } };
  return new Executor({ plan: { ...plan, nodes }, registry: withStates, resources: {} });
}
const statesOf = (executor: Executor): Record<string, number[]> =>
  Object.fromEntries(Object.entries(executor.nodes.get('gain')?.state ?? {}).map(([name, x]) => [name, [...x]]));

it('a state starts as it is declared, and does so again after a reset', () => {
  const executor = makeExecutor();
  expect(statesOf(executor)).toStrictEqual(START);
  executor.process(16);
  expect(statesOf(executor)).toStrictEqual(PLAYED);
  executor.resetNode('gain');
  expect(statesOf(executor)).toStrictEqual(START);
});

it('a plan that takes over goes on from the states, and resets them as well', () => {
  const before = makeExecutor();
  before.process(16);
  const executor = makeExecutor();
  executor.carryFrom(before);
  expect(statesOf(executor)).toStrictEqual(PLAYED);
  executor.resetNode('gain');
  expect(statesOf(executor)).toStrictEqual(START);
});
