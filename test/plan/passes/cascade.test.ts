// The passes 'cascade' and 'fold-gains': linear nodes in a row are played as one, sound the same, move the same states, and stand alone
// whenever one of them has something of its own to do.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Patch, PatchNode } from '../../../src/core/patch.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { findRows } from '../../../src/plan/passes/cascade.ts';
import { ALL_PASSES, type PassName } from '../../../src/plan/passes/pass-name.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { Executor } from '../../../src/render/executor.ts';
import { type RenderEvent, renderPatch } from '../../../src/render/render-patch.ts';
import { makePatch, noise, nullDb, registry } from '../../render/helpers.ts';

const without = (...names: PassName[]): Set<PassName> => new Set([...ALL_PASSES].filter(name => !names.includes(name)));
const ALONE = without('cascade', 'fold-gains');

const CHAIN = [
  ['trim', 'dynamics/gain', { level: -3 }],
  ['low', 'filter/biquad-filter', { type: 'low-pass', cutoff: 4000 }],
  ['pole', 'filter/one-pole', { type: 'high-pass', cutoff: 60 }],
  ['half', 'dynamics/gain', { level: -6 }],
  ['peak', 'filter/biquad-filter', { type: 'peak', cutoff: 900, gain: 7, q: 2 }],
  ['all', 'filter/one-pole', { type: 'all-pass', cutoff: 2000 }],
  ['end', 'dynamics/gain', { level: 2 }],
] as const;
const IDS = CHAIN.map(([id]) => id);

const chain = (channels: 'mono' | 'stereo'): Patch =>
  makePatch(
    [['in', 'source/audio-input', { channels }], ...CHAIN, ['out', 'output/audio-output']],
    ['in', ...IDS].map((id, k) => `${id}.out > ${[...IDS, 'out'][k]}.in`),
  );

const planOf = (patch: Patch): Plan => makePlan(patch, registry, {}, { maxFrames: 128 }).plan as Plan;
const rowsOf = (patch: Patch): readonly (readonly string[])[] =>
  findRows(planOf(patch), ({ type }) => registry.get(type)?.linear !== undefined);

/** How often each node of a plan ran by itself. */
let calls: Record<string, number> = {};
beforeEach(() => {
  calls = {};
});

function play(plan: Plan, passes: ReadonlySet<PassName>): Executor {
  const nodes = Object.fromEntries(
    Object.entries(plan.nodes).map(([id, node]) => [id, { ...node, type: `${node.type} of ${id}` }]),
  );
  const get: typeof registry.get = name => {
    const [typeId, id] = name.split(' of ');
    const type = registry.get(typeId);
    if (!type) return undefined;
    return {
      ...type,
      kernel(...args) {
        calls[id] = (calls[id] ?? 0) + 1;
        type.kernel(...args);
      },
    };
  };
  return new Executor({ plan: { ...plan, nodes }, registry: { ...registry, get }, resources: {}, passes });
}

/** Noise into the patch, block by block; the output. `before` is called with the number of the block. */
function record(plan: Plan, executor: Executor, blocks: number, before?: (block: number) => void): Float32Array[] {
  const inputs = executor.audio(plan.inputs[0].signal);
  const outputs = executor.audio(plan.outputs[0].signal);
  const heard = outputs.map(() => new Float32Array(128 * blocks));
  for (let block = 0; block < blocks; block++) {
    before?.(block);
    inputs.forEach((input, c) => input.set(noise(128, 100 * block + c)));
    executor.process(128);
    outputs.forEach((output, c) => heard[c].set(output.subarray(0, 128), 128 * block));
  }
  return heard;
}

describe('rows', () => {
  it('are linear nodes of which each is heard by the next alone', () => {
    const patch = chain('stereo');
    expect(rowsOf(patch)).toEqual([IDS]);
    // A second listener, a bypass, a wired param, another kind of node: each ends a row.
    const second = makePatch(
      [...CHAIN, ['scope', 'analysis/oscilloscope', {}]],
      [...IDS.slice(1).map((id, k) => `${IDS[k]}.out > ${id}.in`), 'half.out > scope.a'],
    );
    expect(rowsOf(second)).toEqual([IDS.slice(1, 4), IDS.slice(4)]);
    const bypassed = {
      ...patch,
      nodes: { ...patch.nodes, pole: { ...patch.nodes.pole, isBypassed: true } as PatchNode },
    };
    expect(rowsOf(bypassed)).toEqual([IDS.slice(0, 2), IDS.slice(3)]);
    const wired = makePatch(
      [['in', 'source/audio-input', {}], ['knob', 'control/knob', {}], ...CHAIN, ['out', 'output/audio-output']],
      [...['in', ...IDS].map((id, k) => `${id}.out > ${[...IDS, 'out'][k]}.in`), 'knob.out > half.level'],
    );
    expect(rowsOf(wired)).toEqual([IDS.slice(0, 3), IDS.slice(4)]);
  });
});

describe.each(['mono', 'stereo'] as const)('cascade, %s', channels => {
  it('plays a steady row without running its nodes, and sounds like them', () => {
    const plan = planOf(chain(channels));
    const together = record(plan, play(plan, ALL_PASSES), 40);
    // Only the first block, in which every node learns its params.
    for (const id of IDS) expect(calls[id]).toBe(1);
    calls = {};
    const alone = record(plan, play(plan, ALONE), 40);
    for (const id of IDS) expect(calls[id]).toBe(40);
    together.forEach((channel, c) => expect(nullDb(channel, alone[c])).toBeLessThan(-120));
    calls = {};
    record(plan, play(plan, without('fold-gains')), 40);
    expect([calls.half, calls.end, calls.low]).toEqual([40, 40, 1]);
  });

  it('steps aside while a param moves, for a watcher, after a reset, and comes back with the same states', () => {
    const plan = planOf(chain(channels));
    const drive = (passes: ReadonlySet<PassName>): { heard: Float32Array[]; executor: Executor } => {
      const executor = play(plan, passes);
      const heard = record(plan, executor, 900, block => {
        if (block === 10) executor.setParam('peak', 'gain', -9, executor.frame + 30);
        if (block === 400) executor.setParam('low', 'type', 'high-pass', executor.frame + 77);
        if (block === 420) executor.resetNode('all');
        if (block === 430) executor.setParam('trim', 'level', 0);
      });
      return { heard, executor };
    };
    const together = drive(ALL_PASSES);
    expect(calls.pole).toBeGreaterThan(300);
    // A glide ends 0.6 s after a move.
    expect(calls.pole).toBeLessThan(500);
    const alone = drive(ALONE);
    together.heard.forEach((channel, c) => expect(nullDb(channel, alone.heard[c])).toBeLessThan(-120));
    for (const [id, run] of together.executor.nodes)
      for (const [name, values] of Object.entries(run.state)) {
        const expected = alone.executor.nodes.get(id)?.state[name] ?? [];
        values.forEach((x, k) => expect(Math.abs(x - expected[k]), `${id}.${name}`).toBeLessThan(1e-6));
      }
    const signal = plan.nodes.low.outlets.out;
    expect(together.executor.watch(signal)).toBe(false);
    expect(together.executor.watch(signal)).toBe(true);
    calls = {};
    record(plan, together.executor, 3);
    expect(calls.low).toBe(3);
    together.executor.unwatch(signal);
    together.executor.unwatch(signal);
    calls = {};
    record(plan, together.executor, 3);
    for (const id of IDS) expect(calls[id]).toBe(undefined);
    expect(together.executor.watch(signal)).toBe(false);
  });

  it('finds out which node failed', () => {
    const plan = planOf(chain(channels));
    const problems = [ALL_PASSES, ALONE].map(passes => {
      const executor = play(plan, passes);
      const inputs = executor.audio(plan.inputs[0].signal);
      executor.setParam('end', 'level', 24);
      for (let block = 0; block < 400; block++) {
        for (const input of inputs) input.set(noise(128, block).map(x => (block < 300 ? x : 3e38 * x)));
        executor.process(128);
      }
      const faults = executor.takeFaults();
      const outputs = executor.audio(plan.outputs[0].signal);
      expect(outputs.every(output => output.every(Number.isFinite))).toBe(true);
      return faults.map(({ nodeId, code }) => [nodeId, code]);
    });
    expect(problems[0]).toEqual(problems[1]);
    expect(problems[0]).toEqual([['end', 'E-NAN']]);
  });

  it('falls silent and wakes as its nodes do', () => {
    const plan = planOf(chain(channels));
    const heard = [ALL_PASSES, ALONE].map(passes => {
      const executor = play(plan, passes);
      const inputs = executor.audio(plan.inputs[0].signal);
      const [output] = executor.audio(plan.outputs[0].signal);
      const all = new Float32Array(1500 * 128);
      for (let block = 0; block < 1500; block++) {
        const isSounding = block < 5 || block > 1400;
        inputs.forEach(input => input.set(isSounding ? noise(128, block) : new Float32Array(128)));
        if (block === 1300) executor.setParam('peak', 'cutoff', 500);
        executor.process(128);
        all.set(output.subarray(0, 128), 128 * block);
      }
      return all;
    });
    expect(nullDb(heard[0], heard[1])).toBeLessThan(-120);
    expect(heard[0].subarray(128 * 1200, 128 * 1400).every(x => x === 0)).toBe(true);
  });
});

it('a patch that takes over goes on from the states of a row', async () => {
  const patch = chain('stereo');
  const longer: Patch = { ...patch, nodes: { ...patch.nodes, end: { ...patch.nodes.end, params: { level: -8 } } } };
  const events: RenderEvent[] = [{ frame: 5000, kind: 'patch', patch: longer, resources: {} }];
  const inputs = { in: [noise(12_000, 1), noise(12_000, 2)] };
  const request = { patch, registry, resources: {}, frames: 12_000, inputs, events };
  const [on, off] = [await renderPatch(request), await renderPatch({ ...request, passes: ALONE })];
  on.outputs.out.forEach((channel, c) => expect(nullDb(channel, off.outputs.out[c])).toBeLessThan(-120));
});
