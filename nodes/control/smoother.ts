// Smoother: takes the edges off a control signal. Owns "control/smoother".
// A one-pole in f64, y ← x + c·(y − x) (src/dsp/one-pole.ts), whose time depends on the direction; it starts at its input.
import { defineNode } from '../../src/core/define-node.ts';
import { frameNumbers, lowerPole } from '../../src/core/lower-clock.ts';
import { param } from '../../src/core/param.ts';
import { control } from '../../src/core/port.ts';
import { markConstant } from '../../src/dsp/control-signal.ts';
import { glide, onePoleCoefficient } from '../../src/dsp/one-pole.ts';
import { finiteOrZero } from '../../src/dsp/safe.ts';

const TIME_MS_MAX = 10_000;

export default defineNode({
  version: 1,
  label: 'Smoother',
  help:
    'Makes a control glide instead of jump. Put it behind whatever steps: a square LFO, a Quantizer, a Parameter Storm. Up is the ' +
    'time of 63 % of the way when the control rises, Down when it falls; after five times as long it is there (99 %). Fast up ' +
    'and slow down makes a pluck out of a switch. 0 ms lets jumps through: hear the clicks.',
  words: ['lag', 'glide', 'portamento', 'slew', 'one-pole', 'low-pass', 'declick', 'soften', 'ramp', 'inertia'],
  ports: { in: control('inlet'), out: control('outlet') },
  params: {
    up: param({
      label: 'Up',
      unit: 'ms',
      min: 0,
      max: TIME_MS_MAX,
      default: 20,
      rate: 'event',
      help: 'Time of 63 % of a rise; 0 = at once.',
    }),
    down: param({
      label: 'Down',
      unit: 'ms',
      min: 0,
      max: TIME_MS_MAX,
      default: 20,
      rate: 'event',
      help: 'Time of 63 % of a fall; 0 = at once.',
    }),
  },
  state: { level: { shape: [1], dtype: 'f64' }, hasStarted: { shape: [1], dtype: 'f64' } },
  kernel(io, p, s, frames) {
    const { values } = io.controlIn.in;
    const { out } = io.controlOut;
    const up = onePoleCoefficient(p.up.value / 1000, io.ctx.rateHz);
    const down = onePoleCoefficient(p.down.value / 1000, io.ctx.rateHz);
    let level = s.hasStarted[0] === 0 ? finiteOrZero(values[0]) : s.level[0];
    for (let i = 0; i < frames; i++) {
      const x = finiteOrZero(values[i]);
      level = glide(level, x, x > level ? up : down);
      out.values[i] = level;
    }
    if (frames > 0) {
      s.level[0] = level;
      s.hasStarted[0] = 1;
    }
    markConstant(out, frames);
  },
  lower(g, io, p) {
    const one = g.f64(1);
    const started = g.state('hasStarted', 'f64', [1]);
    g.setState('hasStarted', g.op('Min', [one, g.add(started, g.cast(io.frames, 'f64'))]));
    const keeps = g.op('Min', [one, g.add(started, frameNumbers(g, io.frames))]);
    const poleOf = (timeMs: string): string => g.mul(keeps, lowerPole(g, timeMs, io.ctx.rateHz));
    return { out: g.follow('level', poleOf(p.up.value), poleOf(p.down.value), io.controlIn.in) };
  },
  cases: [
    {
      name: 'up in 4 frames of time, down in 2',
      rateHz: 1000,
      params: { up: 4, down: 2 },
      in: { in: [[0, 1, 1, 1, 0, 0]] },
      out: {
        out: [
          [0, 0.22119921692859512, 0.3934693402873666, 0.5276334472589853, 0.32002586285244333, 0.1941054977209972],
        ],
      },
      tolerance: 1e-14,
      reference: 'y ← x + exp(−1/τ)·(y − x) in Python (test/nodes/make_control_reference.py)',
    },
    {
      name: 'starts at its input',
      params: { up: 500, down: 500 },
      in: { in: [[-3, -3, -3, -3]] },
      out: { out: [[-3, -3, -3, -3]] },
      tolerance: 0,
      reference: 'no way to go',
    },
    {
      name: 'no time, no change',
      params: { up: 0, down: 0 },
      in: { in: [[1, -5, 0.25, 100]] },
      out: { out: [[1, -5, 0.25, 100]] },
      tolerance: 0,
      reference: 'identity',
    },
  ],
  example(patch) {
    patch.add('control/lfo', 'steps', {
      params: { shape: 'random', rate: 3, most: 400, amount: 220, unit: 'Hz', seed: 3 },
    });
    patch.add('control/smoother', 'smoother', { params: { up: 120, down: 20 } });
    patch.add('source/oscillator', 'osc', { params: { shape: 'triangle', frequency: 440, level: -12 } });
    patch.add('output/audio-output', 'out');
    patch.connect('steps.out', 'smoother.in');
    patch.connect('smoother.out', 'osc.frequency');
    patch.connect('osc.out', 'out.in');
    patch.note(
      'Random notes: they slide upwards slowly and fall quickly. Set both times to 0: the pitch jumps.',
      [0, -80],
    );
  },
});
