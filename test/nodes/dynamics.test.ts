// Compressor, limiter and gate: what the general tests can't know. Ceilings, curves and times in closed form.
import { describe, expect, test } from 'vitest';
import compressor from '../../nodes/dynamics/compressor.ts';
import limiter from '../../nodes/dynamics/limiter.ts';
import noiseGate from '../../nodes/dynamics/noise-gate.ts';
import type { NodeType } from '../../src/core/node-type.ts';
import { createInstance, nodeContext, playInstance, runNode } from './kernel-harness.ts';
import { openLowered } from './lower-harness.ts';
import { noise, nullDb, signal } from './signals.ts';

const RATE_HZ = 48000;
const MS = RATE_HZ / 1000;
const types: Record<string, NodeType> = {
  limiter: limiter.withId('dynamics/limiter'),
  compressor: compressor.withId('dynamics/compressor'),
  gate: noiseGate.withId('dynamics/noise-gate'),
};
const gainOf = (levelDb: number): number => 10 ** (levelDb / 20);
const peakOf = (x: ArrayLike<number>): number => Array.from(x).reduce((a, y) => Math.max(a, Math.abs(y)), 0);

/** Noise in bursts of growing loudness, with clicks 60 dB above full scale among them. */
const harsh = (frames: number, seed: number): Float32Array =>
  noise(frames, seed).map((x, n) => (n % 997 === 0 ? 1000 * x : x * gainOf(((n % 4000) / 4000) * 60 - 20)));

describe('limiter', () => {
  const type = types.limiter;

  test.each([
    [0.1, 1],
    [1, 5],
    [3, 80],
    [20, 2000],
  ])('no sample is above the ceiling: look-ahead %d ms, release %d ms', async (lookAhead, release) => {
    const frames = 24000;
    for (const ceiling of [0, -0.1, -1, -7.3, -30]) {
      const params = { lookAhead, release, ceiling, gain: 13 };
      const audio = { in: [harsh(frames, 1), harsh(frames, 2)] };
      const { out } = runNode(type, { params, audio, frames }).audio;
      expect(Math.max(...out.map(peakOf)), `${ceiling} dB`).toBeLessThanOrEqual(gainOf(ceiling));
    }
    const params = { lookAhead, release, gain: 13 };
    const play = await openLowered(type, { params, inChannels: { in: 1 } });
    const graph = await play({ params, audio: { in: [harsh(6000, 3)] }, frames: 6000, schedule: [480, 1, 37] });
    expect(peakOf(graph.audio.out[0])).toBeLessThanOrEqual(gainOf(-1));
  });

  test('what stays below the ceiling passes bit by bit, late by the look-ahead, also after long limiting', () => {
    const { ctx } = nodeContext(type, {});
    const late = type.latency(ctx).filter;
    expect(late).toBe(144);
    const instance = createInstance(type, { inChannels: { in: 1 } });
    const quiet = noise(4800, 5, 0.5);
    // After 20 s of hard limiting all sums are whole numbers still, so that nothing is left over.
    playInstance(instance, { audio: { in: [harsh(20 * RATE_HZ, 6)] }, frames: 20 * RATE_HZ });
    playInstance(instance, { audio: { in: [new Float32Array(4 * RATE_HZ)] }, frames: 4 * RATE_HZ });
    expect([...instance.state.totals.subarray(1)]).toEqual([0, 0, 0]);
    const { out } = playInstance(instance, { audio: { in: [quiet] }, frames: 4800 }).audio;
    expect(out[0].subarray(late)).toEqual(quiet.subarray(0, 4800 - late));
  });

  test('the gain bends: for a sudden peak it moves by at most 2/look-ahead of the way per frame, and is there in time', () => {
    const frames = 1200;
    const step = signal(frames, n => (n < 400 ? 0.09 : 1));
    const params = { ceiling: -20, lookAhead: 2, release: 50 };
    const { out } = runNode(type, { params, audio: { in: [step] }, frames }).audio;
    const late = 2 * MS;
    const gains = Array.from({ length: frames - late }, (_, n) => out[0][n + late] / step[n]);
    for (let n = 1; n < gains.length; n++) expect(Math.abs(gains[n] - gains[n - 1])).toBeLessThan(0.9 * (2 / late));
    expect(gains[400]).toBeCloseTo(0.1, 5);
    expect(gains[400 - late - 1]).toBe(1);
  });

  test('comes back with its time constant', () => {
    const frames = 12000;
    // One loud sample, then a tone low enough to pass untouched.
    const x = signal(frames, n => (n === 1000 ? 1 : 0.05));
    const params = { ceiling: -20, lookAhead: 1, release: 40 };
    const { out } = runNode(type, { params, audio: { in: [x] }, frames }).audio;
    const reduction = (n: number): number => 1 - out[0][n] / 0.05;
    // From 3 ms after the peak on, the reduction falls by 1/e in 40 ms.
    const begin = 1000 + 4 * MS;
    expect(reduction(begin + 40 * MS) / reduction(begin)).toBeCloseTo(Math.exp(-1), 4);
  });
});

describe('compressor', () => {
  const type = types.compressor;
  const settled = (levelDb: number, params: Record<string, number>): number => {
    const frames = RATE_HZ / 2;
    const audio = { in: [signal(frames, () => gainOf(levelDb))] };
    const run = { params: { attack: 1, release: 20, makeUp: 0, ...params }, audio, frames };
    return 20 * Math.log10(runNode(type, run).audio.out[0][frames - 1]);
  };

  test('has the static curve of its settings', () => {
    const hard = { threshold: -30, ratio: 5, knee: 0 };
    expect(settled(-31, hard)).toBeCloseTo(-31, 4);
    expect(settled(-20, hard)).toBeCloseTo(-30 + 10 / 5, 4);
    expect(settled(6, hard)).toBeCloseTo(-30 + 36 / 5, 4);
    const soft = { threshold: -30, ratio: 2, knee: 12 };
    // In the middle of the knee: (W/2)²/(2W)·(1 − 1/R) = W/8·(1 − 1/R).
    expect(settled(-30, soft)).toBeCloseTo(-30 - (12 / 8) * 0.5, 4);
    expect(settled(-36, soft)).toBeCloseTo(-36, 4);
    expect(settled(-24, soft)).toBeCloseTo(-27, 4);
    expect(settled(-10, { ...soft, ratio: 1 })).toBeCloseTo(-10, 4);
    expect(settled(-10, { ...soft, makeUp: 7 })).toBeCloseTo(-20 + 7, 4);
  });

  test('attack and release go 63 % of the way in dB in their time', () => {
    const frames = 2 * RATE_HZ;
    const audio = { in: [signal(frames, n => (n < RATE_HZ ? 1 : 0.001))] };
    const params = { threshold: -40, ratio: 2, knee: 0, attack: 30, release: 200 };
    const { reduction } = runNode(type, { params, audio, frames }).control;
    expect(reduction[30 * MS - 1]).toBeCloseTo(-20 * (1 - Math.exp(-1)), 6);
    expect(reduction[RATE_HZ - 1]).toBeCloseTo(-20, 6);
    // Let go with 200 ms, then smoothed with the attack's 30 ms: two poles in a row.
    const [r, a, t] = [200, 30, 300];
    const expected = -20 * ((r * Math.exp(-t / r) - a * Math.exp(-t / a)) / (r - a));
    expect(reduction[RATE_HZ + t * MS - 1]).toBeCloseTo(expected, 2);
  });

  test('with a key, only the key decides; both channels get one gain', () => {
    const frames = RATE_HZ;
    const params = { threshold: -20, ratio: 20, attack: 1 };
    const audio = {
      in: [signal(frames, () => 0.5), signal(frames, () => -0.125)],
      key: [signal(frames, n => (n < frames / 2 ? 0 : 1))],
    };
    const { out } = runNode(type, { params, audio, frames }).audio;
    expect([out[0][frames / 2 - 1], out[1][frames / 2 - 1]]).toEqual([0.5, -0.125]);
    expect(20 * Math.log10(out[0][frames - 1] / 0.5)).toBeCloseTo(-19, 3);
    expect(out[1][frames - 1]).toBeCloseTo(-out[0][frames - 1] / 4, 7);
  });

  test.each(['compressor', 'gate'])('%s: the graph without a key is the kernel', async name => {
    const frames = 4800;
    const audio = { in: [harsh(frames, 8), harsh(frames, 9)] };
    const run = { params: { attack: 0, release: 3000 / 2 }, audio, frames, schedule: [128, 1, 7] };
    const play = await openLowered(types[name], { params: run.params, inChannels: { in: 2 } });
    const graph = await play(run);
    expect(nullDb(graph.audio.out, runNode(types[name], run).audio.out)).toBeLessThanOrEqual(-120);
  });
});

describe('noise gate', () => {
  const type = types.gate;
  const params = { threshold: -20, hysteresis: 6, range: -60, attack: 0, hold: 50, release: 1 };
  const openSpans = (levelDbAt: (n: number) => number, frames: number): number[] => {
    const audio = { in: [signal(frames, n => gainOf(levelDbAt(n)))] };
    const { out } = runNode(type, { params, audio, frames }).audio;
    const gains = Array.from(out[0], (y, n) => y / audio.in[0][n]);
    return gains.flatMap((gain, n) => (n > 0 && gain > 0.99 !== gains[n - 1] > 0.99 ? [n] : []));
  };

  test('opens at the threshold, stays open within the hysteresis, closes after the hold', () => {
    const frames = RATE_HZ;
    // Up past the threshold at 0.2 s, down into the hysteresis at 0.4 s, below it at 0.6 s.
    const spans = openSpans(n => (n < 9600 ? -21 : n < 19200 ? -19 : n < 28800 ? -25 : -70), frames);
    expect(spans.length).toBe(2);
    expect(spans[0]).toBe(9600);
    // The detector falls from −25 to −26 dB with 20 ms: 20·ln(10^(1/20)) = 2.3 ms; then the hold.
    expect(Math.abs(spans[1] - (28800 + Math.LN10 * MS + 50 * MS))).toBeLessThan(3);
  });

  test('does not open for what is just below the threshold', () => {
    expect(openSpans(() => -20.01, 9600)).toEqual([]);
  });

  test('closed, it lets the range through', () => {
    const audio = { in: [signal(100, () => 0.01)] };
    expect(runNode(type, { params, audio, frames: 100 }).audio.out[0][99]).toBeCloseTo(0.01 * gainOf(-60), 9);
  });
});
