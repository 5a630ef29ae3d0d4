// Waveshaper: distorts a signal with a curve. Owns "dynamics/waveshaper".
// y = gain·(f(drive·x + bias) − f(bias)), in f64, rounded once; every f has slope 1 at 0 and stays within ±1. Only the
// lowering's arctangent is f32 (ONNX Runtime has no other), which is 140 dB below full scale. With oversampling, f is taken at
// 2 or 4 times the rate between the two filters of src/dsp/oversampler.ts; drive, bias and level stay at the node's rate.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import type { Kernel, KernelIo, KernelParams, NodeContext, Place, StateSpec } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';
import {
  designOversampler,
  lowerFrames,
  OVERSAMPLER_LATENCY,
  type Oversampler,
  type OversamplerRoom,
  oversamplerPast,
  placeOversampler,
  raiseFrames,
} from '../../src/dsp/oversampler.ts';
import { CUBIC_KNEE, CURVES, curveAt } from '../../src/dsp/shape.ts';

/** Points of the picture on each side of silence. */
const CURVE_STEPS = 64;

const OVERSAMPLINGS = ['1×', '2×', '4×'];

interface Tables {
  /** Undefined without oversampling. */
  readonly oversampling: { readonly oversampler: Oversampler; readonly room: OversamplerRoom } | undefined;
  /** Names of the states of each channel: its past before and behind the curve. */
  readonly names: readonly { readonly heard: string; readonly bent: string }[];
  /** Where a call works out its moving params; hold nothing from call to call. */
  readonly drives: Float64Array;
  readonly biases: Float64Array;
  readonly rests: Float64Array;
  readonly gains: Float64Array;
}

const factorOf = (values: NodeContext['values']): number => Number.parseInt(String(values.oversampling ?? '1×'), 10);

const namesOf = (ctx: NodeContext): Tables['names'] =>
  Array.from({ length: ctx.channels.in ?? 1 }, (_, at) => ({ heard: `heard${at}`, bent: `bent${at}` }));

function makeTables(ctx: NodeContext, place: Place): Tables {
  const room = (): Float64Array => place(new Float64Array(ctx.maxFrames));
  const factor = factorOf(ctx.values);
  return {
    oversampling: factor > 1 ? placeOversampler(designOversampler(factor), ctx.maxFrames, place) : undefined,
    names: namesOf(ctx),
    drives: room(),
    biases: room(),
    rests: room(),
    gains: room(),
  };
}

/** All curves of `v` [C, N] f64, in the order of CURVES. */
function lowerShapes(g: GraphBuilder, v: Value): Value[] {
  const clip = (limit: number): Value =>
    g.op('Clip', [v, g.constant('f64', [-limit], []), g.constant('f64', [limit], [])]);
  const arctan = g.op('Atan', [g.cast(g.mul(v, g.f64(Math.PI / 2)), 'f32')]);
  const knee = clip(CUBIC_KNEE);
  const cubic = g.sub(knee, g.mul(g.mul(g.mul(g.f64(4 / 27), knee), knee), knee));
  const quarter = g.sub(g.mul(v, g.f64(0.25)), g.f64(0.25));
  const distance = g.sub(quarter, g.op('Floor', [g.add(quarter, g.f64(0.5))]));
  const folded = g.sub(g.f64(1), g.mul(g.f64(4), g.op('Abs', [distance])));
  return [g.op('Tanh', [v]), g.div(g.cast(arctan, 'f64'), g.f64(Math.PI / 2)), cubic, clip(1), folded];
}

/** Writes drive, bias, f(bias) and gain of every frame. */
function writeMoving(io: KernelIo<Tables>, p: KernelParams, frames: number): void {
  const { drives, biases, rests, gains } = io.tables;
  const { drive, bias, level } = p;
  const shape = p.shape.value;
  if (drive.isConstant) drives.fill(levelToGain(drive.value), 0, frames);
  else io.kernels.levelToGain(drive.values, drives, frames);
  if (level.isConstant) gains.fill(levelToGain(level.value), 0, frames);
  else io.kernels.levelToGain(level.values, gains, frames);
  if (bias.isConstant) {
    biases.fill(bias.value, 0, frames);
    io.kernels.bend(shape, biases, rests, 1);
    rests.fill(rests[0], 1, frames);
  } else {
    for (let i = 0; i < frames; i++) biases[i] = bias.values[i];
    io.kernels.bend(shape, biases, rests, frames);
  }
}

const playPlain: Kernel<Tables> = (io, p, _s, frames) => {
  const { kernels } = io;
  const shape = p.shape.value;
  const inputs = io.audioIn.in;
  const outputs = io.audioOut.out;
  if (p.drive.isConstant && p.bias.isConstant && p.level.isConstant) {
    const drive = levelToGain(p.drive.value);
    const bias = p.bias.value;
    const gain = levelToGain(p.level.value);
    for (let c = 0; c < inputs.length; c++) kernels.shape(shape, drive, bias, gain, inputs[c], outputs[c], frames);
    return;
  }
  kernels.shapeMoving(shape, p.drive, p.bias, p.level, inputs, outputs, frames);
};

const playOversampled: Kernel<Tables> = (io, p, s, frames) => {
  const { kernels, tables } = io;
  const { drives, biases, rests, gains, names } = tables;
  const { oversampler, room } = tables.oversampling as NonNullable<Tables['oversampling']>;
  writeMoving(io, p, frames);
  for (let channel = 0; channel < names.length; channel++) {
    raiseFrames(kernels, oversampler, room, s[names[channel].heard] as Float64Array, io.audioIn.in[channel], frames);
    for (let m = 0; m < oversampler.factor; m++) {
      const driven = room.raised[m];
      const bent = room.bentNow[m];
      for (let i = 0; i < frames; i++) driven[i] = drives[i] * driven[i] + biases[i];
      kernels.bend(p.shape.value, driven, driven, frames);
      for (let i = 0; i < frames; i++) bent[i] = driven[i] - rests[i];
    }
    lowerFrames(kernels, oversampler, room, s[names[channel].bent] as Float64Array, frames);
    const output = io.audioOut.out[channel];
    for (let i = 0; i < frames; i++) output[i] = gains[i] * room.output[i];
  }
};

/** Rows [.., N, length] of the last `length` values before and with each frame; `past` is [.., length − 1 + N]. */
function unfold(g: GraphBuilder, past: Value, length: number, frames: Value): Value {
  const range = g.op('Range', [
    g.constant('i64', [0], []),
    g.op('Squeeze', [frames, g.i64(0)]),
    g.constant('i64', [1], []),
  ]);
  const offsets = g.i64(...Array.from({ length }, (_, at) => at));
  return g.op('Gather', [past, g.add(g.op('Unsqueeze', [range, g.i64(1)]), offsets)], { axis: 1n });
}

/** `taps` as [columns, rows]. */
const transposed = (taps: Float64Array, rows: number, columns: number): Float64Array =>
  Float64Array.from(taps, (_, at) => taps[(at % rows) * columns + Math.floor(at / rows)]);

/** [C, N] → [C, N, M], M subframes of every frame. */
function lowerUp(g: GraphBuilder, x: Value, channels: number, frames: Value, design: Oversampler): Value {
  const { factor, upFrames, up } = design;
  const past = g.history('heard', x, channels, upFrames - 1, 'f64');
  const taps = g.constant('f64', transposed(up, factor, upFrames), [upFrames, factor]);
  return g.op('MatMul', [unfold(g, past, upFrames, frames), taps]);
}

/** [C, N, M] → [C, N] f32: behind the curve nothing is amplified any more, so f32 is enough. */
function lowerDown(g: GraphBuilder, subframes: Value, channels: number, frames: Value, design: Oversampler): Value {
  const { factor, downFrames, down } = design;
  const shaped = (value: Value, ...sizes: Value[]): Value =>
    g.op('Reshape', [value, g.concat(sizes, 0)], { allowzero: 1n });
  const rows = channels * factor;
  const lanes = shaped(g.op('Transpose', [g.cast(subframes, 'f32')], { perm: [0n, 2n, 1n] }), g.i64(rows), frames);
  const past = g.history('bent', lanes, rows, downFrames - 1);
  // One frame too many, so that a call of no frames is a convolution of something: some runtimes refuse an empty one.
  const padded = g.concat([past, g.constant('f32', new Float32Array(rows), [rows, 1])], 1);
  const taps = g.constant('f32', down, [1, factor, downFrames]);
  const filtered = g.op('Conv', [shaped(padded, g.i64(channels, factor), g.add(frames, g.i64(downFrames))), taps], {
    auto_pad: 'NOTSET',
    dilations: [1n],
    group: 1n,
    kernel_shape: [BigInt(downFrames)],
    pads: [0n, 0n],
    strides: [1n],
  });
  return g.slice(g.op('Squeeze', [filtered, g.i64(1)]), 1, 0, frames);
}

export default defineNode<Tables>({
  version: 1,
  label: 'Waveshaper',
  help:
    'Distorts a sound by bending its wave with a curve. Drive pushes the signal into the curve: a little is warm, much is ' +
    'harsh. Tanh and arctan are soft, hard clip is brutal, foldback turns the wave over and sounds metallic. Bias makes it ' +
    'uneven and adds even overtones, like a tube. High notes with much drive also fold down as false tones (aliasing). ' +
    'Oversampling pushes these down, to nothing for a soft curve at +12 dB, less for a hard one: sweep a sine and compare.',
  words: [
    'distortion',
    'overdrive',
    'fuzz',
    'saturation',
    'clip',
    'clipping',
    'fold',
    'tube',
    'warm',
    'nonlinear',
    'tanh',
  ],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: {
    shape: choice({ label: 'Shape', choices: CURVES, default: 'tanh', help: 'The curve that bends the wave.' }),
    drive: param({ label: 'Drive', unit: 'dB', min: -24, max: 60, default: 12, help: 'Gain before the curve.' }),
    bias: param({
      label: 'Bias',
      unit: '',
      min: -1,
      max: 1,
      default: 0,
      help: 'Moves the signal along the curve; adds even overtones. Silence stays silence.',
    }),
    level: param({ label: 'Level', unit: 'dB', min: -60, max: 12, default: -6, help: 'Gain after the curve.' }),
    oversampling: choice({
      label: 'Oversampling',
      choices: OVERSAMPLINGS,
      default: '1×',
      isStructural: true,
      help: `The curve runs at this multiple of the rate: less aliasing, more work, ${OVERSAMPLER_LATENCY} samples of latency.`,
    }),
  },
  view: 'curve',
  curve: {
    label: 'Sample out over sample in, −1 to 1',
    range: [-1, 1],
    hasDiagonal: true,
    points: ({ shape, drive, bias, level }) =>
      Array.from({ length: 2 * CURVE_STEPS + 1 }, (_, n) => {
        const [x, rest, which] = [n / CURVE_STEPS - 1, Number(bias), CURVES.findIndex(name => name === shape)];
        const bent = curveAt(which, levelToGain(Number(drive)) * x + rest) - curveAt(which, rest);
        return [x, levelToGain(Number(level)) * bent];
      }),
  },
  tables: makeTables,
  latency: ctx => ({ filter: factorOf(ctx.values) > 1 ? OVERSAMPLER_LATENCY : 0 }),
  state(ctx): Record<string, StateSpec> {
    if (factorOf(ctx.values) === 1) return {};
    const past = oversamplerPast(designOversampler(factorOf(ctx.values)));
    return Object.fromEntries(
      namesOf(ctx).flatMap(({ heard, bent }) => [
        [heard, { shape: [past.heard], dtype: 'f64' as const }],
        [bent, { shape: [past.bent], dtype: 'f64' as const }],
      ]),
    );
  },
  rest: {},
  kernel(io, p, s, frames) {
    (io.tables.oversampling ? playOversampled : playPlain)(io, p, s, frames);
  },
  lower(g, io, p) {
    const oversampler = (io.tables as Tables).oversampling?.oversampler;
    const channels = io.ctx.channels.in ?? 1;
    const gainOf = (levelDb: Value): Value => g.op('Exp', [g.mul(levelDb, g.f64(LN10_OVER_20))]);
    const x = g.cast(io.audioIn.in, 'f64');
    // One value per frame, for all its subframes.
    const perFrame = (value: Value): Value => (oversampler ? g.op('Unsqueeze', [value, g.i64(1)]) : value);
    const raised = oversampler ? lowerUp(g, x, channels, io.frames, oversampler) : x;
    const bias = perFrame(p.bias.value);
    const driven = g.add(g.mul(raised, perFrame(gainOf(p.drive.value))), bias);
    // The bias rides along as one more channel, so that it is bent by the same operators.
    const still = oversampler
      ? g.op('Expand', [bias, g.concat([g.i64(1), io.frames, g.i64(oversampler.factor)], 0)])
      : g.op('Unsqueeze', [bias, g.i64(0)]);
    const rows = g.concat([driven, still], 0);
    const all = lowerShapes(g, rows).map(curve => g.op('Unsqueeze', [curve, g.i64(0)]));
    const shaped = g.op('Squeeze', [g.op('Gather', [g.concat(all, 0), p.shape.value], { axis: 0n }), g.i64(0)]);
    const bent = g.sub(g.slice(shaped, 0, 0, -1), g.slice(shaped, 0, -1));
    const lowered = oversampler ? g.cast(lowerDown(g, bent, channels, io.frames, oversampler), 'f64') : bent;
    return { out: g.cast(g.mul(lowered, gainOf(p.level.value)), 'f32') };
  },
  cases: [
    {
      name: 'tanh, with a bias',
      params: { shape: 'tanh', drive: 20, bias: 0.5, level: 0 },
      in: { in: [[0, 0.1, -0.1, 1]] },
      out: { out: [[0, 0.443031097, -0.924234315, 0.537882841]] },
      tolerance: 1e-7,
      reference: 'numpy.tanh(10·x + 0.5) − numpy.tanh(0.5)',
    },
    {
      name: 'arctan',
      params: { shape: 'arctan', drive: 0, bias: 0, level: 6.020599913279624 },
      in: { in: [[2 / Math.PI, -2 / Math.PI, 0]] },
      out: { out: [[1, -1, 0]] },
      tolerance: 2e-7,
      reference: 'atan(1) = π/4',
    },
    {
      name: 'cubic reaches 1 at 1.5 and stays there',
      params: { shape: 'cubic', drive: 0, bias: 0, level: 0 },
      in: { in: [[0.75, 1.5, 2, -100]] },
      out: { out: [[0.6875, 1, 1, -1]] },
      tolerance: 1e-7,
      reference: 'v − 4v³/27 by hand',
    },
    {
      name: 'hard clip',
      params: { shape: 'hard clip', drive: 0, bias: 0, level: 0 },
      in: {
        in: [
          [0.5, 1.5, -3],
          [-0.25, 1, 0],
        ],
      },
      out: {
        out: [
          [0.5, 1, -1],
          [-0.25, 1, 0],
        ],
      },
      tolerance: 0,
      reference: 'min(1, max(−1, v))',
    },
    {
      name: 'foldback reflects at ±1',
      params: { shape: 'foldback', drive: 0, bias: 0, level: 0 },
      in: { in: [[0.5, 1.25, 2.5, -1.75, 4.25]] },
      out: { out: [[0.5, 0.75, -0.5, -0.25, 0.25]] },
      tolerance: 0,
      reference: 'reflection by hand; binary fractions, so exact',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'sine', frequency: 110, level: -6 } });
    patch.add('control/knob', 'knob', { label: 'Drive', params: { min: -24, max: 60, value: 18, unit: 'dB' } });
    patch.add('dynamics/waveshaper', 'shaper', { params: { drive: 0, level: -12 } });
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'shaper.in');
    patch.connect('knob.out', 'shaper.drive');
    patch.connect('shaper.out', 'spectrum.in');
    patch.connect('shaper.out', 'out.in');
    patch.note('A sine has one line in the spectrum. Turn Drive and count the overtones.', [0, -80]);
  },
});
