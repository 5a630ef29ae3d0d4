// What is special about filter/convolution: long responses against scipy, the same bits for every call, the graph against the
// kernel at every border between head and parts, its memory over resets, and responses that do not fit.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import convolution from '../../nodes/filter/convolution.ts';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import type { AudioResource } from '../../src/core/resource.ts';
import { encodeWav } from '../../src/dsp/wav.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { createInstance, nodeContext, playInstance, runNode } from './kernel-harness.ts';
import { openLowered } from './lower-harness.ts';
import { hashed, noise, nullDb } from './signals.ts';

const type = convolution.withId('filter/convolution');
const response = (channels: readonly Float32Array[], recordedRateHz?: number): { impulse: AudioResource } => ({
  impulse: { kind: 'audio', path: 'response.wav', sha256: '', sampleRateHz: 48000, channels, recordedRateHz },
});
/** Noise that dies away by 60 dB. */
const room = (taps: number, seed: number): Float32Array =>
  noise(taps, seed).map((x, i) => x * Math.exp((-6.9 * i) / taps));
const UNEVEN = [1, 127, 3, 480, 64];

interface Reference {
  readonly name: string;
  readonly taps: number;
  readonly responses: number;
  readonly channels: number;
  readonly frames: number;
  readonly at: readonly number[];
  readonly out: readonly (readonly number[])[];
}
const references = JSON.parse(
  readFileSync(new URL('./fixtures/convolution.json', import.meta.url), 'utf8'),
) as Reference[];

test.each(references)('$name is scipy’s to −130 dB', ({ taps, responses, channels, frames, at, out }) => {
  const impulse = Array.from({ length: responses }, (_, c) =>
    Float32Array.from(hashed(taps, 7 + c), (x, n) => x * (1 - n / taps) ** 4 * 0.125),
  );
  const sound = Array.from({ length: channels }, (_, c) => Float32Array.from(hashed(frames, 100 + c), x => 0.5 * x));
  const run = { params: { normalise: 'off' }, resources: response(impulse), audio: { in: sound }, frames };
  const heard = runNode(type, { ...run, schedule: [128] }).audio.out;
  const picked = heard.map(channel => at.map(frame => channel[frame]));
  expect(nullDb(picked, out)).toBeLessThanOrEqual(-130);
  expect(Math.max(...out.flat().map(Math.abs))).toBeGreaterThan(0.5);
});

/** The defining sum in f64. */
function sumOf(taps: Float32Array, x: Float32Array): Float64Array {
  return Float64Array.from(x, (_, n) => {
    let sum = 0;
    for (let k = Math.min(n, taps.length - 1); k >= 0; k--) sum += taps[k] * x[n - k];
    return sum;
  });
}

// Head 128, parts of 128 up to 896, of 512 up to 8064, of 4096 from there on: one below, at and above each border.
describe.each([
  [1, 1, 1],
  [127, 1, 2],
  [128, 2, 2],
  [129, 2, 2],
  [256, 1, 1],
  [257, 1, 1],
  [896, 1, 1],
  [897, 1, 2],
  [1408, 2, 2],
  [1409, 1, 1],
  [8064, 1, 1],
  [8065, 1, 1],
  [9001, 3, 3],
])('%d taps, a response of %d channels, a sound of %d', (taps, responses, channels) => {
  const frames = 11000;
  const impulse = Array.from({ length: responses }, (_, c) => room(taps, 5 + c));
  const sound = Array.from({ length: channels }, (_, c) => noise(frames, 50 + c, 0.5));
  const run = { params: { normalise: 'off' }, resources: response(impulse), audio: { in: sound }, frames };
  const whole = runNode(type, { ...run, schedule: [4096] });

  test('the kernel is the defining sum, bit by bit the same for every call', () => {
    expect(
      nullDb(
        whole.audio.out,
        sound.map((x, c) => sumOf(impulse[Math.min(c, responses - 1)], x)),
      ),
    ).toBeLessThanOrEqual(-135);
    for (const schedule of [[1], [37], [128], [480], UNEVEN]) {
      const cut = runNode(type, { ...run, schedule });
      expect(nullDb(cut.audio.out, whole.audio.out), `calls of ${schedule}`).toBe(-Infinity);
      expect(nullDb(Object.values(cut.state), Object.values(whole.state)), `states, ${schedule}`).toBe(-Infinity);
    }
  });

  test('the graph is the kernel to −125 dB for every call', async () => {
    const play = await openLowered(type, { ...run, inChannels: { in: channels } });
    for (const schedule of [[37], [128], [480], [4096], [...UNEVEN, 1]]) {
      const short = { ...run, frames: schedule[0] === 37 ? 3000 : frames, schedule };
      const expected = whole.audio.out.map(channel => channel.subarray(0, short.frames));
      expect(nullDb((await play(short)).audio.out, expected), `calls of ${schedule}`).toBeLessThanOrEqual(-125);
    }
  });
});

test('the first frame sounds at once, and each tap at its frame: no latency at any block', () => {
  const impulse = [room(5000, 3)];
  const click = new Float32Array(6000).fill(1, 700, 701);
  for (const schedule of [[1], [64], [1000]]) {
    const run = { params: { normalise: 'off' }, resources: response(impulse), audio: { in: [click] }, frames: 6000 };
    const [heard] = runNode(type, { ...run, schedule }).audio.out;
    const expected = new Float32Array(6000);
    expected.set(impulse[0], 700);
    expect(nullDb([heard], [expected])).toBeLessThanOrEqual(-140);
    expect(heard.findIndex(x => x !== 0)).toBe(700);
  }
  const { ctx } = nodeContext(type, { resources: response(impulse) });
  expect(type.latency(ctx)).toEqual({ buffering: 0, inference: 0, model: 0, filter: 0 });
});

test('a mono sound in a stereo response comes out in stereo', () => {
  const { shape, ctx } = nodeContext(type, { resources: response([room(300, 1), room(300, 2)]) });
  expect([shape.ports.in.channels, shape.ports.out.channels, ctx.channels.out]).toEqual([2, 2, 2]);
  expect(nodeContext(type, { resources: response([room(300, 1)]) }).shape.ports.out.channels).toBe('follow');
});

test('energy: white noise leaves as loud as it came, in the mean of the channels', () => {
  const resources = response([room(3000, 1).map(x => 40 * x), room(3000, 2).map(x => 10 * x)]);
  const sound = [noise(96000, 8, 0.5), noise(96000, 9, 0.5)];
  const { out } = runNode(type, { resources, audio: { in: sound }, frames: 96000, schedule: [512] }).audio;
  const power = (channels: readonly Float32Array[]): number =>
    channels.reduce((sum, channel) => sum + channel.reduce((a, x) => a + x * x, 0), 0);
  expect(10 * Math.log10(power(out) / power(sound))).toBeCloseTo(0, 0);
  expect(10 * Math.log10(power([out[0]]) / power([out[1]]))).toBeCloseTo(12.04, 0);
});

test('in a region of blocks, where most calls have no frame at all: the stream’s sound, in the engine and in the bundle', async () => {
  const patch = makePatch(
    [
      ['in', 'source/audio-input'],
      ['to-blocks', 'rate/block-adapter', { block: 300 }],
      ['room', 'filter/convolution', { normalise: 'off' }],
      ['to-stream', 'rate/block-adapter', { block: 0 }],
      ['out', 'output/audio-output'],
    ],
    ['in.out > to-blocks.in', 'to-blocks.out > room.in', 'room.out > to-stream.in', 'to-stream.out > out.in'],
  );
  const resources = { room: response([room(6000, 3)]) };
  const { plan, problems } = makePlan(patch, registry, resources);
  expect(problems).toEqual([]);
  const frames = 9000;
  const inputs = { in: [noise(frames, 5, 0.5)] };
  const inBlocks = (await renderPatch({ patch, registry, resources, frames, inputs, schedule: [64] })).outputs.out;
  const stream = runNode(type, {
    params: { normalise: 'off' },
    resources: resources.room,
    audio: { in: inputs.in },
    frames,
  }).audio.out;
  const late = plan?.latencySamples ?? 0;
  expect(late).toBeGreaterThan(200);
  expect(
    nullDb(
      inBlocks.map(channel => channel.subarray(late)),
      stream.map(channel => channel.subarray(0, frames - late)),
    ),
    // The engine plays in SIMD, the bare kernel its scalar twins.
  ).toBeLessThanOrEqual(-125);
  const bundle = readBundle(packBundle(compileBundle(patch, plan as Plan, registry, resources)));
  const player = new BundlePlayer(bundle, createGraphRuntime(await loadOrtFromFile(WASM_PATH)));
  for (const schedule of [[64], [1, 700]]) {
    player.reset();
    const short = schedule[0] === 1 ? 4000 : frames;
    const played = playBundle(player, { inputs, frames: short, schedule, events: [] }).out;
    expect(
      nullDb(
        played,
        inBlocks.map(channel => channel.subarray(0, short)),
      ),
    ).toBeLessThanOrEqual(-120);
  }
  player.dispose();
});

test('a call of no frames changes nothing', () => {
  const instance = createInstance(type, { resources: response([room(5000, 6)]), inChannels: { in: 1 } });
  playInstance(instance, { audio: { in: [noise(4096, 7)] }, frames: 4096, schedule: [512] });
  const before = Object.values(instance.state).map(values => values.slice());
  type.kernel(instance.io, instance.p, instance.state, 0);
  expect(nullDb(Object.values(instance.state), before)).toBe(-Infinity);
});

test('a response without any sound is silence, not a division by 0', () => {
  const [heard] = runNode(type, {
    resources: response([new Float32Array(500)]),
    audio: { in: [noise(2000, 4)] },
    frames: 2000,
  }).audio.out;
  expect(heard.every(x => x === 0)).toBe(true);
});

test('from zeros it starts afresh at any frame, and what is not a number does not stay', () => {
  const resources = response([room(9000, 6)]);
  const instance = createInstance(type, { resources, inChannels: { in: 1 } });
  const run = { resources, audio: { in: [noise(9300, 7, 0.5)] }, frames: 9300, schedule: [300] };
  const first = playInstance(instance, run).audio.out;
  for (const values of Object.values(instance.state)) values.fill(0);
  expect(nullDb(playInstance(instance, run).audio.out, first)).toBe(-Infinity);
  for (const values of Object.values(instance.state)) values.fill(0);
  const bad = run.audio.in[0].slice();
  bad.fill(Number.NaN, 100, 110).fill(Number.POSITIVE_INFINITY, 2000, 2010);
  const clean = bad.map(x => (Number.isFinite(x) ? x : 0));
  const hurt = playInstance(instance, { ...run, audio: { in: [bad] } }).audio.out;
  expect(nullDb(hurt, runNode(type, { ...run, audio: { in: [clean] } }).audio.out)).toBe(-Infinity);
});

describe('a response that does not fit is a problem of its slot', () => {
  const bare = makePatch(
    [
      ['in', 'source/audio-input'],
      ['room', 'filter/convolution'],
      ['out', 'output/audio-output'],
    ],
    ['in.out > room.in', 'room.out > out.in'],
  );
  const node = { ...bare.nodes.room, resources: { impulse: 'ir.wav' } };
  const patch = { ...bare, nodes: { ...bare.nodes, room: node } };
  const problemsOf = async (bytes: Uint8Array) => (await loadResources(patch, registry, async () => bytes)).problems;
  /** A header that announces `frames` of 16-bit mono, and as many bytes. */
  const wavOf = (frames: number): Uint8Array => {
    const bytes = new Uint8Array(44 + 2 * frames);
    bytes.set(encodeWav([new Float32Array(1)], 48000, 's16').subarray(0, 44));
    new DataView(bytes.buffer).setUint32(4, 36 + 2 * frames, true);
    new DataView(bytes.buffer).setUint32(40, 2 * frames, true);
    return bytes;
  };
  const slot = { severity: 'error', nodeId: 'room', path: 'nodes.room.resources.impulse' };

  test('0 samples', async () => {
    const problems = await problemsOf(wavOf(0));
    expect(problems).toMatchObject([{ ...slot, code: 'E-AUDIO-FORMAT' }]);
    expect(problems[0].message).toContain('no sound');
  });

  test('10⁸ samples', async () => {
    expect(await problemsOf(wavOf(1e8))).toEqual([
      {
        ...slot,
        code: 'E-SIZE',
        message:
          'room.impulse: ir.wav: expected at most 30 s, got 2083.3 s of sound. Cut the file, or choose a shorter one.',
      },
    ]);
  });

  test('30 s are taken, one frame more is not', async () => {
    const codes = async (frames: number) => (await problemsOf(wavOf(frames))).map(({ code }) => code);
    expect([await codes(30 * 48000), await codes(30 * 48000 + 1)]).toEqual([[], ['E-SIZE']]);
  });

  test('what is not a number', async () => {
    const bytes = encodeWav([Float32Array.of(1, Number.NaN, 0)], 48000, 'f32');
    expect(await problemsOf(bytes)).toMatchObject([{ ...slot, code: 'E-AUDIO-FORMAT' }]);
  });

  test('another rate: converted, and as loud as it was', async () => {
    const bytes = encodeWav(
      [Float32Array.from({ length: 900 }, (_, n) => Math.exp(-(((n - 450) / 60) ** 2)))],
      24000,
      'f32',
    );
    const { resources, problems } = await loadResources(patch, registry, async () => bytes);
    expect(problems).toEqual([]);
    const run = { params: { normalise: 'off' }, resources: resources.room, frames: 6000 };
    const heard = runNode(type, { ...run, audio: { in: [new Float32Array(6000).fill(0.01)] } }).audio.out[0];
    // A constant comes out times the sum of the taps: the width of the bell times √π.
    expect(heard[5999]).toBeCloseTo(0.01 * 60 * Math.sqrt(Math.PI), 4);
  });
});
