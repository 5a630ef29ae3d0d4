// The Quantizer against its definition: a stair is a multiple of Step away from Offset, and no stair is nearer.
import { expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise } from './signals.ts';

const { registry } = await loadRegistry();
const quantizer = registry.types['control/quantizer'];

test.each([
  [1, 0],
  [0.25, 0.1],
  [7.3, -2.2],
])('steps of %d from %d', (step, offset) => {
  const values = Float64Array.from(noise(2000, 9, 40));
  const params = { step, offset };
  const { out } = runNode(quantizer, { params, control: { in: values }, frames: values.length }).control;
  values.forEach((x, i) => {
    const stairs = (out[i] - offset) / step;
    expect(Math.abs(stairs - Math.round(stairs))).toBeLessThan(1e-9);
    expect(Math.abs(out[i] - x)).toBeLessThanOrEqual((step / 2) * (1 + 1e-8));
  });
  expect(new Set(out).size).toBeGreaterThan(80 / step - 2);
});
