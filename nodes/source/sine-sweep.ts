// Sine Sweep: a sine that climbs by equal musical steps, for measuring rooms and systems. Owns "source/sine-sweep".
// Exponential sweep of A. Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine technique", AES
// 108, 2000: frame n of M has had f1·T/r·(e^x − 1) cycles, x = r·n/M, r = ln(f2/f1), T = M/rate. A closed form of the frame in f64,
// so that nothing adds up. Faded in and out as 0.5 − 0.5·cos.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { FREQUENCY_RATIO_MAX } from '../../src/dsp/frequency.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';

/** Below this, (e^x − 1)/x is its power series: the difference would lose digits. */
const SERIES_BELOW = 0.03;
const SERIES_TERMS = 8;
const FADE_MIN = 1e-9;

/** (e^x − 1)/x. */
function growth(x: number): number {
  if (Math.abs(x) >= SERIES_BELOW) return (Math.exp(x) - 1) / x;
  let sum = 1;
  for (let k = SERIES_TERMS; k > 1; k--) sum = 1 + (sum * x) / k;
  return sum;
}

function lowerGrowth(g: GraphBuilder, x: Value): Value {
  const one = g.f64(1);
  const isSmall = g.op('Less', [g.op('Abs', [x]), g.f64(SERIES_BELOW)]);
  const divisor = g.op('Where', [isSmall, one, x]);
  let sum = one;
  for (let k = SERIES_TERMS; k > 1; k--) sum = g.add(one, g.div(g.mul(sum, x), g.f64(k)));
  return g.op('Where', [isSmall, sum, g.div(g.sub(g.op('Exp', [x]), one), divisor)]);
}

export default defineNode({
  version: 1,
  label: 'Sine Sweep',
  help:
    'Plays a sine that glides through all frequencies. Every octave takes the same time. Send it through a room, a loudspeaker, a ' +
    'filter or a model: a linear one only changes its level, a distorting one adds tones above it, which you hear and see in the ' +
    'spectrum. Aliasing is heard as tones that come down while the sweep goes up. A new value starts the sweep again.',
  words: [
    'chirp',
    'glide',
    'measure',
    'test tone',
    'frequency response',
    'Farina',
    'ESS',
    'siren',
    'aliasing',
    'logarithmic',
  ],
  ports: { out: audio('outlet', { channels: 1 }) },
  params: {
    start: param({
      label: 'Start',
      unit: 'Hz',
      min: 5,
      max: 20000,
      default: 20,
      scale: 'log',
      rate: 'event',
      help: 'Frequency at the beginning; at most 0.49 of the sample rate counts.',
    }),
    stop: param({
      label: 'Stop',
      unit: 'Hz',
      min: 5,
      max: 20000,
      default: 20000,
      scale: 'log',
      rate: 'event',
      help: 'Frequency at the end; lower than Start glides down.',
    }),
    duration: param({
      label: 'Duration',
      unit: 's',
      min: 0.001,
      max: 60,
      default: 5,
      scale: 'log',
      rate: 'event',
      help: 'Length of one sweep.',
    }),
    pause: param({
      label: 'Pause',
      unit: 's',
      min: 0,
      max: 30,
      default: 1,
      rate: 'event',
      help: 'Silence after each sweep, in which echoes die away.',
    }),
    repeats: param({
      label: 'Repeats',
      unit: '',
      min: 0,
      max: 20,
      default: 0,
      rate: 'event',
      help: 'How many sweeps there are; 0 = without end.',
    }),
    fade: param({
      label: 'Fade',
      unit: 'ms',
      min: 0,
      max: 200,
      default: 10,
      rate: 'event',
      help: 'Length of the fades at both ends of a sweep; at most half of it.',
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
  // Frames since the first sweep began, and the settings that it plays, by which a change is noticed.
  state: { elapsed: { shape: [1], dtype: 'i32' }, playing: { shape: [5], dtype: 'f64' } },
  kernel(io, p, s, frames) {
    const output = io.audioOut.out[0];
    const { rateHz } = io.ctx;
    const { level } = p;
    const { playing } = s;
    const repeats = Math.floor(p.repeats.value + 0.5);
    const isSame =
      playing[0] === p.start.value &&
      playing[1] === p.stop.value &&
      playing[2] === p.duration.value &&
      playing[3] === p.pause.value &&
      playing[4] === repeats;
    playing[0] = p.start.value;
    playing[1] = p.stop.value;
    playing[2] = p.duration.value;
    playing[3] = p.pause.value;
    playing[4] = repeats;

    const limitHz = FREQUENCY_RATIO_MAX * rateHz;
    const startHz = Math.min(p.start.value, limitHz);
    const bend = Math.log(Math.min(p.stop.value, limitHz) / startHz);
    const sweepFrames = Math.max(1, Math.floor(p.duration.value * rateHz + 0.5));
    const period = sweepFrames + Math.floor(p.pause.value * rateHz + 0.5);
    const fadeFrames = Math.max(FADE_MIN, Math.min((p.fade.value * rateHz) / 1000, sweepFrames / 2));
    const steadyGain = levelToGain(level.value);
    const begin = isSame ? s.elapsed[0] : 0;
    for (let i = 0; i < frames; i++) {
      const round = Math.floor((begin + i) / period);
      const n = begin + i - round * period;
      if (n >= sweepFrames || (repeats > 0 && round >= repeats)) {
        output[i] = 0;
        continue;
      }
      const cycles = ((startHz * n) / rateHz) * growth((bend * n) / sweepFrames);
      const nearness = Math.min(1, Math.min(n, sweepFrames - n) / fadeFrames);
      const fade = 0.5 - 0.5 * Math.cos(Math.PI * nearness);
      const gain = level.isConstant ? steadyGain : levelToGain(level.values[i]);
      output[i] = gain * fade * Math.sin(2 * Math.PI * (cycles - Math.floor(cycles)));
    }
    const end = begin + frames;
    s.elapsed[0] = repeats > 0 ? Math.min(end, repeats * period) : end % period;
  },
  lower(g, io, p) {
    const rate = g.f64(io.ctx.rateHz);
    const half = g.f64(0.5);
    const one = g.f64(1);
    const zero = g.i64(0);
    const rounded = (value: Value): Value => g.op('Floor', [g.add(value, half)]);
    const repeats = rounded(p.repeats.value);
    const wanted = g.concat([p.start.value, p.stop.value, p.duration.value, p.pause.value, repeats], 0);
    const alike = g.cast(g.op('Equal', [g.state('playing', 'f64', [5]), wanted]), 'f64');
    g.setState('playing', wanted);
    const isSame = g.cast(g.op('ReduceMin', [alike, zero], { keepdims: 1n, noop_with_empty_axes: 0n }), 'bool');
    const begin = g.op('Where', [isSame, g.state('elapsed', 'i64', [1]), zero]);

    const limitHz = g.f64(FREQUENCY_RATIO_MAX * io.ctx.rateHz);
    const startHz = g.op('Min', [p.start.value, limitHz]);
    const bend = g.op('Log', [g.div(g.op('Min', [p.stop.value, limitHz]), startHz)]);
    const sweepFrames = g.op('Max', [one, rounded(g.mul(p.duration.value, rate))]);
    const period = g.add(g.cast(sweepFrames, 'i64'), g.cast(rounded(g.mul(p.pause.value, rate)), 'i64'));
    const fadeWanted = g.div(g.mul(p.fade.value, rate), g.f64(1000));
    const fadeFrames = g.op('Max', [g.f64(FADE_MIN), g.op('Min', [fadeWanted, g.mul(sweepFrames, half)])]);
    const isEndless = g.op('Equal', [repeats, g.f64(0)]);

    const scalar = (value: Value): Value => g.op('Squeeze', [value, zero]);
    const steps = g.op('Range', [g.constant('i64', [0], []), scalar(io.frames), g.constant('i64', [1], [])]);
    const counted = g.add(begin, steps);
    const n = g.cast(g.op('Mod', [counted, period], { fmod: 0n }), 'f64');
    const round = g.cast(g.div(counted, period), 'f64');
    const isSounding = g.op('And', [
      g.op('Less', [n, sweepFrames]),
      g.op('Or', [isEndless, g.op('Less', [round, repeats])]),
    ]);
    const cycles = g.mul(g.div(g.mul(startHz, n), rate), lowerGrowth(g, g.div(g.mul(bend, n), sweepFrames)));
    const phase = g.sub(cycles, g.op('Floor', [cycles]));
    const nearness = g.op('Min', [one, g.div(g.op('Min', [n, g.sub(sweepFrames, n)]), fadeFrames)]);
    const fade = g.sub(half, g.mul(half, g.op('Cos', [g.mul(g.f64(Math.PI), nearness)])));
    const gain = g.mul(g.op('Exp', [g.mul(p.level.value, g.f64(LN10_OVER_20))]), fade);
    const wave = g.mul(gain, g.op('Sin', [g.mul(g.f64(2 * Math.PI), phase)]));
    const end = g.add(begin, io.frames);
    g.setState(
      'elapsed',
      g.op('Where', [
        isEndless,
        g.op('Mod', [end, period], { fmod: 0n }),
        g.op('Min', [end, g.mul(g.cast(repeats, 'i64'), period)]),
      ]),
    );
    const sounding = g.op('Where', [isSounding, wave, g.f64(0)]);
    return { out: g.op('Unsqueeze', [g.cast(sounding, 'f32'), zero]) };
  },
  cases: [
    {
      name: 'rises from 500 Hz to 16 kHz in 10 ms, halved',
      params: { start: 500, stop: 16000, duration: 0.01, fade: 0, level: -6.020599913279624 },
      out: {
        out: [
          [
            0, 0.0328197366, 0.0657338536, 0.0985953509, 0.131252137, 0.163547601, 0.195321253, 0.226409419,
            0.256646015, 0.285863368, 0.313893114, 0.340567146,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'scipy.signal.chirp, test/nodes/make_effects_reference.py',
    },
    {
      name: 'falls from 9 to 3 kHz in 1 ms, faded; a pause of 4 frames; again',
      params: { start: 9000, stop: 3000, duration: 0.001, pause: 4 / 48000, fade: 0.1, level: 0 },
      out: {
        out: [
          [
            0.0, 0.0949207451, 0.275589437, -0.187126965, -0.912655632, -0.65731584, 0.316010064, 0.972744884,
            0.726015543, -0.156682403, -0.893565659, -0.895663191, -0.203016058, 0.629225869, 0.999680703, 0.6821298,
            -0.0755233376, -0.772751813, -0.994836514, -0.642452576, 0.0562563516, 0.712605884, 0.998356167, 0.79813617,
            0.233987388, -0.422564559, -0.888243374, -0.986406403, -0.7017826, -0.163538298, 0.421827016, 0.852957035,
            0.999718473, 0.83444737, 0.425814257, -0.0948795882, -0.579245992, -0.903880246, -0.998356036, -0.854900147,
            -0.521248341, -0.0819702329, 0.365005048, 0.730481852, 0.886682633, 0.68723868, 0.320711284, 0.0616657895,
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0949207451, 0.275589437, -0.187126965, -0.912655632, -0.65731584, 0.316010064,
            0.972744884,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'scipy.signal.chirp, test/nodes/make_effects_reference.py',
    },
    {
      name: 'ends above 0.49 of the rate sound as that',
      params: { start: 20000, stop: 4000, duration: 1, repeats: 1, fade: 0, level: 0 },
      rateHz: 8000,
      out: {
        out: [
          [
            0, 0.0627905195, -0.125333234, 0.187381315, -0.248689887, 0.309016994, -0.368124553, 0.425779292,
            -0.481753674, 0.535826795, -0.587785252, 0.63742399,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'sin(2π·0.49·n)',
    },
    {
      name: 'equal ends are a steady tone, played once',
      params: { start: 12000, stop: 12000, duration: 0.001, pause: 0, repeats: 1, fade: 0, level: 0 },
      out: {
        out: [
          [
            0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0,
            1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'sin(π·n/2), then silence',
    },
  ],
  example(patch) {
    patch.add('source/sine-sweep', 'sweep', { params: { start: 100, stop: 12000, duration: 4, level: -12 } });
    patch.add('dynamics/waveshaper', 'shaper', { params: { shape: 'hard clip', drive: 18, level: -18 } });
    patch.add('analysis/spectrum', 'spectrum');
    patch.add('output/audio-output', 'out');
    patch.connect('sweep.out', 'shaper.in');
    patch.connect('shaper.out', 'spectrum.in');
    patch.connect('shaper.out', 'out.in');
    patch.note(
      'The overtones climb, reach the end of the spectrum and come down again: aliasing. Oversample the waveshaper.',
      [0, -80],
    );
  },
});
