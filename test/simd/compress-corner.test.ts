// The compressor in one pass: beside its scalar twin, and beside the four kernels that it stands for.
import { describe, expect, it } from 'vitest';
import { distance, kernelPair, noise } from './kernel-pair.ts';

const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 127, 128, 129];
/** Half a unit of the last place of f32 for numbers below 2, and what the kernel may err. */
const ROUNDING = 1.3e-7;

describe.each(['simd', 'relaxed'] as const)('a compressor in one pass, %s', form => {
  it.each([1, 2, 3])('%d channels, over calls of any length, in place', channels => {
    for (const [attack, release, scale] of [
      [0, 0.99, 1],
      [0.9, 0.999, 0.12],
      [0.999, 0.5, 0.05],
    ]) {
      const pair = kernelPair(form);
      const poles = Float64Array.of(attack, release);
      const settings = Float64Array.of(0.1, 0.75, 3);
      const [wantedLevels, wantedReduction] = [new Float64Array(channels), new Float64Array(channels)];
      const [levels, reduction] = [pair.f64(wantedLevels), pair.f64(wantedReduction)];
      const apart = new Float64Array(channels);
      for (const frames of LENGTHS) {
        const sounds = Array.from({ length: channels }, (_, c) =>
          noise(frames + 4, 7 * c + frames).map(x => scale * x),
        );
        if (frames > 6) {
          sounds[0].set([Number.NaN, Number.POSITIVE_INFINITY, 1e-40, 0, Number.NEGATIVE_INFINITY]);
          sounds[channels - 1][6] = Number.NaN;
        }
        const input = sounds.map(sound => pair.f32(sound));
        const output = sounds.map(sound => new Float32Array(sound.length));
        pair.scalar.compressCorner(poles, settings, wantedLevels, wantedReduction, input, output, frames);

        // The same by the kernels one after the other, twins all.
        const rows = input.map((sound, c) => {
          const row = new Float64Array(frames);
          pair.scalar.peaks(input, c, c + 1, row, new Float64Array(1), frames);
          expect(sound.length).toBe(frames + 4);
          return row;
        });
        pair.scalar.follow(poles, apart, rows, frames);
        for (const [c, row] of rows.entries()) {
          const [changes, gains] = [new Float64Array(frames), new Float64Array(frames)];
          const last = new Float64Array(channels).fill(wantedReduction[c]);
          pair.scalar.reduce(settings, last, c, row, changes, gains, frames);
          const parts = new Float32Array(frames);
          pair.scalar.multiply(gains, input[c], parts, frames);
          expect(distance(parts, output[c].subarray(0, frames))).toBeLessThan(ROUNDING);
          expect(Math.abs(last[c] - wantedReduction[c])).toBeLessThan(1e-12);
        }

        pair.simd.compressCorner(poles, settings, levels, reduction, input, input, frames);
        for (const [c, sound] of input.entries()) {
          expect(distance(sound.subarray(0, frames), output[c].subarray(0, frames))).toBeLessThan(ROUNDING);
          expect([...sound.subarray(frames)]).toEqual([...sounds[c].subarray(frames)].map(Math.fround));
        }
        expect(distance(levels, wantedLevels)).toBeLessThan(1e-14);
        expect(distance(reduction, wantedReduction)).toBeLessThan(1e-9);
      }
    }
  });
});
