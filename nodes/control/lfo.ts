// LFO: a slow wave as a control signal. Owns "control/lfo".
// The clock counts in steps of 2^−40 cycle (src/dsp/phase.ts), so that jumps fall on the same frame in kernel and lowering;
// the random shape is the integer hash of the cycle's number.
import { amountParams } from '../../src/core/control-params.ts';
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import { lowerPhase } from '../../src/core/lower-clock.ts';
import { lowerNoise } from '../../src/core/lower-noise.ts';
import { choice, param } from '../../src/core/param.ts';
import { control } from '../../src/core/port.ts';
import { markConstant } from '../../src/dsp/control-signal.ts';
import { noiseAt } from '../../src/dsp/noise.ts';
import { phaseStep } from '../../src/dsp/phase.ts';

const SHAPES = ['sine', 'triangle', 'square', 'saw', 'random'] as const;

/** Points of the picture less one. */
const CURVE_POINTS = 160;

/** The wave, −1…1, at a phase of 0 ≤ phase < 1. */
function waveAt(shape: number, phase: number, seed: number, cycle: number): number {
  if (shape === 0) return Math.sin(2 * Math.PI * phase);
  // A quarter ahead, so that the triangle rises from 0 as the sine does.
  if (shape === 1) return 1 - 4 * Math.abs((phase < 0.75 ? phase + 0.25 : phase - 0.75) - 0.5);
  if (shape === 2) return phase < 0.5 ? 1 : -1;
  if (shape === 3) return 2 * phase - 1;
  return noiseAt(seed, cycle);
}

/** The five waves, f64 [N] each, in the order of SHAPES. */
function lowerWaves(g: GraphBuilder, phase: Value, seed: Value, cycle: Value): Value[] {
  const one = g.f64(1);
  const sine = g.op('Sin', [g.mul(phase, g.f64(2 * Math.PI))]);
  const isEarly = g.op('Less', [phase, g.f64(0.75)]);
  const ahead = g.add(phase, g.op('Where', [isEarly, g.f64(0.25), g.f64(-0.75)]));
  const triangle = g.sub(one, g.mul(g.f64(4), g.op('Abs', [g.sub(ahead, g.f64(0.5))])));
  const square = g.op('Where', [g.op('Less', [phase, g.f64(0.5)]), one, g.f64(-1)]);
  const saw = g.sub(g.mul(g.f64(2), phase), one);
  return [sine, triangle, square, saw, lowerNoise(g, seed, cycle)];
}

export default defineNode({
  version: 1,
  label: 'LFO',
  help:
    'Moves a setting up and down by itself, over and over. Wire it to the left edge of a node, beside the setting’s name: what ' +
    'is set there is the middle, and the wave swings Amount to both sides, in the unit of that setting. Slow and wide sweeps a ' +
    'filter, about 5 Hz on a frequency is vibrato, on a level tremolo. Square, saw and random jump: put a Smoother behind ' +
    'them where that clicks. Random takes a new value each cycle, the same ones for the same seed.',
  words: [
    'modulation',
    'vibrato',
    'tremolo',
    'wobble',
    'sweep',
    'sine',
    'random',
    'sample and hold',
    'slow oscillator',
  ],
  ports: { out: control('outlet') },
  params: ctx => ({
    shape: choice({ label: 'Shape', choices: SHAPES, default: 'sine', help: 'How it moves within a cycle.' }),
    rate: param({
      label: 'Rate',
      unit: 'Hz',
      min: 0.01,
      max: 100,
      default: 1,
      scale: 'log',
      help: 'Cycles per second.',
    }),
    ...amountParams(ctx, 'How far it swings to each side; negative values turn it upside down.'),
    phase: param({
      label: 'Phase',
      unit: '',
      min: 0,
      max: 1,
      default: 0,
      help: 'Moves the wave ahead by a part of its cycle: 0.25 is a quarter. For two LFOs that differ.',
    }),
    seed: param({
      label: 'Seed',
      unit: '',
      min: 0,
      max: 9999,
      default: 1,
      rate: 'event',
      help: 'Which random values: the same seed gives the same ones each time.',
    }),
  }),
  state: { phase: { shape: [1], dtype: 'f64' }, cycle: { shape: [1], dtype: 'f64' } },
  view: 'curve',
  curve: {
    label: 'The wave from minus Amount to Amount: two cycles, of random ones eight',
    range: [-1.1, 1.1],
    points: ({ shape, amount, phase, seed }) => {
      const index = SHAPES.findIndex(name => name === shape);
      const sign = Number(amount) < 0 ? -1 : 1;
      return Array.from({ length: CURVE_POINTS + 1 }, (_, n) => {
        const turns = ((shape === 'random' ? 8 : 2) * n) / CURVE_POINTS + Number(phase);
        const cycle = Math.floor(turns);
        return [n, sign * waveAt(index, turns - cycle, Math.floor(Number(seed)), cycle)];
      });
    },
  },
  kernel(io, p, s, frames) {
    const { out } = io.controlOut;
    const { rate, amount, phase: offset } = p;
    const shape = p.shape.value;
    const seed = Math.floor(p.seed.value);
    const rateHz = io.ctx.rateHz;
    let phase = s.phase[0];
    let cycle = s.cycle[0];
    for (let i = 0; i < frames; i++) {
      const turns = phase + offset.values[i];
      const whole = Math.floor(turns);
      out.values[i] = amount.values[i] * waveAt(shape, turns - whole, seed, cycle + whole);
      phase += phaseStep(rate.values[i], rateHz);
      const passed = Math.floor(phase);
      phase -= passed;
      cycle += passed;
    }
    s.phase[0] = phase;
    s.cycle[0] = cycle;
    markConstant(out, frames);
  },
  lower(g, io, p) {
    const clock = lowerPhase(g, p.rate.value, io.ctx.rateHz);
    const turns = g.add(clock.phase, p.phase.value);
    const whole = g.op('Floor', [turns]);
    const cycle = g.add(clock.cycle, g.cast(whole, 'i64'));
    const waves = lowerWaves(g, g.sub(turns, whole), g.cast(p.seed.value, 'i64'), cycle);
    const rows = g.concat(
      waves.map(wave => g.op('Unsqueeze', [wave, g.i64(0)])),
      0,
    );
    const wave = g.op('Squeeze', [g.op('Gather', [rows, p.shape.value], { axis: 0n }), g.i64(0)]);
    return { out: g.mul(wave, p.amount.value) };
  },
  cases: [
    {
      name: 'sine of 8 frames, doubled',
      rateHz: 800,
      params: { shape: 'sine', rate: 100, most: 2, amount: 2 },
      out: { out: [[0, Math.SQRT2, 2, Math.SQRT2, 0, -Math.SQRT2, -2, -Math.SQRT2, 0]] },
      tolerance: 1e-14,
      reference: '2·sin(2π·n/8)',
    },
    {
      name: 'triangle, a quarter ahead',
      rateHz: 800,
      params: { shape: 'triangle', rate: 100, phase: 0.25 },
      out: { out: [[1, 0.5, 0, -0.5, -1, -0.5, 0, 0.5, 1]] },
      tolerance: 1e-14,
      reference: 'straight lines between −1 and 1, by hand',
    },
    {
      name: 'square starts high and is as long low',
      rateHz: 800,
      params: { shape: 'square', rate: 100 },
      out: { out: [[1, 1, 1, 1, -1, -1, -1, -1, 1]] },
      tolerance: 0,
      reference: 'sign of the half cycle',
    },
    {
      name: 'saw rises and falls at once',
      rateHz: 800,
      params: { shape: 'saw', rate: 100, amount: -1 },
      out: { out: [[1, 0.75, 0.5, 0.25, 0, -0.25, -0.5, -0.75, 1]] },
      tolerance: 0,
      reference: '1 − 2·(n mod 8)/8',
    },
    {
      name: 'random holds for a cycle',
      rateHz: 400,
      params: { shape: 'random', rate: 100, seed: 7 },
      out: {
        out: [
          [
            -0.6951944828033447, -0.6951944828033447, -0.6951944828033447, -0.6951944828033447, -0.6696587800979614,
            -0.6696587800979614, -0.6696587800979614, -0.6696587800979614, -0.8140429258346558,
          ],
        ],
      },
      tolerance: 0,
      reference: 'MurmurHash3’s finaliser written out in Python integers (test/nodes/make_control_reference.py)',
    },
  ],
  example(patch) {
    patch.add('control/lfo', 'sweep', { params: { rate: 0.5, most: 2000, amount: 1400, unit: 'Hz' } });
    patch.add('control/lfo', 'vibrato', { params: { rate: 5.5, most: 10, amount: 2, unit: 'Hz' } });
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110, level: -12 } });
    patch.add('filter/biquad-filter', 'filter', { params: { cutoff: 1700, q: 4 } });
    patch.add('output/audio-output', 'out');
    patch.connect('vibrato.out', 'osc.frequency');
    patch.connect('sweep.out', 'filter.cutoff');
    patch.connect('osc.out', 'filter.in');
    patch.connect('filter.out', 'out.in');
    patch.note('One LFO sweeps the filter, slowly and widely; the other is a vibrato: fast and small.', [0, -80]);
  },
});
