// Control signals and params: what is added to what, where it is kept in range, and how it crosses rates.
import { describe, expect, it } from 'vitest';
import type { ParamValue } from '../../src/core/param.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, noise, nullDb, registry } from './helpers.ts';

const FRAMES = 4800;
const ones = new Float32Array(FRAMES).fill(1);
const pole = Math.exp(-1 / (0.02 * 48000));
const move = (frame: number, nodeId: string, param: string, value: ParamValue): RenderEvent => ({
  frame,
  kind: 'param',
  nodeId,
  param,
  value,
});
const knobs = (own: number, ...values: number[]) =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['gain', 'dynamics/gain', { level: own }],
      ['out', 'output/audio-output'],
      ...values.map((value, i) => [`knob-${i}`, 'control/knob', { min: -100, max: 100, unit: 'dB', value }] as const),
    ],
    ['input.out > gain.in', 'gain.out > out.in', ...values.map((_, i) => `knob-${i}.out > gain.level`)],
  );
const heard = async (
  patch: ReturnType<typeof makePatch>,
  events: readonly RenderEvent[] = [],
  schedule = [128],
): Promise<Float32Array> =>
  (await renderPatch({ patch, registry, resources: {}, frames: FRAMES, inputs: { input: [ones] }, events, schedule }))
    .outputs.out[0];
const dB = (level: number): number => 10 ** (level / 20);

describe('CONTROL-1 a wired param is its own value plus all control signals, kept in its range', () => {
  it.each([
    [-6, [2], -4],
    [0, [3, -9.5], -6.5],
    [0, [90], 24],
    [-60, [-50], -60],
    [24, [-100, 100], 24],
  ])('own %f and knobs %j give %f dB', async (own, values, level) => {
    expect(nullDb(await heard(knobs(own, ...values)), new Float32Array(FRAMES).fill(dB(level)))).toBeLessThan(-120);
  });

  it('a control signal is not smoothed a second time; the own value and the knob each glide once', async () => {
    const events = [move(1000, 'knob-0', 'value', -20), move(2000, 'gain', 'level', -6)];
    const expected = Float32Array.from({ length: FRAMES }, (_, n) => {
      const knob = n < 1000 ? 0 : -20 + 20 * pole ** (n - 999);
      const own = n < 2000 ? 0 : -6 + 6 * pole ** (n - 1999);
      return dB(knob + own);
    });
    for (const schedule of [[1], [37], [480]])
      expect(nullDb(await heard(knobs(0, 0), events, schedule), expected)).toBeLessThan(-130);
  });

  it.each(['', '16000'])('what a classic compressor tells arrives, at another rate too: "%s"', rate => {
    const way = rate === '' ? ['input.out > gain.in'] : ['input.out > down.in', 'down.out > gain.in'];
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['loud', 'dynamics/compressor', { detector: 'classic', knee: 0, threshold: -20, ratio: 2, attack: 0 }],
        ['gain', 'dynamics/gain'],
        ...(rate === '' ? [] : [['down', 'rate/resampler', { to: rate }] as const]),
      ],
      ['input.out > loud.in', ...way, 'loud.reduction > gain.level'],
    );
    const { plan } = makePlan(patch, registry, {}, { maxFrames: 480 });
    const executor = new Executor({ plan: plan!, registry, resources: {} });
    for (const channel of executor.audio(plan!.inputs[0].signal)) channel.fill(1);
    executor.process(480);
    // A level of 0 dB, 20 dB above the threshold, at 1:2.
    const told = executor.control(plan!.nodes.gain.paramInlets.level).values;
    expect(told[executor.framesAt(plan!.nodes.gain.rateHz) - 1]).toBeCloseTo(-10, 8);
  });

  it('crosses to another rate as the value that was current', () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '16000' }],
        ['gain', 'dynamics/gain'],
        ['knob', 'control/knob', { min: -100, max: 0, value: 0 }],
      ],
      ['input.out > down.in', 'down.out > gain.in', 'knob.out > gain.level'],
    );
    const { plan } = makePlan(patch, registry, {});
    const executor = new Executor({ plan: plan!, registry, resources: {} });
    const slow = plan!.nodes.gain.paramInlets.level;
    const fast = plan!.nodes.knob.outlets.out;
    const seen: { slow: number[]; fast: number[] } = { slow: [], fast: [] };
    executor.setParam('knob', 'value', -60);
    for (const frames of [1, 1, 37, 128, 2, 480, 1, 350]) {
      executor.process(frames);
      seen.fast.push(...executor.control(fast).values.subarray(0, frames));
      seen.slow.push(...executor.control(slow).values.subarray(0, executor.framesAt(16000)));
    }
    expect(seen.slow).toHaveLength(Math.ceil(seen.fast.length / 3));
    expect(seen.slow).toEqual(seen.fast.filter((_, n) => n % 3 === 0));
    executor.dispose();
  });
});

describe('PARAM-4 params start at their value, glide where they may, and never leave their range', () => {
  it('no ramp at the start, also far from the default', async () => {
    expect(nullDb(await heard(knobs(-48)), new Float32Array(FRAMES).fill(dB(-48)))).toBeLessThan(-140);
  });
  it('a move beyond the range goes to its end; what is not a number is ignored', async () => {
    const events = [
      move(0, 'gain', 'level', 999),
      move(1, 'gain', 'level', Number.NaN),
      move(2, 'gain', 'nothing', 5),
      move(3, 'nobody', 'level', 5),
    ];
    const output = await heard(knobs(24), events);
    expect(nullDb(output, new Float32Array(FRAMES).fill(dB(24)))).toBeLessThan(-120);
  });
  it('a smoothing time of the node is used; 0 jumps', async () => {
    const patch = knobs(0);
    const hard = { ...patch, nodes: { ...patch.nodes, gain: { ...patch.nodes.gain, smoothingMs: { level: 0 } } } };
    const output = await heard(hard, [move(777, 'gain', 'level', -20)]);
    expect(
      nullDb(
        output,
        Float32Array.from({ length: FRAMES }, (_, n) => dB(n < 777 ? 0 : -20)),
      ),
    ).toBeLessThan(-140);
  });
});

describe('RENDER-8 several connections into one inlet add up, channels by the rule', () => {
  it('mono and stereo into one output', async () => {
    const patch = makePatch(
      [
        ['mono', 'source/audio-input'],
        ['stereo', 'source/audio-input', { channels: 'stereo' }],
        ['out', 'output/audio-output'],
      ],
      ['mono.out > out.in', 'stereo.out > out.in'],
    );
    const [m, l, r] = [noise(500, 1), noise(500, 2), noise(500, 3)];
    const { outputs } = await renderPatch({
      patch,
      registry,
      resources: {},
      frames: 500,
      inputs: { mono: [m], stereo: [l, r] },
    });
    expect(outputs.out).toHaveLength(2);
    expect(
      nullDb(
        outputs.out[0],
        l.map((x, n) => x + m[n]),
      ),
    ).toBeLessThan(-140);
    expect(
      nullDb(
        outputs.out[1],
        r.map((x, n) => x + m[n]),
      ),
    ).toBeLessThan(-140);
  });
});
