// Mixer: adds several sounds, each at its own level and, if wanted, place. Owns "mix/mixer".
// Σ level·x in f64, rounded once. Pan is the constant-power law: left cos, right sin of (pan + 1)·π/4, −3 dB in the middle.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, LowerIo, LowerParams, Value } from '../../src/core/lower.ts';
import type { ControlSignal, KernelIo, ShapeContext } from '../../src/core/node-type.ts';
import { choice, type Params, param } from '../../src/core/param.ts';
import { audio, type Ports } from '../../src/core/port.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';

const COUNTS = ['2', '3', '4', '6', '8', '12', '16'];
const COUNT_DEFAULT = '4';

/** Names of a strip's inlet and params. */
interface Strip {
  readonly inlet: string;
  readonly level: string;
  readonly pan: string;
}

interface Tables {
  readonly strips: readonly Strip[];
  /** Where a call writes gains (steady, by channel one a strip, as they were worked out last; moving, `stride` a strip) and puts buffers; hold nothing from call to call. */
  readonly steady: readonly Float64Array[];
  readonly moving: Float64Array;
  /** Its strips. */
  readonly rows: readonly Float64Array[];
  readonly stride: number;
  readonly inputs: Float32Array[];
  readonly addresses: Int32Array;
}

const hasPan = (ctx: Pick<ShapeContext, 'values'>): boolean => ctx.values.pan === 'on';

const stripsOf = (ctx: Pick<ShapeContext, 'values'>): Strip[] =>
  Array.from({ length: Number(ctx.values.inputs ?? COUNT_DEFAULT) }, (_, at) => ({
    inlet: `in${at + 1}`,
    level: `level${at + 1}`,
    pan: `pan${at + 1}`,
  }));

const NOTHING = new Float32Array(0);

/** Stands for a strip without a place. */
const NO_PAN = Number.NaN;

/** What a place makes of a gain in one channel. */
const sideGain = (pan: number, channel: number): number => {
  const angle = (pan + 1) * (Math.PI / 4);
  return channel === 0 ? Math.cos(angle) : Math.sin(angle);
};

/** Gain of a strip in one channel. */
const stripGain = (levelDb: number, pan: number, channel: number): number =>
  Number.isNaN(pan) ? levelToGain(levelDb) : levelToGain(levelDb) * sideGain(pan, channel);

/** Writes the gains of one strip in one channel over a call from `at` on. */
function writeGains(
  io: KernelIo<Tables>,
  level: ControlSignal,
  pan: ControlSignal | undefined,
  channel: number,
  at: number,
  frames: number,
): void {
  const gains = io.tables.rows[at];
  if (level.isConstant) gains.fill(levelToGain(level.value), 0, frames);
  else io.kernels.levelToGain(level.values, gains, frames);
  if (pan === undefined) return;
  const side = sideGain(pan.value, channel);
  for (let i = 0; i < frames; i++) gains[i] *= pan.isConstant ? side : sideGain(pan.values[i], channel);
}

function ports(ctx: ShapeContext): Ports {
  const strips = stripsOf(ctx);
  const channels = hasPan(ctx) ? 2 : 'follow';
  return {
    ...Object.fromEntries(strips.map(({ inlet }, at) => [inlet, audio('inlet', { label: `${at + 1}`, channels })])),
    out: audio('outlet', { channels }),
  };
}

function params(ctx: ShapeContext): Params {
  const strips = stripsOf(ctx);
  const all: Record<string, Params[string]> = {};
  strips.forEach(({ level, pan }, at) => {
    all[level] = param({
      label: `Level ${at + 1}`,
      unit: 'dB',
      min: -60,
      max: 12,
      default: 0,
      help: `Gain of inlet ${at + 1}; 0 leaves it as it is.`,
    });
    if (!hasPan(ctx)) return;
    all[pan] = param({
      label: `Pan ${at + 1}`,
      unit: '',
      min: -1,
      max: 1,
      default: 0,
      help: `Place of inlet ${at + 1}: −1 left, 0 middle (−3 dB on both sides), 1 right.`,
    });
  });
  return {
    ...all,
    inputs: choice({
      label: 'Inputs',
      choices: COUNTS,
      default: COUNT_DEFAULT,
      isStructural: true,
      help: 'How many inlets there are.',
    }),
    pan: choice({
      label: 'Pan',
      choices: ['off', 'on'],
      default: 'off',
      isStructural: true,
      help: 'On: each inlet has a place between left and right, and the outlet is stereo.',
    }),
  };
}

/** One strip in the graph, f64 [C, N]. */
function lowerStrip(g: GraphBuilder, io: LowerIo, p: LowerParams, strip: Strip): Value {
  const gain = g.op('Exp', [g.mul(p[strip.level].value, g.f64(LN10_OVER_20))]);
  const sound = g.mul(g.cast(io.audioIn[strip.inlet], 'f64'), gain);
  const pan = p[strip.pan];
  if (pan === undefined) return sound;
  const angle = g.mul(g.add(pan.value, g.f64(1)), g.f64(Math.PI / 4));
  const sides = ['Cos', 'Sin'].map(law => g.op('Unsqueeze', [g.op(law, [angle]), g.i64(0)]));
  return g.mul(sound, g.concat(sides, 0));
}

export default defineNode<Tables>({
  version: 1,
  label: 'Mixer',
  help:
    'Adds several sounds, each at its own level. Choose how many inlets you need. Switch Pan on to place each one between left and ' +
    'right: the outlet is stereo then. All inlets are aligned, so that a sound that took a longer way through the patch does not ' +
    'come late. Watch the level: four sounds at full scale are 12 dB too loud.',
  words: ['sum', 'add', 'blend', 'desk', 'console', 'channels', 'fader', 'pan', 'panorama', 'bus', 'stereo', 'balance'],
  ports,
  params,
  tables(ctx, place) {
    const strips = stripsOf(ctx);
    const stride = ctx.maxFrames + (ctx.maxFrames % 2);
    const moving = place(new Float64Array(strips.length * stride));
    return {
      strips,
      steady: Array.from({ length: ctx.channels.out ?? 1 }, () => place(new Float64Array(strips.length))),
      moving,
      rows: strips.map((_, at) => moving.subarray(at * stride, (at + 1) * stride)),
      stride,
      inputs: strips.map(() => NOTHING),
      addresses: place(new Int32Array(strips.length)),
    };
  },
  rest: {},
  kernel(io, p, _s, frames) {
    const { strips, steady, moving, stride, inputs, addresses } = io.tables;
    const outputs = io.audioOut.out;
    let isSteady = true;
    if (io.hasMoved)
      for (const { level, pan } of strips) isSteady = isSteady && p[level].isConstant && (p[pan]?.isConstant ?? true);
    for (let channel = 0; channel < outputs.length; channel++) {
      for (let at = 0; at < strips.length; at++) {
        const { inlet, level, pan } = strips[at];
        inputs[at] = io.audioIn[inlet][channel];
        if (!isSteady) writeGains(io, p[level], p[pan], channel, at, frames);
        else if (io.hasMoved) steady[channel][at] = stripGain(p[level].value, p[pan]?.value ?? NO_PAN, channel);
      }
      if (isSteady) io.kernels.sum(steady[channel], inputs, addresses, outputs[channel], frames);
      else io.kernels.sumMoving(moving, stride, inputs, addresses, outputs[channel], frames);
    }
  },
  lower(g, io, p) {
    const strips = stripsOf(io.ctx);
    return {
      out: g.cast(
        strips.map(strip => lowerStrip(g, io, p, strip)).reduce((a, b) => g.add(a, b)),
        'f32',
      ),
    };
  },
  cases: [
    {
      name: 'two inlets, one of them halved',
      params: { inputs: '2', level1: 0, level2: -6.020599913279624 },
      in: { in1: [[0.5, -0.25, 0, 1]], in2: [[0.5, 0.5, -1, 0.25]] },
      out: { out: [[0.75, 0, -0.5, 1.125]] },
      tolerance: 1e-7,
      reference: 'x1 + x2/2 by hand',
    },
    {
      name: 'pan: left, middle and right with constant power',
      params: { inputs: '3', pan: 'on', pan1: -1, pan2: 0, pan3: 1 },
      in: {
        in1: [
          [1, 0, 0, 0.5],
          [1, 0, 0, 0.5],
        ],
        in2: [
          [0, 1, 0, 0.5],
          [0, 1, 0, 0.5],
        ],
        in3: [
          [0, 0, 1, 0.5],
          [0, 0, 1, 0.5],
        ],
      },
      out: {
        out: [
          [1, Math.SQRT1_2, 0, 0.5 + Math.SQRT1_2 / 2],
          [0, Math.SQRT1_2, 1, 0.5 + Math.SQRT1_2 / 2],
        ],
      },
      tolerance: 1e-7,
      reference: 'cos and sin of 0, π/4 and π/2',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'low', { params: { shape: 'sawtooth', frequency: 110, level: -18 } });
    patch.add('source/oscillator', 'middle', { params: { shape: 'triangle', frequency: 277.18, level: -12 } });
    patch.add('source/oscillator', 'high', { params: { shape: 'sine', frequency: 440.5, level: -18 } });
    patch.add('mix/mixer', 'mixer', { params: { inputs: '3', pan: 'on', pan1: -0.7, pan2: 0, pan3: 0.7 } });
    patch.add('output/audio-output', 'out');
    patch.connect('low.out', 'mixer.in1');
    patch.connect('middle.out', 'mixer.in2');
    patch.connect('high.out', 'mixer.in3');
    patch.connect('mixer.out', 'out.in');
    patch.note('Three tones, three places. Put them all in the middle: it gets harder to hear them apart.', [0, -80]);
  },
});
