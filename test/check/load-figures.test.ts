// Figures of a profile: percentiles against NumPy and closed forms, misses, budget and verdict.
import { describe, expect, it } from 'vitest';
import { budgetMs, loadFigures, percentileOf, verdictOf } from '../../src/check/load-figures.ts';

/** Times in ms, and what numpy.quantile(times, share) gives for them (NumPy 2, its default method "linear"). */
const TIMES = [0.31, 0.05, 0.12, 2.9, 0.44, 0.07, 0.2, 0.18, 0.61, 0.33, 1.04, 0.09, 0.27];
const NUMPY = { p50: 0.27, p95: 1.784, p99: 2.6768, mean: 0.5084615384615384 };

describe('LOAD-1 figures', () => {
  it('percentiles are those of NumPy', () => {
    const figures = loadFigures(Float64Array.from(TIMES), 1);
    expect(figures.p50Ms).toBeCloseTo(NUMPY.p50, 12);
    expect(figures.p95Ms).toBeCloseTo(NUMPY.p95, 12);
    expect(figures.p99Ms).toBeCloseTo(NUMPY.p99, 12);
    expect(figures.meanMs).toBeCloseTo(NUMPY.mean, 12);
    expect(figures.maxMs).toBe(2.9);
    expect(figures.misses).toBe(2);
    // numpy.percentile(numpy.arange(1000)**1.5, [50, 95, 99])
    const powers = Float64Array.from({ length: 1000 }, (_, i) => i ** 1.5);
    const expected = [11163.5777657198, 29237.056624636305, 31102.910157554197];
    [0.5, 0.95, 0.99].forEach((share, n) => {
      expect(percentileOf(powers, share)).toBeCloseTo(expected[n], 8);
    });
  });

  it('of 0…n they are share·n, and of one block that block', () => {
    for (const n of [1, 7, 100, 1500]) {
      const ramp = Float64Array.from({ length: n + 1 }, (_, i) => i);
      for (const share of [0, 0.25, 0.5, 0.95, 0.99, 1]) expect(percentileOf(ramp, share)).toBeCloseTo(share * n, 9);
    }
    expect(loadFigures(Float64Array.of(0.4), 1)).toEqual({
      meanMs: 0.4,
      p50Ms: 0.4,
      p95Ms: 0.4,
      p99Ms: 0.4,
      maxMs: 0.4,
      misses: 0,
    });
  });

  it('leaves the times as they were', () => {
    const times = Float64Array.from(TIMES);
    loadFigures(times, 1);
    expect([...times]).toEqual(TIMES);
  });

  it('the budget is the length of the block: 128 frames at 48 kHz last 2.667 ms', () => {
    expect(budgetMs(128, 48000)).toBeCloseTo(2.6667, 4);
    expect(budgetMs(441, 44100)).toBe(10);
  });

  it('a block exactly on the budget is in time; the verdict follows misses first, then 80 % of the budget', () => {
    expect(loadFigures(Float64Array.of(1, 1.0000001), 1).misses).toBe(1);
    const verdict = (...times: number[]) => verdictOf(loadFigures(Float64Array.from(times), 1), 1);
    expect(verdict(0.8, 0.8)).toBe('safe');
    expect(verdict(0.81, 0.81)).toBe('tight');
    expect(verdict(0.1, 0.1, 1.01)).toBe('misses');
  });
});
