// How the convolver spreads its work: every step of every block in time, none much dearer than the mean. The sound itself is
// tested with the node, in test/nodes/convolution.test.ts.
import { describe, expect, test } from 'vitest';
import { convolverState, createConvolver } from '../../src/dsp/convolver.ts';

/** Cost of one transform in products of a part, as measured; the test's own number, not the convolver's. */
const TRANSFORM = 30;

describe.each([
  [4097, 1],
  [48_000, 1],
  [96_000, 2],
  [96_000, 6],
  [1_440_000, 2],
])('%d taps, %d channels', (taps, channels) => {
  const { shares, long } = createConvolver([new Float32Array(taps)], channels);

  test('each block is heard, multiplied with every part once, in order, and played', () => {
    for (const steps of shares) {
      const order = steps.flatMap(({ hears, from, to, plays }) => [
        ...(hears ? ['hears'] : []),
        ...Array.from({ length: to - from }, (_, i) => from + i),
        ...(plays ? ['plays'] : []),
      ]);
      expect(order).toEqual(['hears', ...Array.from({ length: long.count }, (_, k) => k), 'plays']);
    }
  });

  test('no step costs more than the mean and two transforms', () => {
    const costs = shares[0].map((_, step) =>
      shares.reduce((sum, steps) => {
        const { hears, from, to, plays } = steps[step];
        return sum + TRANSFORM * (Number(hears) + Number(plays)) + to - from;
      }, 0),
    );
    const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
    expect(Math.max(...costs)).toBeLessThanOrEqual(mean + 2 * TRANSFORM);
  });
});

test('memory is that of the response, not of the calls', () => {
  const bytes = (taps: number): number =>
    Object.values(convolverState(taps)).reduce((sum, [dtype, length]) => sum + length * (dtype === 'f64' ? 8 : 4), 0);
  expect(bytes(1)).toBeLessThan(4_000);
  expect(bytes(96_000)).toBeLessThan(1_200_000);
});

test('a response is made ready once', () => {
  const impulse = [new Float32Array(5000).fill(1)];
  expect(createConvolver(impulse, 2).long).toBe(createConvolver(impulse, 1).long);
  expect(createConvolver([impulse[0]], 1).long).not.toBe(createConvolver(impulse, 1).long);
});
