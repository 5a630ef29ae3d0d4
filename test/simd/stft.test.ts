// Short-time spectra in SIMD beside their scalar twins, which test/dsp/fft.test.ts holds to numpy, and beside the definition.
import { describe, expect, it } from 'vitest';
import type { Place } from '../../src/core/node-type.ts';
import { stftTables } from '../../src/dsp/stft.ts';
import { distance, type KernelPair, kernelPair, noise } from './kernel-pair.ts';

const SIZES = [2, 4, 8, 16, 64, 128, 512, 1024, 8192];
/** Beyond 32 bits, as frames of a long play are. */
const LATE = 2 ** 40 + 12_345;

const tablesOf = (pair: KernelPair, size: number) => {
  const place: Place = array => (array instanceof Int32Array ? pair.i32(array) : pair.f64(array)) as typeof array;
  return stftTables(
    noise(size, 9).map(x => 1 + x / 2),
    place,
  );
};

describe.each(['simd', 'relaxed'] as const)('%s', form => {
  it.each(SIZES)('%d frames: any channels, around the end of a line, the spectrum of the definition', size => {
    for (const channels of [1, 2, 3]) {
      const pair = kernelPair(form, 128);
      const tables = tablesOf(pair, size);
      const lines = Array.from({ length: channels }, (_, c) => pair.f32(noise(2 * size, 20 + c)));
      for (const first of [0, 2 * size - 1, size + 1, -3, LATE]) {
        const [found, twin] = [0, 1].map(() => lines.map(() => pair.f32(new Float32Array(size + 8).fill(9))));
        pair.simd.analyse(tables, lines, first, found, 3);
        pair.scalar.analyse(tables, lines, first, twin, 3);
        for (let c = 0; c < channels; c++) {
          // At most one unit of the last place of f32 of the greatest number.
          expect(distance(found[c], twin[c])).toBeLessThanOrEqual(2e-7 * size);
          expect([...found[c].subarray(0, 3), ...found[c].subarray(size + 5)]).toEqual([9, 9, 9, 9, 9, 9]);
        }
      }
      const bin = Math.floor(size / 3);
      const items = lines.map(() => pair.f32(new Float32Array(size + 2)));
      pair.simd.analyse(tables, lines, 5, items, 0);
      let [re, im] = [0, 0];
      for (let o = 0; o < size; o++) {
        const x = tables.weights[o] * lines[channels - 1][(5 + o) % (2 * size)];
        re += x * Math.cos((2 * Math.PI * ((o * bin) % size)) / size);
        im -= x * Math.sin((2 * Math.PI * ((o * bin) % size)) / size);
      }
      const item = items[channels - 1];
      expect(Math.hypot(item[2 * bin] - re, item[2 * bin + 1] - im)).toBeLessThan(1e-6 * Math.sqrt(size));
    }
  });

  it.each(SIZES)('%d frames: back again, added to what is there, without what is not finite', size => {
    for (const channels of [1, 2, 3]) {
      const pair = kernelPair(form, 128);
      const tables = tablesOf(pair, size);
      const items = Array.from({ length: channels }, (_, c) => pair.f32(noise(size + 8, 30 + c)));
      for (const first of [0, 2 * size - 1, -3, LATE]) {
        const [found, twin] = [0, 1].map(() => items.map(() => pair.f64(new Float64Array(2 * size).fill(1))));
        pair.simd.synthesise(tables, items, 4, found, first);
        pair.scalar.synthesise(tables, items, 4, twin, first);
        for (let c = 0; c < channels; c++) expect(distance(found[c], twin[c])).toBeLessThan(1e-15 * size);
      }
      items[0][4] = Number.NaN;
      const lines = items.map(() => pair.f64(new Float64Array(2 * size).fill(1)));
      const clean = items.map(() => pair.f64(new Float64Array(2 * size).fill(1)));
      pair.simd.synthesise(tables, items, 4, lines, 0);
      pair.scalar.synthesise(tables, items, 4, clean, 0);
      for (let c = 0; c < channels; c++) expect(distance(lines[c], clean[c])).toBeLessThan(1e-15 * size);
      expect([...lines[0]]).toEqual(new Array(2 * size).fill(1));
    }
  });

  it('there and back is the sound times both weights', () => {
    const size = 1024;
    const pair = kernelPair(form, 128);
    const tables = tablesOf(pair, size);
    const lines = [0, 1].map(c => pair.f32(noise(size, c)));
    const items = lines.map(() => pair.f32(new Float32Array(size + 2)));
    const back = lines.map(() => pair.f64(new Float64Array(size)));
    pair.simd.analyse(tables, lines, 0, items, 0);
    pair.simd.synthesise(tables, items, 0, back, 0);
    for (const c of [0, 1])
      expect(
        distance(
          back[c],
          Float64Array.from(lines[c], (x, o) => x * tables.weights[o] ** 2),
        ),
      ).toBeLessThan(1e-6);
  });
});
