// Windows against numpy and scipy.
import { describe, expect, it } from 'vitest';
import { besselI0, fillHann, fillKaiser, kaiserBeta, kaiserWindow } from '../../src/dsp/window.ts';
import { readJson } from './helpers.ts';

const reference = readJson<{
  i0: { x: number[]; y: number[] };
  hann: number[];
  kaiser: { beta: number; w: number[] };
}>('window.json');

describe('windows', () => {
  it('besselI0 = scipy.special.i0', () => {
    reference.i0.x.forEach((x, i) => {
      expect(Math.abs(besselI0(x) / reference.i0.y[i] - 1)).toBeLessThan(2e-15);
    });
    expect(besselI0(NaN)).toBeNaN();
  });

  it('Hann = scipy (periodic), and half-overlapped copies sum to 1', () => {
    const hann = new Float64Array(16);
    fillHann(hann);
    hann.forEach((w, n) => {
      expect(Math.abs(w - reference.hann[n])).toBeLessThan(1e-15);
      expect(Math.abs(w + hann[(n + 8) % 16] - 1)).toBeLessThan(1e-15);
    });
  });

  it('Kaiser = numpy.kaiser, 0 outside', () => {
    const kaiser = new Float64Array(33);
    fillKaiser(kaiser, reference.kaiser.beta);
    kaiser.forEach((w, n) => {
      expect(Math.abs(w - reference.kaiser.w[n])).toBeLessThan(1e-14);
    });
    expect(kaiserWindow(5)(1.001)).toBe(0);
    expect(kaiserWindow(0)(0.3)).toBe(1);
    expect(kaiserWindow(5)(NaN)).toBeNaN();
    const single = new Float64Array(1);
    fillKaiser(single, 5);
    expect(single[0]).toBe(1);
  });

  it('kaiserBeta has the three pieces of Kaiser', () => {
    expect(kaiserBeta(120)).toBeCloseTo(12.265, 3);
    expect(kaiserBeta(40)).toBeCloseTo(3.395, 3);
    expect(kaiserBeta(20)).toBe(0);
  });
});
