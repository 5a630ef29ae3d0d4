// The contract of the command line: every command's --json, exit codes 0, 1 and 2, files that are written whole or not at all.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { addNode, connect, setParam } from '../../src/core/edits.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { decodeWav, encodeWav } from '../../src/dsp/wav.ts';
import type { PerformanceLog } from '../../src/render/log.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { Graph } from '../neural/models.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';
import { Cli, FIXTURES } from './cli.ts';

let cli: Cli;
const echo = makePatch(
  [
    ['input', 'source/audio-input'],
    ['gain', 'dynamics/gain', { level: -6 }],
    ['delay', 'time/delay', { time: 20 }],
    ['out', 'output/audio-output'],
  ],
  ['input.out > gain.in', 'gain.out > delay.in', 'gain.out > out.in'],
);
const played = (name: string): Float32Array => decodeWav(new Uint8Array(readFileSync(cli.path(name)))).channels[0];

beforeAll(async () => {
  cli = await Cli.start();
  cli.write('echo.npatch', echo);
  cli.write(
    'gain.npatch',
    makePatch(
      [
        ['input', 'source/audio-input'],
        ['gain', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > gain.in', 'gain.out > out.in'],
    ),
  );
  cli.write('noise.wav', encodeWav([noise(9600, 3).map(x => x * 0.5)], 48000, 'f32'));
}, 60_000);

describe('CLI-1 check', () => {
  it('tells a clean patch, in words and as JSON', async () => {
    expect((await cli.run('check', 'echo.npatch', '--json')).json).toEqual({ ok: true, problems: [] });
    const { code, out } = await cli.run('check', 'echo.npatch');
    expect([code, out]).toEqual([0, 'echo.npatch: no problems, 4 nodes\n']);
  });

  it('tells every problem with code, path, node, message and fix; 1', async () => {
    const bad = applyTransaction(
      applyTransaction(echo, setParam('gain', 'level', 99)).patch,
      connect('gain.out', 'gain.in'),
    ).patch;
    cli.write('bad.npatch', bad);
    const { code, json } = await cli.run('check', 'bad.npatch', '--json');
    expect(code).toBe(1);
    expect(json.ok).toBe(false);
    expect(json.problems.map((problem: { code: string }) => problem.code)).toEqual(['E-PARAM-RANGE', 'E-CYCLE']);
    for (const problem of json.problems)
      expect(Object.keys(problem).sort()).toEqual(['code', 'fix', 'message', 'nodeId', 'path', 'severity']);
    expect(json.problems[0]).toMatchObject({ path: 'nodes.gain.params.level', nodeId: 'gain', fix: 'Set level to 24' });
  });

  it('a warning alone is well; 0', async () => {
    cli.write('newer.npatch', serializePatch(echo).replace('"version": 1', '"version": 9'));
    const { code, json } = await cli.run('check', 'newer.npatch', '--json');
    expect([code, json.ok, json.problems[0].code]).toEqual([0, true, 'E-VERSION-NEWER']);
  });
});

describe('CLI-2 render', () => {
  it('writes the sound of the engine and says what it did', async () => {
    const { code, json } = await cli.run(
      'render',
      'echo.npatch',
      '--in',
      'input=noise.wav',
      '--out',
      'out=one.wav',
      '--param',
      'gain.level=-12',
      '--json',
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({
      ok: true,
      latencySamples: 0,
      frames: 9600,
      outputs: { out: 'one.wav' },
      problems: [],
    });
    expect(json.realTimeFactor).toBeGreaterThan(0);
    expect(json.peakDb).toBeCloseTo(-6 - 12, 0);
    expect(json.nodes.map((node: { id: string }) => node.id).sort()).toEqual(['delay', 'gain', 'input', 'out']);
    for (const node of json.nodes)
      expect(node).toMatchObject({
        id: expect.any(String),
        type: expect.any(String),
        latencySamples: expect.any(Number),
      });
    const expected = noise(9600, 3).map(x => Math.fround(x * 0.5) * 10 ** (-12 / 20));
    expect(nullDb(played('one.wav'), expected)).toBeLessThan(-140);
  });

  it('any block and schedule gives the same file; a lone output needs no name; --rate and --seconds hold', async () => {
    for (const block of ['1', '37', '1,127,480'])
      await cli.run(
        'render',
        'echo.npatch',
        '--in',
        'input=noise.wav',
        '--out',
        `block-${block}.wav`,
        '--block',
        block,
      );
    await cli.run('render', 'echo.npatch', '--in', 'input=noise.wav', '--out', 'plain.wav');
    for (const block of ['1', '37', '1,127,480'])
      expect(nullDb(played(`block-${block}.wav`), played('plain.wav'))).toBe(-Infinity);
    for (const rateHz of [8000, 44100, 192000]) {
      const words = ['echo.npatch', '--rate', String(rateHz), '--seconds', '0.5', '--out', 'half.wav', '--json'];
      const { json } = await cli.run('render', ...words);
      expect(json.frames).toBe(rateHz / 2);
      expect(decodeWav(new Uint8Array(readFileSync(cli.path('half.wav')))).sampleRateHz).toBe(rateHz);
    }
  });

  it('a choice takes a word that reads as a number; an unknown param is refused', async () => {
    cli.write(
      'down.npatch',
      makePatch(
        [
          ['osc', 'source/oscillator'],
          ['down', 'rate/resampler', { to: '16000' }],
          ['up', 'rate/resampler', { to: '48000' }],
          ['out', 'output/audio-output'],
        ],
        ['osc.out > down.in', 'down.out > up.in', 'up.out > out.in'],
      ),
    );
    const good = await cli.run('render', 'down.npatch', '--seconds', '0.1', '--param', 'down.to=44100', '--json');
    expect([good.code, good.json.nodes.find((node: { id: string }) => node.id === 'up').rateHz]).toEqual([0, 44100]);
    const wrong = await cli.run('render', 'echo.npatch', '--seconds', '0.1', '--param', 'gain.volume=3', '--json');
    expect([wrong.code, wrong.json.problems[0].code]).toEqual([1, 'E-PARAM']);
    const nobody = await cli.run('render', 'echo.npatch', '--param', 'nobody.level=3', '--json');
    expect([nobody.code, nobody.json.problems[0].code]).toEqual([1, 'E-PARAM']);
  });

  it('--automation plays a log with moves, a reset and swaps as renderPatch does', async () => {
    const louder = applyTransaction(echo, setParam('gain', 'level', 0)).patch;
    const cut = applyTransaction(echo, {
      label: '',
      changes: [
        { path: ['connections', 'gain.out>out.in'], value: undefined },
        ...connect('delay.out', 'out.in').changes,
      ],
    }).patch;
    const log: PerformanceLog = {
      format: 'neuropatch-log',
      version: 1,
      sampleRateHz: 48000,
      blockFrames: 128,
      hostBlockFrames: 0,
      slackFrames: {},
      patch: serializePatch(echo),
      frames: 9600,
      entries: [
        { frame: 700, kind: 'param', nodeId: 'gain', param: 'level', value: -20 },
        { frame: 2001, kind: 'patch', patch: serializePatch(cut) },
        { frame: 2100, kind: 'patch', patch: serializePatch(louder) },
        { frame: 5000, kind: 'reset', nodeId: 'delay' },
        { frame: 5001, kind: 'param', nodeId: 'gain', param: 'level', value: 3 },
      ],
    };
    cli.write('log.json', JSON.stringify(log));
    const { code, json } = await cli.run(
      'render',
      'echo.npatch',
      '--automation',
      'log.json',
      '--in',
      'input=noise.wav',
      '--out',
      'log.wav',
      '--json',
    );
    expect([code, json.frames]).toEqual([0, 9600]);
    const patches: Record<number, typeof echo> = { 2001: cut, 2100: louder };
    const events = log.entries.map(
      (entry): RenderEvent =>
        entry.kind === 'patch'
          ? { frame: entry.frame, kind: 'patch', patch: patches[entry.frame], resources: {} }
          : entry,
    );
    const input = noise(9600, 3).map(x => x * 0.5);
    const { outputs } = await renderPatch({
      patch: echo,
      registry,
      resources: {},
      frames: 9600,
      inputs: { input: [input] },
      events,
    });
    expect(nullDb(played('log.wav'), outputs.out[0])).toBe(-Infinity);
    expect(nullDb(played('log.wav'), played('plain.wav'))).toBeGreaterThan(-40);
  });

  it('--automation plays a patch that lacked a model, as it did live; a plain render refuses it', async () => {
    const lacking = applyTransaction(
      echo,
      addNode({ id: 'model', type: 'neural/neural-model', version: 1, position: [0, 0] }),
    ).patch;
    cli.write('lacking.npatch', serializePatch(lacking));
    const log = { format: 'neuropatch-log', version: 1, sampleRateHz: 48000, blockFrames: 128, slackSamples: 0 };
    const entries = [{ frame: 700, kind: 'patch', patch: serializePatch(lacking) }];
    cli.write('lacking.json', JSON.stringify({ ...log, patch: serializePatch(lacking), frames: 4800, entries }));
    const refused = await cli.run('render', 'lacking.npatch', '--in', 'input=noise.wav', '--json');
    expect([refused.code, refused.json.problems[0].code]).toEqual([1, 'E-RESOURCE-MISSING']);
    const words = ['--automation', 'lacking.json', '--in', 'input=noise.wav', '--out', 'lacking.wav', '--json'];
    const { code, json } = await cli.run('render', 'echo.npatch', ...words);
    expect([code, json.frames]).toEqual([0, 4800]);
    expect(nullDb(played('lacking.wav').subarray(0, 4800), played('plain.wav').subarray(0, 4800))).toBeLessThan(-140);
  });

  it('with a log its own patch plays; PATCH must be there; --param starts it unless another patch takes over', async () => {
    const log = {
      format: 'neuropatch-log',
      version: 1,
      sampleRateHz: 48000,
      blockFrames: 128,
      slackSamples: 0,
      patch: serializePatch(echo),
      frames: 4800,
      entries: [{ frame: 2400, kind: 'param', nodeId: 'gain', param: 'level', value: -6 }],
    };
    const swap = { frame: 3000, kind: 'patch', patch: serializePatch(echo) };
    cli.write('moves.json', JSON.stringify(log));
    cli.write('swaps.json', JSON.stringify({ ...log, entries: [...log.entries, swap] }));
    const play = (patch: string, performance: string, ...more: string[]) =>
      cli.run(
        'render',
        patch,
        '--automation',
        performance,
        '--in',
        'input=noise.wav',
        '--out',
        'm.wav',
        ...more,
        '--json',
      );
    const missing = await play('nobody.npatch', 'moves.json');
    expect([missing.code, missing.json.problems[0].code]).toEqual([1, 'E-INPUT']);
    const input = noise(4800, 3).map(x => Math.fround(x * 0.5));
    // gain.npatch has 0 dB; what plays is the log's echo.npatch with −6 dB.
    expect((await play('gain.npatch', 'moves.json')).code).toBe(0);
    expect(
      nullDb(
        played('m.wav'),
        input.map(x => x * 10 ** (-6 / 20)),
      ),
    ).toBeLessThan(-140);
    expect((await play('gain.npatch', 'moves.json', '--param', 'gain.level=-12')).code).toBe(0);
    expect(
      nullDb(
        played('m.wav').subarray(0, 2400),
        input.subarray(0, 2400).map(x => x * 10 ** (-12 / 20)),
      ),
    ).toBeLessThan(-140);
    const swapped = await play('gain.npatch', 'swaps.json', '--param', 'gain.level=-12');
    expect([swapped.code, swapped.json.usage]).toEqual([2, expect.stringContaining('--param: expected no values')]);
  });

  it.each([
    'pcm8-1ch',
    'pcm8-2ch',
    'pcm16-1ch',
    'pcm16-6ch',
    'pcm24-2ch',
    'pcm24-6ch',
    'pcm32-2ch',
    'float32-3ch',
    'float64-3ch',
    'extensible24-6ch',
  ])('plays %s.wav with its channels', async name => {
    const bytes = new Uint8Array(readFileSync(join(FIXTURES, '../dsp/fixtures', `${name}.wav`)));
    const { channels, sampleRateHz } = decodeWav(bytes);
    cli.write(`${name}.wav`, bytes);
    const patch = makePatch(
      [
        ['player', 'source/audio-file-player', { loop: 'off' }],
        ['out', 'output/audio-output'],
      ],
      ['player.out > out.in'],
      sampleRateHz === 44100 ? 44100 : 48000,
    );
    cli.write('player.npatch', {
      ...patch,
      nodes: { ...patch.nodes, player: { ...patch.nodes.player, resources: { audio: `${name}.wav` } } },
    });
    const { code } = await cli.run('render', 'player.npatch', '--seconds', '0.1', '--out', `${name}-out.wav`);
    expect(code).toBe(0);
    const result = decodeWav(new Uint8Array(readFileSync(cli.path(`${name}-out.wav`))));
    expect(result.channels).toHaveLength(channels.length);
    if (sampleRateHz === patch.sampleRateHz)
      channels.forEach((channel, c) =>
        expect(nullDb(result.channels[c].subarray(0, channel.length), channel)).toBe(-Infinity),
      );
  });
});

describe('CLI-3 compile, verify, inspect and nodes', () => {
  it('compile writes a bundle that verify finds sound', async () => {
    const { code, json } = await cli.run('compile', 'gain.npatch', '-o', 'gain.npbundle', '--json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ ok: true, file: 'gain.npbundle', latencySamples: 0 });
    expect(json.bytes).toBe(readFileSync(cli.path('gain.npbundle')).length);
    const verified = await cli.run('verify', 'gain.npbundle', '--json');
    expect([verified.code, verified.json.ok]).toEqual([0, true]);
    for (const check of verified.json.checks)
      expect(Object.keys(check)).toEqual(expect.arrayContaining(['id', 'runtime', 'value', 'unit', 'limit', 'ok']));
    expect(new Set(verified.json.checks.map((check: { id: string }) => check.id))).toEqual(
      new Set(['hash', 'manifest', 'golden', 'null', 'reset', 'blocks', 'robust']),
    );
  }, 60_000);

  it('compile gives the same bytes twice', async () => {
    await cli.run('compile', 'gain.npatch', '-o', 'again.npbundle');
    expect(readFileSync(cli.path('again.npbundle')).equals(readFileSync(cli.path('gain.npbundle')))).toBe(true);
  }, 60_000);

  it('inspect tells model, patch and bundle', async () => {
    cli.write('model.onnx', readFileSync(join(FIXTURES, 'models/gain-param.onnx')));
    for (const [file, kind] of [
      ['model.onnx', 'model'],
      ['echo.npatch', 'patch'],
      ['gain.npbundle', 'bundle'],
    ]) {
      const { code, json } = await cli.run('inspect', file, '--json');
      expect([code, json.kind, typeof json.contract, Object.keys(json).sort()]).toEqual([
        0,
        kind,
        'object',
        ['contract', 'kind'],
      ]);
    }
  });

  it('inspect tells who really runs a model, and why nobody does', async () => {
    const runtimeOf = async (g: Graph) => {
      cli.write('told.onnx', g.bytes());
      return (await cli.run('inspect', 'told.onnx', '--json')).json.contract.runtime;
    };
    const [taken, refused] = [new Graph(), new Graph()];
    taken.op('Tanh', ['x'], {}, 'y');
    expect(await runtimeOf(taken)).toEqual({ name: 'SIMD kernels', reason: '' });
    // Left to ONNX Runtime, which has no Erf of two inputs.
    refused.op('Erf', ['x', 'x'], {}, 'y');
    expect(await runtimeOf(refused)).toEqual({ name: null, reason: expect.stringContaining('told.onnx') });
  });

  it('nodes tells every node type, as data and in words', async () => {
    const { json } = await cli.run('nodes', '--json');
    expect(json.map((node: { id: string }) => node.id)).toEqual(Object.keys(registry.types));
    const { out } = await cli.run('nodes');
    for (const id of Object.keys(registry.types)) expect(out).toContain(id);
  });
});

describe('CLI-4 wrong use is 2 and says what was expected; help is 0', () => {
  it.each([
    [[]],
    [['sing']],
    [['constructor']],
    [['check']],
    [['check', 'a', 'b']],
    [['check', 'echo.npatch', '--loud']],
    [['compile', 'echo.npatch']],
    [['render', 'echo.npatch', '--block', '0']],
    [['render', 'echo.npatch', '--seconds', 'long']],
    [['render', 'echo.npatch', '--rate', '22051']],
    [['render', 'echo.npatch', '--in', 'input']],
    [['render', 'echo.npatch', '--out', 'out=']],
  ])('%j', async words => {
    const { code, err, out } = await cli.run(...words);
    expect(code).toBe(2);
    expect(`${err}${out}`).toMatch(/expected|neuropatch check PATCH/);
  });

  it('with --json the use is told as JSON', async () => {
    const { code, json } = await cli.run('sing', '--json');
    expect([code, json.ok, typeof json.usage]).toEqual([2, false, 'string']);
  });

  it('--help names every command', async () => {
    const { code, out } = await cli.run('--help');
    expect(code).toBe(0);
    for (const name of ['check', 'render', 'compile', 'verify', 'inspect', 'picture', 'nodes'])
      expect(out).toContain(`neuropatch ${name}`);
    expect(out).toContain("the log's own patch plays");
  });
});

describe('CLI-5 Ctrl-C ends long work without half files', () => {
  it.each([
    ['render', 300, ['--seconds', '3600', '--out', 'never.wav']],
    ['compile', 30, ['-o', 'never.npbundle']],
  ])(
    '%s',
    async (command, ms, options) => {
      cli.write(
        'long.npatch',
        makePatch(
          [
            ['osc', 'source/oscillator'],
            ['down', 'rate/resampler', { to: '44100', quality: 'best' }],
            ['up', 'rate/resampler', { to: '48000', quality: 'best' }],
            ['out', 'output/audio-output'],
          ],
          ['osc.out > down.in', 'down.out > up.in', 'up.out > out.in'],
        ),
      );
      const before = readdirSync(cli.folder);
      const { code, out } = await cli.interrupt(ms, command, 'long.npatch', ...options, '--json');
      expect(code, out).toBe(130);
      expect(JSON.parse(out).problems[0].code).toBe('E-CANCELLED');
      expect(readdirSync(cli.folder)).toEqual(before);
    },
    60_000,
  );
});
