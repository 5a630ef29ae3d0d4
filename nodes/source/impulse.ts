// Impulse: one full-scale sample now and then. Owns "source/impulse".
import { defineNode } from '../../src/core/define-node.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';

/** Where the counter stops after a single impulse; six hours at 48 kHz, and far from the end of an i32. */
const ELAPSED_MAX = 2 ** 30;

export default defineNode({
  version: 1,
  label: 'Impulse',
  help:
    'Clicks once per period: a single sample, the rest is silence. It holds all frequencies at the same strength, so what comes ' +
    'out of a patch is that patch’s fingerprint: echoes can be counted, delays measured, and the Spectrum shows a filter’s curve. ' +
    'Period 0 clicks once, at the start.',
  words: ['click', 'dirac', 'pulse', 'test', 'impulse response', 'metronome', 'trigger'],
  ports: { out: audio('outlet', { channels: 1 }) },
  params: {
    period: param({
      label: 'Period',
      unit: 's',
      min: 0,
      max: 10,
      default: 0.5,
      rate: 'event',
      help: 'Time between two impulses, in whole samples; 0 = once.',
    }),
    level: param({
      label: 'Level',
      unit: 'dB',
      min: -60,
      max: 0,
      default: 0,
      help: 'Height of the impulse; 0 dB is full scale.',
    }),
  },
  // Frames since the last impulse; 0 = one is due.
  state: { elapsed: { shape: [1], dtype: 'i32' } },
  kernel(io, p, s, frames) {
    const output = io.audioOut.out[0];
    const isOnce = p.period.value === 0;
    const periodFrames = Math.max(1, Math.floor(p.period.value * io.ctx.rateHz + 0.5));
    let elapsed = isOnce ? s.elapsed[0] : s.elapsed[0] % periodFrames;
    for (let i = 0; i < frames; i++) {
      output[i] = elapsed === 0 ? levelToGain(p.level.values[i]) : 0;
      elapsed++;
      if (isOnce) elapsed = Math.min(elapsed, ELAPSED_MAX);
      else if (elapsed === periodFrames) elapsed = 0;
    }
    s.elapsed[0] = elapsed;
  },
  lower(g, io, p) {
    const elapsed = g.state('elapsed', 'i64', [1], 0);
    const zero = g.constant('i64', [0], []);
    const one = g.constant('i64', [1], []);
    const isOnce = g.op('Equal', [p.period.value, g.f64(0)]);
    const rounded = g.op('Floor', [g.add(g.mul(p.period.value, g.f64(io.ctx.rateHz)), g.f64(0.5))]);
    const periodFrames = g.op('Max', [g.i64(1), g.cast(rounded, 'i64')]);
    const count = g.add(elapsed, g.op('Range', [zero, g.op('Squeeze', [io.frames, g.i64(0)]), one]));
    const end = g.add(elapsed, io.frames);
    const within = (frame: string, once: string): string =>
      g.op('Where', [isOnce, once, g.op('Mod', [frame, periodFrames], { fmod: 0n })]);
    g.setState('elapsed', within(end, g.op('Min', [end, g.i64(ELAPSED_MAX)])));
    const isDue = g.op('Equal', [within(count, count), g.i64(0)]);
    const gain = g.op('Exp', [g.mul(p.level.value, g.f64(LN10_OVER_20))]);
    return { out: g.op('Unsqueeze', [g.cast(g.op('Where', [isDue, gain, g.f64(0)]), 'f32'), g.i64(0)]) };
  },
  cases: [
    {
      name: 'every 4 frames, at −6.02 dB',
      params: { period: 4 / 48000, level: -6.020599913279624 },
      out: { out: [[0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5, 0]] },
      tolerance: 1e-7,
      reference: 'n mod 4 = 0',
    },
    {
      name: 'once',
      params: { period: 0 },
      out: { out: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      tolerance: 0,
      reference: 'unit impulse',
    },
    {
      name: 'a period between two lengths takes the nearer one',
      params: { period: 2.45 / 48000 },
      out: { out: [[1, 0, 1, 0, 1, 0]] },
      tolerance: 0,
      reference: 'round(2.45) = 2',
    },
    {
      name: 'a period shorter than two samples is one sample',
      params: { period: 1e-6 },
      out: { out: [[1, 1, 1, 1]] },
      tolerance: 0,
      reference: 'at least one sample',
    },
  ],
  example(patch) {
    patch.add('source/impulse', 'impulse', { params: { period: 0.5 } });
    patch.add('filter/biquad-filter', 'filter', { params: { cutoff: 1200, q: 20 } });
    patch.add('dynamics/gain', 'gain', { params: { level: 12 } });
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('output/audio-output', 'out');
    patch.connect('impulse.out', 'filter.in');
    patch.connect('filter.out', 'gain.in');
    patch.connect('gain.out', 'spectrum.in');
    patch.connect('gain.out', 'out.in');
    patch.note('Each click makes the filter ring. The spectrum of the ringing is the curve of the filter.', [0, -80]);
  },
});
