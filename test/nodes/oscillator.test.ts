// The oscillator against theory: its phase over a long time, and every line of its spectrum, aliases included.
import { describe, expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';

const RATE_HZ = 48000;
const { registry } = await loadRegistry();
const oscillator = registry.types['source/oscillator'];

const play = (params: Record<string, number | string>, frames: number): Float32Array =>
  runNode(oscillator, { params: { level: 0, ...params }, frames, schedule: [128] }).audio.out[0];

/** Amplitude of the line at a whole number of Hz in one second of signal: one bin of the discrete Fourier transform. */
function amplitudeAt(signal: Float32Array, frequencyHz: number): number {
  let re = 0;
  let im = 0;
  for (let n = 0; n < signal.length; n++) {
    const angle = (2 * Math.PI * ((frequencyHz * n) % RATE_HZ)) / RATE_HZ;
    re += signal[n] * Math.cos(angle);
    im += signal[n] * Math.sin(angle);
  }
  return (2 * Math.hypot(re, im)) / signal.length;
}

const sinc = (x: number): number => Math.sin(Math.PI * x) / (Math.PI * x);

test('a sine keeps its phase for ten seconds to the last bit of f32', () => {
  const frequencyHz = 441.3;
  const signal = play({ shape: 'sine', frequency: frequencyHz }, 10 * RATE_HZ);
  let worst = 0;
  for (let n = 0; n < signal.length; n++) {
    worst = Math.max(worst, Math.abs(signal[n] - Math.sin((2 * Math.PI * frequencyHz * n) / RATE_HZ)));
  }
  expect(worst).toBeLessThan(1e-7);
});

// The two-point polynomials are the ideal jump or corner smoothed by a triangle two frames wide, so overtone k has its Fourier
// amplitude times sinc²(k·f/rate), also where it lies above half the rate and folds down.
describe.each([
  ['sawtooth', (k: number) => 2 / (Math.PI * k)],
  ['square', (k: number) => (k % 2 === 1 ? 4 / (Math.PI * k) : 0)],
  ['triangle', (k: number) => (k % 2 === 1 ? 8 / (Math.PI * k) ** 2 : 0)],
] as const)('%s', (shape, fourier) => {
  test('overtones and aliases are as strong as theory says', () => {
    // A prime: no alias of the first hundred overtones falls on another.
    const frequencyHz = 2791;
    const signal = play({ shape, frequency: frequencyHz }, RATE_HZ);
    for (const k of [1, 2, 3, 5, 8, 9, 11, 13, 16, 17, 19]) {
      const folded = Math.abs(k * frequencyHz - RATE_HZ * Math.round((k * frequencyHz) / RATE_HZ));
      const expected = fourier(k) * sinc((k * frequencyHz) / RATE_HZ) ** 2;
      expect(Math.abs(amplitudeAt(signal, folded) - expected), `overtone ${k} at ${folded} Hz`).toBeLessThan(2e-6);
    }
  });

  test('has no DC', () => {
    const signal = play({ shape, frequency: 2791 }, RATE_HZ);
    expect(Math.abs(signal.reduce((sum, x) => sum + x, 0) / RATE_HZ)).toBeLessThan(1e-6);
  });
});
