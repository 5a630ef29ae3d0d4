// Scalar twin and SIMD form side by side over one memory: what every test of a kernel starts from.
// Owns a small allocator that lays arrays out as the arena does, on 16 bytes. Must not know any kernel.
import { readFileSync } from 'node:fs';
import type { KernelForm, Kernels } from '../../src/core/kernels.ts';
import { scalarKernels } from '../../src/dsp/scalar-kernels.ts';
import { simdKernels } from '../../src/simd/kernels.ts';
import { bringRelaxed } from '../../src/simd/module.ts';

/** For all tests of the kernels in that form. */
bringRelaxed(readFileSync(new URL('../../src/generated/kernels-relaxed.wasm', import.meta.url)));

export interface KernelPair {
  readonly scalar: Kernels;
  readonly simd: Kernels;
  f32(numbers: ArrayLike<number>): Float32Array;
  f64(numbers: ArrayLike<number>): Float64Array;
  i32(numbers: ArrayLike<number>): Int32Array;
}

export function kernelPair(form: Exclude<KernelForm, 'scalar'> = 'simd', pages = 64): KernelPair {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const simd = simdKernels(memory, form);
  if (!simd) throw new Error('this runtime has no SIMD: nothing to compare');
  // Not from 0: a kernel that writes to a wrong small address should hit what is checked.
  let next = 64;
  const take = (bytes: number): number => {
    const at = next;
    next += Math.ceil(bytes / 16) * 16;
    return at;
  };
  return {
    scalar: scalarKernels,
    simd,
    f32(numbers) {
      const array = new Float32Array(memory.buffer, take(4 * numbers.length), numbers.length);
      array.set(numbers);
      return array;
    },
    i32(numbers) {
      const array = new Int32Array(memory.buffer, take(4 * numbers.length), numbers.length);
      array.set(numbers);
      return array;
    },
    f64(numbers) {
      const array = new Float64Array(memory.buffer, take(8 * numbers.length), numbers.length);
      array.set(numbers);
      return array;
    },
  };
}

/** Numbers in −1 … 1 that are the same each time (a linear congruential generator). */
export function noise(count: number, seed = 1): Float64Array {
  let x = seed >>> 0;
  return Float64Array.from({ length: count }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x / 2 ** 31 - 1;
  });
}

/** Largest difference of two arrays. NaN counts as infinite. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Object.is(a[i], b[i]) ? 0 : Math.abs(a[i] - b[i]);
    most = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }
  return most;
}
