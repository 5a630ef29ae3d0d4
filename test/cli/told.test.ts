// What the command line tells where a render does as it was told though it was hardly meant so, and where names are wrong: nothing is
// lost without a word.
import { readFileSync, symlinkSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeWav, encodeWav } from '../../src/dsp/wav.ts';
import { registry } from '../../src/generated/registry.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { makePatch, noise } from '../render/helpers.ts';
import { Cli } from './cli.ts';

let cli: Cli;
const wav = (name: string) => decodeWav(new Uint8Array(readFileSync(cli.path(name)))).channels;
const [left, right] = [noise(480, 1), noise(480, 2)];
const through = (channels: string) =>
  makePatch(
    [
      ['input', 'source/audio-input', { channels }],
      ['gain', 'dynamics/gain'],
      ['out', 'output/audio-output'],
      ['dry', 'output/audio-output'],
    ],
    ['input.out > gain.in', 'gain.out > out.in', 'input.out > dry.in'],
  );

beforeAll(async () => {
  cli = await Cli.start();
  cli.write('mono.npatch', through('mono'));
  cli.write('stereo.npatch', through('stereo'));
  cli.write(
    'loop.npatch',
    makePatch(
      [
        ['input', 'source/audio-input'],
        ['gain', 'dynamics/gain', { level: 6 }],
        ['delay', 'time/delay', { time: 10, mix: 1 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > gain.in', 'delay.out > gain.in', 'gain.out > delay.in', 'gain.out > out.in'],
    ),
  );
  cli.write('two.wav', encodeWav([left, right], 48000, 'f32'));
  cli.write('one.wav', encodeWav([left], 48000, 'f32'));
  symlinkSync('one.wav', cli.path('link.wav'));
  cli.write('three.wav', encodeWav([left, right, left], 48000, 'f32'));
  cli.write('moves.csv', '\uFEFFseconds,param,value\n0.001,gain.level,-6\n\n0.5,gain.level,0\n');
  cli.write('wrong.csv', 'seconds,param,value\n\n0.5,gain.level,loud\n');
}, 60_000);

describe('channels of a recording and of an input', () => {
  it('two in one: their mean, with a warning; one in two: copied', async () => {
    const mixed = await cli.run('render', 'mono.npatch', '--in', 'input=two.wav', '--out', 'dry=mixed.wav', '--json');
    expect([mixed.code, mixed.json.problems[0]?.code, mixed.json.problems[0]?.severity]).toEqual([
      0,
      'E-CHANNELS',
      'warning',
    ]);
    expect(mixed.json.problems[0].message).toMatch(/expected 1 channel, got 2: their mean .* stereo/);
    expect(wav('mixed.wav')).toEqual([left.map((x, i) => (x + right[i]) / 2)]);
    const copied = await cli.run(
      'render',
      'stereo.npatch',
      '--in',
      'input=one.wav',
      '--out',
      'dry=copied.wav',
      '--json',
    );
    expect([copied.json.problems, wav('copied.wav')]).toEqual([[], [left, left]]);
  });

  it('three in two are refused', async () => {
    const { code, json } = await cli.run('render', 'stereo.npatch', '--in', 'input=three.wav', '--json');
    expect([code, json.problems[0].code]).toEqual([1, 'E-CHANNELS']);
  });
});

describe('files', () => {
  it.each([
    ['one file for two outputs', ['--out', 'out=p.wav', '--out', 'dry=./p.wav'], /one twice/],
    ['the file that was read', ['--out', 'out=./one.wav'], /a file that the render does not read/],
    ['a link to it', ['--out', 'out=link.wav'], /a file that the render does not read/],
    ['the patch itself', ['--out', 'out=mono.npatch'], /a file that the render does not read/],
    ['a folder that is not there', ['--out', 'out=none/p.wav'], /got a folder that is not there \(ENOENT\)\. Make it/],
    ['a folder that is a file', ['--out', 'out=one.wav/p.wav'], /got a folder that is a file \(ENOTDIR\)/],
    ['a name that is too long', ['--out', `out=${'p'.repeat(300)}.wav`], /a name that is too long \(ENAMETOOLONG\)/],
  ])('%s is refused', async (_name, words, message) => {
    const { code, json } = await cli.run('render', 'mono.npatch', '--in', 'input=one.wav', ...words, '--json');
    expect([code, json.problems[0].code]).toEqual([1, 'E-INPUT']);
    expect(json.problems[0].message).toMatch(message);
    expect(wav('one.wav')).toEqual([left]);
  });
});

// What the system makes up lies in folders that are there and take no file.
it.runIf(process.platform === 'linux')('a folder of the system is refused as what it is', async () => {
  const { code, json } = await cli.run(
    'render',
    'mono.npatch',
    '--in',
    'input=one.wav',
    '--out',
    'out=/proc/p.wav',
    '--json',
  );
  expect([code, json.problems[0].code]).toEqual([1, 'E-INPUT']);
  expect(json.problems[0].message).toMatch(/a folder in which no file can be made/);
});

describe('a value in the file that a param can not have', () => {
  it.each([
    ['a choice', 'biquad', { type: 'loudpass' }, /live it is low-pass until then; nothing is rendered or exported\.$/],
    ['a number', 'biquad', { cutoff: 'high' }, /live it is 1000 until then; nothing is rendered or exported\.$/],
  ])('%s: the text says what every command does', async (_name, id, params, message) => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        [id, 'filter/biquad-filter', params],
        ['out', 'output/audio-output'],
      ],
      [`input.out > ${id}.in`, `${id}.out > out.in`],
    );
    cli.write('wrong.npatch', patch);
    for (const words of [
      ['render', 'wrong.npatch', '--seconds', '0.1', '--out', 'never.wav'],
      ['compile', 'wrong.npatch', '-o', 'never.npbundle'],
      ['profile', 'wrong.npatch', '--seconds', '0.1', '--block', '128'],
      ['measure', 'wrong.npatch'],
      ['check', 'wrong.npatch'],
    ]) {
      const { code, json } = await cli.run(...words, '--json');
      expect([words[0], code, json.problems[0].code]).toEqual([words[0], 1, 'E-PARAM']);
      expect(json.problems[0].message).toMatch(message);
    }
    // Live it plays: there is a plan.
    expect(makePlan(patch, registry, {}).plan).toBeDefined();
  });
});

describe('words', () => {
  it('a param that a node lacks: an error that names those it has', async () => {
    const { code, json } = await cli.run('render', 'mono.npatch', '--param', 'gain.loudness=3', '--json');
    expect([code, json.problems[0].severity]).toEqual([1, 'error']);
    expect(json.problems[0].message).toBe(
      '--param gain.loudness: expected a param of gain, got no such param. It has level.',
    );
  });

  it('a move that is wrong is told by file and line; those after the end are counted', async () => {
    const words = ['render', 'mono.npatch', '--in', 'input=one.wav', '--json', '--automation'];
    const wrong = await cli.run(...words, 'wrong.csv');
    expect(wrong.json.problems[0].message).toMatch(/^wrong\.csv, line 3: expected a number/);
    const late = await cli.run(...words, 'moves.csv');
    expect([late.code, late.json.problems[0].message]).toEqual([
      0,
      '--automation: expected moves before frame 480, got 1 after the end. They change nothing; render more with --seconds.',
    ]);
  });

  it('a negative number is told as what it is', async () => {
    const { code, err } = await cli.run('render', 'mono.npatch', '--seconds', '-1');
    expect([code, err.split('\n')[0]]).toEqual([
      2,
      'neuropatch: --seconds: expected a number from 0 to 3600, got "-1"',
    ]);
  });

  it('a number too many is told, negative or not', async () => {
    const { code, err } = await cli.run('render', 'mono.npatch', '--seconds', '1', '-5');
    expect([code, err]).toEqual([2, expect.stringContaining("'-5'")]);
    expect((await cli.run('check', 'mono.npatch', '-99')).code).toBe(2);
  });

  it('more than a WAV can hold is told before it is rendered', async () => {
    const words = ['--rate', '192000', '--seconds', '3600', '--out', 'dry=long.wav', '--json'];
    const { code, json } = await cli.run('render', 'stereo.npatch', ...words);
    expect([code, json.problems[0].code]).toEqual([1, 'E-SIZE']);
  });

  it('nothing where a number, a name or a file is wanted is told as that', async () => {
    const seconds = await cli.run('render', 'mono.npatch', '--seconds', '');
    expect([seconds.code, seconds.err]).toEqual([
      2,
      expect.stringContaining('expected a number from 0 to 3600, got ""'),
    ]);
    const unnamed = await cli.run('picture', 'mono.npatch', '-o', '', '--json');
    expect([unnamed.code, unnamed.json.problems[0].message]).toEqual([
      1,
      expect.stringMatching(/got no name\. Name one/),
    ]);
    const device = await cli.run('inspect', '/dev/null', '--json');
    expect([device.code, device.json.problems[0].message]).toEqual([
      1,
      expect.stringContaining('got a device or pipe'),
    ]);
    expect([(await cli.run('help', 'dance')).code, (await cli.run('help')).code]).toEqual([2, 0]);
  });

  it('help of one command is about that one', async () => {
    for (const words of [
      ['nodes', '--help'],
      ['help', 'nodes'],
    ]) {
      const { code, out } = await cli.run(...words);
      expect([code, out]).toEqual([
        0,
        '  neuropatch nodes                       all node types with their params\n\n  --json gives every answer to programs. Exit: 0 well, 1 problems found, 2 wrong use, 130 cancelled (Ctrl-C).\n',
      ]);
    }
  });
});

it('a loop that grows without end is told', async () => {
  const { code, json } = await cli.run('render', 'loop.npatch', '--in', 'input=one.wav', '--seconds', '1', '--json');
  expect([code, json.problems[0].code, json.problems[0].severity]).toEqual([0, 'E-LEVEL', 'warning']);
});
