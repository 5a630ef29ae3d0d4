// The pass 'pair-branches': filters of one channel in parallel are played side by side, each with its own numbers and states; one that
// hears the other is not.
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../../src/core/patch.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { findRows, type Row } from '../../../src/plan/passes/cascade.ts';
import { pairRows } from '../../../src/plan/passes/pair-branches.ts';
import { PASS_NAMES } from '../../../src/plan/passes/pass-name.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { Executor } from '../../../src/render/executor.ts';
import { type RenderEvent, renderPatch } from '../../../src/render/render-patch.ts';
import { countCalls } from '../../render/counted-node.ts';
import { makePatch, noise, nullDb, registry } from '../../render/helpers.ts';

const FILTERS = [
  ['low', 'filter/biquad-filter', { type: 'low-pass', cutoff: 300 }],
  ['trim', 'dynamics/gain', { level: -4 }],
  ['high', 'filter/biquad-filter', { type: 'high-pass', cutoff: 3000, q: 3 }],
  ['pole', 'filter/one-pole', { type: 'all-pass', cutoff: 900 }],
] as const;
const bands = (channels: string): Patch =>
  makePatch(
    [
      ['in', 'source/audio-input', { channels }],
      ...FILTERS,
      ['mix', 'mix/mixer', { inputs: '3' }],
      ['out', 'output/audio-output', {}],
    ],
    [
      ...['low', 'high', 'pole'].map(id => `in.out > ${id}.in`),
      'low.out > trim.in',
      ...['trim', 'high', 'pole'].map((id, k) => `${id}.out > mix.in${k + 1}`),
      'mix.out > out.in',
    ],
  );

const planOf = (patch: Patch): Plan => makePlan(patch, registry, {}, { maxFrames: 128 }).plan as Plan;
function groupsOf(plan: Plan): (readonly Row[])[] {
  const rows = findRows(plan, ({ type }) => registry.get(type)?.linear !== undefined, 1);
  const filtersIn = (row: Row): number =>
    row.filter(id => registry.get(plan.nodes[id].type)?.linear?.state !== undefined).length;
  return pairRows(plan, rows, filtersIn).map(group => group.map(row => [...row].sort()).sort());
}
const sizes = (plan: Plan): number[] =>
  groupsOf(plan)
    .map(group => group.length)
    .sort();

describe('pair-branches', () => {
  it('takes two of one channel, and none that hears the other', () => {
    expect(sizes(planOf(bands('mono')))).toEqual([1, 2]);
    expect(sizes(planOf(bands('stereo')))).toEqual([1, 1, 1]);
    const between = makePatch(
      [
        ['in', 'source/audio-input', { channels: 'mono' }],
        ['first', 'filter/biquad-filter', {}],
        ['bend', 'dynamics/waveshaper', {}],
        ['second', 'filter/biquad-filter', {}],
        ['out', 'output/audio-output', {}],
      ],
      ['in.out > first.in', 'first.out > bend.in', 'bend.out > second.in', 'second.out > out.in'],
    );
    expect(sizes(planOf(between))).toEqual([1, 1]);
  });

  it('leaves the sound as it is, with params moving and a node that starts afresh', async () => {
    const events: RenderEvent[] = [
      { frame: 4000, kind: 'param', nodeId: 'high', param: 'cutoff', value: 800 },
      { frame: 5001, kind: 'reset', nodeId: 'low' },
      { frame: 60_100, kind: 'param', nodeId: 'trim', param: 'level', value: 3 },
    ];
    const inputs = { in: [noise(96_000, 3).map(x => x / 4)] };
    const request = { patch: bands('mono'), registry, resources: {}, frames: 96_000, inputs, events };
    const [on, off] = [
      await renderPatch(request),
      await renderPatch({ ...request, passes: new Set(PASS_NAMES.filter(name => name !== 'pair-branches')) }),
    ];
    on.outputs.out.forEach((channel, c) => expect(nullDb(channel, off.outputs.out[c])).toBeLessThan(-120));
    const alone = await renderPatch({ ...request, passes: new Set() });
    on.outputs.out.forEach((channel, c) => expect(nullDb(channel, alone.outputs.out[c])).toBeLessThan(-120));
  });

  it('plays filters without running their kernels, those of the second order paired or not', () => {
    const paired =
      groupsOf(planOf(bands('mono')))
        .find(group => group.length === 2)
        ?.flat() ?? [];
    for (const id of ['low', 'high', 'pole']) {
      const { calls, ...counted } = countCalls(planOf(bands('mono')), id, true);
      const executor = new Executor({ ...counted, resources: {} });
      const inputs = executor.audio(counted.plan.inputs[0].signal);
      for (let block = 0; block < 20; block++) {
        for (const input of inputs) input.set(noise(128, block));
        executor.process(128);
      }
      expect(calls.length).toBe(id !== 'pole' || paired.includes(id) ? 1 : 20);
    }
  });
});
