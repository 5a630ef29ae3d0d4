// `neuropatch measure` as users run it: its JSON, its table, its exit code, and what it refuses.
import { beforeAll, describe, expect, it } from 'vitest';
import { makePatch } from '../render/helpers.ts';
import { Cli } from './cli.ts';

const trimmed = (samples: number) =>
  makePatch(
    [
      ['in', 'source/audio-input'],
      ['align', 'time/latency-align', { trim1: samples }],
      ['out', 'output/audio-output'],
    ],
    ['in.out > align.in1', 'align.out1 > out.in'],
  );

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.start();
  cli.write('good.npatch', trimmed(0));
  cli.write('late.npatch', trimmed(12));
  cli.write('cycle.npatch', makePatch([['a', 'dynamics/gain']], ['a.out > a.in']));
}, 60_000);

describe('measure', () => {
  it('gives a row per path with what is reported and measured; exit 0', async () => {
    const { code, json } = await cli.run('measure', 'good.npatch', '--json');
    expect(code).toBe(0);
    expect(json).toEqual({
      ok: true,
      rows: [
        {
          path: 'in > align > out',
          kind: 'path',
          rateHz: 48000,
          reported: { buffering: 0, inference: 0, model: 0, filter: 0 },
          measured: 0,
          error: 0,
          method: 'impulse',
          ok: true,
        },
      ],
    });
  });

  it('tells a latency that is not reported; exit 1, also as a table', async () => {
    const { code, json } = await cli.run('measure', 'late.npatch', '--json');
    expect([code, json.ok, json.rows[0].measured, json.rows[0].error, json.rows[0].ok]).toEqual([
      1,
      false,
      12,
      12,
      false,
    ]);
    const table = await cli.run('measure', 'late.npatch', '--host-block', '64');
    expect(table.code).toBe(1);
    expect(table.out).toMatch(/FAILED {2}in > align > out +0 +0 +0 +0 +0 +12 +12 {2}impulse\n/);
    expect(table.out).toContain('NOT sound: 0 of 1 latencies as reported, 0 not measured');
  });

  it('refuses a patch with errors and wrong use', async () => {
    const cycle = await cli.run('measure', 'cycle.npatch', '--json');
    expect([cycle.code, cycle.json.problems[0].code]).toEqual([1, 'E-CYCLE']);
    expect((await cli.run('measure', 'good.npatch', '--host-block', '0')).code).toBe(2);
    expect((await cli.run('measure')).code).toBe(2);
  });
});
