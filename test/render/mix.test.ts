// What wires do to sound: sums and the channel rule give the numbers of the closed form, and silence is known for what it is behind a sum,
// a compensating delay and a loop, never before the last of the sound has left.
import { describe, expect, it } from 'vitest';
import type { KernelForm } from '../../src/core/kernels.ts';
import type { Patch } from '../../src/core/patch.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { ALL_PASSES } from '../../src/plan/passes/pass-name.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { countCalls } from './counted-node.ts';
import { makePatch, noise, registry } from './helpers.ts';

const F32_MAX = (2 - 2 ** -23) * 2 ** 127;
const planOf = (patch: Patch): Plan => makePlan(patch, registry, {}, { maxFrames: 128 }).plan as Plan;
const THREE_INTO_ONE = makePatch(
  [
    ['a', 'source/audio-input', { channels: 'stereo' }],
    ['b', 'source/audio-input', { channels: 'stereo' }],
    ['c', 'source/audio-input', { channels: 'stereo' }],
    ['out', 'output/audio-output'],
  ],
  ['a.out > out.in', 'b.out > out.in', 'c.out > out.in'],
);
/** Into an outlet of one channel. */
const NARROW = makePatch(
  [
    ['in', 'source/audio-input', { channels: 'stereo' }],
    ['gate', 'dynamics/noise-gate', { threshold: 0 }],
    ['out', 'output/audio-output'],
  ],
  ['in.out > gate.key', 'gate.out > out.in'],
);

describe.each(['simd', 'scalar'] as const)('%s', (kernelForm: KernelForm) => {
  it('a sum is that of its wires, rounded once, for any number of frames', () => {
    const plan = planOf(THREE_INTO_ONE);
    const executor = new Executor({ plan, registry, resources: {}, kernelForm });
    const inputs = plan.inputs.map(({ signal }) => executor.audio(signal));
    const output = executor.audio(plan.outputs[0].signal);
    for (const [call, frames] of [128, 37, 1, 126].entries()) {
      const sounds = inputs.map((_, k) => [0, 1].map(c => noise(128, 100 * call + 10 * k + c)));
      inputs.forEach((channels, k) => channels.forEach((channel, c) => channel.set(sounds[k][c])));
      executor.process(frames);
      for (const c of [0, 1])
        for (let i = 0; i < frames; i++)
          expect(output[c][i]).toBe(Math.fround(sounds[0][c][i] + sounds[1][c][i] + sounds[2][c][i]));
    }
  });

  it('a sum that f32 does not hold is the greatest number', () => {
    const plan = planOf(THREE_INTO_ONE);
    const executor = new Executor({ plan, registry, resources: {}, kernelForm });
    for (const { signal } of plan.inputs) executor.audio(signal).forEach((x, c) => x.fill(c === 0 ? 3e38 : -3e38));
    executor.process(128);
    const [left, right] = executor.audio(plan.outputs[0].signal);
    expect([left[0], left[127], right[64]]).toEqual([F32_MAX, F32_MAX, -F32_MAX]);
  });

  it('many channels into one are averaged', () => {
    const plan = planOf(NARROW);
    const narrowed = plan.root.items.flatMap(item => ('kind' in item && item.kind === 'channels' ? [item.output] : []));
    const executor = new Executor({ plan, registry, resources: {}, kernelForm });
    const [left, right] = executor.audio(plan.inputs[0].signal);
    left.set(noise(128, 1));
    right.set(noise(128, 2));
    narrowed.forEach(signal => executor.watch(signal));
    executor.process(128);
    const means = left.subarray(0, 128).map((x, i) => (x + right[i]) / 2);
    expect(narrowed.some(signal => executor.audio(signal).length === 1)).toBe(true);
    for (const signal of narrowed) {
      const [only] = executor.audio(signal);
      expect(only.subarray(0, 128)).toEqual(means);
    }
  });
});

/** Bursts into the patch; how often the node `last` ran, and the output. */
function play(patch: Patch, passes: typeof ALL_PASSES): { calls: number; sound: Float32Array } {
  const { calls, ...counted } = countCalls(planOf(patch), 'last');
  const executor = new Executor({ ...counted, resources: {}, passes });
  const [input] = executor.audio(counted.plan.inputs[0].signal);
  const [output] = executor.audio(counted.plan.outputs[0].signal);
  const sound = new Float32Array(128 * 600);
  for (let block = 0; block < 600; block++) {
    input.fill(0);
    // Short and long bursts, and pauses shorter and longer than any delay.
    if (block % 200 === 3) input[90] = 1;
    if (block % 200 === 5) input.set(noise(128, block));
    if (block === 413) input[127] = -1;
    executor.process(128);
    sound.set(output.subarray(0, 128), 128 * block);
  }
  executor.dispose();
  return { calls: calls.length, sound };
}

describe('silence', () => {
  const behind = (wires: readonly string[]): Patch =>
    makePatch(
      [
        ['in', 'source/audio-input', {}],
        ['late', 'dynamics/limiter', {}],
        ['delay', 'time/delay', { time: 13, feedback: 0, maxTime: '0.5 s' }],
        ['none', 'dynamics/waveshaper', {}],
        ['back', 'dynamics/gain', { level: -90 }],
        ['last', 'dynamics/gain', { level: -3 }],
        ['out', 'output/audio-output'],
      ],
      [...wires, 'last.out > out.in'],
    );

  it.each([
    ['a sum', ['in.out > last.in', 'in.out > none.in', 'none.out > last.in']],
    ['a compensating delay', ['in.out > late.in', 'late.out > last.in', 'in.out > last.in']],
    [
      'a loop',
      ['in.out > none.in', 'none.out > delay.in', 'delay.out > back.in', 'back.out > none.in', 'none.out > last.in'],
    ],
  ])('behind %s: it is known, and no sound is lost', (_, wires) => {
    const patch = behind(wires);
    const [on, off] = [ALL_PASSES, new Set([...ALL_PASSES].filter(name => name !== 'silence'))].map(passes =>
      play(patch, passes),
    );
    expect(on.sound).toEqual(off.sound);
    expect(off.calls).toBe(600);
    expect(on.calls).toBeLessThan(500);
    expect(on.calls).toBeGreaterThan(12);
  });
});
