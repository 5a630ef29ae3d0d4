// Bit Depth against the theory of quantisation: the power of its error, and what dither does to it.
import { expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { openLowered } from './lower-harness.ts';
import { noise, signal } from './signals.ts';

const FRAMES = 48_000;
const { registry } = await loadRegistry();
const bitDepth = registry.types['dynamics/bit-depth'];
const power = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, v) => sum + v * v, 0) / x.length;

test.each([6, 8, 12])('%d bits: the error of noise has the power of step²/12, with dither step²/4', bits => {
  const x = noise(FRAMES, 3, 0.8);
  const step = 2 ** (1 - bits);
  for (const [dither, expected] of [
    ['none', step ** 2 / 12],
    ['triangular', step ** 2 / 4],
  ] as const) {
    const [y] = runNode(bitDepth, { params: { bits, dither }, audio: { in: [x] }, frames: FRAMES }).audio.out;
    expect(power(y.map((v, i) => v - x[i])) / expected).toBeCloseTo(1, 1);
  }
});

test('dither lets through what is smaller than a step: a tone of a fifth of one keeps its amplitude', () => {
  const tone = (n: number): number => Math.sin((2 * Math.PI * 100 * n) / FRAMES);
  const x = signal(FRAMES, n => 0.2 * 2 ** -7 * tone(n));
  const heard = (dither: string): number => {
    const [y] = runNode(bitDepth, { params: { bits: 8, dither }, audio: { in: [x] }, frames: FRAMES }).audio.out;
    return (2 * y.reduce((sum, v, n) => sum + v * tone(n), 0)) / FRAMES / 2 ** -7;
  };
  expect(heard('none')).toBe(0);
  // Three standard deviations of the projection of noise with the power 1/4.
  expect(Math.abs(heard('triangular') - 0.2)).toBeLessThan(3 * Math.sqrt((2 * 0.25) / FRAMES));
});

test('the graph has the same dither to the last bit, another in each channel', async () => {
  const run = {
    params: { bits: 6, dither: 'triangular' },
    audio: { in: [noise(2000, 4, 0.3), noise(2000, 4, 0.3)] },
    frames: 2000,
    schedule: [37, 480],
  };
  const play = await openLowered(bitDepth, { ...run, inChannels: { in: 2 } });
  const { out } = runNode(bitDepth, run).audio;
  expect((await play(run)).audio.out).toEqual(out);
  expect(out[0]).not.toEqual(out[1]);
});
