// Compressor: makes loud passages softer. Owns kernel, lowering, example and help of "dynamics/compressor".
// Smooth: peak level → static curve → smooth attack and release of the reduction in dB (src/dsp/dynamics.ts). Classic: attack and
// release of the peak level (y ← |x| + pole·(y − |x|), pole = exp(−2π/(time·rate))) → static curve; as in JUCE's compressor, with
// its corner and no link. A detector is what one gain comes from: all channels together, or each. All f64, rounded once.
import { defineNode } from '../../src/core/define-node.ts';
import type { Value } from '../../src/core/lower.ts';
import type { ControlSignal, NodeContext, StateSpec } from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio, control } from '../../src/core/port.ts';
import { KNEE_MIN, PEAK_MIN, reductionAt } from '../../src/dsp/dynamics.ts';
import { RELEASE_FALL } from '../../src/dsp/follower.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';
import { onePoleCoefficient } from '../../src/dsp/one-pole.ts';
import { compressorCases } from './parts/compressor-cases.ts';

const DETECTORS = ['smooth', 'classic', 'classic 1000:1'];
/** So much is all that comes above the threshold, whatever Ratio says. */
const LIMIT: ControlSignal = { value: 1000, isConstant: true, values: new Float64Array(0) };
/** Poles of what follows at once. */
const AT_ONCE = new Float64Array(2);
const LINKS = ['linked', 'per channel'];

/** Lowest level of the picture in dB. */
const CURVE_FLOOR = -60;

interface Tables {
  readonly isClassic: boolean;
  readonly isLimit: boolean;
  /** Poles of attack and release. */
  readonly poles: Float64Array;
  /** Threshold (linear), slope and make-up of a classic detector with a corner. */
  readonly corner: Float64Array;
  /** Where a call writes the levels, changes and gains of each detector; hold nothing from call to call. */
  readonly levels: readonly Float64Array[];
  readonly changes: readonly Float64Array[];
  readonly gains: readonly Float64Array[];
  /** The greatest level of the call. */
  readonly loudest: Float64Array;
}

/** Detectors where nothing is wired to the key. */
const detectorsOf = (ctx: Pick<NodeContext, 'values' | 'channels'>): number =>
  ctx.values.link === 'per channel' ? (ctx.channels.in ?? 1) : 1;

const isClassicAt = ({ values }: Pick<NodeContext, 'values'>): boolean =>
  values.detector === DETECTORS[1] || values.detector === DETECTORS[2];
const isLimitAt = ({ values }: Pick<NodeContext, 'values'>): boolean => values.detector === DETECTORS[2];

/** The level below which nothing is turned down, linear; 0 while it moves. */
const quietBelow = (threshold: ControlSignal, knee: ControlSignal): number =>
  threshold.isConstant && knee.isConstant ? levelToGain(threshold.value - knee.value / 2) : 0;

export default defineNode<Tables>({
  version: 1,
  label: 'Compressor',
  help:
    'Makes loud passages softer, so that all can be louder. Above Threshold the level rises only 1/Ratio as much. Attack says how ' +
    'fast it takes hold, Release how fast it lets go: slow attack keeps the punch of drums, fast release pumps. Make-up brings the ' +
    'level back. Classic with Knee 0, per channel, sounds as the usual simple compressor of plug-in hosts. Wire another sound to Key and that one decides: music under a voice steps back (ducking). Reduction gives the ' +
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
      // A classic detector passes its moves on without any attack.
      smoothingMs: 50,
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
    detector: choice({
      label: 'Detector',
      choices: DETECTORS,
      default: 'smooth',
      isStructural: true,
      help: 'Smooth: Attack and Release move the gain in dB. Classic: they follow the level, 6.3 times as fast; 1000:1 holds it.',
    }),
    link: choice({
      label: 'Link',
      choices: LINKS,
      default: 'linked',
      isStructural: true,
      help: 'Linked: one gain for all channels, the picture stays in place. Per channel: each has its own.',
    }),
    makeUp: param({ label: 'Make-up', unit: 'dB', min: -12, max: 24, default: 0, help: 'Gain after the compression.' }),
  },
  tables(ctx, place) {
    const room = (): Float64Array[] =>
      Array.from({ length: detectorsOf(ctx) }, () => place(new Float64Array(ctx.maxFrames)));
    return {
      isClassic: isClassicAt(ctx),
      isLimit: isLimitAt(ctx),
      poles: new Float64Array(2),
      corner: new Float64Array(3),
      levels: room(),
      changes: room(),
      gains: room(),
      loudest: new Float64Array(1),
    };
  },
  // Reduction in dB: as it is let go, and as it takes hold. Classic: the level as it is followed.
  state(ctx) {
    const each: StateSpec = { shape: [detectorsOf(ctx)], dtype: 'f64' };
    return { released: each, reduction: each, ...(isClassicAt(ctx) ? { level: each } : {}) };
  },
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
    gainDb: ({ reduction }) => reduction && -Math.max(...reduction),
  },
  kernel(io, p, s, frames) {
    const { threshold, knee, makeUp } = p;
    const { isClassic, isLimit, poles, corner, levels, changes, gains, loudest } = io.tables;
    const { kernels } = io;
    const { rateHz } = io.ctx;
    const { released, reduction, level } = s as Readonly<Record<string, Float64Array>>;
    const inputs = io.audioIn.in;
    const heard = io.isConnected.key ? io.audioIn.key : inputs;
    // Several detectors hear a channel each, but one key is the same for all.
    const isEach = levels.length > 1 && !io.isConnected.key;
    const ratio = isLimit ? LIMIT : p.ratio;
    const isStill = threshold.isConstant && ratio.isConstant && knee.isConstant && makeUp.isConstant;
    const hasCorner = isClassic && isStill && knee.value === 0;
    if (io.hasMoved) {
      const turns = isClassic ? 2000 * Math.PI : 1000;
      poles[0] = onePoleCoefficient(p.attack.value / turns, rateHz);
      poles[1] = onePoleCoefficient(p.release.value / turns, rateHz);
      corner[0] = levelToGain(threshold.value);
      corner[1] = 1 - 1 / ratio.value;
      corner[2] = makeUp.value;
    }
    if (hasCorner && levels.length === inputs.length && !io.isConnected.key && !io.isConnected.reduction) {
      kernels.compressCorner(poles, corner, level, reduction, gains[0], inputs, io.audioOut.out, frames);
      return;
    }
    loudest[0] = 0;
    for (let d = 0; d < levels.length; d++) {
      kernels.peaks(heard, isEach ? d : 0, isEach ? d + 1 : heard.length, levels[d], loudest, frames);
    }
    let isQuiet = makeUp.isConstant;
    if (isClassic) {
      for (let d = 0; d < levels.length; d++) loudest[0] = Math.max(loudest[0], level[d]);
      kernels.follow(poles, level, levels, frames);
    } else for (let d = 0; d < levels.length; d++) isQuiet &&= released[d] === 0 && reduction[d] === 0;
    isQuiet &&= loudest[0] < quietBelow(threshold, knee);
    for (let d = 0; d < levels.length; d++) {
      if (isQuiet) {
        released[d] = reduction[d] = 0;
        changes[d].fill(0, 0, frames);
        gains[d].fill(levelToGain(makeUp.value), 0, frames);
        continue;
      }
      if (hasCorner) {
        kernels.reduce(corner, reduction, d, levels[d], changes[d], gains[d], frames);
        continue;
      }
      // Behind a level that is followed, the gain comes at once.
      kernels.compress(
        isClassic ? AT_ONCE : poles,
        released,
        reduction,
        d,
        threshold,
        ratio,
        knee,
        makeUp,
        levels[d],
        changes[d],
        gains[d],
        frames,
      );
    }
    for (let c = 0; c < inputs.length; c++)
      kernels.multiply(gains[c < gains.length ? c : 0], inputs[c], io.audioOut.out[c], frames);
    if (!io.isConnected.reduction) return;
    const told = io.controlOut.reduction;
    for (let i = 0; i < frames; i++) {
      let change = changes[0][i];
      for (let d = 1; d < changes.length; d++) change = Math.min(change, changes[d][i]);
      told.values[i] = change;
    }
    told.isConstant = false;
  },
  lower(g, io, p) {
    const { isClassic, isLimit } = io.tables as Tables;
    const x = g.cast(io.audioIn.in, 'f64');
    const count = detectorsOf(io.ctx);
    const one = g.f64(1);
    const loudestOf = (value: Value): Value =>
      g.op('ReduceMax', [value, g.i64(0)], { keepdims: 1n, noop_with_empty_axes: 0n });
    const heard = g.op('Abs', [io.isConnected.key ? g.cast(io.audioIn.key, 'f64') : x]);
    const isEach = count > 1 && !io.isConnected.key;
    // exp(−1000/(t·rate)) is 0 for t = 0, as in the kernel.
    const turns = isClassic ? 2 * Math.PI : 1;
    const pole = (timeMs: Value): Value => g.op('Exp', [g.div(g.f64((-1000 * turns) / io.ctx.rateHz), timeMs)]);
    const attack = pole(p.attack.value);
    const release = pole(p.release.value);
    const followed = (rows: Value, d: number): Value => {
      const row = g.op('Squeeze', [g.slice(rows, 0, d, d + 1), g.i64(0)]);
      return g.op('Unsqueeze', [g.follow(`level${d}`, attack, release, row), g.i64(0)]);
    };
    const detected = isEach ? heard : loudestOf(heard);
    const rows = isEach ? count : 1;
    const peak = isClassic
      ? g.concat(
          Array.from({ length: rows }, (_, d) => followed(detected, d)),
          0,
        )
      : detected;
    const level = g.div(g.op('Log', [g.op('Max', [peak, g.f64(PEAK_MIN)])]), g.f64(LN10_OVER_20));
    const over = g.sub(level, p.threshold.value);
    const width = g.op('Max', [p.knee.value, g.f64(KNEE_MIN)]);
    const half = g.mul(width, g.f64(0.5));
    const inKnee = g.op('Min', [width, g.op('Relu', [g.add(over, half)])]);
    const bend = g.div(g.mul(inKnee, inKnee), g.mul(g.f64(2), width));
    const slope = g.sub(g.f64(1), g.op('Reciprocal', [isLimit ? g.f64(LIMIT.value) : p.ratio.value]));
    const wanted = g.mul(slope, g.add(bend, g.op('Relu', [g.sub(over, half)])));
    const smoothed = (): Value => {
      const towards = g.sub(g.mul(g.sub(one, release), wanted), g.f64(RELEASE_FALL));
      const released = g.recurrenceMax('released', [release, towards, wanted], rows);
      return g.recurrence1('reduction', attack, g.mul(g.sub(one, attack), released), rows);
    };
    const reduction = isClassic ? wanted : smoothed();
    const gain = g.op('Exp', [g.mul(g.sub(p.makeUp.value, reduction), g.f64(LN10_OVER_20))]);
    return {
      out: g.cast(g.mul(gain, x), 'f32'),
      reduction: g.op('Neg', [g.op('Squeeze', [loudestOf(reduction), g.i64(0)])]),
    };
  },
  cases: compressorCases,
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
