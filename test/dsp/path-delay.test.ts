// Delays known in closed form: fractions made in the frequency domain, filters with their own formulas.
import { describe, expect, it } from 'vitest';
import { excessDelay, phaseDelay } from '../../src/dsp/path-delay.ts';
import { seededNoise } from './helpers.ts';

/** Band-limited noise as a sum of cosines, fading at its ends, so that any delay has a closed form. */
function bandNoise(delay: number, band = 0.9, frames = 4096): Float64Array {
  const phases = seededNoise(frames / 2, 9);
  return Float64Array.from({ length: frames }, (_, n) => {
    let sum = 0;
    for (let k = 3; k < (band * frames) / 2; k += 3)
      sum += Math.cos((2 * Math.PI * k * (n - delay)) / frames + 6.28 * phases[k]);
    return sum * Math.sin((Math.PI * (n - delay)) / frames) ** 4;
  });
}

/** A filter by its difference equation. */
function filtered(x: Float64Array, b: readonly number[], a: readonly number[]): Float64Array {
  const y = new Float64Array(x.length);
  for (let n = 0; n < x.length; n++) {
    for (let k = 0; k < b.length; k++) y[n] += b[k] * (x[n - k] ?? 0);
    for (let k = 1; k < a.length; k++) y[n] -= a[k] * (y[n - k] ?? 0);
  }
  return y;
}
const click = (frames: number, at = 0): Float64Array =>
  Float64Array.from({ length: frames }, (_, n) => (n === at ? 1 : 0));

describe('phaseDelay', () => {
  const x = bandNoise(0);
  it.each([0, 7, 10.25, 31.5, 40.9])('finds a delay of %d frames within 0.001, upright and upside down', delay => {
    for (const gain of [0.5, -2]) {
      const found = phaseDelay(
        x,
        bandNoise(delay).map(v => gain * v),
        100,
      );
      expect(Math.abs(found.delayFrames - delay)).toBeLessThan(0.001);
      expect(found.bendRadians).toBeLessThan(0.01);
      expect(found.coherence).toBeGreaterThan(0.99);
      expect(found.polarity).toBe(Math.sign(gain));
    }
  });

  it('finds the delay of a linear-phase low-pass, and says that half of the power is noise', () => {
    const taps = Array.from({ length: 63 }, (_, i) => {
      const t = (i - 31) / 4;
      return (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t)) * Math.sin((Math.PI * (i + 0.5)) / 63) ** 2;
    });
    const y = filtered(Float64Array.from([...x, ...new Float64Array(100)]), taps, [1]);
    const clean = phaseDelay(x, y, 200);
    expect(Math.abs(clean.delayFrames - 31)).toBeLessThan(0.001);
    expect(clean.coherence).toBeGreaterThan(0.99);
    const level = Math.sqrt(y.reduce((a, v) => a + v * v, 0) / y.length);
    const hiss = seededNoise(y.length, 4).map(v => level * Math.sqrt(3) * v);
    const noisy = phaseDelay(
      x,
      y.map((v, n) => v + hiss[n]),
      200,
    );
    expect(noisy.coherence).toBeGreaterThan(0.4);
    expect(noisy.coherence).toBeLessThan(0.65);
    expect(Math.abs(noisy.delayFrames - 31)).toBeLessThan(0.3);
  });

  it('says that the phase of a filter is no line, and gives nothing for silence', () => {
    expect(phaseDelay(x, filtered(x, [0.05], [1, -0.95]), 100).bendRadians).toBeGreaterThan(0.1);
    expect(phaseDelay(x, new Float64Array(100), 50).coherence).toBe(0);
    expect(phaseDelay(new Float64Array(100), x, 50).coherence).toBe(0);
    expect(
      phaseDelay(
        x,
        x.map(() => Number.NaN),
        50,
      ).coherence,
    ).toBe(0);
  });
});

describe('excessDelay', () => {
  // Robert Bristow-Johnson's low-pass at 200 Hz of 48 kHz, Q 4, by his formulas.
  const w = (2 * Math.PI * 200) / 48000;
  const alpha = Math.sin(w) / 8;
  const low = {
    b: [(1 - Math.cos(w)) / 2, 1 - Math.cos(w), (1 - Math.cos(w)) / 2],
    a: [1 + alpha, -2 * Math.cos(w), 1 - alpha],
  };
  const lowPass = (at: number): Float64Array =>
    filtered(
      click(16384, at),
      low.b.map(v => v / low.a[0]),
      low.a.map(v => v / low.a[0]),
    );

  it.each([0, 1, 480])('a low-pass behind a delay of %d frames has exactly that delay', delay => {
    expect(excessDelay(lowPass(delay)).delayFrames).toBe(delay);
    expect(excessDelay(lowPass(delay).map(v => -v)).delayFrames).toBe(delay);
    expect(excessDelay(lowPass(delay)).share).toBeGreaterThan(0.5);
  });

  it('an echo quieter than the sound has none, a louder one has its own', () => {
    const echo = (gain: number): Float64Array => click(4096).map((v, n) => v + (n === 100 ? gain : 0));
    expect(excessDelay(echo(0.9)).delayFrames).toBe(0);
    expect(excessDelay(echo(2)).delayFrames).toBe(100);
  });

  it('gives share 0 for silence', () => {
    expect(excessDelay(new Float64Array(64))).toEqual({ delayFrames: 0, share: 0 });
  });
});
