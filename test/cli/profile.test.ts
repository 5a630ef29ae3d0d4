// `neuropatch profile` as users run it: its JSON, table, chart, and what it refuses. How fast anything is, is not tested.
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePatch } from '../render/helpers.ts';
import { Cli } from './cli.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.start();
  cli.write(
    'tone.npatch',
    makePatch(
      [
        ['osc', 'source/oscillator'],
        ['gain', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > gain.in', 'gain.out > out.in'],
    ),
  );
}, 60_000);

const short = ['--seconds', '0.1', '--block', '64,512'];
const FIGURES = ['maxMs', 'meanMs', 'misses', 'p50Ms', 'p95Ms', 'p99Ms'];

describe('CLI-7 profile', () => {
  it('gives figures per node and in all for every block size and rate, labelled as profiled', async () => {
    const { code, json } = await cli.run('profile', 'tone.npatch', ...short, '--json');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      ok: true,
      kind: 'profiled',
      seconds: 0.1,
      warmupSeconds: 1,
      safeShare: 0.8,
      plot: null,
    });
    expect(json.clockStepMs).toBeGreaterThan(0);
    expect(json.rows.map((row: Record<string, number>) => [row.sampleRateHz, row.blockFrames])).toEqual([
      [44100, 64],
      [44100, 512],
      [48000, 64],
      [48000, 512],
    ]);
    for (const row of json.rows) {
      expect(Object.keys(row.nodes).sort()).toEqual(['gain', 'osc', 'out']);
      expect(row.budgetMs).toBeCloseTo((1000 * row.blockFrames) / row.sampleRateHz, 9);
      expect(row.blocks).toBe(100);
      expect(['safe', 'tight', 'misses']).toContain(row.verdict);
      for (const figures of [row.total, row.rest, ...Object.values(row.nodes)]) {
        expect(Object.keys(figures as object).sort()).toEqual(FIGURES);
        const { p50Ms, p95Ms, p99Ms, maxMs, misses } = figures as Record<string, number>;
        expect(p50Ms <= p95Ms && p95Ms <= p99Ms && p99Ms <= maxMs).toBe(true);
        expect(misses >= 0 && misses <= row.blocks).toBe(true);
      }
      expect(row.total.p50Ms).toBeGreaterThan(0);
    }
  });

  it('another rate by name, as a patch may have it', async () => {
    const { json } = await cli.run('profile', 'tone.npatch', ...short, '--rate', '96000', '--json');
    expect(json.rows.map((row: Record<string, number>) => [row.sampleRateHz, row.blockFrames])).toEqual([
      [96000, 64],
      [96000, 512],
    ]);
  });

  it('tells a table, and draws the chart into a file', async () => {
    const { code, out } = await cli.run('profile', 'tone.npatch', ...short, '--rate', '48000', '--plot', 'load.svg');
    expect(code).toBe(0);
    expect(out).toMatch(/^Profiled: offline on this machine, without a sound card/);
    expect(out).toMatch(/^48000 Hz +budget +mean +p50 +p95 +p99 +max +missed$/m);
    expect(out).not.toContain('44100 Hz');
    expect(out).toMatch(/^ +64 {2}all +1\.333( +[\d.]+){5} +\d+ of 100/m);
    expect(out).toMatch(/^ +between nodes( +-?[\d.]+){5} +\d+ of 100$/m);
    expect(readFileSync(cli.path('load.svg'), 'utf8')).toMatch(/^<svg [\s\S]+Profiled: offline[\s\S]+<\/svg>$/);
  });

  it('a patch with problems is not profiled; 1. Wrong use; 2. Neither leaves a file', async () => {
    cli.write(
      'silent.npatch',
      makePatch(
        [
          ['player', 'source/audio-file-player'],
          ['out', 'output/audio-output'],
        ],
        ['player.out > out.in'],
      ),
    );
    const refused = await cli.run('profile', 'silent.npatch', ...short, '--plot', 'none.svg', '--json');
    expect([refused.code, refused.json.ok, refused.json.problems[0].code]).toEqual([1, false, 'E-RESOURCE-MISSING']);
    for (const words of [['--rate', '96001'], ['--block', '0'], ['--seconds', '0'], ['--seconds', 'x'], ['--bogus']]) {
      const { code, json } = await cli.run('profile', 'tone.npatch', ...words, '--plot', 'none.svg', '--json');
      expect([code, json.ok]).toEqual([2, false]);
    }
    expect(existsSync(cli.path('none.svg'))).toBe(false);
  });

  it('Ctrl-C ends it without a file', async () => {
    const { code, out } = await cli.interrupt(
      1500,
      'profile',
      'tone.npatch',
      '--seconds',
      '600',
      '--plot',
      'none.svg',
      '--json',
    );
    expect(code).toBe(130);
    expect(JSON.parse(out).problems[0].code).toBe('E-CANCELLED');
    expect(existsSync(cli.path('none.svg'))).toBe(false);
  }, 20_000);
});
