// Add against what sound does: opposite sounds cancel, an offset moves by what is wired to it.
import { expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise, nullDb } from './signals.ts';

const { registry } = await loadRegistry();
const add = registry.types['math/add'];

test('a sound and its opposite are silence, exactly', () => {
  const a = noise(1000, 3);
  const out = runNode(add, { audio: { a: [a], b: [a.map(x => -x)] }, frames: 1000 }).audio.out[0];
  expect(out.every(x => x === 0)).toBe(true);
});

test('sums as f64 does, with an offset that moves', () => {
  const [a, b] = [noise(1000, 4), noise(1000, 5)];
  const offset = Float64Array.from({ length: 1000 }, (_, i) => Math.cos(i / 50));
  const out = runNode(add, { audio: { a: [a], b: [b] }, signals: { offset }, frames: 1000, schedule: [37] }).audio.out;
  expect(nullDb(out, [a.map((x, i) => x + b[i] + offset[i])])).toBeLessThan(-140);
});
