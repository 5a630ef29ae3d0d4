// The contestant with fused multiply-add: there where it starts, told as missing where it does not.
import { expect, it } from 'vitest';
import type { Contestant } from '../../src/bench/mark.ts';
import { playTenEffects, playTenRelaxed } from '../../src/bench/marks/desk.ts';
import { readRelaxed, startRelaxed } from '../../src/bench/relaxed.ts';
import { compare } from '../../src/bench/sound.ts';
import { noise } from '../render/helpers.ts';

it('plays the sound of ours', async () => {
  const input = [noise(4800, 1), noise(4800, 2)];
  const build = await readRelaxed();
  const [ours, relaxed] = [playTenEffects({}), playTenRelaxed(build)].map(({ sound }) => sound?.(input));
  expect(compare.differenceDb((await relaxed) ?? [], (await ours) ?? [])).toBeLessThan(-120);
});

it('is told as missing where its build or relaxed SIMD is', async () => {
  const notes: string[] = [];
  const none = () => Promise.reject(new Error('no build'));
  expect(await startRelaxed('Node', none, notes)).toBe(undefined);
  expect(notes).toEqual(['ours, relaxed is missing in Node: no build']);
  expect(() => playTenRelaxed(new Uint8Array([0]))).toThrow('relaxed SIMD');
  const there = { name: 'ours, relaxed' } as Contestant;
  expect(await startRelaxed('Node', () => Promise.resolve(there), notes)).toBe(there);
  expect(notes).toHaveLength(1);
});
