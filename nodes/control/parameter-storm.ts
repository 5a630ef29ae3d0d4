// Parameter storm: seeded random moves, up to 1000 a second, as a control signal. Owns "control/parameter-storm".
// Move k goes to the integer hash of k and the seed (src/dsp/noise.ts), at frames that an exact clock decides
// (src/dsp/phase.ts): the same storm live, rendered and in a bundle.
import { controlValue, unitOf, unitParam } from '../../src/core/control-params.ts';
import { defineNode } from '../../src/core/define-node.ts';
import { frameNumbers, lowerPhase, lowerPole } from '../../src/core/lower-clock.ts';
import { lowerNoise } from '../../src/core/lower-noise.ts';
import type { StateArray } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { control } from '../../src/core/port.ts';
import { markConstant } from '../../src/dsp/control-signal.ts';
import { noiseAt } from '../../src/dsp/noise.ts';
import { glide, onePoleCoefficient } from '../../src/dsp/one-pole.ts';
import { phaseStep } from '../../src/dsp/phase.ts';

const SCALES = ['linear', 'log'] as const;

/** Writes where move `index` goes into `target`, since a number that is returned may be boxed. A log scale needs both ends above 0. */
function aim(target: StateArray, seed: number, index: number, min: number, max: number, isLog: boolean): void {
  const share = (noiseAt(seed, index) + 1) / 2;
  target[0] = isLog && min > 0 && max > 0 ? min * Math.exp(share * Math.log(max / min)) : min + (max - min) * share;
}

export default defineNode({
  version: 1,
  label: 'Parameter Storm',
  help:
    'Moves a setting wildly, up to 1000 times a second. It finds what clicks, breaks or blows up before a listener does. Wire it to ' +
    'the left edge of a node, beside the setting’s name; the moves are added to what is set there. Min and Max are its range, in ' +
    'that setting’s unit. With Glide at 20 ms a good setting only sounds restless; at 0 ms every move is a step, and you hear ' +
    'the clicks that smoothing takes away. The same seed makes the same storm.',
  words: ['random', 'test', 'stress', 'clicks', 'zipper', 'automation', 'chaos', 'sample and hold', 'robustness'],
  ports: { out: control('outlet') },
  params: ({ values }) => {
    const unit = unitOf(values);
    return {
      rate: param({
        label: 'Moves',
        unit: 'Hz',
        min: 1,
        max: 1000,
        default: 20,
        scale: 'log',
        help: 'Moves per second.',
      }),
      glide: param({
        label: 'Glide',
        unit: 'ms',
        min: 0,
        max: 1000,
        default: 20,
        rate: 'event',
        help: 'Time of 63 % of a move; 0 = steps.',
      }),
      min: controlValue({ label: 'Min', unit, default: 0, help: 'Lowest value that it moves to.' }),
      max: controlValue({ label: 'Max', unit, default: 1, help: 'Highest value that it moves to.' }),
      scale: choice({
        label: 'Scale',
        choices: SCALES,
        default: 'linear',
        help: 'How the moves are spread: log suits frequencies and needs a range above 0.',
      }),
      seed: param({
        label: 'Seed',
        unit: '',
        min: 0,
        max: 9999,
        default: 1,
        rate: 'event',
        help: 'Which moves: the same seed makes the same ones each time.',
      }),
      unit: unitParam(),
    };
  },
  state: {
    phase: { shape: [1], dtype: 'f64' },
    cycle: { shape: [1], dtype: 'f64' },
    target: { shape: [1], dtype: 'f64' },
    level: { shape: [1], dtype: 'f64' },
    hasStarted: { shape: [1], dtype: 'f64' },
  },
  kernel(io, p, s, frames) {
    const { out } = io.controlOut;
    const { rate } = p;
    const rateHz = io.ctx.rateHz;
    const min = p.min.value;
    const max = p.max.value;
    const isLog = p.scale.value === 1;
    const seed = Math.floor(p.seed.value);
    const pole = onePoleCoefficient(p.glide.value / 1000, rateHz);
    let phase = s.phase[0];
    let cycle = s.cycle[0];
    aim(s.target, seed, cycle, min, max, isLog);
    // A start is no move: there is nothing to glide from.
    let level = s.hasStarted[0] === 0 ? s.target[0] : s.level[0];
    for (let i = 0; i < frames; i++) {
      level = glide(level, s.target[0], pole);
      out.values[i] = level;
      phase += phaseStep(rate.values[i], rateHz);
      if (phase < 1) continue;
      const passed = Math.floor(phase);
      phase -= passed;
      cycle += passed;
      aim(s.target, seed, cycle, min, max, isLog);
    }
    s.phase[0] = phase;
    s.cycle[0] = cycle;
    s.level[0] = level;
    if (frames > 0) s.hasStarted[0] = 1;
    markConstant(out, frames);
  },
  lower(g, io, p) {
    const min = p.min.value;
    const max = p.max.value;
    const zero = g.f64(0);
    const one = g.f64(1);
    const { cycle } = lowerPhase(g, p.rate.value, io.ctx.rateHz);
    const share = g.mul(g.add(lowerNoise(g, g.cast(p.seed.value, 'i64'), cycle), one), g.f64(0.5));
    const linear = g.add(min, g.mul(g.sub(max, min), share));
    const logarithmic = g.mul(min, g.op('Exp', [g.mul(share, g.op('Log', [g.div(max, min)]))]));
    const isAbove = g.op('And', [g.op('Greater', [min, zero]), g.op('Greater', [max, zero])]);
    const isLog = g.op('And', [g.cast(p.scale.value, 'bool'), isAbove]);
    const target = g.op('Where', [isLog, logarithmic, linear]);

    const started = g.state('hasStarted', 'f64', [1]);
    g.setState('hasStarted', g.op('Min', [one, g.add(started, g.cast(io.frames, 'f64'))]));
    const keeps = g.op('Min', [one, g.add(started, frameNumbers(g, io.frames))]);
    const pole = g.mul(keeps, lowerPole(g, p.glide.value, io.ctx.rateHz));
    const reach = g.op('Unsqueeze', [g.mul(g.sub(one, pole), target), g.i64(0)]);
    return { out: g.op('Squeeze', [g.recurrence1('level', pole, reach, 1), g.i64(0)]) };
  },
  cases: [
    {
      name: 'steps of two frames between −60 and 0',
      rateHz: 2000,
      params: { rate: 1000, glide: 0, min: -60, max: 0, seed: 3 },
      out: {
        out: [
          [
            -5.680979490280151, -5.680979490280151, -8.61128568649292, -8.61128568649292, -49.27945017814636,
            -49.27945017814636, -59.8389995098114, -59.8389995098114,
          ],
        ],
      },
      tolerance: 1e-12,
      reference: 'the hash and the range in Python (test/nodes/make_control_reference.py)',
    },
    {
      name: 'a move on each frame, spread over two decades',
      rateHz: 1000,
      params: { rate: 1000, glide: 0, min: 100, max: 10000, scale: 'log', seed: 3 },
      out: {
        out: [
          [
            6465.974938436092, 5163.65411775093, 227.69403886206732, 101.24339105012177, 6718.136315498408,
            448.3314123432457,
          ],
        ],
      },
      tolerance: 1e-10,
      reference: 'low·(high/low)^share in Python (test/nodes/make_control_reference.py)',
    },
    {
      name: 'glides, and starts where the first move goes',
      rateHz: 3000,
      params: { rate: 1000, glide: 4 / 3, seed: 3 },
      out: {
        out: [
          [
            0.9053170084953308, 0.9053170084953308, 0.9053170084953308, 0.8945139845626096, 0.8861005810642671,
            0.8795482158314624, 0.7245157929992335, 0.6037764206960365, 0.5097445029987568,
          ],
        ],
      },
      tolerance: 1e-13,
      reference: 'y = x + exp(−1/4)·(y − x) in Python (test/nodes/make_control_reference.py)',
    },
    {
      name: 'a log scale with an end at 0 is linear',
      rateHz: 2000,
      params: { rate: 1000, glide: 0, min: -60, max: 0, scale: 'log', seed: 3 },
      out: { out: [[-5.680979490280151, -5.680979490280151, -8.61128568649292]] },
      tolerance: 1e-12,
      reference: 'as the first case',
    },
  ],
  example(patch) {
    patch.add('control/parameter-storm', 'storm', {
      params: { rate: 12, glide: 20, min: 200, max: 6000, scale: 'log', unit: 'Hz', seed: 4 },
    });
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 82.4, level: -12 } });
    patch.add('filter/biquad-filter', 'filter', { params: { cutoff: 20, q: 6 } });
    patch.add('output/audio-output', 'out');
    patch.connect('storm.out', 'filter.cutoff');
    patch.connect('osc.out', 'filter.in');
    patch.connect('filter.out', 'out.in');
    patch.note('Raise Moves to 1000, then set Glide to 0 ms: that is what the glide keeps from you.', [0, -80]);
  },
});
