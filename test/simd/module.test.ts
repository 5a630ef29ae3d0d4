// The two builds of the kernels: the one that plays is there, the other one is brought by whoever measures it.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bringRelaxed, instantiate } from '../../src/simd/module.ts';

const memory = new WebAssembly.Memory({ initial: 1 });
const relaxed = readFileSync(new URL('../../src/generated/kernels-relaxed.wasm', import.meta.url));

it('fused multiply-add is only for who brings it, and is told where the runtime has none', () => {
  expect(instantiate(memory, 'simd')).toBeDefined();
  expect(() => instantiate(memory, 'relaxed')).toThrow('relaxed');
  // A module that no runtime takes.
  bringRelaxed(new Uint8Array([...relaxed.subarray(0, 8), 255]));
  expect(() => instantiate(memory, 'relaxed')).toThrow('relaxed');
  bringRelaxed(relaxed);
  expect(instantiate(memory, 'relaxed')?.scale).not.toBe(instantiate(memory, 'simd')?.scale);
});
