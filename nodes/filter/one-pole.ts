// One-pole Filter: the gentlest low-pass, high-pass and all-pass. Owns kernel, lowering, cases, example and help of
// "filter/one-pole". One integrator per channel, trapezoidal (V. Zavalishin, "The Art of VA Filter Design", section 3.10):
// v = G·(x − s), low = s + v, s ← s + 2v with G = t/(1 + t), t = tan(π·cutoff/rate); high = x − low, all = 2·low − x.
import { defineNode } from '../../src/core/define-node.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { SECTION } from '../../src/dsp/cascade.ts';
import { FREQUENCY_RATIO_MAX } from '../../src/dsp/frequency.ts';

const TYPE_NAMES = ['low-pass', 'high-pass', 'all-pass'];

/** G of a cutoff as a part of the sample rate: what share of the distance to the input the low-pass goes in one frame. */
function shareOf(cutoffRatio: number): number {
  const t = Math.tan(Math.PI * Math.min(cutoffRatio, FREQUENCY_RATIO_MAX));
  return t / (1 + t);
}

/** The outlet is a·x + b·low: a and b, by the type's place. */
const SUMS = [
  [0, 1],
  [1, -1],
  [-1, 2],
] as const;
const sumOf = (type: number): (typeof SUMS)[number] => SUMS[type];

interface Tables {
  /** G as it was worked out last: of every frame while it moves, else the first for all, until the cutoff moves. */
  readonly shares: Float64Array;
}

export default defineNode<Tables>({
  version: 1,
  label: 'One-pole Filter',
  help:
    'Darkens or thins a sound gently, 6 dB per octave. Low-pass keeps what lies below the cutoff, high-pass what lies above, and ' +
    'both together give back the input. The level at the cutoff is −3 dB. All-pass changes no level, only the phase: mixed with ' +
    'the dry sound, several in a row make a phaser. There is no resonance; for that take the Biquad Filter.',
  words: [
    'low-pass',
    'high-pass',
    'all-pass',
    'RC',
    'tone',
    '6 dB',
    'smooth',
    'phaser',
    'lowpass',
    'highpass',
    'shelf',
  ],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: {
    type: choice({ label: 'Type', choices: TYPE_NAMES, default: 'low-pass', help: 'Which frequencies pass.' }),
    cutoff: param({
      label: 'Cutoff',
      unit: 'Hz',
      min: 1,
      max: 20000,
      default: 1000,
      scale: 'log',
      help: 'Where the level is −3 dB (all-pass: the phase −90°); at most 0.49 of the sample rate counts.',
    }),
  },
  state: ctx => ({ integrators: { shape: [ctx.channels.in ?? 1], dtype: 'f64' } }),
  tables: (ctx, place) => ({ shares: place(new Float64Array(ctx.maxFrames)) }),
  rest: {},
  linear: {
    state: { name: 'integrators', order: 1 },
    design(p, rateHz, section) {
      const [direct, filtered] = sumOf(p.type.value);
      const share = shareOf(p.cutoff.value / rateHz);
      section[SECTION.a11] = 1 - 2 * share;
      section[SECTION.b1] = 2 * share;
      section[SECTION.c1] = filtered * (1 - share);
      section[SECTION.d] = direct + filtered * share;
    },
  },
  kernel(io, p, s, frames) {
    const { cutoff } = p;
    const { shares } = io.tables;
    const [direct, filtered] = sumOf(p.type.value);
    const rateHz = io.ctx.rateHz;
    if (cutoff.isConstant) {
      if (io.hasMoved) shares[0] = shareOf(cutoff.value / rateHz);
    } else {
      for (let i = 0; i < frames; i++) shares[i] = Math.PI * Math.min(cutoff.values[i] / rateHz, FREQUENCY_RATIO_MAX);
      io.kernels.tan(shares, shares, frames);
      for (let i = 0; i < frames; i++) shares[i] /= 1 + shares[i];
    }
    io.kernels.onePole(
      shares,
      cutoff.isConstant,
      direct,
      filtered,
      s.integrators as Float64Array,
      io.audioIn.in,
      io.audioOut.out,
      frames,
    );
  },
  lower(g, io, p) {
    const channels = io.ctx.channels.in ?? 1;
    const ratio = g.op('Min', [g.div(p.cutoff.value, g.f64(io.ctx.rateHz)), g.f64(FREQUENCY_RATIO_MAX)]);
    const angle = g.mul(ratio, g.f64(Math.PI));
    // The runtimes have no tangent in f64.
    const t = g.div(g.op('Sin', [angle]), g.op('Cos', [angle]));
    const twice = g.mul(g.f64(2), g.div(t, g.add(t, g.f64(1))));
    const x = g.cast(io.audioIn.in, 'f64');
    const after = g.recurrence1('integrators', g.sub(g.f64(1), twice), g.mul(twice, x), channels);
    // s before and s after are symmetric around the low-pass: low = s + v, s after = s + 2v.
    const before = g.slice(g.history('before', after, channels, 1, 'f64'), 1, 0, -1);
    const low = g.mul(g.f64(0.5), g.add(before, after));
    const mix = (terms: readonly number[]): string => g.op('Gather', [g.f64(...terms), p.type.value], { axis: 0n });
    return { out: g.cast(g.add(g.mul(mix([0, 1, -1]), x), g.mul(mix([1, -1, 2]), low)), 'f32') };
  },
  cases: [
    {
      name: 'low-pass rings and climbs as a first-order Butterworth',
      params: { type: 'low-pass', cutoff: 1000 },
      in: { in: [[1, 0, 0, 0, 0, 0.5, 0.5, 0.5]] },
      out: {
        out: [
          [0.0615117685, 0.115456142, 0.101252319, 0.0887959004, 0.0778719146, 0.0990477205, 0.148374288, 0.191632527],
        ],
      },
      tolerance: 1e-7,
      reference: 'scipy.signal.butter(1) and lfilter, test/nodes/make_effects_reference.py',
    },
    {
      name: 'high-pass is what the low-pass leaves',
      params: { type: 'high-pass', cutoff: 1000 },
      in: { in: [[1, 0, 0, 0, 0, 0.5, 0.5, 0.5]] },
      out: {
        out: [
          [
            0.938488231, -0.115456142, -0.101252319, -0.0887959004, -0.0778719146, 0.400952279, 0.351625712,
            0.308367473,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'scipy.signal.butter(1) and lfilter, test/nodes/make_effects_reference.py',
    },
    {
      name: 'all-pass is low-pass minus high-pass',
      params: { type: 'all-pass', cutoff: 4000 },
      in: { in: [[1, 0, 0, 0, 0, 0.5, 0.5, 0.5]] },
      out: {
        out: [
          [-0.577350269, 0.666666667, 0.384900179, 0.222222222, 0.12830006, -0.214601061, 0.0874248853, 0.261799646],
        ],
      },
      tolerance: 1e-7,
      reference: 'scipy.signal.butter(1) and lfilter, test/nodes/make_effects_reference.py',
    },
  ],
  example(patch) {
    patch.add('source/noise', 'noise', { params: { level: -12 } });
    patch.add('control/knob', 'knob', {
      label: 'Cutoff',
      params: { min: 50, max: 15000, value: 800, unit: 'Hz', scale: 'log' },
    });
    patch.add('filter/one-pole', 'filter', { params: { cutoff: 1 } });
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('output/audio-output', 'out');
    patch.connect('noise.out', 'filter.in');
    patch.connect('knob.out', 'filter.cutoff');
    patch.connect('filter.out', 'spectrum.in');
    patch.connect('filter.out', 'out.in');
    patch.note(
      'Noise holds all frequencies. Turn Cutoff: it becomes surf, then distant thunder, and the spectrum leans.',
      [0, -80],
    );
  },
});
