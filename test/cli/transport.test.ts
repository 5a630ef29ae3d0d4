// Block and slack of the live engine on the command line: a render that is told both is as late as what was heard.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loopTransportProblem } from '../../src/core/transport.ts';
import { decodeWav } from '../../src/dsp/wav.ts';
import { makePatch } from '../render/helpers.ts';
import { Cli, FIXTURES } from './cli.ts';

/** Clicks through two models that change nothing, and beside them. */
const patch: Patch = (() => {
  const made = makePatch(
    [
      ['click', 'source/impulse', { period: 1000 / 48000 }],
      ['slow', 'neural/neural-model', { runsIn: 'worker' }],
      ['quick', 'neural/neural-model'],
      ['wet', 'output/audio-output'],
      ['dry', 'output/audio-output'],
    ],
    ['click.out > slow.in', 'slow.out > quick.in', 'quick.out > wet.in', 'click.out > dry.in'],
  );
  const model = { model: 'identity.onnx' };
  const { slow, quick } = made.nodes;
  return {
    ...made,
    nodes: { ...made.nodes, slow: { ...slow, resources: model }, quick: { ...quick, resources: model } },
  };
})();

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.start();
  cli.write('clicks.npatch', patch);
  cli.write('identity.onnx', new Uint8Array(readFileSync(join(FIXTURES, 'models/identity-48k.onnx'))));
}, 60_000);

const clicksIn = (file: string): number[] =>
  [...decodeWav(new Uint8Array(readFileSync(cli.path(file)))).channels[0].entries()]
    .filter(([, value]) => value !== 0)
    .map(([frame]) => frame);

async function latencyOf(...words: string[]): Promise<{ latency: number; wet: number[]; dry: number[] }> {
  const all = ['render', 'clicks.npatch', '--seconds', '0.1', '--out', 'wet=wet.wav', '--out', 'dry=dry.wav', ...words];
  const { code, json } = await cli.run(...all, '--json');
  expect(code).toBe(0);
  return { latency: json.latencySamples, wet: clicksIn('wet.wav'), dry: clicksIn('dry.wav') };
}
const from = (first: number): number[] => Array.from({ length: 5 }, (_, at) => first + 1000 * at).filter(n => n < 4800);

describe('CLI-12 transport', () => {
  it('without a slack a render waits for every model, wherever it runs live', async () => {
    expect(await latencyOf()).toEqual({ latency: 0, wet: from(0), dry: from(0) });
  });

  it('a slack delays the models that the patch runs in the worker, and what meets them', async () => {
    expect(await latencyOf('--transport-slack', '1000')).toEqual({ latency: 1000, wet: from(1000), dry: from(1000) });
  });

  it('NODE=S delays that one, over what is said for all', async () => {
    const words = ['--transport-slack', '1000', '--transport-slack', 'quick=77', '--transport-slack', 'slow=300'];
    expect(await latencyOf(...words)).toEqual({ latency: 377, wet: from(377), dry: from(377) });
  });

  it('a log tells both itself, for every patch that takes over', async () => {
    const entries = [{ frame: 1024, kind: 'patch', patch: serializePatch(patch), slackFrames: { slow: 256 } }];
    const head = { format: 'neuropatch-log', version: 1, sampleRateHz: 48000, blockFrames: 256, hostBlockFrames: 256 };
    const log = { ...head, slackFrames: { slow: 512 }, patch: serializePatch(patch), frames: 5001, entries };
    cli.write('log.json', JSON.stringify(log));
    const words = ['render', 'clicks.npatch', '--automation', 'log.json', '--out', 'wet=wet.wav', '--json'];
    const { code, json } = await cli.run(...words);
    expect([code, json.latencySamples, json.frames]).toEqual([0, 512, 5001]);
    // The last block is played whole, and what is beyond the end is left out.
    expect(decodeWav(new Uint8Array(readFileSync(cli.path('wet.wav')))).channels[0]).toHaveLength(5001);
    // The click of frame 1000 is under way when the other slack takes over, with everything fresh.
    expect(clicksIn('wet.wav')[0]).toBe(512);
    expect(clicksIn('wet.wav').slice(-3)).toEqual([2256, 3256, 4256]);
  });

  it('a host block is kept whole; a Block Adapter then waits no longer than it must', async () => {
    const blocks = makePatch(
      [
        ['click', 'source/impulse', { period: 1 }],
        ['adapter', 'rate/block-adapter', { block: 512 }],
        ['back', 'rate/block-adapter', { block: 0 }],
        ['out', 'output/audio-output'],
      ],
      ['click.out > adapter.in', 'adapter.out > back.in', 'back.out > out.in'],
    );
    cli.write('blocks.npatch', blocks);
    const latencies = await Promise.all(
      ['', '192', '512', '1024'].map(async host => {
        const words = ['render', 'blocks.npatch', '--no-align', '--seconds', '0.05', '--out', `b${host}.wav`, '--json'];
        const { json } = await cli.run(...words, ...(host ? ['--host-block', host] : []));
        return [json.latencySamples, clicksIn(`b${host}.wav`)[0]];
      }),
    );
    // m − 1 for any block; m − gcd(b, m) for a block that is promised.
    expect(latencies).toEqual([
      [511, 511],
      [448, 448],
      [0, 0],
      [0, 0],
    ]);
  });

  it('a model in a loop is refused in the worker, with a click that mends it; wrong use is said', async () => {
    const loop = makePatch(
      [
        ['osc', 'source/oscillator'],
        ['amp', 'neural/neural-model', { runsIn: 'worker' }],
        ['delay', 'time/delay'],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > amp.in', 'amp.out > delay.in', 'delay.out > amp.in', 'delay.out > out.in'],
    );
    const withModel = (params: Record<string, string>): Patch => ({
      ...loop,
      nodes: { ...loop.nodes, amp: { ...loop.nodes.amp, params, resources: { model: 'identity.onnx' } } },
    });
    cli.write('loop.npatch', withModel({ runsIn: 'worker' }));
    const { code, json } = await cli.run('check', 'loop.npatch', '--json');
    expect(code).toBe(1);
    expect(json.problems).toMatchObject([{ code: 'E-TRANSPORT', nodeId: 'amp', path: 'nodes.amp.params.runsIn' }]);
    const mended = applyTransaction(
      withModel({ runsIn: 'worker' }),
      loopTransportProblem('amp').fix!.transaction,
    ).patch;
    cli.write('mended.npatch', mended);
    expect((await cli.run('check', 'mended.npatch', '--json')).code).toBe(0);
    const slack = await cli.run('render', 'mended.npatch', '--seconds', '0.1', '--transport-slack', 'amp=64', '--json');
    expect([slack.code, slack.json.problems[0].code]).toEqual([1, 'E-TRANSPORT']);
    cli.write('log.json', '{}');
    for (const words of [
      ['--transport-slack', 'nobody=64'],
      ['--transport-slack', '0.5'],
      ['--transport-slack', '-1'],
      ['--host-block', '0'],
      ['--host-block', '5000'],
      ['--host-block', '64', '--block', '64'],
    ])
      expect((await cli.run('render', 'clicks.npatch', ...words)).code).toBeGreaterThan(0);
  });
});
