// Noise: white or pink, from an integer hash of a counter (src/dsp/noise.ts). Owns "source/noise" and its pink filter.
// Pink: ten poles and zeros that alternate on a logarithmic axis, given as parts of the rate, so that the slope is the same at
// every rate; played as a sum of one-poles: y = x + Σ R·s, s ← p·s + x, R by partial fractions. All f64, rounded once.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import { lowerNoise } from '../../src/core/lower-noise.ts';
import type { NodeContext } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';
import { noiseAt } from '../../src/dsp/noise.ts';

/**
 * Fitted by least maximum (scipy.optimize, Nelder–Mead) to −10·log10 f: ±0.05 dB from 1/10000 to 0.45 of the rate, which is 5 Hz
 * to 21 kHz at 48 kHz. Below 1/40000 of the rate the spectrum is flat.
 */
const PINK_ZEROS = [
  -0.29061832, 0.15624718, 0.57387448, 0.83052016, 0.93997592, 0.97957774, 0.99314571, 0.99771, 0.99923608, 0.9997453,
];
const PINK_POLES = [
  -0.1824415, 0.38101815, 0.72496197, 0.89833518, 0.9648937, 0.98815822, 0.99603706, 0.99867727, 0.9995589, 0.99985294,
];
const POLES = PINK_POLES.length;

/** How much of each one-pole sounds. */
const PINK_SHARES = PINK_POLES.map((pole, k) => {
  const towardsZeros = PINK_ZEROS.reduce((product, zero) => product * (pole - zero), 1);
  return PINK_POLES.reduce((rest, other, i) => (i === k ? rest : rest / (pole - other)), towardsZeros);
});

/** RMS of the filtered noise for an input of RMS 1. */
const PINK_RMS = Math.sqrt(
  PINK_SHARES.reduce(
    (sum, a, i) => sum + PINK_SHARES.reduce((part, b, k) => part + (a * b) / (1 - PINK_POLES[i] * PINK_POLES[k]), 0),
    1,
  ),
);

/** Brings the uniform −1…1 to RMS 1. */
const UNIT_RMS = Math.sqrt(3);

const SEED_MAX = 9999;
/** The hash takes the numbers of so many frames, then it repeats. */
const COUNTER_FRAMES = 2 ** 32;
const channelsOf = (values: NodeContext['values']): number => (values.channels === 'stereo' ? 2 : 1);

export default defineNode({
  version: 1,
  label: 'Noise',
  help:
    'Makes noise: all frequencies at once. White has the same strength at every frequency and sounds like steam; pink has it in ' +
    'every octave, falls by 3 dB per octave and sounds like a waterfall, closer to music. Send it through a filter and watch the ' +
    'spectrum: you see the filter’s curve. The same seed gives the same noise, sample by sample, also in an exported bundle.',
  words: ['white', 'pink', 'random', 'hiss', 'generator', 'test signal', 'wind', 'seed', 'texture', '1/f'],
  ports: ctx => ({ out: audio('outlet', { channels: channelsOf(ctx.values) }) }),
  params: {
    colour: choice({
      label: 'Colour',
      choices: ['white', 'pink'],
      default: 'white',
      isStructural: true,
      help: 'White: equal power per hertz. Pink: equal power per octave.',
    }),
    level: param({
      label: 'Level',
      unit: 'dB',
      min: -60,
      max: 0,
      default: -18,
      help: 'RMS level; the peaks of white noise are 4.8 dB higher, those of pink noise about 12 dB.',
    }),
    seed: param({
      label: 'Seed',
      unit: '',
      min: 0,
      max: SEED_MAX,
      default: 0,
      rate: 'event',
      help: 'Whole number that picks one of many noises.',
    }),
    channels: choice({
      label: 'Channels',
      choices: ['mono', 'stereo'],
      default: 'mono',
      isStructural: true,
      help: 'Stereo has two independent noises and sounds wide.',
    }),
  },
  state: ctx => ({
    counter: { shape: [1], dtype: 'i32' },
    ...(ctx.values.colour === 'pink'
      ? { poles: { shape: [channelsOf(ctx.values) * POLES], dtype: 'f64' } as const }
      : {}),
  }),
  kernel(io, p, s, frames) {
    const { level } = p;
    const seed = Math.round(p.seed.value);
    const isPink = s.poles !== undefined;
    const scale = isPink ? UNIT_RMS / PINK_RMS : UNIT_RMS;
    const counter = s.counter[0];
    for (let channel = 0; channel < io.audioOut.out.length; channel++) {
      const output = io.audioOut.out[channel];
      let gain = scale * levelToGain(level.value);
      for (let i = 0; i < frames; i++) {
        const x = noiseAt(2 * seed + channel, counter + i);
        let y = x;
        for (let k = 0; isPink && k < POLES; k++) {
          const at = channel * POLES + k;
          y += PINK_SHARES[k] * s.poles[at];
          s.poles[at] = PINK_POLES[k] * s.poles[at] + x;
        }
        if (!level.isConstant) gain = scale * levelToGain(level.values[i]);
        output[i] = gain * y;
      }
    }
    // As i32, the counter comes round after 2^32 frames, a day at 48 kHz.
    s.counter[0] = counter + frames;
  },
  lower(g, io, p) {
    const channels = channelsOf(io.ctx.values);
    const isPink = io.ctx.values.colour === 'pink';
    const counter = g.state('counter', 'i64', [1]);
    g.setState('counter', g.op('Mod', [g.add(counter, io.frames), g.i64(COUNTER_FRAMES)], { fmod: 0n }));
    const range = g.op('Range', [
      g.constant('i64', [0], []),
      g.op('Squeeze', [io.frames, g.i64(0)]),
      g.constant('i64', [1], []),
    ]);
    const whole = g.cast(g.op('Floor', [g.add(p.seed.value, g.f64(0.5))]), 'i64');
    const indices = g.constant('i64', channels === 2 ? [0, 1] : [0], [channels, 1]);
    const seeds = g.add(g.mul(whole, g.i64(2)), indices);
    const white = lowerNoise(g, seeds, g.add(counter, range));
    const scale = isPink ? UNIT_RMS / PINK_RMS : UNIT_RMS;
    const gain = g.mul(g.op('Exp', [g.mul(p.level.value, g.f64(LN10_OVER_20))]), g.f64(scale));
    return { out: g.cast(g.mul(gain, isPink ? lowerPink(g, white, channels, io.frames) : white), 'f32') };
  },
  cases: [
    {
      name: 'white: the hash of a counter, another one in each channel',
      params: { colour: 'white', level: -6.020599913279624, seed: 7, channels: 'stereo' },
      out: {
        out: [
          [0.451341005, -0.771634341, -0.169495151, -0.048694293, -0.621579989, -0.0394548806],
          [-0.11771135, 0.740529888, -0.463060614, -0.608720733, -0.605716189, 0.482279348],
        ],
      },
      tolerance: 1e-7,
      reference: 'MurmurHash3’s finaliser in Python integers, test/nodes/make_effects_reference.py',
    },
    {
      name: 'pink: the same, through the cascade of the filter’s sections',
      params: { colour: 'pink', level: -6.020599913279624 },
      out: {
        out: [
          [0.142241569, 0.033241981, 0.248365489, 0.119277124, -0.046584076, -0.184283432, -0.281131783, -0.235549509],
        ],
      },
      tolerance: 1e-7,
      reference: 'scipy.signal.lfilter section by section, test/nodes/make_effects_reference.py',
    },
  ],
  example(patch) {
    patch.add('source/noise', 'noise', { params: { colour: 'pink', level: -18, channels: 'stereo' } });
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('output/audio-output', 'out');
    patch.connect('noise.out', 'spectrum.in');
    patch.connect('noise.out', 'out.in');
    patch.note('Switch the colour: white is flat in the spectrum, pink falls by 3 dB with every octave.', [0, -80]);
  },
});

/** All one-poles of all channels as rows of one recurrence; `white` [C, N]. */
function lowerPink(g: GraphBuilder, white: Value, channels: number, frames: Value): Value {
  const rows = channels * POLES;
  const repeated = <T>(values: readonly T[]): T[] => Array.from({ length: channels }, () => values).flat();
  const shaped = (value: Value, ...sizes: readonly number[]): Value =>
    g.op('Reshape', [value, g.concat([g.i64(...sizes), frames], 0)], { allowzero: 1n });
  const spread = g.op('Expand', [g.op('Unsqueeze', [white, g.i64(1)]), g.concat([g.i64(channels, POLES), frames], 0)]);
  const after = g.recurrence1('poles', g.constant('f64', repeated(PINK_POLES), [rows, 1]), shaped(spread, rows), rows);
  const before = g.slice(g.history('before', after, rows, 1, 'f64'), 1, 0, -1);
  const shares = g.constant('f64', repeated(PINK_SHARES), [rows, 1]);
  const sounding = shaped(g.mul(before, shares), channels, POLES);
  return g.add(white, g.op('ReduceSum', [sounding, g.i64(1)], { keepdims: 0n, noop_with_empty_axes: 0n }));
}
