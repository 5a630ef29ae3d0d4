// Levels, safety and cross-fades: small closed forms.
import { describe, expect, it } from 'vitest';
import { crossfadeFrames, fadeInGain } from '../../src/dsp/crossfade.ts';
import { gainToLevel, levelToGain, peakOf, rmsOf } from '../../src/dsp/level.ts';
import { finiteOrZero, flushState } from '../../src/dsp/safe.ts';
import { tone } from './helpers.ts';

describe('level', () => {
  it('decibels', () => {
    expect(gainToLevel(0.1)).toBeCloseTo(-20, 12);
    expect(gainToLevel(-2)).toBeCloseTo(6.0206, 4);
    expect(gainToLevel(0)).toBe(-Infinity);
    expect(levelToGain(-Infinity)).toBe(0);
    expect(levelToGain(gainToLevel(0.3))).toBeCloseTo(0.3, 15);
  });

  it('peak and RMS, of all or a part', () => {
    const sine = tone(4800, 1000, 48000, 0, 1);
    expect(rmsOf(sine)).toBeCloseTo(Math.SQRT1_2, 7);
    expect(peakOf(sine)).toBeCloseTo(1, 7);
    expect(peakOf(Float32Array.of(9, -3, 2), 1)).toBe(3);
    expect(rmsOf(Float32Array.of(9, 3, -3, 9), 1, 3)).toBe(3);
    expect(peakOf(new Float32Array(0))).toBe(0);
    expect(rmsOf(new Float32Array(0))).toBe(0);
    expect(peakOf(Float32Array.of(0, NaN, 1))).toBe(Infinity);
    expect(rmsOf(Float32Array.of(0, NaN))).toBeNaN();
  });
});

describe('safe', () => {
  it('lets numbers through and nothing else', () => {
    expect([1, -1e38, 1e-40, NaN, Infinity, -Infinity].map(finiteOrZero)).toEqual([1, -1e38, 1e-40, 0, 0, 0]);
    expect([1, -1e-29, 1e-31, -1e-40, 0, NaN, -Infinity].map(flushState)).toEqual([1, -1e-29, 0, 0, 0, 0, 0]);
  });
});

describe('crossfade', () => {
  it('lasts 10 ms, rises from 0 to 1 and is its own mirror image', () => {
    expect(crossfadeFrames(48000)).toBe(480);
    expect(crossfadeFrames(44100)).toBe(441);
    expect(crossfadeFrames(10)).toBe(1);
    for (const frames of [1, 2, 441, 480]) {
      expect(fadeInGain(-1, frames)).toBe(0);
      expect(fadeInGain(frames, frames)).toBe(1);
      for (let n = 0; n < frames; n++) {
        expect(fadeInGain(n, frames) + fadeInGain(frames - 1 - n, frames)).toBeCloseTo(1, 14);
        expect(fadeInGain(n, frames)).toBeGreaterThan(fadeInGain(n - 1, frames));
      }
    }
    // The steepest step of a raised cosine: π/2 over its length.
    expect(fadeInGain(240, 480) - fadeInGain(239, 480)).toBeCloseTo(Math.PI / 960, 6);
  });
});
