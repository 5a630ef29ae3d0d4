// What is special about rate/resampler: every pair there and back, its latency, and the common clock.
import { describe, expect, test } from 'vitest';
import resampler from '../../nodes/rate/resampler.ts';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { framesUntil } from '../../src/dsp/clock.ts';
import { estimateDelay } from '../../src/dsp/measure.ts';
import { createInstance, nodeContext, runNode } from './kernel-harness.ts';
import { openLowered } from './lower-harness.ts';
import { noise, nullDb, signal } from './signals.ts';

const type = resampler.withId('rate/resampler');
const PAIRS = [44100, 48000].flatMap(patch =>
  SAMPLE_RATES_HZ.filter(other => other !== patch).map(other => [patch, other] as const),
);

/** There and back through another rate; the result is at the patch's rate. */
function trip(
  patchRateHz: number,
  otherHz: number,
  input: Float32Array,
  quality: string,
  schedule: readonly number[],
): Float32Array {
  const frames = input.length;
  const away = runNode(type, {
    patchRateHz,
    params: { to: String(otherHz), quality },
    audio: { in: [input] },
    frames,
    schedule,
  }).audio.out[0];
  return runNode(type, {
    patchRateHz,
    rateHz: otherHz,
    params: { to: String(patchRateHz), quality },
    audio: { in: [away] },
    frames,
    schedule,
  }).audio.out[0];
}

/** Reported latency of the trip in patch samples. */
function tripLatency(patchRateHz: number, otherHz: number, quality: string): number {
  const part = (rateHz: number, to: number) => {
    const { ctx } = nodeContext(type, { patchRateHz, rateHz, params: { to: String(to), quality } });
    return (type.latency(ctx).filter * patchRateHz) / rateHz;
  };
  return part(patchRateHz, otherHz) + part(otherHz, patchRateHz);
}

describe.each(PAIRS)('%s Hz ↔ %s Hz', (patchRateHz, otherHz) => {
  test('a trip there and back is a delay of the reported latency, a whole number of samples', () => {
    const frames = 12000;
    const lowerHz = Math.min(patchRateHz, otherHz);
    const input = signal(
      frames,
      i =>
        0.3 *
        (Math.sin((2 * Math.PI * 1000 * i) / patchRateHz) + Math.sin((2 * Math.PI * 0.4 * lowerHz * i) / patchRateHz)),
    );
    const latency = tripLatency(patchRateHz, otherHz, 'standard');
    expect(Math.abs(latency - Math.round(latency))).toBeLessThan(1e-9);
    const output = trip(patchRateHz, otherHz, input, 'standard', [128]);
    const from = 3000;
    expect(
      nullDb([output.subarray(from)], [input.subarray(from - Math.round(latency), frames - Math.round(latency))]),
    ).toBeLessThanOrEqual(-100);
  });
});

test('44.1 kHz inside 48 kHz: up to 18 kHz the trip nulls, and pitch is exact to 0.00 cents', () => {
  const frames = 48000;
  const latency = Math.round(tripLatency(48000, 44100, 'best'));
  const angle = (i: number) => (2 * Math.PI * 17900 * i) / 48000;
  const output = trip(
    48000,
    44100,
    signal(frames, i => 0.9 * Math.sin(angle(i))),
    'best',
    [480, 37, 1],
  );
  const expected = signal(frames, i => 0.9 * Math.sin(angle(i - latency)));
  expect(nullDb([output.subarray(4000)], [expected.subarray(4000)])).toBeLessThanOrEqual(-100);
  // Phase against the input over the first and the last tenth: what it drifts is the error of pitch.
  const phase = (from: number) => {
    let re = 0;
    let im = 0;
    for (let i = from; i < from + 4800; i++) {
      re += output[i] * Math.sin(angle(i - latency));
      im += output[i] * Math.cos(angle(i - latency));
    }
    return Math.atan2(im, re);
  };
  const cents = 1200 * Math.log2(1 + (phase(43000) - phase(5000)) / (angle(43000) - angle(5000)));
  expect(Math.abs(cents)).toBeLessThan(0.005);
});

test('the peak of an impulse comes at the reported latency', () => {
  for (const quality of ['low-latency', 'standard', 'best']) {
    const output = trip(
      48000,
      44100,
      signal(2000, i => (i === 300 ? 1 : 0)),
      quality,
      [128],
    );
    const peak = output.reduce((best, y, i) => (Math.abs(y) > Math.abs(output[best]) ? i : best), 0);
    expect(peak - 300).toBe(Math.round(tripLatency(48000, 44100, quality)));
  }
});

describe.each([
  [48000, 44100],
  [44100, 48000],
  [48000, 16000],
  [16000, 48000],
  [96000, 22050],
  [192000, 8000],
  [11025, 192000],
])('graph %s → %s Hz', (rateHz, to) => {
  test.each(['low-latency', 'standard', 'best'])('is the kernel for any frames, none included (%s)', async quality => {
    const frames = 3000;
    const inFrames = framesUntil(frames, rateHz, 48000);
    const setup = { rateHz, params: { to: String(to), quality } };
    const run = { ...setup, audio: { in: [noise(inFrames, 1), noise(inFrames, 2)] }, frames };
    const play = await openLowered(type, { ...setup, inChannels: { in: 2 } });
    for (const schedule of [[1024], [1, 1, 1, 37, 128]]) {
      const [graph, kernel] = [
        (await play({ ...run, schedule })).audio.out,
        runNode(type, { ...run, schedule }).audio.out,
      ];
      expect(nullDb(graph, kernel), `calls of ${schedule}`).toBeLessThanOrEqual(-120);
    }
  });
});

describe('a path that arrives with a fraction of a sample', () => {
  const at = (rateHz: number, to: number, arrivalFraction: number) => ({
    rateHz,
    arrivalFraction,
    params: { to: String(to), quality: 'standard' },
  });

  test('becomes whole where it comes back to the rate of the patch, and only there', () => {
    const latency = (rateHz: number, to: number, fraction: number) => {
      const { ctx } = nodeContext(type, at(rateHz, to, fraction));
      return (type.latency(ctx).filter * ctx.patchRateHz) / rateHz;
    };
    expect(latency(44100, 48000, 0)).toBeCloseTo(35, 9);
    expect(latency(44100, 48000, 0.19)).toBeCloseTo(34.81, 9);
    expect(latency(48000, 44100, 0.19)).toBeCloseTo(35, 9);
    expect(latency(44100, 96000, 0.19)).toBeCloseTo(35, 9);
    expect(latency(48000, 48000, 0.19)).toBe(0);
  });

  test.each([
    [44100, 0.19],
    [16000, 0.75],
    [96000, 0.9999],
  ])('of %s Hz, %s samples late: is heard whole samples after its source', async (rateHz, fraction) => {
    // Band-limited noise as a sum of sines, so that it can be made at any time, at both rates.
    const parts = noise(60, 5);
    const at44 = (seconds: number) =>
      parts.reduce((sum, phase, k) => sum + Math.sin(2 * Math.PI * ((k + 0.5) * 100 * seconds + phase)), 0) / 60;
    const frames = 6000;
    const setup = at(rateHz, 48000, fraction);
    const late = signal(framesUntil(frames, rateHz, 48000), n => at44(n / rateHz - fraction / 48000));
    const run = { ...setup, audio: { in: [late] }, frames, schedule: [128, 37, 1] };
    const heard = runNode(type, run).audio.out[0];
    const whole = Math.ceil(32 * Math.max(1, 48000 / rateHz));
    const expected = signal(frames, n => at44((n - whole) / 48000));
    expect(nullDb([heard.subarray(1000)], [expected.subarray(1000)])).toBeLessThanOrEqual(-110);
    const dry = signal(frames, n => at44(n / 48000));
    expect(Math.abs(estimateDelay(dry, heard, 400).delayFrames - whole)).toBeLessThan(0.001);
    const play = await openLowered(type, { ...setup, inChannels: { in: 1 } });
    expect(nullDb((await play(run)).audio.out, [heard])).toBeLessThanOrEqual(-120);
  });
});

test('a node that joins a playing patch falls on the common grid', () => {
  const input = noise(4800, 3);
  const joinAt = 1001;
  const late = input.map((x, i) => (i < joinAt ? 0 : x));
  const whole = runNode(type, { params: { to: '44100' }, audio: { in: [late] }, frames: 4800 }).audio.out[0];
  const { io, p, state } = createInstance(type, { params: { to: '44100' }, inChannels: { in: 1 } });
  io.frame = joinAt;
  io.outFrame = framesUntil(joinAt, 44100, 48000);
  io.outFrames = framesUntil(4800, 44100, 48000) - io.outFrame;
  (io.audioIn.in[0] as Float32Array).set(input.subarray(joinAt));
  type.kernel(io, p, state, 4800 - joinAt);
  expect(io.audioOut.out[0].subarray(0, io.outFrames)).toEqual(whole.subarray(io.outFrame));
});
