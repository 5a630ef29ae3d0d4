// How the convolver cuts a response and spreads its work: every tap once, every step of every block in time, none much dearer than the
// mean. The sound itself is tested with the node, in test/nodes/convolution.test.ts.
import { describe, expect, test } from 'vitest';
import { convolverState, createConvolver, stretchesOf } from '../../src/dsp/convolver.ts';

/** Cost of one transform in products of a part, as measured; the test's own number, not the convolver's. */
const TRANSFORM = 5;

test.each([1, 127, 128, 129, 896, 897, 8064, 8065, 96_000, 1_440_000])('%d taps: each is in one stretch', taps => {
  let next = Math.min(taps, 128);
  for (const { size, from, to, count } of stretchesOf(taps)) {
    // What parts of a size add begins when a block, and the steps of the next one but the last, are over.
    expect(from).toBe(2 * size - 128);
    expect(from).toBe(next);
    expect(count).toBe(Math.ceil((to - from) / size));
    next = to;
  }
  expect(next).toBe(taps);
});

describe.each([
  [4097, 1],
  [8065, 1],
  [48_000, 1],
  [96_000, 2],
  [96_000, 6],
  [1_440_000, 2],
])('%d taps, %d channels', (taps, channels) => {
  const { levels } = createConvolver([new Float32Array(taps)], channels);

  test('each block is heard, multiplied with every part once, in order, and played', () => {
    for (const { shares, size, count } of levels) {
      expect(shares.length).toBe(channels);
      for (const steps of shares) {
        expect(steps.length).toBe(size / 128);
        const order = steps.flatMap(({ hears, from, to, plays }) => [
          ...(hears ? ['hears'] : []),
          ...Array.from({ length: to - from }, (_, i) => from + i),
          ...(plays ? ['plays'] : []),
        ]);
        expect(order).toEqual(['hears', ...Array.from({ length: count }, (_, k) => k), 'plays']);
      }
    }
  });

  test('no step costs more than the mean and two transforms', () => {
    for (const { shares } of levels) {
      const costs = shares[0].map((_, step) =>
        shares.reduce((sum, steps) => {
          const { hears, from, to, plays } = steps[step];
          return sum + TRANSFORM * (Number(hears) + Number(plays)) + to - from;
        }, 0),
      );
      const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
      expect(Math.max(...costs)).toBeLessThanOrEqual(mean + 2 * TRANSFORM);
    }
  });
});

test('memory is that of the response, not of the calls', () => {
  const bytes = (taps: number): number =>
    Object.values(convolverState(taps)).reduce((sum, length) => sum + 4 * length, 0);
  expect(bytes(1)).toBeLessThan(6_000);
  expect(bytes(96_000)).toBeLessThan(1_200_000);
});

test('a response is made ready once, however many nodes have it', () => {
  const impulse = [new Float32Array(5000).fill(1)];
  const [first] = createConvolver(impulse, 2).levels;
  expect(createConvolver(impulse, 1).levels[0].spectra[0]).toBe(first.spectra[0]);
  expect(createConvolver([impulse[0]], 1).levels[0].spectra[0]).not.toBe(first.spectra[0]);
});
