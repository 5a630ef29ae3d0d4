// The steady filter in SIMD is its scalar twin up to the rounding of f64, and forgets what is not finite.
import { describe, expect, it } from 'vitest';
import { designSvf, SVF_COEFFICIENTS, SVF_KINDS } from '../../src/dsp/svf.ts';
import { distance, kernelPair, noise } from './kernel-pair.ts';

const coefficientsOf = (kind: (typeof SVF_KINDS)[number], cutoffHz: number): Float64Array => {
  const coefficients = new Float64Array(SVF_COEFFICIENTS);
  designSvf(kind, cutoffHz, 0.9, 6, 48000, coefficients);
  return coefficients;
};

describe.each(['simd', 'relaxed'] as const)('svf, %s', form => {
  it.each(SVF_KINDS)('%s: any channels, any lengths', kind => {
    for (const channels of [1, 2, 3, 5]) {
      const pair = kernelPair(form);
      const coefficients = pair.f64(coefficientsOf(kind, 900));
      const wanted = new Float64Array(2 * channels);
      const states = pair.f64(wanted);
      for (const frames of [0, 1, 2, 3, 7, 128, 129, 4]) {
        const input = Array.from({ length: channels }, (_, c) => pair.f32(noise(frames, 7 * c + frames)));
        const output = input.map(() => pair.f32(new Float32Array(frames + 4).fill(9)));
        const expected = input.map(() => new Float32Array(frames));
        pair.simd.svf(coefficients, states, input, output, frames);
        pair.scalar.svf(coefficients, wanted, input, expected, frames);
        expect(distance(states, wanted)).toBeLessThan(1e-14);
        for (let c = 0; c < channels; c++) {
          // One unit of the last place of f32 where the rounding falls to the other side.
          expect(distance(expected[c], output[c])).toBeLessThan(1.2e-7);
          expect([...output[c].subarray(frames)]).toEqual([9, 9, 9, 9]);
        }
      }
    }
  });

  it('works in place', () => {
    const pair = kernelPair(form);
    const coefficients = pair.f64(coefficientsOf(SVF_KINDS[0], 5000));
    const sound = [pair.f32(noise(131, 1)), pair.f32(noise(131, 2))];
    const expected = sound.map(() => new Float32Array(131));
    pair.scalar.svf(coefficients, new Float64Array(4), sound, expected, 131);
    pair.simd.svf(coefficients, pair.f64(new Float64Array(4)), sound, sound, 131);
    for (const c of [0, 1]) expect(distance(expected[c], sound[c])).toBeLessThan(1.2e-7);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 3e38])('%d ends with its call, denormals become silence', bad => {
    const pair = kernelPair(form);
    const coefficients = pair.f64(coefficientsOf(SVF_KINDS[0], 5000));
    const states = pair.f64([1e-40, 1e-31, 0.5, 1e-29]);
    const input = [pair.f32([0, 0]), pair.f32([0, 0])];
    pair.simd.svf(coefficients, states, input, input, 0);
    expect([...states]).toEqual([0, 0, 0.5, 1e-29]);
    const spoilt = [pair.f32(new Float32Array(64).fill(bad)), pair.f32(noise(64))];
    pair.simd.svf(coefficients, states, spoilt, spoilt, 64);
    expect([...states].every(Number.isFinite)).toBe(true);
    pair.simd.svf(coefficients, states, input, input, 2);
    expect([...input[1]].every(Number.isFinite)).toBe(true);
  });
});
