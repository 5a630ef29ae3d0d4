// Offline rendering as users run it: names in and out, rates, alignment, automation files, full disks, the whole sound at once.
// References: closed forms in f64, and numpy for the models of the whole sound (test/render/make_whole_reference.py).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import { decodeWav, encodeWav } from '../../src/dsp/wav.ts';
import { makePatch, noise, nullDb } from '../render/helpers.ts';
import { Cli, FIXTURES } from './cli.ts';

const wholeFixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../render/fixtures/${name}`, import.meta.url)));
const fixtureNumbers = (name: string): Float32Array => new Float32Array(wholeFixture(name).slice().buffer);

let cli: Cli;
const wav = (name: string) => decodeWav(new Uint8Array(readFileSync(cli.path(name))));
const sine = (frames: number, hz: number, rateHz: number, from = 0): Float32Array =>
  Float32Array.from({ length: frames }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * (n + from)) / rateHz));

const gain = makePatch(
  [
    ['input', 'source/audio-input'],
    ['gain', 'dynamics/gain'],
    ['out', 'output/audio-output'],
  ],
  ['input.out > gain.in', 'gain.out > out.in'],
);
const unsmoothed: Patch = {
  ...gain,
  nodes: { ...gain.nodes, gain: { ...gain.nodes.gain, smoothingMs: { level: 0 } } },
};
/** To 44.1 kHz and back, and the dry sound beside it, which waits for it. */
const filtered = makePatch(
  [
    ['input', 'source/audio-input'],
    ['down', 'rate/resampler', { to: '44100', quality: 'best' }],
    ['up', 'rate/resampler', { to: '48000', quality: 'best' }],
    ['out', 'output/audio-output'],
    ['dry', 'output/audio-output'],
  ],
  ['input.out > down.in', 'down.out > up.in', 'up.out > out.in', 'input.out > dry.in'],
);
const backwards = makePatch(
  [
    ['input', 'source/audio-input'],
    ['model', 'neural/neural-model', {}],
    ['out', 'output/audio-output'],
  ],
  ['input.out > model.in', 'model.out > out.in'],
);
const sound = noise(9600, 3).map(x => x * 0.5);

beforeAll(async () => {
  cli = await Cli.start();
  cli.write('gain.npatch', gain);
  cli.write('steps.npatch', unsmoothed);
  cli.write('filtered.npatch', filtered);
  const { model } = backwards.nodes;
  const resources = { model: 'backwards.onnx' };
  cli.write('backwards.npatch', { ...backwards, nodes: { ...backwards.nodes, model: { ...model, resources } } });
  cli.write('backwards.onnx', wholeFixture('backwards.onnx'));
  cli.write('noise.wav', encodeWav([sound], 48000, 'f32'));
  cli.write('sound.wav', encodeWav([fixtureNumbers('sound.f32')], 48000, 'f32'));
}, 60_000);

describe('CLI-8 a rendered file begins where its input begins, at the rate and of the length that were asked for', () => {
  it('the latency is taken off and nothing is cut at the end; --no-align is as late as live', async () => {
    const words = ['render', 'filtered.npatch', '--in', 'input=noise.wav', '--json'];
    const files = ['--out', 'out=wet.wav', '--out', 'dry=dry.wav'];
    const { json } = await cli.run(...words, ...files);
    expect(json).toMatchObject({ ok: true, frames: 9600 });
    expect(json.latencySamples).toBeGreaterThan(100);
    expect(json.alignedSamples).toBe(json.latencySamples);
    expect(nullDb(wav('dry.wav').channels[0], sound)).toBe(-Infinity);
    const late = ['--out', 'out=late.wav', '--out', 'dry=late-dry.wav'];
    expect((await cli.run(...words, ...late, '--no-align')).json.alignedSamples).toBe(0);
    const shift = json.latencySamples;
    expect(nullDb(wav('late-dry.wav').channels[0].subarray(shift), sound.subarray(0, 9600 - shift))).toBe(-Infinity);
    expect(nullDb(wav('late.wav').channels[0].subarray(shift), wav('wet.wav').channels[0].slice(0, 9600 - shift))).toBe(
      -Infinity,
    );
    // The sine that was in is out, from the first settled frame to the last, with no shift at all.
    cli.write('sine.wav', encodeWav([sine(9600, 1000, 48000)], 48000, 'f32'));
    await cli.run('render', 'filtered.npatch', '--in', 'input=sine.wav', '--out', 'out=same.wav');
    const inner = (x: Float32Array): Float32Array => x.slice(400, 9200);
    expect(nullDb(inner(wav('same.wav').channels[0]), inner(sine(9600, 1000, 48000)))).toBeLessThan(-120);
  });

  it('what is replayed as it was live keeps its time unless --align', async () => {
    const words = ['render', 'filtered.npatch', '--in', 'input=noise.wav', '--json'];
    const replay = await cli.run(...words, '--host-block', '128', '--out', 'dry=replay.wav');
    expect([replay.json.alignedSamples, replay.json.frames]).toEqual([0, 9600]);
    const aligned = await cli.run(...words, '--host-block', '128', '--align', '--out', 'dry=replay.wav');
    expect(aligned.json.alignedSamples).toBe(aligned.json.latencySamples);
    expect(nullDb(wav('replay.wav').channels[0], sound)).toBe(-Infinity);
    expect((await cli.run(...words, '--align', '--no-align')).code).toBe(2);
  });

  it('sounds the same without a pass; an unknown pass is refused by name', async () => {
    const words = ['render', 'filtered.npatch', '--in', 'input=noise.wav', '--json'];
    await cli.run(...words, '--out', 'out=with.wav');
    await cli.run(
      ...words,
      '--out',
      'out=without.wav',
      '--without-pass',
      'silence',
      '--without-pass',
      'settled-params',
    );
    expect(nullDb(wav('with.wav').channels[0], wav('without.wav').channels[0])).toBeLessThan(-120);
    const refused = await cli.run(...words, '--without-pass', 'speed');
    expect([refused.code, refused.out + refused.err]).toEqual([2, expect.stringContaining('silence')]);
  });

  it('two inputs of different rates and channels into three outputs, each by its name', async () => {
    cli.write(
      'three.npatch',
      makePatch(
        [
          ['voice', 'source/audio-input'],
          ['band', 'source/audio-input', { channels: 'stereo' }],
          ['down', 'dynamics/gain', { level: -12 }],
          ['voice-out', 'output/audio-output'],
          ['band-out', 'output/audio-output'],
          ['both', 'output/audio-output'],
        ],
        [
          'voice.out > voice-out.in',
          'band.out > down.in',
          'down.out > band-out.in',
          'voice.out > both.in',
          'down.out > both.in',
        ],
      ),
    );
    const voice = noise(4800, 11).map(x => x * 0.3);
    cli.write('voice.wav', encodeWav([voice], 48000, 'f32'));
    // Half a second at 44.1 kHz is 24000 frames of the patch, and the longest input.
    cli.write('band.wav', encodeWav([sine(22050, 500, 44100), sine(22050, 700, 44100)], 44100, 'f32'));
    const names = ['voice-out', 'band-out', 'both'];
    const { code, json } = await cli.run(
      'render',
      'three.npatch',
      ...['--in', 'voice=voice.wav', '--in', 'band=band.wav', '--json'],
      ...names.flatMap(name => ['--out', `${name}=3-${name}.wav`]),
    );
    expect([code, json.frames]).toEqual([0, 24000]);
    const [voiceOut, bandOut, both] = names.map(name => wav(`3-${name}.wav`));
    expect([voiceOut, bandOut, both].map(({ channels }) => channels.map(c => c.length))).toEqual([
      [24000],
      [24000, 24000],
      [24000, 24000],
    ]);
    expect(nullDb(voiceOut.channels[0].subarray(0, 4800), voice)).toBe(-Infinity);
    expect(Math.max(...voiceOut.channels[0].subarray(4800).map(Math.abs))).toBe(0);
    const quieter = 10 ** (-12 / 20);
    [500, 700].forEach((hz, c) => {
      const expected = sine(24000, hz, 48000).map(x => x * quieter);
      const inner = (x: ArrayLike<number>): number[] => Array.from(x).slice(200, 23800);
      expect(nullDb(inner(bandOut.channels[c]), inner(expected))).toBeLessThan(-120);
      const sum = expected.map((x, n) => x + (n < 4800 ? voice[n] : 0));
      expect(nullDb(inner(both.channels[c]), inner(sum))).toBeLessThan(-120);
    });
  });

  it.each([8000, 44100, 96000])('--out-rate %i: the same sound, exact in length, pitch and place', async rateHz => {
    cli.write('tone.wav', encodeWav([sine(9601, 1000, 48000)], 48000, 'f32'));
    const words = ['render', 'gain.npatch', '--in', 'input=tone.wav', '--out', 'out=rate.wav', '--out-rate'];
    expect((await cli.run(...words, String(rateHz))).code).toBe(0);
    const { sampleRateHz, channels } = wav('rate.wav');
    expect([sampleRateHz, channels[0].length]).toEqual([rateHz, Math.ceil((9601 * rateHz) / 48000)]);
    const inner = (x: Float32Array): Float32Array => x.slice(400, channels[0].length - 400);
    expect(nullDb(inner(channels[0]), inner(sine(channels[0].length, 1000, rateHz)))).toBeLessThan(-120);
  });

  it('a rate that the resampler lacks is wrong use', async () => {
    expect((await cli.run('render', 'gain.npatch', '--out-rate', '44000')).code).toBe(2);
  });
});

describe('CLI-9 automation comes from a file of moves as well', () => {
  const moves = [
    { seconds: 0.05, param: 'gain.level', value: -6 },
    { seconds: 0.1, param: 'gain.level', value: -20 },
  ];
  const expected = sound.map((x, n) => x * 10 ** ((n < 2400 ? 0 : n < 4800 ? -6 : -20) / 20));
  const csv = (head: string, rows: readonly string[]): string => [head, ...rows, ''].join('\r\n');
  const files: Record<string, string> = {
    'moves.json': JSON.stringify({ format: 'neuropatch-moves', version: 1, moves: [...moves].reverse() }),
    'moves.csv': csv('seconds,param,value', ['0.05, gain.level, -6', '0.1,gain.level,-20']),
    'frames.csv': csv('value,frame,param', ['-20,4800,gain.level', '-6,2400,gain.level']),
  };

  it.each(Object.keys(files))('%s: at its frames, whatever the block', async name => {
    cli.write(name, files[name]);
    for (const block of ['1,37,480', '4096']) {
      const words = ['--in', 'input=noise.wav', '--out', 'moved.wav', '--block', block, '--json'];
      const { code, json } = await cli.run('render', 'steps.npatch', '--automation', name, ...words);
      expect([code, json.frames]).toEqual([0, 9600]);
      expect(nullDb(wav('moved.wav').channels[0], expected)).toBeLessThan(-140);
    }
  });

  it('seconds are those of the rate that is asked for', async () => {
    cli.write('rate.csv', csv('seconds,param,value', ['0.05,gain.level,-60']));
    cli.write('one.wav', encodeWav([new Float32Array(4410).fill(1)], 44100, 'f32'));
    const words = ['--rate', '44100', '--in', 'input=one.wav', '--out', 'moved.wav'];
    expect((await cli.run('render', 'steps.npatch', '--automation', 'rate.csv', ...words)).code).toBe(0);
    const heard = wav('moved.wav').channels[0];
    expect([heard[2204], heard[2205] < 0.0011]).toEqual([1, true]);
  });

  it.each([
    ['no time', 'E-SCHEMA', csv('seconds,param,value', ['soon,gain.level,1'])],
    ['a line too short', 'E-SCHEMA', csv('seconds,param,value', ['1,gain.level'])],
    ['no header', 'E-SCHEMA', '0.5,gain.level,-6\n'],
    ['another format', 'E-SCHEMA', '{"format": "midi"}'],
    ['broken JSON', 'E-JSON', '{"format": '],
    ['an unknown param', 'E-PARAM', csv('frame,param,value', ['0,gain.volume,1'])],
    ['a word for a number', 'E-PARAM-RANGE', csv('frame,param,value', ['0,gain.level,loud'])],
    ['too much', 'E-PARAM-RANGE', csv('frame,param,value', ['0,gain.level,99'])],
  ])('%s: %s', async (_what, code, text) => {
    cli.write('bad-moves', text);
    const { code: exit, json } = await cli.run('render', 'gain.npatch', '--automation', 'bad-moves', '--json');
    expect([exit, json.problems[0].code]).toEqual([1, code]);
  });
});

describe('CLI-10 a render that can not be finished leaves everything as it was', () => {
  it('a full disk: the old file stays, no half one appears, and of several none is written', async () => {
    cli.write('old.wav', encodeWav([sine(10, 1000, 48000)], 48000, 'f32'));
    const before = readFileSync(cli.path('old.wav'));
    const listed = readdirSync(cli.folder);
    const words = ['render', 'filtered.npatch', '--in', 'input=noise.wav', '--json'];
    const { code, json } = await cli.runWithRoom(16, ...words, '--out', 'out=old.wav', '--out', 'dry=new.wav');
    expect([code, json?.problems[0].code]).toEqual([1, 'E-DISK']);
    expect(readFileSync(cli.path('old.wav')).equals(before)).toBe(true);
    expect(readdirSync(cli.folder)).toEqual(listed);
  });

  it('Ctrl-C before or in the one call of a model of the whole sound', async () => {
    const listed = readdirSync(cli.folder);
    const words = ['render', 'backwards.npatch', '--seconds', '900', '--out', 'never.wav'];
    const child = spawn(process.execPath, [cli.program, ...words], { cwd: cli.folder });
    const ended = once(child, 'exit');
    await setTimeout(700);
    child.kill('SIGINT');
    // By the signal, as nobody listens to it: a shell tells that as 130.
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(readdirSync(cli.folder)).toEqual(listed);
  });

  it('a link is written through, and a device stays one', async () => {
    cli.write('behind.wav', encodeWav([sine(10, 1000, 48000)], 48000, 'f32'));
    symlinkSync('behind.wav', cli.path('link.wav'));
    symlinkSync('/dev/null', cli.path('nothing.wav'));
    const words = ['render', 'filtered.npatch', '--in', 'input=noise.wav', '--json'];
    const { code } = await cli.run(...words, '--out', 'out=link.wav', '--out', 'dry=nothing.wav');
    expect(code).toBe(0);
    expect(readlinkSync(cli.path('link.wav'))).toBe('behind.wav');
    expect(wav('behind.wav').channels[0]).toHaveLength(sound.length);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(readlinkSync(cli.path('nothing.wav'))).toBe('/dev/null');
  });

  it('a place that can not be written, second of two: the first is not written either', async () => {
    const listed = readdirSync(cli.folder);
    const words = ['render', 'filtered.npatch', '--in', 'input=noise.wav', '--json'];
    const { code, json } = await cli.run(...words, '--out', 'out=first.wav', '--out', 'dry=nowhere/second.wav');
    expect([code, json.problems[0].code]).toEqual([1, 'E-INPUT']);
    expect(readdirSync(cli.folder)).toEqual(listed);
    const folder = await cli.run(...words, '--out', 'out=first.wav', '--out', `dry=${cli.folder}`);
    expect([folder.code, folder.json.problems[0].code]).toEqual([1, 'E-INPUT']);
    expect(readdirSync(cli.folder)).toEqual(listed);
  });
});

describe('CLI-2 a model takes words', () => {
  it.each([
    ['choice', 'way', 'turned', -1],
    ['spoken', 'words', '12', (49 + 50) / 256],
  ])('%s.onnx', async (name, param, word, factor) => {
    const { model } = backwards.nodes;
    const resources = { model: `${name}.onnx` };
    cli.write('words.npatch', { ...backwards, nodes: { ...backwards.nodes, model: { ...model, resources } } });
    cli.write(`${name}.onnx`, new Uint8Array(readFileSync(join(FIXTURES, `models/${name}.onnx`))));
    const words = ['--in', 'input=noise.wav', '--out', 'words.wav', '--param', `model.${param}=${word}`];
    expect((await cli.run('render', 'words.npatch', ...words)).out).toContain('9600 frames');
    const expected = sound.map(x => x * factor);
    expect(nullDb(wav('words.wav').channels[0], expected)).toBeLessThan(-140);
  });
});

describe('CLI-11 a patch that needs the whole sound at once is rendered; check says that it can not be played live', () => {
  it('renders as numpy has it', async () => {
    const words = ['--in', 'input=sound.wav', '--out', 'backwards.wav', '--param', 'model.level=0.5', '--json'];
    const { code, json } = await cli.run('render', 'backwards.npatch', ...words);
    expect([code, json.latencySamples, json.frames]).toEqual([0, 0, 3001]);
    expect(nullDb(wav('backwards.wav').channels[0], fixtureNumbers('backwards.f32'))).toBeLessThan(-140);
  });

  it('is told as a warning, and by name where it counts', async () => {
    const { code, json } = await cli.run('check', 'backwards.npatch', '--json');
    expect([code, json.problems[0].code, json.problems[0].severity]).toEqual([0, 'E-OFFLINE', 'warning']);
    const bundle = await cli.run('compile', 'backwards.npatch', '-o', 'x.npbundle', '--json');
    expect([bundle.code, bundle.json.problems[0].code]).toEqual([1, 'E-OFFLINE']);
  });
});
