// The state-variable filter against the cookbook's biquads as scipy computes them.
import { describe, expect, it } from 'vitest';
import type { SvfKind } from '../../src/dsp/svf.ts';
import { designSvf, processSvf, SVF_COEFFICIENTS, SVF_STATE, stepSvf } from '../../src/dsp/svf.ts';
import { readJson, seededNoise } from './helpers.ts';

const reference = readJson<{
  rateHz: number;
  frequenciesHz: number[];
  x: number[];
  cases: { kind: SvfKind; cutoffHz: number; q: number; gainDb: number; magnitude: number[]; y: number[] }[];
}>('svf.json');

function designed(kind: SvfKind, cutoffHz: number, q: number, gainDb: number) {
  const coefficients = new Float64Array(SVF_COEFFICIENTS);
  designSvf(kind, cutoffHz, q, gainDb, reference.rateHz, coefficients);
  return coefficients;
}

describe('svf = the cookbook biquad', () => {
  it.each(reference.cases)('$kind $cutoffHz Hz, Q $q, $gainDb dB', c => {
    const coefficients = designed(c.kind, c.cutoffHz, c.q, c.gainDb);
    const state = new Float64Array(SVF_STATE);
    // Long enough for the slowest case to ring down by 200 dB.
    const length = c.cutoffHz < 100 ? 40000 : 2000;
    const response = Float64Array.from({ length }, (_, n) => stepSvf(coefficients, state, n === 0 ? 1 : 0));
    reference.frequenciesHz.forEach((frequencyHz, i) => {
      const omega = (2 * Math.PI * frequencyHz) / reference.rateHz;
      let re = 0;
      let im = 0;
      response.forEach((h, n) => {
        re += h * Math.cos(omega * n);
        im += h * Math.sin(omega * n);
      });
      expect(Math.abs(Math.hypot(re, im) - c.magnitude[i])).toBeLessThan(2e-9 * Math.max(1, c.magnitude[i]));
    });

    state.fill(0);
    c.y.forEach((y, n) => {
      expect(Math.abs(stepSvf(coefficients, state, reference.x[n]) - y)).toBeLessThan(1e-10);
    });
  });
});

describe('processSvf', () => {
  it('gives the numbers of stepSvf, in place and in any blocks', () => {
    const coefficients = designed('peak', 700, 3, 9);
    const x = seededNoise(1000);
    const state = new Float64Array(SVF_STATE);
    const stepped = Float32Array.from(x, v => stepSvf(coefficients, state, v));
    for (const block of [1, 37, 128, 1000]) {
      const y = x.slice();
      state.fill(0);
      for (let at = 0; at < y.length; at += block) {
        const part = y.subarray(at, Math.min(at + block, y.length));
        processSvf(coefficients, state, part, part, part.length);
      }
      expect(y).toEqual(stepped);
    }
  });

  it('falls silent (no denormals), and recovers from NaN after its block', () => {
    const coefficients = designed('low', 1000, Math.SQRT1_2, 0);
    const state = new Float64Array(SVF_STATE);
    const y = new Float32Array(128);
    processSvf(coefficients, state, Float32Array.of(1, NaN, 1), y, 3);
    expect(Array.from(state)).toEqual([0, 0]);
    processSvf(coefficients, state, new Float32Array(128).fill(1), y, 128);
    expect(y.every(Number.isFinite)).toBe(true);
    const silence = new Float32Array(128);
    for (let i = 0; i < 40; i++) processSvf(coefficients, state, silence, y, 128);
    expect(Array.from(state)).toEqual([0, 0]);
  });

  it('stays stable while the cut-off jumps at every frame, and with extreme settings', () => {
    const coefficients = new Float64Array(SVF_COEFFICIENTS);
    const state = new Float64Array(SVF_STATE);
    const cutoffs = seededNoise(20000, 5);
    const x = seededNoise(20000, 6);
    for (const kind of ['low', 'high', 'band', 'notch', 'peak', 'low-shelf', 'high-shelf'] as const) {
      state.fill(0);
      let peak = 0;
      for (let n = 0; n < x.length; n++) {
        designSvf(kind, 20 * 1000 ** ((cutoffs[n] + 1) / 2), 2, 6, 48000, coefficients);
        peak = Math.max(peak, Math.abs(stepSvf(coefficients, state, x[n])));
      }
      expect(peak).toBeGreaterThan(0.1);
      expect(peak).toBeLessThan(100);
      for (const cutoffHz of [0, -1, 1e-3, 23999, 24000, 1e9]) {
        designSvf(kind, cutoffHz, 100, 24, 48000, coefficients);
        expect(coefficients.every(Number.isFinite)).toBe(true);
      }
    }
  });
});
