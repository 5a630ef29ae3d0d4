// The monitor's limiter: what it promises to ears.
import { describe, expect, it } from 'vitest';
import { peakOf } from '../../src/dsp/level.ts';
import { createLimiterState, designLimiter, processLimiter } from '../../src/dsp/limiter.ts';
import { seededNoise, tone } from './helpers.ts';

const design = designLimiter(48000);

/** A state whose fade-in is over. */
function settled(): Float64Array {
  const state = createLimiterState();
  processLimiter(design, state, [new Float32Array(design.fadeFrames)], design.fadeFrames);
  return state;
}

describe('limiter', () => {
  it('never exceeds −0.3 dBFS, whatever comes', () => {
    expect(design.ceiling).toBeCloseTo(0.96605, 5);
    const state = settled();
    const loud = seededNoise(20000).map((x, n) => x * (n % 5000 < 2500 ? 0.5 : 1000));
    const wild = Float32Array.of(NaN, Infinity, -Infinity, 3e38, -3e38, 1e-40, 5);
    for (const x of [loud, wild]) {
      const gain = processLimiter(design, state, [x], x.length);
      expect(gain).toBeLessThan(1);
      expect(x.every(Number.isFinite)).toBe(true);
      expect(peakOf(x)).toBeLessThanOrEqual(design.ceiling);
    }
  });

  it('passes what is below the ceiling bit by bit, and says that it did nothing', () => {
    const x = seededNoise(5000).map(v => v * 0.96);
    const y = x.slice();
    expect(processLimiter(design, settled(), [y], y.length)).toBe(1);
    expect(y).toEqual(x);
  });

  it('returns with a time constant of 100 ms, channels together', () => {
    const state = settled();
    const left = new Float32Array(48000).fill(0.1);
    const right = new Float32Array(48000).fill(-0.1);
    left[0] = 2 * design.ceiling;
    expect(processLimiter(design, state, [left, right], 48000)).toBeCloseTo(0.5, 6);
    expect(left[0]).toBeCloseTo(design.ceiling, 6);
    for (const n of [1, 480, 4800, 24000]) {
      expect(left[n]).toBeCloseTo(0.1 * (1 - 0.5 * Math.exp(-n / 4800)), 6);
      expect(right[n]).toBe(-left[n]);
    }
  });

  it('fades in over 20 ms, again after a reset of its state', () => {
    const state = createLimiterState();
    for (let i = 0; i < 2; i++) {
      const x = new Float32Array(2000).fill(0.5);
      expect(processLimiter(design, state, [x], 2000)).toBe(1);
      expect(x[0]).toBeLessThan(1e-5);
      expect(x[479]).toBeCloseTo(0.25, 2);
      expect(x[960]).toBe(0.5);
      state.fill(0);
    }
  });

  it('is the same for every block', () => {
    const x = tone(4000, 440, 48000, 0, 3);
    const whole = x.slice();
    processLimiter(design, createLimiterState(), [whole], whole.length);
    for (const block of [1, 37, 128]) {
      const state = createLimiterState();
      const parts = x.slice();
      for (let at = 0; at < parts.length; at += block) {
        const part = parts.subarray(at, at + block);
        processLimiter(design, state, [part], part.length);
      }
      expect(parts).toEqual(whole);
    }
  });
});
