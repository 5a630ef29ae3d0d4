// The Smoother against closed forms: the step response in both directions, and no overshoot of its input's range.
import { expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise } from './signals.ts';

const RATE_HZ = 48000;
const { registry } = await loadRegistry();
const smoother = registry.types['control/smoother'];

test('goes 63 % in Up and 63 % back in Down, along exp(−t/τ)', () => {
  const half = 24_000;
  const square = Float64Array.from({ length: 2 * half + 1 }, (_, n) => (n >= 1 && n <= half ? 1 : 0));
  const { out } = runNode(smoother, {
    params: { up: 10, down: 40 },
    control: { in: square },
    frames: square.length,
    schedule: [128],
  }).control;
  const top = out[half];
  expect(top).toBe(1);
  let worst = 0;
  for (let n = 1; n <= half; n++) {
    worst = Math.max(worst, Math.abs(out[n] - (1 - Math.exp((-1000 * n) / (10 * RATE_HZ)))));
    worst = Math.max(worst, Math.abs(out[half + n] - Math.exp((-1000 * n) / (40 * RATE_HZ))));
  }
  expect(worst).toBeLessThan(2e-12);
  expect(out[480]).toBeCloseTo(1 - Math.exp(-1), 12);
});

test('stays between the lowest and the highest input', () => {
  const x = Float64Array.from(noise(5000, 8, 30));
  const { out } = runNode(smoother, { params: { up: 0.5, down: 3 }, control: { in: x }, frames: 5000 }).control;
  expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...x));
  expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...x));
  // Quick up and slow down leans upwards.
  expect(out.reduce((a, b) => a + b) / 5000).toBeGreaterThan(3);
});
