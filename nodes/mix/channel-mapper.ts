// Channel Mapper: turns any number of channels into the ones that are wanted. Owns "mix/channel-mapper".
// Every mapping is one matrix [outlet channels × inlet channels] of constants; f64 sums in the kernel, rounded once.
import { defineNode } from '../../src/core/define-node.ts';
import type { ShapeContext } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';

const CHANNELS_MAX = 32;

/** One row per outlet channel, one factor per inlet channel, given how many of those there are and the node's settings. */
type MakeMatrix = (inputs: number, channel: number, count: number) => number[][];

/** A row with the given factors for the first channels. A lone channel stands for both left and right. */
const pair = (inputs: number, left: number, right: number): number[] =>
  inputs === 1 ? [left + right] : Array.from({ length: inputs }, (_, i) => (i === 0 ? left : i === 1 ? right : 0));

const only = (inputs: number, wanted: number): number[] =>
  Array.from({ length: inputs }, (_, i) => (i === wanted ? 1 : 0));

const MAPPINGS: Readonly<Record<string, MakeMatrix>> = {
  mono: inputs => [Array<number>(inputs).fill(1 / inputs)],
  stereo: inputs => [pair(inputs, 1, 0), pair(inputs, 0, 1)],
  swap: inputs => [pair(inputs, 0, 1), pair(inputs, 1, 0)],
  'to mid/side': inputs => [pair(inputs, 0.5, 0.5), pair(inputs, 0.5, -0.5)],
  'from mid/side': inputs => [pair(inputs, 1, 1), pair(inputs, 1, -1)],
  'one channel': (inputs, channel) => [only(inputs, channel - 1)],
  'first channels': (inputs, _channel, count) => Array.from({ length: count }, (_, at) => only(inputs, at)),
};
const MAPPING_NAMES = Object.keys(MAPPINGS);

const whole = (value: unknown, fallback: number): number =>
  typeof value === 'number' ? Math.min(CHANNELS_MAX, Math.max(1, Math.round(value))) : fallback;

function matrixFor(values: ShapeContext['values'], inputs: number): number[][] {
  const make = MAPPINGS[String(values.mapping ?? 'mono')] ?? MAPPINGS.mono;
  return make(inputs, whole(values.channel, 1), whole(values.count, 2));
}

/** One outlet channel: a sum of inlet channels. */
interface Row {
  readonly channels: readonly number[];
  /** The factor of each of them. */
  readonly factors: Float64Array;
  /** Where a call puts their buffers, and room for the kernel; hold nothing from call to call. */
  readonly inputs: Float32Array[];
  readonly addresses: Int32Array;
}
const NOTHING = new Float32Array(0);

export default defineNode<readonly Row[]>({
  version: 1,
  label: 'Channel Mapper',
  help:
    'Gives a sound the channels that the next node wants. Mono is the mean of all, stereo the first two (a lone one on both sides); ' +
    'swap exchanges left and right. To mid/side splits a stereo sound into what both sides share and what differs; work on one of ' +
    'them, then come back with from mid/side. One channel picks one; first channels takes as many as Count says and fills up ' +
    'with silence.',
  words: [
    'mono',
    'stereo',
    'swap',
    'mid/side',
    'M/S',
    'left',
    'right',
    'channels',
    'matrix',
    'convert',
    'width',
    'fold down',
  ],
  ports: ctx => ({
    in: audio('inlet'),
    out: audio('outlet', { channels: matrixFor(ctx.values, 2).length }),
  }),
  params: {
    mapping: choice({
      label: 'Mapping',
      choices: MAPPING_NAMES,
      default: 'mono',
      isStructural: true,
      help: 'What becomes of the channels.',
    }),
    channel: param({
      label: 'Channel',
      unit: '',
      min: 1,
      max: CHANNELS_MAX,
      default: 1,
      rate: 'event',
      isStructural: true,
      help: 'Which one "one channel" picks; silent where the sound has fewer.',
    }),
    count: param({
      label: 'Count',
      unit: '',
      min: 1,
      max: CHANNELS_MAX,
      default: 2,
      rate: 'event',
      isStructural: true,
      help: 'How many channels "first channels" gives.',
    }),
  },
  tables: (ctx, place) =>
    matrixFor(ctx.values, ctx.channels.in ?? 1).map(row => {
      const channels = row.flatMap((factor, at) => (factor === 0 ? [] : [at]));
      return {
        channels,
        factors: place(Float64Array.from(channels, at => row[at])),
        inputs: channels.map(() => NOTHING),
        addresses: place(new Int32Array(channels.length)),
      };
    }),
  rest: {},
  kernel(io, _p, _s, frames) {
    const inputs = io.audioIn.in;
    for (let c = 0; c < io.tables.length; c++) {
      const row = io.tables[c];
      for (let at = 0; at < row.channels.length; at++) row.inputs[at] = inputs[row.channels[at]];
      io.kernels.sum(row.factors, row.inputs, row.addresses, io.audioOut.out[c], frames);
    }
  },
  lower(g, io) {
    const matrix = matrixFor(io.ctx.values, io.ctx.channels.in ?? 1);
    const rows = matrix.map(row => {
      const terms = row.flatMap((factor, at) =>
        factor === 0 ? [] : [g.mul(g.cast(g.slice(io.audioIn.in, 0, at, at + 1), 'f64'), g.f64(factor))],
      );
      return terms.length > 0
        ? g.cast(
            terms.reduce((a, b) => g.add(a, b)),
            'f32',
          )
        : g.op('Expand', [g.constant('f32', [0], [1, 1]), g.concat([g.i64(1), io.frames], 0)]);
    });
    return { out: g.concat(rows, 0) };
  },
  cases: [
    {
      name: 'mono is the mean of all',
      params: { mapping: 'mono' },
      in: {
        in: [
          [1, 0.5, 0],
          [0, 0.5, 0],
          [0.5, 0.5, -1.5],
          [0.5, 0.5, -0.5],
        ],
      },
      out: { out: [[0.5, 0.5, -0.5]] },
      tolerance: 0,
      reference: 'mean by hand; binary fractions, so exact',
    },
    {
      name: 'a lone channel sounds on both sides',
      params: { mapping: 'stereo' },
      in: { in: [[0.25, -1]] },
      out: {
        out: [
          [0.25, -1],
          [0.25, -1],
        ],
      },
      tolerance: 0,
      reference: 'identity',
    },
    {
      name: 'swap takes the first two of three',
      params: { mapping: 'swap' },
      in: {
        in: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
      out: {
        out: [
          [3, 4],
          [1, 2],
        ],
      },
      tolerance: 0,
      reference: 'by hand',
    },
    {
      name: 'mid and side are half the sum and half the difference',
      params: { mapping: 'to mid/side' },
      in: {
        in: [
          [1, 0.5, 0],
          [0, 0.5, 0.25],
        ],
      },
      out: {
        out: [
          [0.5, 0.5, 0.125],
          [0.5, 0, -0.125],
        ],
      },
      tolerance: 0,
      reference: '(L + R)/2 and (L − R)/2 by hand',
    },
    {
      name: 'from mid/side gives left and right back',
      params: { mapping: 'from mid/side' },
      in: {
        in: [
          [0.5, 0.5, 0.125],
          [0.5, 0, -0.125],
        ],
      },
      out: {
        out: [
          [1, 0.5, 0],
          [0, 0.5, 0.25],
        ],
      },
      tolerance: 0,
      reference: 'M + S and M − S by hand',
    },
    {
      name: 'one channel that is not there is silent',
      params: { mapping: 'one channel', channel: 3 },
      in: {
        in: [
          [1, 1],
          [1, 1],
        ],
      },
      out: { out: [[0, 0]] },
      tolerance: 0,
      reference: 'silence',
    },
    {
      name: 'first channels takes and fills up',
      params: { mapping: 'first channels', count: 3 },
      in: {
        in: [
          [1, 2],
          [3, 4],
        ],
      },
      out: {
        out: [
          [1, 2],
          [3, 4],
          [0, 0],
        ],
      },
      tolerance: 0,
      reference: 'by hand',
    },
  ],
  example(patch) {
    patch.add('source/audio-file-player', 'drums', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('source/noise', 'noise', { params: { colour: 'pink', channels: 'stereo', level: -30 } });
    patch.add('mix/mixer', 'mixer', { params: { inputs: '2' } });
    patch.add('mix/channel-mapper', 'mapper', { params: { mapping: 'to mid/side' } });
    patch.add('output/audio-output', 'out');
    patch.connect('drums.out', 'mixer.in1');
    patch.connect('noise.out', 'mixer.in2');
    patch.connect('mixer.out', 'mapper.in');
    patch.connect('mapper.out', 'out.in');
    patch.note(
      'Left is what both sides share: drums and some noise. Right is what differs: the noise alone.',
      [0, -80],
    );
  },
});
