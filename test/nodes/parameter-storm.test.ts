// The storm as a test tool: how often it moves, where to, and that it finds the clicks that a glide takes away.
import { expect, test } from 'vitest';
import { addNode, connect } from '../../src/core/edits.ts';
import { emptyPatch } from '../../src/core/patch.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';

const RATE_HZ = 48000;
const { registry } = await loadRegistry();
const storm = registry.types['control/parameter-storm'];

const play = (params: Record<string, number | string>, frames: number): Float64Array =>
  runNode(storm, { params, frames, schedule: [128] }).control.out;

test('moves 1000 times a second on the frame, evenly over its range', () => {
  const signal = play({ rate: 1000, glide: 0, min: -10, max: 30 }, RATE_HZ);
  const moves = [...signal.keys()].filter(n => n > 0 && signal[n] !== signal[n - 1]);
  // Two neighbours are equal once in 2^24 moves.
  expect(moves).toEqual(Array.from({ length: 999 }, (_, k) => 48 * (k + 1)));
  const values = [signal[0], ...moves.map(n => signal[n])];
  const quarters = [0, 1, 2, 3].map(q => values.filter(x => x >= -10 + 10 * q && x < -10 + 10 * (q + 1)).length);
  expect(quarters.reduce((a, b) => a + b)).toBe(1000);
  // Four standard deviations of a binomial count.
  for (const count of quarters) expect(Math.abs(count - 250)).toBeLessThan(4 * Math.sqrt(1000 * 0.25 * 0.75));
});

test('never leaves its range and moves at most one pole’s share per frame', () => {
  const glideMs = 5;
  const signal = play({ rate: 777, glide: glideMs, min: 0, max: 1 }, RATE_HZ);
  const most = 1 - Math.exp(-1000 / (glideMs * RATE_HZ));
  for (let n = 0; n < signal.length; n++) {
    expect(signal[n] >= 0 && signal[n] <= 1).toBe(true);
    if (n > 0) expect(Math.abs(signal[n] - signal[n - 1])).toBeLessThanOrEqual(most * (1 + 1e-12));
  }
});

test('lets a gain click without a glide, and not with one', async () => {
  const energyAbove = async (glide: number): Promise<number> => {
    let patch = emptyPatch('storm');
    const add = (id: string, type: string, params: Record<string, number | string>): void => {
      patch = applyTransaction(patch, addNode({ id, type, version: 1, position: [0, 0], params })).patch;
    };
    add('osc', 'source/oscillator', { frequency: 200, level: 0 });
    add('storm', 'control/parameter-storm', { rate: 1000, glide, min: -24, max: 0 });
    add('gain', 'dynamics/gain', { level: 0 });
    add('out', 'output/audio-output', {});
    for (const [from, to] of [
      ['osc.out', 'gain.in'],
      ['storm.out', 'gain.level'],
      ['gain.out', 'out.in'],
    ])
      patch = applyTransaction(patch, connect(from, to)).patch;
    const { outputs } = await renderPatch({ patch, registry, resources: {}, frames: RATE_HZ / 2 });
    const [x] = outputs.out;
    // The second difference weighs what lies near half the rate by 16 and a sine of 200 Hz by 5·10⁻⁷.
    return x.reduce((sum, _, n) => (n < 2 ? 0 : sum + (x[n] - 2 * x[n - 1] + x[n - 2]) ** 2), 0);
  };
  expect(await energyAbove(0)).toBeGreaterThan(1000 * (await energyAbove(20)));
});
