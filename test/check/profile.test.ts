// A profile measures what a block takes: with a clock that only kernels move, every figure is known beforehand.
// Speed itself is never tested.
import { describe, expect, it } from 'vitest';
import { type Profile, type ProfileRequest, profilePatch } from '../../src/check/profile.ts';
import { profileChart, profileNotes } from '../../src/check/profile-words.ts';
import { defineNode } from '../../src/core/define-node.ts';
import { cannot } from '../../src/core/lower.ts';
import { audio } from '../../src/core/port.ts';
import type { Registry } from '../../src/core/registry.ts';
import { makePatch, registry } from '../render/helpers.ts';

let nowMs = 0;
const clock = (): number => nowMs;
const SLOW_MS = 2;
const STEADY_MS = 0.05;

/** Costs 0.05 ms a call, and 2 ms more in each call in which a native block of 512 frames is full: bunched load. */
const bunched = defineNode({
  version: 1,
  label: 'Bunched',
  help: 'Takes its time.',
  ports: { in: audio('inlet'), out: audio('outlet') },
  kernel(io, _p, _s, frames) {
    nowMs += STEADY_MS;
    if (Math.floor((io.frame + frames) / 512) > Math.floor(io.frame / 512)) nowMs += SLOW_MS;
    io.audioOut.out[0].set(io.audioIn.in[0].subarray(0, frames));
  },
  lower: cannot('is a test'),
  cases: [{ name: 'none', out: {}, tolerance: 0, reference: 'none' }],
  example: () => undefined,
}).withId('test/bunched');
const broken = {
  ...bunched,
  id: 'test/broken',
  kernel: () => {
    throw new RangeError('broken');
  },
};
const types = { ...registry.types, [bunched.id]: bunched, [broken.id]: broken };
const testRegistry: Registry = { types, get: id => types[id] };

const chain = (type: string, rateHz = 48000) =>
  makePatch(
    [
      ['mic', 'source/audio-input'],
      ['slow', type],
      ['gain', 'dynamics/gain'],
      ['out', 'output/audio-output'],
    ],
    ['mic.out > slow.in', 'slow.out > gain.in', 'gain.out > out.in'],
    rateHz,
  );
const profile = (request: Partial<ProfileRequest> = {}): Promise<Profile> => {
  nowMs = 0;
  return profilePatch({
    patch: chain('test/bunched'),
    registry: testRegistry,
    resources: {},
    clock,
    seconds: 1,
    ...request,
  });
};

describe('LOAD-2 profile', () => {
  it('finds the misses of bunched load that the mean hides', async () => {
    const { rows } = await profile({ blocks: [32, 512], ratesHz: [48000] });
    const [short, long] = rows;
    // Native blocks that end within the 48000 frames after a second of warm-up.
    const misses = Math.floor(96000 / 512) - Math.floor(48000 / 512);
    expect(short).toMatchObject({
      sampleRateHz: 48000,
      blockFrames: 32,
      blocks: 1500,
      verdict: 'misses',
      problems: [],
    });
    expect(short.budgetMs).toBeCloseTo(2 / 3, 12);
    expect(short.total?.misses).toBe(misses);
    expect(short.total?.meanMs).toBeCloseTo(STEADY_MS + (SLOW_MS * misses) / 1500, 9);
    expect((short.total?.meanMs ?? 1) / short.budgetMs).toBeLessThan(0.3);
    expect(short.total?.p50Ms).toBeCloseTo(STEADY_MS, 9);
    // 94 of 1500 are more than 5 in 100.
    expect(short.total?.p95Ms).toBeCloseTo(STEADY_MS + SLOW_MS, 9);
    expect(short.total?.maxMs).toBeCloseTo(STEADY_MS + SLOW_MS, 9);
    // The same work in blocks of its own size is well within 80 %; at least 100 blocks are measured.
    expect(long).toMatchObject({ blocks: 100, verdict: 'safe' });
    expect(long.total?.misses).toBe(0);
    expect(long.total?.p50Ms).toBeCloseTo(STEADY_MS + SLOW_MS, 9);
  });

  it('says which node it was, and all means add up', async () => {
    const [row] = (await profile({ blocks: [32], ratesHz: [44100] })).rows;
    expect(Object.keys(row.nodes).sort()).toEqual(['gain', 'mic', 'out', 'slow']);
    expect(row.nodes.slow.misses).toBe(row.total?.misses);
    expect(row.nodes.slow.misses).toBeGreaterThan(0);
    expect(row.nodes.gain).toEqual({ meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0, misses: 0 });
    const sum = Object.values(row.nodes).reduce((all, { meanMs }) => all + meanMs, row.rest?.meanMs ?? 0);
    expect(sum).toBeCloseTo(row.total?.meanMs ?? 0, 9);
  });

  it('without a choice: 32 to 1024 frames at 44.1 and 48 kHz', async () => {
    const { rows, ...rest } = await profile({ seconds: 0.1 });
    expect(rows.map(row => [row.sampleRateHz, row.blockFrames])).toEqual(
      [44100, 48000].flatMap(rate => [32, 64, 128, 256, 512, 1024].map(block => [rate, block])),
    );
    expect(rest).toEqual({
      kind: 'profiled',
      seconds: 0.1,
      warmupSeconds: 1,
      clockStepMs: 0,
      safeShare: 0.8,
    });
    for (const row of rows) expect(row.budgetMs).toBeCloseTo((1000 * row.blockFrames) / row.sampleRateHz, 12);
  });

  it('without a choice a patch of another rate is profiled at its own as well', async () => {
    const patch = { ...chain('dynamics/gain'), sampleRateHz: 96000 };
    const { rows } = await profile({ patch, blocks: [128], seconds: 0.1 });
    expect(rows.map(row => row.sampleRateHz)).toEqual([44100, 48000, 96000]);
  });

  it('a patch that plays at one of the rates only says so in the rows of the other', async () => {
    const patch = makePatch(
      [
        ['osc', 'source/oscillator'],
        ['low', 'rate/resampler', { to: '16000' }],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > low.in', 'low.out > out.in'],
    );
    await expect(profile({ patch, blocks: [64], seconds: 0.1 })).rejects.toMatchObject({ code: 'E-RATE' });
    const fits = makePatch(
      [
        ['osc', 'source/oscillator'],
        ['to', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > to.in', 'to.out > out.in'],
    );
    const { rows } = await profile({ patch: fits, blocks: [64], seconds: 0.1 });
    expect(rows.map(({ sampleRateHz, blocks, verdict }) => [sampleRateHz, blocks > 0, verdict])).toEqual([
      [44100, false, undefined],
      [48000, true, 'safe'],
    ]);
    expect(rows[0].problems[0].code).toBe('E-RATE');
  });

  it('a node that fails is told, since a bypassed one costs nothing', async () => {
    const { rows } = await profile({ patch: chain('test/broken'), blocks: [128], ratesHz: [48000], seconds: 0.1 });
    expect(rows[0].problems).toMatchObject([{ code: 'E-MODEL-RUN', nodeId: 'slow' }]);
  });

  it('tells its progress, ends when cancelled, and measures with a clock of coarse steps', async () => {
    const shares: number[] = [];
    await profile({ blocks: [256], seconds: 0.5, onProgress: share => void shares.push(share) });
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(1);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    expect(shares.length).toBeGreaterThan(6);
    const signal = { aborted: false };
    const stop = (share: number): void => {
      if (share > 0.5) signal.aborted = true;
    };
    await expect(profile({ signal, onProgress: stop })).rejects.toMatchObject({ code: 'E-CANCELLED' });
    let ticks = 0;
    const coarse = (): number => Math.floor(++ticks / 40) * 0.1;
    const { clockStepMs } = await profile({ clock: coarse, blocks: [1024], ratesHz: [48000], seconds: 0.1 });
    expect(clockStepMs).toBeCloseTo(0.1, 9);
  });

  it('says in words that it is a profile, and gives shares of the budget to the chart', async () => {
    const result = await profile({ blocks: [32], ratesHz: [48000] });
    const [note, ...rest] = profileNotes(result);
    expect(note).toMatch(/^Profiled: offline .*without a sound card; 1 s of sound .*1 s of warm-up\.$/);
    expect(rest).toEqual([]);
    expect(profileNotes({ ...result, clockStepMs: 0.1 })[1]).toContain('steps of 0.1 ms');
    const { title, points } = profileChart(result, 'Echo');
    const [point] = points;
    expect(title).toBe('Load of Echo, profiled');
    expect(point).toMatchObject({ sampleRateHz: 48000, blockFrames: 32, misses: 94, blocks: 1500 });
    expect(point.p50).toBeCloseTo(0.075, 9);
    expect(point.max).toBeCloseTo(2.05 * 1.5, 9);
  });
});
