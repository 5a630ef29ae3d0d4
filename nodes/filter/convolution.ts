// Convolution: puts a sound into a recorded room, cabinet or object. Owns "filter/convolution".
// y[n] = Σ_k h[k]·x[n − k], with no latency. The kernel's way is src/dsp/convolver.ts; the lowering's is another one (below), so
// that each is a check of the other.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, LowerIo, Value } from '../../src/core/lower.ts';
import type { NodeContext, Place, ShapeContext } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import type { AudioResource } from '../../src/core/resource.ts';
import {
  type Convolver,
  type ConvolverState,
  convolve,
  convolverState,
  createConvolver,
} from '../../src/dsp/convolver.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';
import { packedDft, packedInverse, packedParts } from '../../src/dsp/packed-dft.ts';

/** Frames of a block in the lowering; its window is two. */
const BLOCK = 128;
const WINDOW = 2 * BLOCK;
/** More blocks than any call completes; the constant lets a checker see that the loop of the lowering ends. */
const MAX_ROUNDS = 1_000_000;
/** A longer response takes more than a quarter of a processor. */
const MAX_SECONDS = 30;
/** What a node without a response convolves with: the sound goes through. */
const NOTHING: readonly Float32Array[] = [Float32Array.of(1)];

/** A response for the cases. */
const response = (...channels: number[][]): AudioResource => ({
  kind: 'audio',
  path: 'response.wav',
  sha256: '',
  sampleRateHz: 48000,
  channels: channels.map(taps => Float32Array.from(taps)),
});

interface Tables {
  readonly convolver: Convolver;
  /** What multiplies the sound behind the response. */
  readonly gain: number;
  /** Names of the states of each channel. */
  readonly names: readonly Record<keyof ConvolverState, string>[];
  /** What convolve works on; pointed at one channel after the other, so that no call allocates. */
  readonly memory: ConvolverState;
}

const resourceOf = ({ resources }: Pick<ShapeContext, 'resources'>): AudioResource | undefined =>
  resources.impulse?.kind === 'audio' && resources.impulse.channels[0]?.length > 0 ? resources.impulse : undefined;

const impulseOf = (ctx: Pick<ShapeContext, 'resources'>): readonly Float32Array[] =>
  resourceOf(ctx)?.channels ?? NOTHING;

/** 'energy': white noise leaves as loud as it came, in the mean of the channels. */
function gainOf(ctx: NodeContext): number {
  const resource = resourceOf(ctx);
  if (resource === undefined) return 1;
  // A response that was brought to a higher rate has more taps per second; without this the sum over them would be louder.
  if (ctx.values.normalise === 'off') return (resource.recordedRateHz ?? resource.sampleRateHz) / resource.sampleRateHz;
  let energy = 0;
  for (const taps of resource.channels) for (let k = 0; k < taps.length; k++) energy += taps[k] * taps[k];
  return energy > 0 ? Math.sqrt(resource.channels.length / energy) : 1;
}

const KEYS = Object.keys(convolverState(1)) as (keyof ConvolverState)[];

function namesOf(ctx: NodeContext): Record<keyof ConvolverState, string>[] {
  return Array.from(
    { length: ctx.channels.in ?? 1 },
    (_, channel) =>
      Object.fromEntries(KEYS.map(key => [key, `${key}${channel}`])) as Record<keyof ConvolverState, string>,
  );
}

function makeTables(ctx: NodeContext, place: Place): Tables {
  const names = namesOf(ctx);
  const none = new Float32Array(0);
  return {
    convolver: createConvolver(impulseOf(ctx), names.length, place),
    gain: gainOf(ctx),
    names,
    memory: { line: none, late: none, heard: none, sums: none },
  };
}

/**
 * What taps from BLOCK on add, [C, N]. Blocks of BLOCK frames are counted across calls; those that a call completes are
 * transformed by a matrix, all at once, and a loop sums the products of each with the parts of the response. `heard` holds the
 * WINDOW − 1 frames before the call and the call's own.
 */
function lowerTail(g: GraphBuilder, io: LowerIo, heard: Value, impulse: readonly Float32Array[]): Value {
  const channels = io.ctx.channels.in ?? 1;
  const packed = impulse.map(taps => packedParts(taps, BLOCK, WINDOW));
  const { parts } = packed[0];
  const weights = (kind: 'straight' | 'crossed'): Value => {
    const values = new Float64Array(packed.length * parts * WINDOW);
    packed.forEach((response, at) => {
      values.set(response[kind], at * parts * WINDOW);
    });
    return g.constant('f32', values, [packed.length, parts, WINDOW]);
  };
  const [straight, crossed] = [weights('straight'), weights('crossed')];
  // Summed in f64: in f32 the two transforms alone would cost 10 dB.
  const transform = (b: GraphBuilder, rows: Value, matrix: Float64Array, columns: number): Value => {
    const stored = b.cast(b.constant('f32', matrix, [WINDOW, columns]), 'f64');
    return b.cast(b.op('MatMul', [b.cast(rows, 'f64'), stored]), 'f32');
  };
  const total = (b: GraphBuilder, values: Value): Value =>
    b.op('ReduceSum', [values, b.i64(1)], { keepdims: 0n, noop_with_empty_axes: 0n });

  const filled = g.state('filled', 'i64', [1]);
  const end = g.add(filled, io.frames);
  const blocks = g.div(end, g.i64(BLOCK));
  g.setState('filled', g.sub(end, g.mul(blocks, g.i64(BLOCK))));

  const begin = g.sub(g.i64(BLOCK - 1), filled);
  const last = g.add(begin, g.mul(g.add(blocks, g.i64(1)), g.i64(BLOCK)));
  const halves = g.op('Reshape', [g.slice(heard, 1, begin, last), g.i64(channels, -1, BLOCK)], { allowzero: 0n });
  const windows = g.concat([g.slice(halves, 1, 0, -1), g.slice(halves, 1, 1)], 2);
  const known = g.concat(
    [g.state('spectra', 'f32', [channels, parts, WINDOW]), transform(g, windows, packedDft(WINDOW), WINDOW)],
    1,
  );
  g.setState('spectra', g.slice(known, 1, -parts));
  const body = g.subgraph(
    [
      { dtype: 'i64', shape: [] },
      { dtype: 'bool', shape: [] },
      { dtype: 'f32', shape: [channels, 'tail'] },
    ],
    (b, [block, goesOn, tail]) => {
      const first = b.add(b.op('Unsqueeze', [block, b.i64(0)]), b.i64(1));
      const seen = b.slice(known, 1, first, b.add(first, b.i64(parts)));
      const other = total(b, b.mul(seen, crossed));
      const swapped = b.concat([b.slice(other, 1, BLOCK), b.slice(other, 1, 0, BLOCK)], 1);
      const sum = b.add(total(b, b.mul(seen, straight)), swapped);
      const sound = transform(b, sum, packedInverse(WINDOW), BLOCK);
      return [
        { value: b.op('Identity', [goesOn]), dtype: 'bool', shape: [] },
        { value: b.concat([tail, sound], 1), dtype: 'f32', shape: [channels, 'tail_now'] },
      ];
    },
  );
  const soon = g.state('soon', 'f32', [channels, BLOCK]);
  const rounds = g.op('Min', [g.op('Squeeze', [blocks, g.i64(0)]), g.constant('i64', [MAX_ROUNDS], [])]);
  const tail = g.op('Loop', [rounds, g.constant('bool', [1], []), soon], { body });
  g.setState('soon', g.slice(tail, 1, -BLOCK));
  return g.slice(tail, 1, filled, end);
}

export default defineNode<Tables>({
  version: 1,
  label: 'Convolution',
  help:
    'Puts a sound into a room, cabinet or object. Choose a recording of how that answers a click (its impulse response) as a WAV ' +
    'file: each frame of the sound starts it anew, without added latency. Hear the wet sound alone, then mix it with the dry one ' +
    'in a Dry/Wet node. A mono response treats every channel alike; a stereo one turns mono into stereo, and takes left and right ' +
    'each through its own side.',
  words: ['reverb', 'room', 'hall', 'cabinet', 'impulse response', 'IR', 'FIR', 'space', 'echo', 'ambience'],
  // A response was brought to the patch's rate when it was loaded, so the sound has to be there too.
  ports: ctx => {
    const channels = impulseOf(ctx).length;
    const options = { channels: channels === 1 ? ('follow' as const) : channels, rateHz: 'patch' as const };
    return { in: audio('inlet', options), out: audio('outlet', options) };
  },
  params: {
    level: param({
      label: 'Level',
      unit: 'dB',
      min: -60,
      max: 24,
      default: 0,
      help: 'Gain of the wet sound in dB.',
    }),
    normalise: choice({
      label: 'Loudness',
      choices: ['energy', 'off'],
      default: 'energy',
      isStructural: true,
      help: 'Energy: noise leaves as loud as it came. Off: the response as it is in the file.',
    }),
  },
  resources: { impulse: { kind: 'audio', label: 'Impulse response', isRequired: true, maxSeconds: MAX_SECONDS } },
  view: 'waveform',
  tables: makeTables,
  state(ctx) {
    const specs = Object.entries(convolverState(impulseOf(ctx)[0].length));
    return {
      // Frames since the start: the convolver's own clock, so that a reset starts everything anew.
      position: { shape: [1], dtype: 'f64' },
      ...Object.fromEntries(
        namesOf(ctx).flatMap((_, channel) =>
          specs.map(([key, length]) => [`${key}${channel}`, { shape: [length], dtype: 'f32' as const }]),
        ),
      ),
    };
  },
  kernel(io, p, s, frames) {
    const { convolver, gain, names, memory } = io.tables;
    const { level } = p;
    const position = s.position[0];
    for (let channel = 0; channel < names.length; channel++) {
      for (let at = 0; at < KEYS.length; at++) memory[KEYS[at]] = s[names[channel][KEYS[at]]] as Float32Array;
      const output = io.audioOut.out[channel];
      convolve(io.kernels, convolver, channel, memory, position, io.audioIn.in[channel], output, frames);
      if (level.isConstant) io.kernels.scale(gain * levelToGain(level.value), output, output, frames);
      else {
        for (let i = 0; i < frames; i++) output[i] *= gain * levelToGain(level.values[i]);
      }
    }
    s.position[0] = position + frames;
  },
  lower(g, io, p) {
    const channels = io.ctx.channels.in ?? 1;
    const impulse = impulseOf(io.ctx);
    const { gain } = io.tables as Tables;
    const heard = g.history('heard', io.audioIn.in, channels, WINDOW - 1);
    const head = new Float64Array(impulse.length * BLOCK);
    impulse.forEach((taps, at) => {
      for (let k = 0; k < Math.min(BLOCK, taps.length); k++) head[(at + 1) * BLOCK - 1 - k] = taps[k];
    });
    // One frame of silence more, because runtimes refuse a convolution over nothing; its result is dropped.
    const padded = g.concat(
      [g.slice(heard, 1, BLOCK), g.constant('f32', new Float32Array(channels), [channels, 1])],
      1,
    );
    const direct = g.op(
      'Conv',
      [
        g.op('Reshape', [padded, g.i64(channels / impulse.length, impulse.length, -1)], { allowzero: 0n }),
        g.constant('f32', head, [impulse.length, 1, BLOCK]),
      ],
      { group: BigInt(impulse.length), kernel_shape: [BigInt(BLOCK)] },
    );
    const near = g.slice(g.op('Reshape', [direct, g.i64(channels, -1)], { allowzero: 0n }), 1, 0, -1);
    const wet = impulse[0].length > BLOCK ? g.add(near, lowerTail(g, io, heard, impulse)) : near;
    const level = g.op('Exp', [g.mul(p.level.value, g.f64(LN10_OVER_20))]);
    return { out: g.mul(wet, g.cast(g.mul(level, g.f64(gain)), 'f32')) };
  },
  cases: [
    {
      name: 'without a response the sound passes',
      in: { in: [[0.5, -1, 0.25]] },
      out: { out: [[0.5, -1, 0.25]] },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'a mono response is for every channel',
      params: { normalise: 'off' },
      resources: { impulse: response([0.5, 0, -0.25]) },
      in: {
        in: [
          [1, 0, 0, 0, 1],
          [0, 2, 0, 0, 0],
        ],
      },
      out: {
        out: [
          [0.5, 0, -0.25, 0, 0.5],
          [0, 1, 0, -0.5, 0],
        ],
      },
      tolerance: 0,
      reference: 'the sum by hand; binary fractions, so exact',
    },
    {
      name: 'a stereo response has a side for each channel',
      params: { normalise: 'off' },
      resources: { impulse: response([0, 1], [0.5, 0.5]) },
      in: {
        in: [
          [1, 2, 3, 4],
          [1, -1, 1, 3],
        ],
      },
      out: {
        out: [
          [0, 1, 2, 3],
          [0.5, 0, 0, 2],
        ],
      },
      tolerance: 0,
      reference: 'the sum by hand; binary fractions, so exact',
    },
    {
      name: 'energy: 0.6² + 0.8² is 1, so that 3 and 4 are 0.6 and 0.8',
      resources: { impulse: response([3, 4]) },
      in: { in: [[1, 0, 0]] },
      out: { out: [[0.6, 0.8, 0]] },
      tolerance: 1e-7,
      reference: 'h / √(Σ h²)',
    },
    {
      name: 'off: a response from 24 kHz is as loud at 48 kHz',
      params: { normalise: 'off' },
      resources: { impulse: { ...response([0.5, 0.5]), recordedRateHz: 24000 } },
      in: { in: [[1, 1, 1]] },
      out: { out: [[0.25, 0.5, 0.5]] },
      tolerance: 0,
      reference: 'the sum over taps times 24000/48000',
    },
  ],
  example(patch) {
    patch.add('source/audio-file-player', 'drums', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('filter/convolution', 'room', { resources: { impulse: 'builtin:audio/room-impulse.wav' } });
    patch.add('mix/dry-wet', 'mix', { params: { mix: 0.35 } });
    patch.add('output/audio-output', 'out');
    patch.connect('drums.out', 'room.in');
    patch.connect('drums.out', 'mix.dry');
    patch.connect('room.out', 'mix.wet');
    patch.connect('mix.out', 'out.in');
    patch.note('Turn Mix up: the loop moves from the studio to the far end of a room.', [0, -80]);
  },
});
