// The measurements, on signals whose answer is known in closed form.
import { describe, expect, it } from 'vitest';
import { estimateDelay, fitTone, largestJump, levelAboveDb, nullDb } from '../../src/dsp/measure.ts';
import { seededNoise, tone } from './helpers.ts';

describe('nullDb', () => {
  it('is the largest difference after the latency, relative to max(1, peak)', () => {
    const x = seededNoise(1000);
    const delayed = new Float32Array(1037);
    delayed.set(x, 37);
    expect(nullDb(x, delayed, 37)).toBe(-Infinity);
    expect(nullDb(x, delayed, 36)).toBeGreaterThan(-20);
    expect(nullDb(Float64Array.of(0, 0), Float64Array.of(0, 1e-6))).toBeCloseTo(-120, 10);
    expect(nullDb(Float64Array.of(10, 0), Float64Array.of(10, 1e-5))).toBeCloseTo(-120, 10);
  });

  it('passes nothing that is broken or empty', () => {
    expect(nullDb(Float32Array.of(1), Float32Array.of(NaN))).toBe(Infinity);
    expect(nullDb(Float32Array.of(NaN), Float32Array.of(1))).toBe(Infinity);
    expect(nullDb(new Float32Array(4), new Float32Array(4), 4)).toBe(Infinity);
    expect(nullDb(new Float32Array(0), new Float32Array(0))).toBe(Infinity);
  });
});

describe('estimateDelay', () => {
  it('finds whole delays of noise and of a click exactly, inverted too', () => {
    for (const delay of [0, 1, 100, 1999, 2000]) {
      const x = seededNoise(4000);
      const y = new Float32Array(6000);
      y.set(x, delay);
      const estimate = estimateDelay(
        x,
        y.map(v => -0.3 * v),
        2000,
      );
      expect(Math.abs(estimate.delayFrames - delay)).toBeLessThan(1e-9);
      expect(estimate.correlation).toBeCloseTo(-1, 5);
      const click = new Float32Array(50);
      click[3] = 1;
      const clicked = new Float32Array(2100);
      clicked[3 + delay] = 0.5;
      expect(Math.abs(estimateDelay(click, clicked, 2000).delayFrames - delay)).toBeLessThan(1e-9);
    }
  });

  it('finds fractions within 0.001 frames for noise of the whole band and of a quarter of it', () => {
    // Band-limited noise as a sum of cosines, so that any delay has a closed form.
    for (const band of [0.98, 0.25]) {
      const phases = seededNoise(1024, 9);
      const frames = 2048;
      const make = (delay: number) =>
        Float64Array.from({ length: frames }, (_, n) => {
          let sum = 0;
          for (let k = 1; k < band * 1024; k += 3) {
            sum += Math.cos((2 * Math.PI * k * (n - delay)) / frames + 6.28 * phases[k]);
          }
          // Fading ends, so that what the delay moves out of the frame counts nothing.
          return sum * Math.sin((Math.PI * (n - delay)) / frames) ** 4;
        });
      const x = make(0);
      for (const delay of [10.25, 10.5]) {
        expect(Math.abs(estimateDelay(x, make(delay), 40).delayFrames - delay)).toBeLessThan(0.001);
      }
    }
  });

  it('gives 0 for silence', () => {
    expect(estimateDelay(new Float32Array(9), new Float32Array(9), 4)).toEqual({ delayFrames: 0, correlation: 0 });
  });
});

describe('fitTone', () => {
  it('finds amplitude, phase and noise', () => {
    const noise = seededNoise(48000, 3);
    const x = Float64Array.from(noise, (v, n) => 0.5 * Math.sin((2 * Math.PI * 997.3 * n) / 48000 + 0.7) + 1e-3 * v);
    const fit = fitTone(x, 997.3, 48000);
    expect(fit.amplitude).toBeCloseTo(0.5, 4);
    expect(fit.phaseRadians).toBeCloseTo(0.7, 4);
    expect(fit.signalToNoiseDb).toBeCloseTo(10 * Math.log10(0.125 / (1e-6 / 3)), 1);
  });

  it('reaches 260 dB in f64 and the rounding of f32 in f32, on any part', () => {
    const x = Float64Array.from({ length: 5000 }, (_, n) => Math.sin((2 * Math.PI * 1000 * n) / 44100 - 2));
    expect(fitTone(x, 1000, 44100, 123, 4567).signalToNoiseDb).toBeGreaterThan(260);
    expect(fitTone(x, 1000, 44100, 123, 4567).phaseRadians).toBeCloseTo(-2, 12);
    expect(fitTone(Float32Array.from(x), 1000, 44100).signalToNoiseDb).toBeGreaterThan(148);
  });
});

describe('largestJump', () => {
  it('finds a click in a sine, and NaN', () => {
    const x = tone(4800, 100, 48000, 0, 1);
    expect(largestJump(x).jump).toBeCloseTo((2 * Math.PI * 100) / 48000, 4);
    x[1234] += 0.2;
    expect(largestJump(x).jump).toBeGreaterThan(0.18);
    expect([1234, 1235]).toContain(largestJump(x).frame);
    x[7] = NaN;
    expect(largestJump(x)).toEqual({ jump: Infinity, frame: 7 });
    expect(largestJump(new Float32Array(1))).toEqual({ jump: 0, frame: 0 });
  });
});

describe('levelAboveDb', () => {
  it('is the RMS of what lies above, and does not leak', () => {
    const low = Float64Array.from({ length: 10000 }, (_, n) => Math.sin((2 * Math.PI * 1001.7 * n) / 48000));
    // The eighth bin above the tone.
    expect(levelAboveDb(low, 1001.7 + (7.5 * 48000) / 10000, 48000)).toBeLessThan(-150);
    expect(levelAboveDb(low, 500, 48000)).toBeCloseTo(-3.01, 2);
    const both = low.map((v, n) => v + 1e-4 * Math.sin((2 * Math.PI * 12345 * n) / 48000));
    expect(levelAboveDb(both, 2000, 48000)).toBeCloseTo(-83.01, 2);
    expect(levelAboveDb(new Float32Array(100), 0, 48000)).toBe(-Infinity);
  });
});
