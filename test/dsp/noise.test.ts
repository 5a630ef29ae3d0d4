// The hash against known values of MurmurHash3; the noise against what white and uniform mean.
import { describe, expect, it } from 'vitest';
import { hash32, noiseAt } from '../../src/dsp/noise.ts';

const FRAMES = 1 << 16;

describe('noise', () => {
  it('hashes as MurmurHash3 finishes (x86_32 of the empty key with seeds 0, 1 and 2^32 − 1)', () => {
    expect(hash32(0)).toBe(0);
    expect(hash32(1)).toBe(0x514e28b7);
    expect(hash32(0xffffffff)).toBe(0x81f16f39);
  });

  it('is uniform and white', () => {
    for (const seed of [0, 1, 2, 12345]) {
      const x = Float64Array.from({ length: FRAMES }, (_, n) => noiseAt(seed, n));
      const bins = new Float64Array(64);
      let mean = 0;
      let power = 0;
      expect(Float64Array.from(Float32Array.from(x))).toEqual(x);
      for (const v of x) {
        mean += v / FRAMES;
        power += (v * v) / FRAMES;
        bins[Math.floor((v + 1) * 32)]++;
      }
      // Four to five standard deviations each.
      expect(Math.abs(mean)).toBeLessThan(0.01);
      expect(Math.abs(power - 1 / 3)).toBeLessThan(0.005);
      const chiSquare = bins.reduce((sum, count) => sum + (count - FRAMES / 64) ** 2 / (FRAMES / 64), 0);
      expect(chiSquare).toBeLessThan(63 + 5 * Math.sqrt(126));
      for (const lag of [1, 2, 3, 16, 64, 128, 1000, 4096]) {
        let product = 0;
        for (let n = lag; n < FRAMES; n++) product += x[n] * x[n - lag];
        expect(Math.abs(product / FRAMES)).toBeLessThan(0.0065);
      }
    }
  });

  it('differs between seeds, also when shifted or permuted by the seed', () => {
    for (const shift of [0, 1, -1, 7]) {
      let product = 0;
      for (let n = 10; n < FRAMES; n++) product += noiseAt(3, n) * noiseAt(10, n + shift);
      expect(Math.abs(product / FRAMES)).toBeLessThan(0.0065);
    }
    let permuted = 0;
    for (let n = 0; n < FRAMES; n++) permuted += noiseAt(3, n) * noiseAt(10, n ^ 9);
    expect(Math.abs(permuted / FRAMES)).toBeLessThan(0.0065);
  });
});
