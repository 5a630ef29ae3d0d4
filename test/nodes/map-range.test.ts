// Map Range against laws that hold whatever the numbers: there and back, order, ends.
import { expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';

const { registry } = await loadRegistry();
const mapRange = registry.types['control/map-range'];

const map = (values: ArrayLike<number>, params: Record<string, number | string>): Float64Array =>
  runNode(mapRange, { params, control: { in: values }, frames: values.length, schedule: [7] }).control.out;

const ramp = Float64Array.from({ length: 101 }, (_, i) => -10 + 0.4 * i);

test.each([
  ['linear', 'linear', 3, -8],
  ['exp', 'log', 20, 20000],
  ['exp', 'log', 8000, 0.5],
])('%s and back by %s gives what went in', (there, back, toMin, toMax) => {
  const out = map(ramp, { fromMin: -10, fromMax: 30, toMin, toMax, curve: there });
  const again = map(out, { fromMin: toMin, fromMax: toMax, toMin: -10, toMax: 30, curve: back });
  ramp.forEach((x, i) => expect(again[i]).toBeCloseTo(x, 10));
  expect([out[0], out[100]]).toEqual([toMin, expect.closeTo(toMax, 9)]);
});

test('exp has equal ratios, linear equal differences', () => {
  const exp = map(ramp, { fromMin: -10, fromMax: 30, toMin: -100, toMax: -0.01, curve: 'exp' });
  const linear = map(ramp, { fromMin: -10, fromMax: 30, toMin: -100, toMax: -0.01 });
  for (let i = 1; i < ramp.length; i++) {
    expect(exp[i] / exp[i - 1]).toBeCloseTo((0.01 / 100) ** (1 / 100), 12);
    expect(linear[i] - linear[i - 1]).toBeCloseTo(99.99 / 100, 10);
  }
});
