// The LFO over a long time: where its cycles fall, in kernel and in graph, and what its random values are like.
import { describe, expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { openLowered } from './lower-harness.ts';

const RATE_HZ = 48000;
const { registry } = await loadRegistry();
const lfo = registry.types['control/lfo'];

const play = (params: Record<string, number | string>, frames: number, schedule = [480]): Float64Array =>
  runNode(lfo, { params, frames, schedule }).control.out;

/** Frames at which the signal is another than before. */
const changesOf = (signal: Float64Array): number[] =>
  [...signal.keys()].filter(n => n > 0 && signal[n] !== signal[n - 1]);

test('keeps its phase for a minute: a sine of 4.37 Hz to 2·10⁻⁵ of a cycle', () => {
  const signal = play({ rate: 4.37 }, 60 * RATE_HZ, [4096]);
  let worst = 0;
  for (let n = 0; n < signal.length; n++)
    worst = Math.max(worst, Math.abs(signal[n] - Math.sin((2 * Math.PI * 4.37 * n) / RATE_HZ)));
  expect(worst).toBeLessThan(2 * Math.PI * 2e-5);
});

test('jumps on the very frame, for every block and in the graph: 100 Hz at 48 kHz is 480 frames', async () => {
  const expected = Array.from({ length: 39 }, (_, k) => 240 * (k + 1));
  const params = { shape: 'square', rate: 100 };
  const graph = await openLowered(lfo, { params });
  // A step of 1/480 cycle is no whole number of grains: rounded up, it never comes a frame late.
  for (const schedule of [[1], [37], [480], [4096]]) expect(changesOf(play(params, 9600, schedule))).toEqual(expected);
  const kernel = play(params, 9600);
  for (const schedule of [[37], [480], [4096]])
    expect((await graph({ params, frames: 9600, schedule })).control.out).toEqual(kernel);
});

describe('random', () => {
  const holds = (params: Record<string, number>): number[] => {
    const signal = play({ shape: 'random', rate: 100, ...params }, 4 * RATE_HZ);
    return [signal[0], ...changesOf(signal).map(n => signal[n])];
  };

  test('takes one value per cycle, spread evenly, others for another seed', () => {
    const values = holds({ seed: 5 });
    expect(values.length).toBe(400);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const power = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    // Four standard deviations of 400 uniform values.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(3 * 400));
    expect(Math.abs(power - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / 400));
    expect(holds({ seed: 5 })).toEqual(values);
    expect(holds({ seed: 6 }).filter((x, k) => x === values[k]).length).toBeLessThan(3);
  });
});

test('says that it stands still where it does: an amount of 0, a square within half a cycle', () => {
  const still = play({ amount: 0 }, 100);
  expect(changesOf(still)).toEqual([]);
  expect(still[0]).toBeCloseTo(0, 12);
});
