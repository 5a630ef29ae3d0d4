// The compressor in one pass: beside its scalar twin, and beside the four kernels that it stands for.
import { describe, expect, it } from 'vitest';
import { distance, kernelPair, noise } from './kernel-pair.ts';

const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 127, 128, 129];
/** Half a unit of the last place of f32 for numbers below 2. */
const ROUNDING = 1.3e-7;
/** Denormals, which differ by more. */
const TINY = 1e-40;
/** What gains in f32 may err, and the reduction in dB. */
const GAIN_ERROR = 7e-7;
const REDUCTION_ERROR_DB = 1e-5;

describe.each(['simd', 'relaxed'] as const)('a compressor in one pass, %s', form => {
  it.each([1, 2, 3])('%d channels, over calls of any length, in place', channels => {
    for (const [attack, release, scale] of [
      [0, 0.99, 1],
      [0.9, 0.999, 0.12],
      [0.999, 0.5, 0.05],
      [0.5, 0.9999, 100],
    ]) {
      const pair = kernelPair(form);
      const poles = Float64Array.of(attack, release);
      const settings = Float64Array.of(0.1, 0.75, 3);
      const [wantedLevels, wantedReduction] = [new Float64Array(channels), new Float64Array(channels)];
      const [levels, reduction] = [pair.f64(wantedLevels), pair.f64(wantedReduction)];
      const apart = new Float64Array(channels);
      const room = pair.f64(new Float64Array(Math.max(...LENGTHS)));
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
        pair.scalar.compressCorner(poles, settings, wantedLevels, wantedReduction, room, input, output, frames);

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
          expect(distance(parts, output[c].subarray(0, frames))).toBeLessThan(ROUNDING * Math.max(1, scale));
          expect(Math.abs(last[c] - wantedReduction[c])).toBeLessThan(1e-12);
        }

        pair.simd.compressCorner(poles, settings, levels, reduction, room, input, input, frames);
        for (const [c, sound] of input.entries()) {
          for (let i = 0; i < frames; i++)
            expect(Math.abs(sound[i] - output[c][i])).toBeLessThanOrEqual(GAIN_ERROR * Math.abs(output[c][i]) + TINY);
          expect([...sound.subarray(frames)]).toEqual([...sounds[c].subarray(frames)].map(Math.fround));
        }
        expect(distance(levels, wantedLevels)).toBeLessThan(1e-14 * Math.max(1, scale));
        expect(distance(reduction, wantedReduction)).toBeLessThan(REDUCTION_ERROR_DB);
      }
    }
  });

  it('leaves what is below the threshold as it is, to the last bit, also beside what is above it', () => {
    const pair = kernelPair(form);
    const quiet = noise(64, 1).map(x => 0.1 * x);
    const loud = noise(64, 2);
    const [first, second] = [pair.f32(quiet), pair.f32(loud)];
    const [levels, reduction] = [pair.f64([0, 0]), pair.f64([9, 9])];
    const room = pair.f64(new Float64Array(64));
    const settings = Float64Array.of(0.1, 0.75, 0);
    pair.simd.compressCorner(
      Float64Array.of(0, 0.9),
      settings,
      levels,
      reduction,
      room,
      [first, second],
      [first, second],
      63,
    );
    expect([...first]).toEqual([...Float32Array.from(quiet)]);
    expect(reduction[0]).toBe(0);
    expect(reduction[1]).toBeGreaterThan(1);
  });
});
