// The renderer against closed forms: levels, smoothing, block invariance, loops, alignment, swaps.
import { describe, expect, it } from 'vitest';
import { setParam } from '../../src/core/edits.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, noise, nullDb, registry } from './helpers.ts';

const inputs = { input: [noise(9600, 1)] };
const gainPatch = makePatch(
  [
    ['input', 'source/audio-input'],
    ['gain', 'dynamics/gain', { level: -6 }],
    ['out', 'output/audio-output'],
  ],
  ['input.out > gain.in', 'gain.out > out.in'],
);

describe('RENDER-1 render', () => {
  it('multiplies by 10^(L/20) and adds no latency', async () => {
    const { outputs, plan } = await renderPatch({ patch: gainPatch, registry, resources: {}, frames: 9600, inputs });
    const expected = inputs.input[0].map(x => x * 10 ** (-6 / 20));
    expect(plan.latencySamples).toBe(0);
    expect(nullDb(outputs.out[0], expected)).toBeLessThan(-140);
  });

  it('RENDER-2 smooths a moved param by the closed form of a one-pole of 20 ms, whatever the block', async () => {
    const events: RenderEvent[] = [{ frame: 1000, kind: 'param', nodeId: 'gain', param: 'level', value: -40 }];
    const pole = Math.exp(-1 / (0.02 * 48000));
    const expected = inputs.input[0].map((x, n) => x * 10 ** ((n < 1000 ? -6 : -40 + 34 * pole ** (n - 999)) / 20));
    for (const schedule of [[1], [37], [128], [480], [4096]]) {
      const { outputs } = await renderPatch({
        patch: gainPatch,
        registry,
        resources: {},
        frames: 9600,
        inputs,
        events,
        schedule,
      });
      expect(nullDb(outputs.out[0], expected)).toBeLessThan(-140);
    }
  });

  it('RENDER-3 a swap cross-fades over 10 ms and keeps the state of untouched nodes', async () => {
    const quiet = applyTransaction(gainPatch, setParam('gain', 'level', -6)).patch;
    const events: RenderEvent[] = [{ frame: 3000, kind: 'patch', patch: quiet, resources: {} }];
    const swapped = await renderPatch({ patch: gainPatch, registry, resources: {}, frames: 9600, inputs, events });
    const plain = await renderPatch({ patch: gainPatch, registry, resources: {}, frames: 9600, inputs });
    expect(nullDb(swapped.outputs.out[0], plain.outputs.out[0])).toBeLessThan(-140);
  });

  it('RENDER-4 a loop through a delay of D samples with gain f gives f^k at k·D for any block', async () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['mix', 'dynamics/gain'],
        ['delay', 'time/delay', { time: 1, feedback: 0 }],
        ['back', 'dynamics/gain', { level: -6.020599913279624 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > mix.in', 'mix.out > delay.in', 'delay.out > back.in', 'back.out > mix.in', 'mix.out > out.in'],
    );
    const impulse = new Float32Array(1000);
    impulse[0] = 1;
    const expected = Float32Array.from({ length: 1000 }, (_, n) => (n % 48 === 0 ? 0.5 ** (n / 48) : 0));
    for (const schedule of [[1], [37], [128], [480]]) {
      const { outputs } = await renderPatch({
        patch,
        registry,
        resources: {},
        frames: 1000,
        inputs: { input: [impulse] },
        schedule,
      });
      expect(nullDb(outputs.out[0], expected)).toBeLessThan(-140);
    }
  });

  it.each(['96000', '88200', '16000'])(
    'RENDER-4 a loop at %s Hz through a delay of its one sample is the same filter as in closed form',
    async to => {
      const ends = [
        ['input', 'source/audio-input'],
        ['up', 'rate/resampler', { to }],
        ['down', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ] as const;
      const looped = makePatch(
        [
          ...ends,
          ['mix', 'dynamics/gain'],
          ['delay', 'time/delay', { time: 0, feedback: 0 }],
          ['back', 'dynamics/gain', { level: -6.020599913279624 }],
        ],
        [
          'input.out > up.in',
          'up.out > mix.in',
          'mix.out > delay.in',
          'delay.out > back.in',
          'back.out > mix.in',
          'mix.out > down.in',
          'down.out > out.in',
        ],
      );
      const plain = makePatch([...ends], ['input.out > up.in', 'up.out > down.in', 'down.out > out.in']);
      // Direct current through y[n] = x[n] + y[n−1]/2 doubles; through a delay of two samples as well, but an impulse would not.
      const step = new Float32Array(4800).fill(0.25);
      const tone = Float32Array.from({ length: 4800 }, (_, n) => 0.25 * Math.sin((2 * Math.PI * 4000 * n) / 48000));
      const gainAt = (hz: number): number =>
        1 /
        Math.hypot(
          1 - 0.5 * Math.cos((2 * Math.PI * hz) / Number(to)),
          0.5 * Math.sin((2 * Math.PI * hz) / Number(to)),
        );
      const rms = (signal: Float32Array): number =>
        Math.sqrt(signal.subarray(2400).reduce((sum, x) => sum + x * x, 0) / 2400);
      for (const schedule of [[1], [128], [480]]) {
        const play = async (patch: typeof looped, input: Float32Array) =>
          (await renderPatch({ patch, registry, resources: {}, frames: 4800, inputs: { input: [input] }, schedule }))
            .outputs.out[0];
        expect(rms(await play(looped, step)) / rms(await play(plain, step))).toBeCloseTo(gainAt(0), 3);
        expect(rms(await play(looped, tone)) / rms(await play(plain, tone))).toBeCloseTo(gainAt(4000), 3);
      }
    },
  );

  it('RENDER-5 two paths of different latency meet in time', async () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '44100' }],
        ['up', 'rate/resampler', { to: '48000' }],
        ['mix', 'mix/dry-wet', { mix: 0 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > down.in', 'down.out > up.in', 'up.out > mix.wet', 'input.out > mix.dry', 'mix.out > out.in'],
    );
    const { outputs, plan } = await renderPatch({ patch, registry, resources: {}, frames: 9600, inputs });
    const latency = plan.latencySamples;
    expect(Number.isInteger(Math.round(latency * 1e6) / 1e6)).toBe(true);
    expect(plan.connections['input.out>mix.dry'].alignSamples).toBe(Math.round(latency));
    expect(
      nullDb(outputs.out[0].subarray(Math.round(latency)), inputs.input[0].subarray(0, 9600 - Math.round(latency))),
    ).toBe(Number.NEGATIVE_INFINITY);
  });

  it('RENDER-6 refuses a patch with errors, naming every problem', async () => {
    const patch = makePatch(
      [
        ['a', 'dynamics/gain', { level: 99 }],
        ['b', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['a.out > b.in', 'b.out > a.in', 'b.out > out.in'],
    );
    const problems = await renderPatch({ patch, registry, resources: {}, frames: 1 }).catch(error => error.problems);
    expect(problems.map((problem: { code: string }) => problem.code).sort()).toEqual(['E-CYCLE', 'E-PARAM-RANGE']);
  });

  it("RENDER-15 with errors: 'play' what lacks a model sounds as it did live, at the start and from a log", async () => {
    const lacking = makePatch(
      [
        ['input', 'source/audio-input'],
        ['model', 'neural/neural-model'],
        ['gain', 'dynamics/gain', { level: -6 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > gain.in', 'gain.out > out.in', 'input.out > model.in'],
    );
    const events: RenderEvent[] = [{ frame: 3000, kind: 'patch', patch: lacking, resources: {} }];
    const request = { registry, resources: {}, frames: 9600, inputs };
    await expect(renderPatch({ ...request, patch: lacking })).rejects.toMatchObject({ code: 'E-RESOURCE-MISSING' });
    await expect(renderPatch({ ...request, patch: gainPatch, events })).rejects.toMatchObject({
      code: 'E-RESOURCE-MISSING',
    });
    const whole = await renderPatch({ ...request, patch: gainPatch });
    for (const patch of [lacking, gainPatch]) {
      const { outputs } = await renderPatch({ ...request, patch, events, errors: 'play' });
      expect(nullDb(outputs.out[0], whole.outputs.out[0])).toBeLessThan(-140);
    }
    const cycle = makePatch([['a', 'dynamics/gain']], ['a.out > a.in']);
    await expect(renderPatch({ ...request, patch: cycle, errors: 'play' })).rejects.toMatchObject({ code: 'E-CYCLE' });
  });
});
