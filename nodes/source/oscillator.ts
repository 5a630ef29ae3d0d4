// Oscillator: sine, triangle, sawtooth or square with few aliases (src/dsp/polyblep.ts). Owns "source/oscillator".
// Phase and wave are f64, rounded once. The lowering counts cycles from the nearest jump, −0.5…0.5: there every shape is
// continuous in the phase, so that one rounding of the phase can't make a jump.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { FREQUENCY_RATIO_MAX } from '../../src/dsp/frequency.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';
import { sawAt, squareAt, triangleAt } from '../../src/dsp/polyblep.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

const SHAPES = ['sine', 'triangle', 'sawtooth', 'square'] as const;

/** The wave at `phase` (cycles), which grows by `step` cycles per frame. */
function waveAt(shape: number, phase: number, step: number): number {
  if (shape === 0) return Math.sin(2 * Math.PI * phase);
  // A quarter ahead, so that the triangle rises from 0 as the sine does.
  if (shape === 1) return triangleAt(phase < 0.75 ? phase + 0.25 : phase - 0.75, step);
  if (shape === 2) return sawAt(phase, step);
  return squareAt(phase, step);
}

/** The four shapes in the graph, f64 [N] each, in the order of SHAPES. */
function lowerWaves(g: GraphBuilder, phase: Value, step: Value): Value[] {
  const one = g.f64(1);
  /** Cycles from the nearest jump of the phase moved by `shift`. */
  const wrapped = (shift: number): Value => {
    const shifted = g.add(phase, g.f64(shift));
    return g.sub(shifted, g.op('Floor', [g.add(shifted, g.f64(0.5))]));
  };
  /** 1 at a jump, falling to 0 one frame away from it. */
  const nearnessOf = (q: Value): Value => g.op('Relu', [g.sub(one, g.div(g.op('Abs', [q]), step))]);
  const sawtoothOf = (q: Value): Value => {
    const u = nearnessOf(q);
    return g.sub(g.mul(g.f64(2), q), g.mul(g.op('Sign', [q]), g.sub(one, g.mul(u, u))));
  };
  const cubed = (u: Value): Value => g.mul(g.mul(u, u), u);
  const sine = g.op('Sin', [g.mul(phase, g.f64(2 * Math.PI))]);
  const fromTop = wrapped(-0.25);
  const corners = g.sub(cubed(nearnessOf(fromTop)), cubed(nearnessOf(wrapped(0.25))));
  const naive = g.sub(one, g.mul(g.f64(4), g.op('Abs', [fromTop])));
  const triangleWave = g.sub(naive, g.mul(g.mul(g.f64(4 / 3), step), corners));
  const sawtoothWave = sawtoothOf(wrapped(0));
  const squareWave = g.sub(sawtoothOf(wrapped(0.5)), sawtoothWave);
  return [sine, triangleWave, sawtoothWave, squareWave];
}

export default defineNode({
  version: 1,
  label: 'Oscillator',
  help:
    'Plays a steady tone: sine, triangle, sawtooth or square. Set the frequency in hertz; 440 Hz is the A that orchestras tune to. ' +
    'The sine has one frequency only, the others have overtones: switch between them and watch the Spectrum. ' +
    'Wire a knob to Frequency to sweep it.',
  words: ['tone', 'generator', 'sine', 'triangle', 'saw', 'sawtooth', 'square', 'pitch', 'test tone', 'synth', 'VCO'],
  ports: { out: audio('outlet', { channels: 1 }) },
  params: {
    shape: choice({
      label: 'Shape',
      choices: SHAPES,
      default: 'sine',
      help: 'Form of the wave, and with it the overtones.',
    }),
    frequency: param({
      label: 'Frequency',
      unit: 'Hz',
      min: 20,
      max: 20000,
      default: 220,
      scale: 'log',
      help: 'Cycles per second; at most 0.49 of the sample rate counts.',
    }),
    level: param({
      label: 'Level',
      unit: 'dB',
      min: -60,
      max: 0,
      default: -12,
      help: 'Peak level; 0 dB is full scale.',
    }),
  },
  state: { phase: { shape: [1], dtype: 'f64' } },
  kernel(io, p, s, frames) {
    const output = io.audioOut.out[0];
    const { frequency, level } = p;
    const shape = p.shape.value;
    const rateHz = io.ctx.rateHz;
    const steadyGain = levelToGain(level.value);
    let phase = s.phase[0];
    for (let i = 0; i < frames; i++) {
      const step = Math.min(frequency.values[i] / rateHz, FREQUENCY_RATIO_MAX);
      const gain = level.isConstant ? steadyGain : levelToGain(level.values[i]);
      output[i] = gain * waveAt(shape, phase, step);
      phase += step;
      phase -= Math.floor(phase);
    }
    s.phase[0] = finiteOrZero(phase);
  },
  lower(g, io, p) {
    const start = g.state('phase', 'f64', [1], 0);
    const step = g.op('Min', [g.div(p.frequency.value, g.f64(io.ctx.rateHz)), g.f64(FREQUENCY_RATIO_MAX)]);
    const ahead = g.op('CumSum', [step, g.constant('i64', [0], [])], { exclusive: 1n, reverse: 0n });
    const phase = g.add(start, ahead);
    const end = g.add(start, g.op('ReduceSum', [step, g.i64(0)], { keepdims: 1n, noop_with_empty_axes: 0n }));
    g.setState('phase', g.sub(end, g.op('Floor', [end])));
    const rows = lowerWaves(g, phase, step).map(wave => g.op('Unsqueeze', [wave, g.i64(0)]));
    const wave = g.op('Gather', [g.concat(rows, 0), p.shape.value], { axis: 0n });
    const gain = g.op('Exp', [g.mul(p.level.value, g.f64(LN10_OVER_20))]);
    return { out: g.cast(g.mul(wave, gain), 'f32') };
  },
  cases: [
    {
      name: 'sine of an eighth of the rate, halved',
      params: { shape: 'sine', frequency: 6000, level: -6.020599913279624 },
      out: { out: [[0, Math.SQRT1_2 / 2, 0.5, Math.SQRT1_2 / 2, 0, -Math.SQRT1_2 / 2, -0.5, -Math.SQRT1_2 / 2, 0]] },
      tolerance: 1e-7,
      reference: 'sin(2π·n/8) / 2',
    },
    {
      name: 'triangle at 7 kHz',
      params: { shape: 'triangle', frequency: 7000, level: 0 },
      out: {
        out: [
          [
            0, 0.578798186, 0.762471655, 0.25, -0.333333333, -0.794217687, -0.499433107, 0.083333333, 0.651360544,
            0.713718821,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'the papers’ piecewise polyBLAMP, written out in numpy',
    },
    {
      name: 'sawtooth at 7 kHz',
      params: { shape: 'sawtooth', frequency: 7000, level: 0 },
      out: {
        out: [
          [
            0, -0.708333333, -0.416666667, -0.125, 0.166666667, 0.458333333, 0.729591837, -0.223639456, -0.666666667,
            -0.375,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'the papers’ piecewise polyBLEP, written out in numpy',
    },
    {
      name: 'square at 7 kHz',
      params: { shape: 'square', frequency: 7000, level: 0 },
      out: {
        out: [[0, 1, 1, 0.673469388, -0.816326531, -1, -0.979591837, 0.265306122, 1, 1, 0.489795918, -0.918367347]],
      },
      tolerance: 1e-7,
      reference: 'the papers’ piecewise polyBLEP, written out in numpy',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110, level: -12 } });
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('analysis/oscilloscope', 'scope');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'out.in');
    patch.connect('osc.out', 'scope.a');
    patch.connect('osc.out', 'spectrum.in');
    patch.note('Switch the shape: the more sudden the wave, the higher its overtones reach.', [0, -80]);
  },
});
