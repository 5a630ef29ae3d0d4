// `neuropatch measure` as users run it: its JSON, its table, its exit code, and what it refuses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import { makePatch } from '../render/helpers.ts';
import { Cli, FIXTURES } from './cli.ts';

const trimmed = (samples: number) =>
  makePatch(
    [
      ['in', 'source/audio-input'],
      ['align', 'time/latency-align', { trim1: samples }],
      ['out', 'output/audio-output'],
    ],
    ['in.out > align.in1', 'align.out1 > out.in'],
  );

/** A model that changes nothing, in the worker, with a slack of its own. */
const remote: Patch = (() => {
  const made = makePatch(
    [
      ['in', 'source/audio-input'],
      ['amp', 'neural/neural-model', { runsIn: 'worker', slack: 640 }],
      ['out', 'output/audio-output'],
    ],
    ['in.out > amp.in', 'amp.out > out.in'],
  );
  return { ...made, nodes: { ...made.nodes, amp: { ...made.nodes.amp, resources: { model: 'identity.onnx' } } } };
})();

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.start();
  cli.write('good.npatch', trimmed(0));
  cli.write('late.npatch', trimmed(12));
  cli.write('remote.npatch', remote);
  cli.write('identity.onnx', new Uint8Array(readFileSync(join(FIXTURES, 'models/identity-48k.onnx'))));
  cli.write(
    'osc.npatch',
    makePatch(
      [
        ['osc', 'source/oscillator'],
        ['meter', 'analysis/level-meter'],
      ],
      ['osc.out > meter.in'],
    ),
  );
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

  it.each([
    [[], 640],
    [['--transport-slack', '1000'], 1000],
    [['--transport-slack', 'amp=77'], 77],
    [['--transport-slack', '0'], 0],
  ])('a model in the worker is late by its slack, as the patch or %j says', async (words, slack) => {
    const { code, json } = await cli.run('measure', 'remote.npatch', ...words, '--json');
    expect([code, json.ok]).toEqual([0, true]);
    const [row] = json.rows;
    expect([row.path, row.reported.inference, row.measured, row.error]).toEqual(['in > amp > out', slack, slack, 0]);
  });

  it('nothing measured is neither sound nor wrong', async () => {
    const { code, json } = await cli.run('measure', 'osc.npatch', '--json');
    expect([code, json]).toEqual([0, { ok: null, rows: [] }]);
    expect((await cli.run('measure', 'osc.npatch')).out).toMatch(/^nothing measured/m);
  });

  it('refuses a patch with errors and wrong use', async () => {
    const cycle = await cli.run('measure', 'cycle.npatch', '--json');
    expect([cycle.code, cycle.json.problems[0].code]).toEqual([1, 'E-CYCLE']);
    for (const words of [
      ['--host-block', '0'],
      ['--host-block', '100.5'],
      ['--transport-slack', '0.5'],
    ])
      expect((await cli.run('measure', 'good.npatch', ...words)).code).toBe(2);
    expect((await cli.run('measure')).code).toBe(2);
  });
});
