// Whether fused multiply-add is here: the processor's own list says the same, and a browser without relaxed SIMD has none.
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { hasFusedMultiplyAdd } from '../../src/simd/relaxed.ts';

afterEach(() => void vi.restoreAllMocks());

const flags = process.platform === 'linux' && process.arch === 'x64' ? readFileSync('/proc/cpuinfo', 'utf8') : '';

it.runIf(flags !== '')('is what the processor says of itself', () => {
  expect(hasFusedMultiplyAdd()).toBe(/^flags\s*:.* fma( |$)/m.test(flags));
});

it('is not there where the engine does not take relaxed SIMD', () => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  expect(hasFusedMultiplyAdd()).toBe(false);
});
