// Multiply against trigonometry: the product of two tones is their difference and their sum.
import { expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { nullDb, signal } from './signals.ts';

const RATE_HZ = 48000;
const { registry } = await loadRegistry();
const multiply = registry.types['math/multiply'];
const angle = (frequencyHz: number, n: number): number => (2 * Math.PI * frequencyHz * n) / RATE_HZ;

test('two tones become their difference and their sum', () => {
  const [a, b] = [330, 70].map(hz => signal(4800, n => Math.sin(angle(hz, n))));
  const { out } = runNode(multiply, { audio: { a: [a], b: [b] }, frames: 4800 }).audio;
  const expected = signal(4800, n => 0.5 * Math.cos(angle(260, n)) - 0.5 * Math.cos(angle(400, n)));
  expect(nullDb(out, [expected])).toBeLessThan(-130);
});

test('B that is wired but silent is silence; no B is no factor', () => {
  const a = signal(100, n => Math.sin(angle(1000, n)));
  const silent = runNode(multiply, { audio: { a: [a], b: [new Float32Array(100)] }, frames: 100 }).audio.out[0];
  expect(silent.every(x => x === 0)).toBe(true);
  expect(runNode(multiply, { audio: { a: [a] }, frames: 100 }).audio.out[0]).toEqual(a);
});
