// Compressor: makes loud passages softer. Owns kernel, lowering, cases, example and help of "dynamics/compressor".
// Feed-forward, in the log domain (D. Giannoulis, M. Massberg and J. D. Reiss, "Digital Dynamic Range Compressor Design", JAES
// 60(6), 2012): peak level → static curve with a soft knee → smooth decoupled attack and release of the reduction in dB → gain.
// One gain for all channels. All f64, rounded once.
import { defineNode } from '../../src/core/define-node.ts';
import type { Value } from '../../src/core/lower.ts';
import { param } from '../../src/core/param.ts';
import { audio, control } from '../../src/core/port.ts';
import { RELEASE_FALL, stepRelease } from '../../src/dsp/follower.ts';
import { LN10_OVER_20 } from '../../src/dsp/level.ts';
import { onePoleCoefficient } from '../../src/dsp/one-pole.ts';
import { finiteOrZero, flushState } from '../../src/dsp/safe.ts';

/** Quieter peaks than −120 dB count as this. */
const PEAK_MIN = 1e-6;
/** A hard knee is this many dB wide, so that nothing is divided by 0. */
const KNEE_MIN = 1e-6;

/** Lowest level of the picture in dB. */
const CURVE_FLOOR = -60;

/** Reduction in dB at rest for a level `over` dB above the threshold: 0 below the knee, `slope`·over above, a parabola between. */
function reductionAt(over: number, slope: number, knee: number): number {
  const width = Math.max(knee, KNEE_MIN);
  const inKnee = Math.min(width, Math.max(0, over + width / 2));
  return slope * ((inKnee * inKnee) / (2 * width) + Math.max(0, over - width / 2));
}

export default defineNode({
  version: 1,
  label: 'Compressor',
  help:
    'Makes loud passages softer, so that all can be louder. Above Threshold the level rises only 1/Ratio as much. Attack says how ' +
    'fast it takes hold, Release how fast it lets go: slow attack keeps the punch of drums, fast release pumps. Make-up brings the ' +
    'level back. Wire another sound to Key and that one decides: music under a voice steps back (ducking). Reduction gives the ' +
    'present change of gain in dB, 0 or negative, as a control signal.',
  words: [
    'dynamics',
    'squash',
    'punch',
    'pump',
    'sidechain',
    'ducking',
    'level',
    'loudness',
    'threshold',
    'ratio',
    'glue',
  ],
  ports: {
    in: audio('inlet'),
    key: audio('inlet', { label: 'Key', channels: 1 }),
    out: audio('outlet'),
    reduction: control('outlet', { label: 'Reduction' }),
  },
  params: {
    threshold: param({
      label: 'Threshold',
      unit: 'dB',
      min: -60,
      max: 0,
      default: -20,
      help: 'Peak level above which the compressor acts.',
    }),
    ratio: param({
      label: 'Ratio',
      unit: '×',
      min: 1,
      max: 20,
      default: 4,
      scale: 'log',
      help: 'dB at the input for each dB more at the output, above the threshold.',
    }),
    knee: param({
      label: 'Knee',
      unit: 'dB',
      min: 0,
      max: 24,
      default: 6,
      help: 'Width of the bend around the threshold; 0 is a corner.',
    }),
    attack: param({
      label: 'Attack',
      unit: 'ms',
      min: 0,
      max: 200,
      default: 10,
      rate: 'event',
      help: 'Time constant with which the gain falls (63 % of the way in dB).',
    }),
    release: param({
      label: 'Release',
      unit: 'ms',
      min: 1,
      max: 3000,
      default: 150,
      rate: 'event',
      help: 'Time constant with which the gain comes back.',
    }),
    makeUp: param({ label: 'Make-up', unit: 'dB', min: -12, max: 24, default: 0, help: 'Gain after the compression.' }),
  },
  // Reduction in dB: as it is let go, and as it takes hold.
  state: { released: { shape: [1], dtype: 'f64' }, reduction: { shape: [1], dtype: 'f64' } },
  probes: ['reduction'],
  view: 'curve',
  curve: {
    label: 'Level out over level in, −60 to 0 dB, at rest',
    range: [CURVE_FLOOR, 0],
    hasDiagonal: true,
    points: ({ threshold, ratio, knee, makeUp }) =>
      Array.from({ length: 1 - CURVE_FLOOR }, (_, n) => {
        const level = CURVE_FLOOR + n;
        const reduction = reductionAt(level - Number(threshold), 1 - 1 / Number(ratio), Number(knee));
        return [level, level - reduction + Number(makeUp)];
      }),
    gainDb: ({ reduction }) => reduction && -reduction[0],
  },
  kernel(io, p, s, frames) {
    const { threshold, ratio, knee, makeUp } = p;
    const inputs = io.audioIn.in;
    const heard = io.isConnected.key ? io.audioIn.key : inputs;
    const outputs = io.audioOut.out;
    const told = io.controlOut.reduction;
    const attack = onePoleCoefficient(p.attack.value / 1000, io.ctx.rateHz);
    const release = onePoleCoefficient(p.release.value / 1000, io.ctx.rateHz);
    let released = s.released[0];
    let reduction = s.reduction[0];
    for (let i = 0; i < frames; i++) {
      let peak = PEAK_MIN;
      for (let channel = 0; channel < heard.length; channel++)
        peak = Math.max(peak, Math.abs(finiteOrZero(heard[channel][i])));
      const over = Math.log(peak) / LN10_OVER_20 - threshold.values[i];
      released = stepRelease(released, reductionAt(over, 1 - 1 / ratio.values[i], knee.values[i]), release);
      reduction = released + attack * (reduction - released);
      told.values[i] = -reduction;
      const gain = Math.exp((makeUp.values[i] - reduction) * LN10_OVER_20);
      for (let channel = 0; channel < outputs.length; channel++)
        outputs[channel][i] = gain * finiteOrZero(inputs[channel][i]);
    }
    s.released[0] = flushState(released);
    s.reduction[0] = flushState(reduction);
    told.isConstant = false;
  },
  lower(g, io, p) {
    const x = g.cast(io.audioIn.in, 'f64');
    const heard = io.isConnected.key ? g.cast(io.audioIn.key, 'f64') : x;
    const peak = g.op('ReduceMax', [g.op('Abs', [heard]), g.i64(0)], { keepdims: 0n, noop_with_empty_axes: 0n });
    const level = g.div(g.op('Log', [g.op('Max', [peak, g.f64(PEAK_MIN)])]), g.f64(LN10_OVER_20));
    const over = g.sub(level, p.threshold.value);
    const width = g.op('Max', [p.knee.value, g.f64(KNEE_MIN)]);
    const half = g.mul(width, g.f64(0.5));
    const inKnee = g.op('Min', [width, g.op('Relu', [g.add(over, half)])]);
    const bend = g.div(g.mul(inKnee, inKnee), g.mul(g.f64(2), width));
    const slope = g.sub(g.f64(1), g.op('Reciprocal', [p.ratio.value]));
    const wanted = g.mul(slope, g.add(bend, g.op('Relu', [g.sub(over, half)])));

    const one = g.f64(1);
    // exp(−1000/(t·rate)) is 0 for t = 0, as in the kernel.
    const pole = (timeMs: Value): Value => g.op('Exp', [g.div(g.f64(-1000 / io.ctx.rateHz), timeMs)]);
    const release = pole(p.release.value);
    const towards = g.sub(g.mul(g.sub(one, release), wanted), g.f64(RELEASE_FALL));
    const released = g.recurrenceMax('released', [release, towards, wanted], 1);
    const attack = pole(p.attack.value);
    const reduction = g.recurrence1('reduction', attack, g.mul(g.sub(one, attack), released), 1);
    const gain = g.op('Exp', [g.mul(g.sub(p.makeUp.value, reduction), g.f64(LN10_OVER_20))]);
    return { out: g.cast(g.mul(gain, x), 'f32'), reduction: g.op('Neg', [g.op('Squeeze', [reduction, g.i64(0)])]) };
  },
  cases: [
    {
      name: 'soft knee, both channels by the louder one',
      params: { threshold: -20, ratio: 4, knee: 12, attack: 0.05, release: 1, makeUp: 3 },
      in: {
        in: [
          [0.05, 0.1, -1, 0.9, 0.9, -0.3, 0.02, 0.01],
          [0, 0.2, 0.5, -1.5, 0.1, 0.1, 0.1, -0.05],
        ],
      },
      out: {
        out: [
          [
            0.0706268772, 0.11832211, -0.697770159, 0.399716602, 0.297561247, -0.0823408564, 0.00491964432,
            0.0023201188,
          ],
          [0.0, 0.23664422, 0.348885079, -0.666194336, 0.0330623608, 0.0274469521, 0.0245982216, -0.011600594],
        ],
        reduction: [[-0.0, -1.53868187, -6.12575216, -10.0498065, -12.6133228, -14.2301175, -15.1819258, -15.6897955]],
      },
      tolerance: 2e-7,
      reference: 'the paper’s equations as a loop over frames in numpy, test/nodes/make_effects_reference.py',
    },
    {
      name: 'hard knee, no attack, another sound decides',
      params: { threshold: -12, ratio: 20, knee: 0, attack: 0, release: 2, makeUp: 0 },
      in: {
        in: [[0.05, 0.1, -1, 0.9, 0.9, -0.3, 0.02, 0.01]],
        key: [[0, 0.8, 2, -6, 0.4, 0.4, 0.4, -0.2]],
      },
      out: {
        out: [
          [0.05, 0.0332708972, -0.139322579, 0.0441569249, 0.0453499506, -0.0155207814, 0.0010620907, 0.000547447608],
        ],
        reduction: [[-0.0, -9.55870975, -17.1195699, -26.1848738, -25.9533138, -25.7241535, -25.4973678, -25.2331488]],
      },
      tolerance: 2e-7,
      reference: 'the paper’s equations as a loop over frames in numpy, test/nodes/make_effects_reference.py',
    },
  ],
  example(patch) {
    patch.add('source/audio-file-player', 'drums', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('dynamics/compressor', 'compressor', {
      params: { threshold: -30, ratio: 8, attack: 20, release: 120, makeUp: 10 },
    });
    patch.add('analysis/oscilloscope', 'scope', { params: { timePerDivision: 8 } });
    patch.add('output/audio-output', 'out');
    patch.connect('drums.out', 'compressor.in');
    patch.connect('drums.out', 'scope.a');
    patch.connect('compressor.out', 'scope.b');
    patch.connect('compressor.out', 'out.in');
    patch.note('Turn Attack down to 0: the hits lose their punch. Then turn Release: short times pump.', [0, -80]);
  },
});
