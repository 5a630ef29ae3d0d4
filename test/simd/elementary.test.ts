// eˣ, ln and tan in SIMD against the runtime's own functions, in units of the last place.
import { describe, expect, it } from 'vitest';
import { kernelPair, noise } from './kernel-pair.ts';

const COUNT = 20001;
/** Largest distance in units of the last place of the expected number. */
function worstUlp(found: Float64Array, expected: (i: number) => number): number {
  const bits = new BigUint64Array(1);
  const number = new Float64Array(bits.buffer);
  let worst = 0;
  for (let i = 0; i < found.length; i++) {
    number[0] = Math.abs(expected(i));
    const size = number[0];
    bits[0] += 1n;
    worst = Math.max(worst, Math.abs(found[i] - expected(i)) / (number[0] - size));
  }
  return worst;
}

describe.each(['simd', 'relaxed'] as const)('%s', form => {
  it.each([
    ['exp', 700, -700],
    ['exp', 1e-9, -1e-9],
    ['log', 1e300, 1e-300],
    ['log', 1.0000001, 0.9999999],
    ['log', 4, 1e-9],
    ['tan', 1.5707963267, 0],
    ['tan', 1e-6, 0],
  ] as const)('%s between %d and %d is within 4 units of the last place', (name, high, low) => {
    const { simd, f64 } = kernelPair(form);
    const isWide = low > 0 && Math.log(high) - Math.log(low) > 20;
    const numbers = noise(COUNT, 5).map(x =>
      isWide
        ? Math.exp(Math.log(low) + ((x + 1) / 2) * (Math.log(high) - Math.log(low)))
        : low + ((x + 1) / 2) * (high - low),
    );
    const input = f64(numbers);
    const output = f64(new Float64Array(COUNT + 3).fill(9));
    simd[name](input, output, COUNT);
    expect(worstUlp(output.subarray(0, COUNT), i => Math[name](numbers[i]))).toBeLessThan(4);
    expect(output[COUNT + 2]).toBe(9);
  });

  it('is exact where the answer is', () => {
    const { simd, f64 } = kernelPair(form);
    const output = f64([9, 9]);
    simd.exp(f64([0, -0]), output, 2);
    expect([...output]).toEqual([1, 1]);
    simd.log(f64([1, 1]), output, 2);
    expect([...output]).toEqual([0, 0]);
    simd.tan(f64([0, 0]), output, 2);
    expect([...output]).toEqual([0, 0]);
  });
});
