// The resampler's contract: its formulas, its references, its independence of blocks, what it refuses. How clean it is:
// resampler-quality.test.ts.
import { describe, expect, it } from 'vitest';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { framesUntil, gcd } from '../../src/dsp/clock.ts';
import { convertRate } from '../../src/dsp/convert-rate.ts';
import type { ResamplerQuality } from '../../src/dsp/resampler.ts';
import {
  createResamplerState,
  designResampler,
  MAX_COEFFICIENTS,
  processResampler,
  resamplerLatency,
  resamplerTaps,
  resetResampler,
  shareResampler,
} from '../../src/dsp/resampler.ts';
import { decibels, readJson, runByClock, seededInt, seededNoise, tone } from './helpers.ts';

interface Reference {
  x: number[];
  cases: {
    inRateHz: number;
    outRateHz: number;
    patchRateHz: number;
    quality: ResamplerQuality;
    arrivalFraction: number;
    latencyPatchSamples: number;
    y: number[];
  }[];
}

describe('against scipy.signal.upfirdn', () => {
  const reference = readJson<Reference>('resampler.json');
  const input = Float32Array.from(reference.x);
  for (const expected of reference.cases) {
    it(`${expected.inRateHz} → ${expected.outRateHz} ${expected.quality}, ${expected.arrivalFraction} of a sample due`, () => {
      for (const precision of ['f32', 'f64'] as const) {
        const design = designResampler({ ...expected, precision });
        expect(design.latencyPatchSamples).toBe(expected.latencyPatchSamples);
        const y = new Float32Array(expected.y.length);
        processResampler(design, createResamplerState(design), input, input.length, y, y.length);
        let worst = 0;
        for (let k = 0; k < y.length; k++) worst = Math.max(worst, Math.abs(y[k] - expected.y[k]));
        expect(worst).toBeLessThan(precision === 'f64' ? 8e-8 : 3e-7);
      }
    });
  }
});

describe('the integer formulas of the header', () => {
  it('give the same output, one frame at a time, from absolute indices', () => {
    for (const [inRateHz, outRateHz] of [
      [44100, 48000],
      [48000, 16000],
      [22050, 96000],
      [88200, 48000],
    ]) {
      const design = designResampler({ inRateHz, outRateHz, patchRateHz: 48000, quality: 'low-latency' });
      const { inStep: a, phases: b, tapsPerPhase: taps, coefficients } = design;
      const x = seededNoise(700);
      const outFrames = framesUntil(x.length, outRateHz, inRateHz);
      const y = new Float32Array(outFrames);
      processResampler(design, createResamplerState(design), x, x.length, y, outFrames);
      for (let k = 0; k < outFrames; k++) {
        const phase = (k * a) % b;
        const oldest = Math.floor((k * a) / b) - (taps - 1);
        let sum = 0;
        for (let n = 0; n < taps; n++) sum += coefficients[phase * taps + n] * (x[oldest + n] ?? 0);
        const q = Math.floor(k / b);
        const kappa = k % b;
        const isSame =
          // Sums of another order: the same up to the last bit of f32.
          Math.abs(y[k] - sum) <= 1.2e-7 * Math.max(0.5, Math.abs(sum)) &&
          q * a + Math.floor((kappa * a) / b) === oldest + taps - 1 &&
          (kappa * a) % b === phase;
        if (!isSame) expect.fail(`${inRateHz} → ${outRateHz}: output ${k}`);
      }
    }
  });
});

describe('blocks', () => {
  it('the output is bit-equal however time is cut, in patches of any rate', () => {
    const random = seededInt(3);
    for (const [inRateHz, outRateHz] of [
      [44100, 48000],
      [48000, 44100],
      [96000, 44100],
      [16000, 48000],
      [32000, 44100],
    ]) {
      for (const patchRateHz of [44100, 48000, 32000, 96000]) {
        const rates = { inRateHz, outRateHz, patchRateHz };
        const design = designResampler({ ...rates, quality: 'low-latency' });
        const x = seededNoise(framesUntil(6000, inRateHz, patchRateHz));
        const whole = runByClock(design, rates, x, [6000]);
        const cuts = [[1], [37], [128], [480, 1, 5], Array.from({ length: 50 }, () => 1 + random(300))];
        for (const blocks of cuts) {
          const parts = runByClock(design, rates, x, blocks);
          // The last, incomplete block may be missing, and input for a few patch frames more may have sufficed.
          const frames = Math.min(whole.length, parts.length);
          expect(frames).toBeGreaterThan(((6000 - 500) * outRateHz) / patchRateHz);
          expect(parts.subarray(0, frames)).toEqual(whole.subarray(0, frames));
        }
      }
    }
  });

  it('reset equals a fresh state; NaN and infinity count as 0; silence stays silence', () => {
    const design = designResampler({ inRateHz: 44100, outRateHz: 48000, patchRateHz: 48000, quality: 'low-latency' });
    const state = createResamplerState(design);
    const x = seededNoise(441);
    const first = new Float32Array(480);
    const again = new Float32Array(480);
    processResampler(design, state, x, 441, first, 480);
    resetResampler(state);
    processResampler(design, state, x, 441, again, 480);
    expect(again).toEqual(first);

    const clean = x.slice();
    for (const [frame, bad] of [
      [5, NaN],
      [6, Infinity],
      [300, -Infinity],
    ] as const) {
      x[frame] = bad;
      clean[frame] = 0;
    }
    resetResampler(state);
    processResampler(design, state, x, 441, first, 480);
    resetResampler(state);
    processResampler(design, state, clean, 441, again, 480);
    expect(first).toEqual(again);

    resetResampler(state);
    processResampler(design, state, new Float32Array(441), 441, first, 480);
    expect(first.every(y => y === 0)).toBe(true);
  });
});

describe('designs', () => {
  it('a pair of equal rates is a wire', () => {
    const design = designResampler({ inRateHz: 48000, outRateHz: 48000, patchRateHz: 48000, quality: 'best' });
    expect(design.latencyPatchSamples).toBe(0);
    const x = seededNoise(100);
    const y = new Float32Array(100);
    processResampler(design, createResamplerState(design), x, 100, y, 100);
    expect(y).toEqual(x);
  });

  it('refuses what it cannot do exactly', () => {
    const options = { patchRateHz: 48000, quality: 'standard' } as const;
    expect(() => designResampler({ ...options, inRateHz: 44100.5, outRateHz: 48000 })).toThrow(/whole Hz, got 44100.5/);
    expect(() => designResampler({ ...options, inRateHz: NaN, outRateHz: 48000 })).toThrow(RangeError);
    expect(() => designResampler({ ...options, inRateHz: 48000, outRateHz: 44099 })).toThrow(
      `at most ${MAX_COEFFICIENTS} coefficients, got 44099 phases of 70 taps`,
    );
    expect(() => designResampler({ ...options, inRateHz: 1000000, outRateHz: 100 })).toThrow(RangeError);
    for (const arrivalFraction of [-0.1, 1, NaN])
      expect(() => designResampler({ ...options, inRateHz: 44100, outRateHz: 48000, arrivalFraction })).toThrow(
        /fraction of 0–1/,
      );
  });

  it('knows latency and taps beforehand, and every pair fits in patches of every rate', () => {
    let most = 0;
    for (const inRateHz of SAMPLE_RATES_HZ)
      for (const outRateHz of SAMPLE_RATES_HZ)
        for (const patchRateHz of SAMPLE_RATES_HZ)
          for (const quality of ['low-latency', 'standard', 'best'] as const) {
            const phases = outRateHz / gcd(inRateHz, outRateHz);
            most = Math.max(most, phases * resamplerTaps({ inRateHz, outRateHz, patchRateHz, quality }));
          }
    expect(most).toBeLessThanOrEqual(MAX_COEFFICIENTS);
    for (const quality of ['low-latency', 'best'] as const)
      for (const [inRateHz, outRateHz, arrivalFraction] of [
        [11025, 192000, 0.25],
        [176400, 8000, 0],
        [22050, 22050, 0],
      ]) {
        const options = { inRateHz, outRateHz, patchRateHz: 48000, quality, arrivalFraction };
        const design = designResampler(options);
        expect(design.latencyPatchSamples).toBe(resamplerLatency(options));
        expect(design.tapsPerPhase).toBe(resamplerTaps(options));
        expect(design.coefficients.length).toBe(design.phases * design.tapsPerPhase);
      }
  });

  it('shares a design that was asked for of late, and only that', () => {
    const options = { inRateHz: 8000, outRateHz: 16000, patchRateHz: 48000, quality: 'low-latency' } as const;
    const design = shareResampler(options);
    expect(design.coefficients).toEqual(designResampler(options).coefficients);
    expect(shareResampler({ ...options, arrivalFraction: 0 })).toBe(design);
    for (const other of [
      { inRateHz: 16000 },
      { outRateHz: 24000 },
      { patchRateHz: 44100 },
      { quality: 'standard' },
      { arrivalFraction: 0.5 },
    ] as const)
      expect(shareResampler({ ...options, ...other })).toEqual(designResampler({ ...options, ...other }));
    for (let hz = 1; hz <= 20; hz++) shareResampler({ ...options, inRateHz: hz, outRateHz: 1 });
    const again = shareResampler(options);
    expect(again).not.toBe(design);
    expect(again).toEqual(design);
  });
});

describe('convertRate', () => {
  it('keeps time and gives ceil(n·to/from) frames', () => {
    for (const [from, to] of [
      [44100, 48000],
      [48000, 16000],
      [22050, 44100],
      [96000, 44100],
    ]) {
      const frames = 4001;
      const [y] = convertRate([tone(frames, 1000, from)], from, to);
      expect(y.length).toBe(Math.ceil((frames * to) / from));
      const exact = tone(y.length, 1000, to);
      // The edges belong to the sudden start and end of the tone.
      const edge = Math.ceil((90 * to) / Math.min(from, to));
      let worst = 0;
      for (let n = edge; n < y.length - edge; n++) worst = Math.max(worst, Math.abs(y[n] - exact[n]));
      expect(decibels(worst)).toBeLessThan(-135);
    }
  });

  it('copies where the rates are equal, and takes empty signals', () => {
    const x = seededNoise(10);
    const [same] = convertRate([x], 48000, 48000);
    expect(same).toEqual(x);
    expect(same).not.toBe(x);
    expect(convertRate([new Float32Array(0)], 44100, 48000)[0].length).toBe(0);
  });
});
