// Smoothing of parameters: the recursion, its closed form, its block independence.
import { describe, expect, it } from 'vitest';
import { onePoleAfter, onePoleCoefficient, smoothOnePole, stepOnePole } from '../../src/dsp/one-pole.ts';

describe('one-pole smoothing', () => {
  it('is 63 % of the way after τ, off for τ = 0', () => {
    const a = onePoleCoefficient(0.02, 48000);
    expect(onePoleAfter(0, 1, a, 960)).toBeCloseTo(1 - Math.exp(-1), 12);
    expect(onePoleCoefficient(0, 48000)).toBe(0);
    expect(onePoleCoefficient(NaN, 48000)).toBe(0);
    expect(stepOnePole(3, 7, 0)).toBe(7);
  });

  it('recursion = closed form within −280 dB (f64), up to where it settles at its target', () => {
    const a = onePoleCoefficient(0.02, 48000);
    const y = new Float64Array(40000);
    expect(smoothOnePole(-20, 5, a, y, y.length)).toBe(5);
    let worst = 0;
    y.forEach((v, n) => {
      const exact = onePoleAfter(-20, 5, a, n + 1);
      worst = Math.max(worst, Math.abs(v - exact) / (Math.abs(exact - 5) < 1e-11 ? 100 : 1));
    });
    expect(worst).toBeLessThan(1e-13);
  });

  it('is the same for every block, bit by bit', () => {
    const a = onePoleCoefficient(0.005, 44100);
    const whole = new Float64Array(12000);
    smoothOnePole(0, 0.25, a, whole, whole.length);
    for (const block of [1, 37, 128]) {
      const parts = new Float64Array(whole.length);
      let value = 0;
      for (let at = 0; at < parts.length; at += block) {
        const part = parts.subarray(at, at + block);
        value = smoothOnePole(value, 0.25, a, part, part.length);
      }
      expect(parts).toEqual(whole);
    }
  });

  it('recovers from NaN at once', () => {
    expect(smoothOnePole(NaN, 2, 0.9, new Float32Array(4), 4)).toBe(2);
  });
});
