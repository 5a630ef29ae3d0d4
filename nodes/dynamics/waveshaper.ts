// Waveshaper: distorts a signal with a curve. Owns "dynamics/waveshaper".
// y = gain·(f(drive·x + bias) − f(bias)), in f64, rounded once; every f has slope 1 at 0 and stays within ±1. Only the
// lowering's arctangent is f32 (ONNX Runtime has no other), which is 140 dB below full scale. No oversampling.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';

const SHAPES = ['tanh', 'arctan', 'cubic', 'hard clip', 'foldback'] as const;

/** Where the cubic v − 4v³/27 reaches its top, 1. */
const CUBIC_KNEE = 1.5;

/** A triangle of period 4 through the origin: what leaves ±1 is reflected back. */
function fold(v: number): number {
  const quarter = v / 4 - 0.25;
  return 1 - 4 * Math.abs(quarter - Math.floor(quarter + 0.5));
}

function shapeOf(shape: number, v: number): number {
  if (shape === 0) return Math.tanh(v);
  if (shape === 1) return Math.atan((Math.PI / 2) * v) / (Math.PI / 2);
  if (shape === 2) {
    const clipped = Math.min(CUBIC_KNEE, Math.max(-CUBIC_KNEE, v));
    return clipped - (4 / 27) * clipped * clipped * clipped;
  }
  if (shape === 3) return Math.min(1, Math.max(-1, v));
  return fold(v);
}

/** All curves of `v` [C, N] f64, in the order of SHAPES. */
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

export default defineNode({
  version: 1,
  label: 'Waveshaper',
  help:
    'Distorts a sound by bending its wave with a curve. Drive pushes the signal into the curve: a little is warm, much is ' +
    'harsh. Tanh and arctan are soft, hard clip is brutal, foldback turns the wave over and sounds metallic. Bias makes it ' +
    'uneven and adds even overtones, like a tube. Very high notes with much drive also fold down as false tones (aliasing): ' +
    'this node does not oversample, so that you can hear it.',
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
    shape: choice({ label: 'Shape', choices: SHAPES, default: 'tanh', help: 'The curve that bends the wave.' }),
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
  },
  kernel(io, p, _s, frames) {
    const { drive, bias, level } = p;
    const shape = p.shape.value;
    for (let channel = 0; channel < io.audioIn.in.length; channel++) {
      const input = io.audioIn.in[channel];
      const output = io.audioOut.out[channel];
      let driveGain = levelToGain(drive.value);
      let rest = shapeOf(shape, bias.value);
      let gain = levelToGain(level.value);
      for (let i = 0; i < frames; i++) {
        if (!drive.isConstant) driveGain = levelToGain(drive.values[i]);
        if (!bias.isConstant) rest = shapeOf(shape, bias.values[i]);
        if (!level.isConstant) gain = levelToGain(level.values[i]);
        output[i] = gain * (shapeOf(shape, driveGain * input[i] + bias.values[i]) - rest);
      }
    }
  },
  lower(g, io, p) {
    const gainOf = (levelDb: Value): Value => g.op('Exp', [g.mul(levelDb, g.f64(LN10_OVER_20))]);
    const driven = g.add(g.mul(g.cast(io.audioIn.in, 'f64'), gainOf(p.drive.value)), p.bias.value);
    // The bias rides along as one more channel, so that it is bent by the same operators.
    const rows = g.concat([driven, g.op('Unsqueeze', [p.bias.value, g.i64(0)])], 0);
    const all = lowerShapes(g, rows).map(curve => g.op('Unsqueeze', [curve, g.i64(0)]));
    const shaped = g.op('Squeeze', [g.op('Gather', [g.concat(all, 0), p.shape.value], { axis: 0n }), g.i64(0)]);
    const signal = g.slice(shaped, 0, 0, -1);
    const rest = g.slice(shaped, 0, -1);
    return { out: g.cast(g.mul(g.sub(signal, rest), gainOf(p.level.value)), 'f32') };
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
