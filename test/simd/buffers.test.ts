// What the engine itself asks of kernels: the peak of a buffer, exactly, and the way of a param to its target.
import { describe, expect, it } from 'vitest';
import { distance, kernelPair, noise } from './kernel-pair.ts';

const LENGTHS = [0, 1, 2, 3, 4, 7, 15, 16, 17, 31, 127, 128, 129];

describe.each(['simd', 'relaxed'] as const)('%s', form => {
  it('peak is the largest size of all channels, wherever it stands, and nothing behind the last number counts', () => {
    const { simd, f32, i32 } = kernelPair(form);
    for (const length of LENGTHS) {
      for (let at = 0; at < length; at++) {
        for (const channels of [1, 2, 3]) {
          const inputs = Array.from({ length: channels }, (_, c) =>
            f32(
              noise(length + 8, length + at + c)
                .map(x => x / 4)
                .fill(9, length),
            ),
          );
          inputs[at % channels][at] = at % 2 ? -0.75 : 0.75;
          expect(simd.peak(inputs, i32(inputs.map(input => input.byteOffset)), length)).toBe(0.75);
        }
      }
      const silence = f32(new Float32Array(length + 8).fill(5, length));
      expect(simd.peak([silence], i32([silence.byteOffset]), length)).toBe(0);
      expect(simd.peak([], i32([]), length)).toBe(0);
    }
  });

  it('peak tells silence from the smallest number, and what is not finite', () => {
    const { simd, scalar, f32, i32 } = kernelPair(form);
    const inputs = [0, 1].map(() => f32(new Float32Array(131).fill(-0)));
    const addresses = i32(inputs.map(input => input.byteOffset));
    for (const kernels of [simd, scalar]) {
      for (const at of [0, 5, 16, 130]) {
        for (const input of inputs) {
          expect(kernels.peak(inputs, addresses, 131)).toBe(0);
          input[at] = -1e-45;
          expect(kernels.peak(inputs, addresses, 131)).toBeGreaterThan(0);
          for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
            input[at] = bad;
            expect(Number.isFinite(kernels.peak(inputs, addresses, 131))).toBe(false);
          }
          input[at] = -0;
        }
      }
    }
  });

  it('ramp is target + distance·poleⁿ, in any pieces', () => {
    const { simd, scalar, f64 } = kernelPair(form);
    for (const [target, start, pole] of [
      [3, -8, 0.99],
      [0, 1, 0.5],
      [-1000, 1e-11, 0.999],
      [20000, 19980, 0],
    ]) {
      const values = f64(new Float64Array(200).fill(7));
      const wanted = new Float64Array(200).fill(7);
      for (const kernels of [simd, scalar]) {
        const into = kernels === simd ? values : wanted;
        let left = start;
        let from = 0;
        for (const length of [0, 1, 7, 8, 9, 128, 30]) {
          left = kernels.ramp(into, from, from + length, target, left, pole);
          from += length;
          expect(Math.abs(left - start * pole ** from)).toBeLessThan(4e-14 * Math.abs(start));
        }
      }
      expect(distance(values, wanted)).toBeLessThan(1e-14 * Math.abs(start) + 4e-16 * Math.abs(target));
      for (let n = 0; n < 183; n++)
        expect(Math.abs(values[n] - (target + start * pole ** (n + 1)))).toBeLessThan(
          4e-14 * Math.abs(start) + 4e-16 * Math.abs(target),
        );
      expect([...values.subarray(183)].every(x => x === 7)).toBe(true);
    }
  });
});
