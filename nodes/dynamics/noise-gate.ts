// Noise Gate: closes when it is quiet. Owns kernel, lowering, cases, example and help of "dynamics/noise-gate".
//
// e = peak level that falls with DETECTOR_S; latch: 1 from e ≥ open on, 0 from e < close on, else as it was; hold: H + 1 frames
// while latched, then one less per frame; open while any are left; attack and release as in the compressor. Every step is
// max(c, a·y + b) per frame, so that the graph has the same state machine exactly for any N.
import { defineNode } from '../../src/core/define-node.ts';
import type { Value } from '../../src/core/lower.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { RELEASE_FALL } from '../../src/dsp/follower.ts';
import type { GateState } from '../../src/dsp/gate.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';
import { onePoleCoefficient } from '../../src/dsp/one-pole.ts';

/** Time constant of the detector: a bass note's peaks, 25 ms apart, fall by 11 dB in between; Hold covers the rest. */
const DETECTOR_S = 0.02;

interface Tables {
  /** What a call works out for its kernels, as it was worked out last: params at rest leave it as it is. */
  readonly settings: Float64Array;
  readonly loudest: Float64Array;
  readonly opens: Float64Array;
  readonly closes: Float64Array;
  readonly shut: Float64Array;
  readonly peaks: Float64Array;
  readonly gains: Float64Array;
}

export default defineNode<Tables>({
  version: 1,
  label: 'Noise Gate',
  help:
    'Silences a sound while it is quiet. It opens when the level reaches Threshold and closes when it has fallen Hysteresis below ' +
    'that for the Hold time, so that a fading note does not flutter. Range says how far down it goes. Put it before a distortion ' +
    'or an amp model to keep hum and hiss out of the pauses. Wire a drum to Key to chop another sound in its rhythm.',
  words: ['gate', 'expander', 'hiss', 'hum', 'silence', 'threshold', 'hysteresis', 'dynamics', 'denoise', 'chop'],
  ports: { in: audio('inlet'), key: audio('inlet', { label: 'Key', channels: 1 }), out: audio('outlet') },
  params: {
    threshold: param({
      label: 'Threshold',
      unit: 'dB',
      min: -90,
      max: 0,
      default: -45,
      help: 'Peak level at which the gate opens.',
    }),
    hysteresis: param({
      label: 'Hysteresis',
      unit: 'dB',
      min: 0,
      max: 24,
      default: 6,
      help: 'How much quieter than the threshold it must get before the gate closes.',
    }),
    range: param({
      label: 'Range',
      unit: 'dB',
      min: -90,
      max: 0,
      default: -80,
      help: 'Gain while the gate is closed.',
    }),
    attack: param({
      label: 'Attack',
      unit: 'ms',
      min: 0,
      max: 50,
      default: 0.5,
      rate: 'event',
      help: 'Time constant of opening (63 % of the way).',
    }),
    hold: param({
      label: 'Hold',
      unit: 'ms',
      min: 0,
      max: 1000,
      default: 50,
      rate: 'event',
      help: 'How long it stays open after the sound has become quiet.',
    }),
    release: param({
      label: 'Release',
      unit: 'ms',
      min: 1,
      max: 2000,
      default: 100,
      rate: 'event',
      help: 'Time constant of closing.',
    }),
  },
  state: {
    level: { shape: [1], dtype: 'f64' },
    latch: { shape: [1], dtype: 'f64' },
    left: { shape: [1], dtype: 'f64' },
    released: { shape: [1], dtype: 'f64' },
    openness: { shape: [1], dtype: 'f64' },
  },
  probes: ['openness'],
  view: 'curve',
  curve: {
    label: 'Level out over level in, −80 to 0 dB, for sounds that rise',
    range: [-80, 0],
    hasDiagonal: true,
    points: ({ threshold, range }) =>
      Array.from({ length: 161 }, (_, n) => {
        const level = n / 2 - 80;
        return [level, level < Number(threshold) ? level + Number(range) : level];
      }),
    gainDb: ({ openness }, { range }) => {
      const closed = levelToGain(Number(range));
      return openness && 20 * Math.log10(closed + (1 - closed) * openness[0]);
    },
  },
  rest: {},
  tables(ctx, place) {
    const room = (): Float64Array => place(new Float64Array(ctx.maxFrames));
    return {
      settings: new Float64Array(4),
      loudest: new Float64Array(1),
      opens: room(),
      closes: room(),
      shut: room(),
      peaks: room(),
      gains: room(),
    };
  },
  kernel(io, p, s, frames) {
    const { threshold, hysteresis, range } = p;
    const { settings, loudest, opens, closes, shut, peaks, gains } = io.tables;
    const { kernels } = io;
    const { rateHz } = io.ctx;
    const inputs = io.audioIn.in;
    const heard = io.isConnected.key ? io.audioIn.key : inputs;
    if (io.hasMoved) {
      settings[0] = onePoleCoefficient(DETECTOR_S, rateHz);
      settings[1] = onePoleCoefficient(p.attack.value / 1000, rateHz);
      settings[2] = onePoleCoefficient(p.release.value / 1000, rateHz);
      settings[3] = Math.floor((p.hold.value * rateHz) / 1000 + 0.5) + 1;
    }
    const isSteady = threshold.isConstant && hysteresis.isConstant && range.isConstant;
    // What is steady and was worked out before still holds.
    const count = !isSteady ? frames : io.hasMoved ? 1 : 0;
    for (let i = 0; i < count; i++) {
      opens[i] = threshold.isConstant ? threshold.value : threshold.values[i];
      closes[i] = opens[i] - (hysteresis.isConstant ? hysteresis.value : hysteresis.values[i]);
      shut[i] = range.isConstant ? range.value : range.values[i];
    }
    kernels.levelToGain(opens, opens, count);
    kernels.levelToGain(closes, closes, count);
    kernels.levelToGain(shut, shut, count);
    kernels.peaks(heard, 0, heard.length, peaks, loudest, frames);
    kernels.gate(settings, opens, closes, shut, isSteady, s as unknown as GateState, peaks, gains, frames);
    for (let c = 0; c < inputs.length; c++) kernels.multiply(gains, inputs[c], io.audioOut.out[c], frames);
  },
  lower(g, io, p) {
    const { rateHz } = io.ctx;
    const zero = g.f64(0);
    const one = g.f64(1);
    const gainOf = (levelDb: Value): Value => g.op('Exp', [g.mul(levelDb, g.f64(LN10_OVER_20))]);
    const pole = (timeMs: Value): Value => g.op('Exp', [g.div(g.f64(-1000 / rateHz), timeMs)]);
    const x = g.cast(io.audioIn.in, 'f64');
    const heard = io.isConnected.key ? g.cast(io.audioIn.key, 'f64') : x;
    const peak = g.op('ReduceMax', [g.op('Abs', [heard]), g.i64(0)], { keepdims: 1n, noop_with_empty_axes: 0n });
    const fall = g.f64(onePoleCoefficient(DETECTOR_S, rateHz));
    const level = g.recurrenceMax('level', [fall, g.f64(-RELEASE_FALL), peak], 1);
    const opens = g.cast(g.op('GreaterOrEqual', [level, gainOf(p.threshold.value)]), 'f64');
    const closes = g.op('Less', [level, gainOf(g.sub(p.threshold.value, p.hysteresis.value))]);
    const keeps = g.sub(one, g.op('Max', [opens, g.cast(closes, 'f64')]));
    const latch = g.recurrenceMax('latch', [keeps, zero, opens], 1);
    const openFrames = g.add(g.op('Floor', [g.add(g.mul(p.hold.value, g.f64(rateHz / 1000)), g.f64(0.5))]), one);
    const left = g.recurrenceMax('left', [one, g.f64(-1), g.mul(latch, openFrames)], 1);
    const isOpen = g.cast(g.op('Greater', [left, zero]), 'f64');
    const release = pole(p.release.value);
    const towards = g.sub(g.mul(g.sub(one, release), isOpen), g.f64(RELEASE_FALL));
    const released = g.recurrenceMax('released', [release, towards, isOpen], 1);
    const attack = pole(p.attack.value);
    const openness = g.recurrence1('openness', attack, g.mul(g.sub(one, attack), released), 1);
    const closedGain = gainOf(p.range.value);
    const gain = g.add(closedGain, g.mul(g.sub(one, closedGain), openness));
    return { out: g.cast(g.mul(gain, x), 'f32') };
  },
  cases: [
    {
      name: 'another sound opens it; hysteresis, hold and release',
      params: { threshold: -6, hysteresis: 0.01, range: -20, attack: 0.01, hold: 0.05, release: 1 },
      in: {
        in: [[0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]],
        key: [[0.05, 0.05, 0.502, 0.4, 0.3, 0.3, 0, 0, 0, 0, 0, 0, 0, 0, 0.499, 0.499]],
      },
      out: {
        out: [
          [
            0.025, 0.025, 0.221984244, 0.246511633, 0.249565648, 0.249945917, 0.249993266, 0.245937776, 0.24145516,
            0.237001372, 0.232631492, 0.228350724, 0.224158093, 0.22005189, 0.216030346, 0.212091717,
          ],
        ],
      },
      tolerance: 1e-7,
      reference: 'the state machine as a loop over frames in numpy, test/nodes/make_effects_reference.py',
    },
    {
      name: 'the louder channel opens both',
      params: { threshold: 0, hysteresis: 6, range: -90, attack: 0.02, hold: 0, release: 1 },
      in: {
        in: [
          [0.1, 0.1, 0.3, 0.1, 0.1, 0.1],
          [0, 0, 0, 0, -1.2, 0.1],
        ],
      },
      out: {
        out: [
          [3.16227766e-6, 3.16227766e-6, 9.48683298e-6, 3.16227766e-6, 0.0647145077, 0.0875489466],
          [0.0, 0.0, 0.0, 0.0, -0.776574093, 0.0875489466],
        ],
      },
      tolerance: 1e-7,
      reference: 'the state machine as a loop over frames in numpy, test/nodes/make_effects_reference.py',
    },
  ],
  example(patch) {
    patch.add('source/audio-file-player', 'drums', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('dynamics/noise-gate', 'gate', { params: { threshold: -20, hold: 20, release: 30 } });
    patch.add('analysis/oscilloscope', 'scope', { params: { timePerDivision: 8 } });
    patch.add('output/audio-output', 'out');
    patch.connect('drums.out', 'gate.in');
    patch.connect('drums.out', 'scope.a');
    patch.connect('gate.out', 'scope.b');
    patch.connect('gate.out', 'out.in');
    patch.note('Turn Threshold up: the tails of the drums are cut, then only the loudest hits come through.', [0, -80]);
  },
});
