// Switch: one of several sounds, and a cross-fade when another is chosen. Owns "mix/switch".
// Each inlet has a gain that glides towards 1 or 0 by one pole (src/dsp/one-pole.ts); all share the pole, so that the gains add
// up to 1 in every frame, also when a choice comes during a fade. A settled gain is exactly 1 or 0: bit by bit the chosen sound.
import { defineNode } from '../../src/core/define-node.ts';
import { frameNumbers, lowerPole } from '../../src/core/lower-clock.ts';
import type { ShapeContext } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio, type Port } from '../../src/core/port.ts';
import { glide, onePoleCoefficient, SETTLED } from '../../src/dsp/one-pole.ts';

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
const COUNTS = ['2', '3', '4', '6', '8'] as const;
const COUNT_DEFAULT = '2';

/** Letters of the inlets. */
const namesOf = ({ values }: Pick<ShapeContext, 'values'>): string[] =>
  NAMES.slice(0, Number(COUNTS.find(count => count === values.inputs) ?? COUNT_DEFAULT));

export default defineNode<readonly string[]>({
  version: 1,
  label: 'Switch',
  help:
    'Lets one of several sounds through, without a click. Choose another and it fades in while the last one fades out. All inlets ' +
    'are aligned, so it is an honest A/B test: two versions of an effect, with and without a model. Fade 0 ms cuts hard: hear ' +
    'the click that a cut makes.',
  words: ['select', 'A/B', 'compare', 'choose', 'crossfade', 'toggle', 'mute', 'router'],
  ports(ctx) {
    const inlets = namesOf(ctx).map((name): [string, Port] => [name.toLowerCase(), audio('inlet', { label: name })]);
    return { ...Object.fromEntries(inlets), out: audio('outlet') };
  },
  params: ctx => ({
    choice: choice({ label: 'Choice', choices: namesOf(ctx), default: 'A', help: 'The inlet that is heard.' }),
    fade: param({
      label: 'Fade',
      unit: 'ms',
      min: 0,
      max: 1000,
      default: 5,
      rate: 'event',
      help: 'Time of 63 % of the cross-fade; 0 = a hard cut.',
    }),
    inputs: choice({
      label: 'Inputs',
      choices: COUNTS,
      default: COUNT_DEFAULT,
      isStructural: true,
      help: 'How many inlets there are.',
    }),
  }),
  tables: ctx => namesOf(ctx).map(name => name.toLowerCase()),
  // All 0 = not started: the first choice is there at once.
  state: ctx => ({ gains: { shape: [namesOf(ctx).length], dtype: 'f64' } }),
  kernel(io, p, s, frames) {
    const names = io.tables;
    const { gains } = s;
    const chosen = p.choice.value;
    const pole = onePoleCoefficient(p.fade.value / 1000, io.ctx.rateHz);
    let sum = 0;
    for (let k = 0; k < names.length; k++) sum += gains[k];
    const hasStarted = sum > 0.5;
    for (let channel = 0; channel < io.audioOut.out.length; channel++) io.audioOut.out[channel].fill(0, 0, frames);
    for (let k = 0; k < names.length; k++) {
      const target = k === chosen ? 1 : 0;
      const start = hasStarted ? gains[k] : target;
      let gain = start;
      if (gain === 0 && target === 0) {
        gains[k] = 0;
        continue;
      }
      for (let channel = 0; channel < io.audioOut.out.length; channel++) {
        const input = io.audioIn[names[k]][channel];
        const output = io.audioOut.out[channel];
        gain = start;
        for (let i = 0; i < frames; i++) {
          gain = glide(gain, target, pole);
          output[i] += gain * input[i];
        }
      }
      if (frames > 0) gains[k] = gain;
    }
  },
  lower(g, io, p) {
    const names = io.tables as readonly string[];
    const numbers = g.constant(
      'i64',
      names.map((_, k) => k),
    );
    const target = g.cast(g.op('Equal', [numbers, p.choice.value]), 'f64');
    const stored = g.state('gains', 'f64', [names.length]);
    const sum = g.op('ReduceSum', [stored, g.i64(0)], { keepdims: 1n, noop_with_empty_axes: 0n });
    const start = g.op('Where', [g.op('Greater', [sum, g.f64(0.5)]), stored, target]);
    const column = (value: string): string => g.op('Unsqueeze', [value, g.i64(1)]);
    const steps = g.add(frameNumbers(g, io.frames), g.f64(1));
    const left = g.op('Pow', [lowerPole(g, p.fade.value, io.ctx.rateHz), steps]);
    const moved = g.mul(column(g.sub(start, target)), left);
    const isThere = g.op('Less', [g.op('Abs', [moved]), g.f64(SETTLED)]);
    const gains = g.add(column(target), g.op('Where', [isThere, g.f64(0), moved]));
    g.setState('gains', g.op('Squeeze', [g.slice(g.concat([column(stored), gains], 1), 1, -1), g.i64(1)]));
    const parts = names.map((name, k) => g.mul(g.cast(io.audioIn[name], 'f64'), g.slice(gains, 0, k, k + 1)));
    return {
      out: g.cast(
        parts.reduce((a, b) => g.add(a, b)),
        'f32',
      ),
    };
  },
  cases: [
    {
      name: 'the chosen sound, bit by bit and from the first frame',
      params: { choice: 'B' },
      in: { a: [[1, 1, 1]], b: [[0.1, -0.7, 3]] },
      out: { out: [[Math.fround(0.1), Math.fround(-0.7), 3]] },
      tolerance: 0,
      reference: 'identity in f32',
    },
    {
      name: 'mono beside stereo, four inlets',
      params: { inputs: '4', choice: 'D' },
      in: {
        a: [
          [1, 1],
          [1, 1],
        ],
        b: [
          [1, 1],
          [1, 1],
        ],
        c: [
          [1, 1],
          [1, 1],
        ],
        d: [
          [0.5, 0.25],
          [-0.5, -0.25],
        ],
      },
      out: {
        out: [
          [0.5, 0.25],
          [-0.5, -0.25],
        ],
      },
      tolerance: 0,
      reference: 'identity in f32',
    },
    {
      name: 'a choice that is no inlet any more is the first one',
      params: { inputs: '2', choice: 'D' },
      in: { a: [[0.5, 0.25]], b: [[1, 1]] },
      out: { out: [[0.5, 0.25]] },
      tolerance: 0,
      reference: 'by definition',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'sawtooth', frequency: 110, level: -12 } });
    patch.add('filter/biquad-filter', 'filter', { params: { cutoff: 700, q: 3 } });
    patch.add('mix/switch', 'switch', { params: { choice: 'B' } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'filter.in');
    patch.connect('osc.out', 'switch.a');
    patch.connect('filter.out', 'switch.b');
    patch.connect('switch.out', 'out.in');
    patch.note(
      'Switch between A, the plain saw, and B, the filtered one. Then set Fade to 0 ms and listen to the cut.',
      [0, -80],
    );
  },
});
