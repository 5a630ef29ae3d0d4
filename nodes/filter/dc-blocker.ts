// DC Blocker: removes a constant offset. Owns kernel, lowering, cases, example and help of "filter/dc-blocker".
// y[n] = x[n] − x[n−1] + R·y[n−1], R = exp(−2π·cutoff/rate) (J. O. Smith, "Introduction to Digital Filters", DC blocker): a
// zero at 0 Hz and a pole just inside it. R moves only what is remembered, so that a sweep adds nothing.
import { defineNode } from '../../src/core/define-node.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';

interface Tables {
  /** R as it was worked out last: of every frame while it moves, else the first for all, until the cutoff moves. */
  readonly poles: Float64Array;
}

export default defineNode<Tables>({
  version: 1,
  label: 'DC Blocker',
  help:
    'Removes a constant offset and leaves the sound. Bent waves and neural models often sit above or below zero: that cannot be ' +
    'heard, but it eats headroom and clicks when it is switched. Put one behind them and watch the oscilloscope: the wave moves ' +
    'back to the middle. A higher Cutoff is faster but takes some bass.',
  words: ['offset', 'direct current', 'high-pass', 'rumble', 'subsonic', 'centre', 'bias'],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: {
    cutoff: param({
      label: 'Cutoff',
      unit: 'Hz',
      min: 1,
      max: 100,
      default: 10,
      scale: 'log',
      help: 'Where the level is −3 dB; all below it fades away.',
    }),
  },
  state: ctx => ({
    before: { shape: [ctx.channels.in ?? 1], dtype: 'f64' },
    blocked: { shape: [ctx.channels.in ?? 1], dtype: 'f64' },
  }),
  tables: (ctx, place) => ({ poles: place(new Float64Array(ctx.maxFrames)) }),
  rest: {},
  kernel(io, p, s, frames) {
    const { cutoff } = p;
    const { poles } = io.tables;
    const turn = (-2 * Math.PI) / io.ctx.rateHz;
    if (cutoff.isConstant) {
      if (io.hasMoved) poles[0] = Math.exp(turn * cutoff.value);
    } else {
      for (let i = 0; i < frames; i++) poles[i] = turn * cutoff.values[i];
      io.kernels.exp(poles, poles, frames);
    }
    const { before, blocked } = s as Readonly<Record<string, Float64Array>>;
    io.kernels.blockDc(poles, cutoff.isConstant, before, blocked, io.audioIn.in, io.audioOut.out, frames);
  },
  lower(g, io, p) {
    const channels = io.ctx.channels.in ?? 1;
    const pole = g.op('Exp', [g.mul(p.cutoff.value, g.f64((-2 * Math.PI) / io.ctx.rateHz))]);
    const heard = g.history('before', g.cast(io.audioIn.in, 'f64'), channels, 1, 'f64');
    const step = g.sub(g.slice(heard, 1, 1), g.slice(heard, 1, 0, -1));
    return { out: g.cast(g.recurrence1('blocked', pole, step, channels), 'f32') };
  },
  cases: [
    {
      name: 'an offset fades away',
      params: { cutoff: 100 },
      in: { in: [[1, 1, 1, 1, 0, 0, -0.5, 0.25]] },
      out: {
        out: [[1, 0.986995332, 0.974159785, 0.96149116, -0.0510127138, -0.0503493104, -0.549694534, 0.207454061]],
      },
      tolerance: 1e-7,
      reference: 'scipy.signal.lfilter, test/nodes/make_effects_reference.py',
    },
    {
      name: 'two channels, each by itself',
      params: { cutoff: 1 },
      in: {
        in: [
          [0, 0, 0],
          [0.5, 0.5, 0.5],
        ],
      },
      out: {
        out: [
          [0, 0, 0],
          [0.5, 0.5 * Math.exp((-2 * Math.PI) / 48000), 0.5 * Math.exp((-4 * Math.PI) / 48000)],
        ],
      },
      tolerance: 1e-7,
      reference: 'a step gives x·Rⁿ',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc', { params: { shape: 'sine', frequency: 110, level: -6 } });
    patch.add('dynamics/waveshaper', 'shaper', { params: { drive: 12, bias: 0.8, level: -6 } });
    patch.add('filter/dc-blocker', 'blocker');
    patch.add('analysis/oscilloscope', 'scope');
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'shaper.in');
    patch.connect('shaper.out', 'blocker.in');
    patch.connect('shaper.out', 'scope.a');
    patch.connect('blocker.out', 'scope.b');
    patch.connect('blocker.out', 'out.in');
    patch.note(
      'A is the bent wave: most of it lies below zero. B is the same behind the blocker: it moves to the middle.',
      [0, -80],
    );
  },
});
