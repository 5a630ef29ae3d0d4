// The delay line: whole delays exact, fractional ones within the stated error.
import { describe, expect, it } from 'vitest';
import { readRing, readRingCubic, ringLength, writeRing } from '../../src/dsp/ring.ts';
import { decibels, seededNoise } from './helpers.ts';

describe('ring', () => {
  it('reads every whole delay exactly, through many turns, by both readers', () => {
    for (const maxDelay of [0, 1, 5, 13, 100]) {
      const ring = new Float32Array(ringLength(maxDelay));
      const x = seededNoise(1000);
      let worst = 0;
      for (let n = 0; n < x.length; n++) {
        writeRing(ring, n, x[n]);
        for (let delay = 0; delay <= maxDelay; delay++) {
          const expected = n >= delay ? x[n - delay] : 0;
          if (readRing(ring, n, delay) !== expected) expect.fail(`delay ${delay} at frame ${n}`);
          worst = Math.max(worst, Math.abs(readRingCubic(ring, n, delay) - expected));
        }
      }
      expect(worst).toBe(0);
    }
  });

  it('works at frames beyond 2^31 and 2^32', () => {
    const ring = new Float64Array(ringLength(10));
    for (const start of [2 ** 31 - 5, 2 ** 32 - 5, 2 ** 40]) {
      for (let n = 0; n < 40; n++) writeRing(ring, start + n, n);
      expect(readRing(ring, start + 39, 7)).toBe(32);
      expect(readRingCubic(ring, start + 39, 7.25)).toBeCloseTo(31.75, 12);
    }
  });

  it.each([
    [1000, 3.5, -103.2],
    [5000, 3.5, -47.3],
    [10000, 3.5, -23.9],
    [1000, 0.5, -98.7],
  ])('at %i Hz a delay of %d frames is off by %d dB', (frequencyHz, delay, errorDb) => {
    const ring = new Float64Array(ringLength(8));
    const omega = (2 * Math.PI * frequencyHz) / 48000;
    let worst = 0;
    for (let n = 0; n < 4000; n++) {
      writeRing(ring, n, Math.sin(omega * n));
      if (n > 10) worst = Math.max(worst, Math.abs(readRingCubic(ring, n, delay) - Math.sin(omega * (n - delay))));
    }
    expect(decibels(worst)).toBeLessThan(errorDb + 0.3);
    expect(decibels(worst)).toBeGreaterThan(errorDb - 1);
  });

  it('moves without jumps over the frame boundaries', () => {
    const ring = new Float64Array(ringLength(8));
    for (let n = 0; n < 16; n++) writeRing(ring, n, Math.sin(n * 0.3));
    for (const whole of [1, 2, 3, 8]) {
      const below = readRingCubic(ring, 15, whole - 1e-9);
      expect(Math.abs(readRingCubic(ring, 15, whole) - below)).toBeLessThan(1e-8);
    }
  });
});
