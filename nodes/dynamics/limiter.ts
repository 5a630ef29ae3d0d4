// Limiter: holds a ceiling by turning down before the peak arrives. Owns "dynamics/limiter".
//
// With L frames of look-ahead: w[n] = max(0, 1 − ceiling/peak) is the reduction that frame n needs. h = max w[n−L…n]; r = h let
// go exponentially; two moving averages of K1 + K2 = L + 2 frames smooth it; y[n] = x[n−L]·(1 − smooth r[n]). All L + 1 values that
// the averages weigh hold w[n−L], so no output is above the ceiling. The averages add whole multiples of 1/QUANTA, which f64
// does exactly: no sum drifts, in the kernel or in the graph.
import { defineNode } from '../../src/core/define-node.ts';
import type { GraphBuilder, Value } from '../../src/core/lower.ts';
import type { NodeContext, Place } from '../../src/core/node-type.ts';
import { param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { RELEASE_FALL } from '../../src/dsp/follower.ts';
import { LN10_OVER_20, levelToGain } from '../../src/dsp/level.ts';
import { type LookAhead, type LookAheadState, QUANTA } from '../../src/dsp/look-ahead.ts';
import { onePoleCoefficient } from '../../src/dsp/one-pole.ts';

const LOOK_AHEAD_MS = 3;
/** Aimed at this part of the ceiling, so that the rounding of the output to f32 can't pass it. */
const MARGIN = 1 - 2 ** -23;
const PEAK_MIN = 1e-30;

interface Tables extends LookAhead {
  /** Names of the delay line of each channel. */
  readonly lines: readonly string[];
  /** Where a call works out drive, target, release's pole, peaks and gains; hold nothing from call to call. */
  readonly drives: Float64Array;
  readonly targets: Float64Array;
  readonly release: Float64Array;
  readonly peaks: Float64Array;
  readonly gains: Float64Array;
}

const lookAheadFrames = (ctx: NodeContext): number =>
  Math.max(1, Math.round((Number(ctx.values.lookAhead ?? LOOK_AHEAD_MS) * ctx.rateHz) / 1000));

function lengthsOf(ctx: NodeContext): LookAhead {
  const lookAhead = lookAheadFrames(ctx);
  const first = Math.floor(lookAhead / 2) + 1;
  return { lookAhead, first, second: lookAhead + 2 - first };
}
const linesOf = (ctx: NodeContext): string[] =>
  Array.from({ length: ctx.channels.in ?? 1 }, (_, channel) => `line${channel}`);

function makeTables(ctx: NodeContext, place: Place): Tables {
  const room = (): Float64Array => place(new Float64Array(ctx.maxFrames));
  return {
    ...lengthsOf(ctx),
    lines: linesOf(ctx),
    drives: room(),
    targets: room(),
    release: new Float64Array(1),
    peaks: room(),
    gains: room(),
  };
}

/** Nothing is turned down, or was within the look-ahead, and no peak is above the target: what leaves the line is the outlet. */
function isAtRest(s: LookAheadState, targets: Float64Array, peaks: Float64Array, frames: number): boolean {
  const { totals, queue, needs } = s;
  if (totals[1] !== 0 || totals[2] !== 0 || totals[3] !== 0 || (queue[1] > 0 && needs[queue[0]] !== 0)) return false;
  for (let i = 0; i < frames; i++) if (peaks[i] > targets[0]) return false;
  return true;
}

/** What `limit` leaves behind such a call. */
function stayAtRest(s: LookAheadState, { first, second }: LookAhead, frames: number): void {
  const { totals, queue, needs, came, places, reduction } = s;
  totals[0] += frames;
  needs[queue[0]] = 0;
  came[queue[0]] = totals[0] - 1;
  queue[1] = 1;
  places[1] = (places[1] + frames) % first;
  places[2] = (places[2] + frames) % second;
  reduction[0] = 0;
}

/** Greatest of the last `length` values: [.., length − 1 + N] → [.., N], by doubling. */
function slidingMax(g: GraphBuilder, values: Value, length: number): Value {
  let greatest = values;
  let covered = 1;
  while (covered < length) {
    const step = Math.min(covered, length - covered);
    greatest = g.op('Max', [g.slice(greatest, 1, step), g.slice(greatest, 1, 0, -step)]);
    covered += step;
  }
  return greatest;
}

/** Sum of the last `length` values of x [1, N], which are whole numbers, so that the difference of running sums is exact. */
function slidingSum(g: GraphBuilder, name: string, x: Value, length: number): Value {
  const heard = g.history(name, x, 1, length, 'f64');
  const sums = g.op('CumSum', [heard, g.constant('i64', [1], [])], { exclusive: 0n, reverse: 0n });
  return g.sub(g.slice(sums, 1, length), g.slice(sums, 1, 0, -length));
}

export default defineNode<Tables>({
  version: 1,
  label: 'Limiter',
  help:
    'Keeps every sample below a ceiling. It looks ahead, so that the gain is already down when the peak comes, and bends it ' +
    'smoothly instead of clipping. Raise Gain to make the whole louder. A short Release is loud and rough, a long one steady. The ' +
    'look-ahead is latency, which the patch aligns and shows. Samples are held, not what a converter makes between them: leave ' +
    '1 dB of room.',
  words: ['brickwall', 'ceiling', 'peak', 'loudness', 'maximizer', 'mastering', 'protect', 'look-ahead', 'dynamics'],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: {
    gain: param({ label: 'Gain', unit: 'dB', min: -12, max: 36, default: 0, help: 'Gain before the limiter.' }),
    ceiling: param({
      label: 'Ceiling',
      unit: 'dB',
      min: -30,
      max: 0,
      default: -1,
      help: 'Level that no output sample exceeds; 0 dB is full scale.',
    }),
    release: param({
      label: 'Release',
      unit: 'ms',
      min: 1,
      max: 2000,
      default: 80,
      scale: 'log',
      rate: 'event',
      help: 'Time constant with which the gain comes back.',
    }),
    lookAhead: param({
      label: 'Look-ahead',
      unit: 'ms',
      min: 0.1,
      max: 20,
      default: LOOK_AHEAD_MS,
      scale: 'log',
      rate: 'event',
      isStructural: true,
      help: 'How early the gain begins to fall, and the latency; whole samples.',
    }),
  },
  tables: makeTables,
  latency: ctx => ({ filter: lookAheadFrames(ctx) }),
  // As LookAheadState says.
  state(ctx) {
    const { lookAhead, first, second } = lengthsOf(ctx);
    return {
      ...Object.fromEntries(linesOf(ctx).map(name => [name, { shape: [lookAhead], dtype: 'f32' } as const])),
      needs: { shape: [lookAhead + 1], dtype: 'f64' },
      came: { shape: [lookAhead + 1], dtype: 'f64' },
      queue: { shape: [2], dtype: 'i32' },
      firstRing: { shape: [first], dtype: 'f64' },
      secondRing: { shape: [second], dtype: 'f64' },
      places: { shape: [3], dtype: 'i32' },
      totals: { shape: [4], dtype: 'f64' },
      reduction: { shape: [1], dtype: 'f64' },
    };
  },
  probes: ['reduction'],
  view: 'curve',
  curve: {
    label: 'Level out over level in, −60 to 0 dB, at rest',
    range: [-60, 0],
    hasDiagonal: true,
    points: ({ gain, ceiling }) =>
      Array.from({ length: 61 }, (_, n) => [n - 60, Math.min(n - 60 + Number(gain), Number(ceiling))]),
    gainDb: ({ reduction }) => reduction && 20 * Math.log10(1 - reduction[0]),
  },
  kernel(io, p, s, frames) {
    const { lookAhead, lines, drives, targets, release, peaks, gains } = io.tables;
    const { gain, ceiling } = p;
    const { kernels } = io;
    const state = s as unknown as LookAheadState;
    const inputs = io.audioIn.in;
    const outputs = io.audioOut.out;
    if (gain.isConstant) {
      if (io.hasMoved) drives[0] = levelToGain(gain.value);
    } else kernels.levelToGain(gain.values, drives, frames);
    if (ceiling.isConstant) {
      if (io.hasMoved) targets[0] = MARGIN * levelToGain(ceiling.value);
    } else {
      kernels.levelToGain(ceiling.values, targets, frames);
      for (let i = 0; i < frames; i++) targets[i] *= MARGIN;
    }
    if (io.hasMoved) release[0] = onePoleCoefficient(p.release.value / 1000, io.ctx.rateHz);
    if (frames === 0) return;
    const place = state.places[0];
    for (let c = 0; c < inputs.length; c++) {
      const line = s[lines[c]] as Float32Array;
      kernels.hold(line, place, drives, gain.isConstant, inputs[c], outputs[c], peaks, c > 0, frames);
    }
    state.places[0] = (place + frames) % lookAhead;
    if (ceiling.isConstant && isAtRest(state, targets, peaks, frames)) {
      stayAtRest(state, io.tables, frames);
      return;
    }
    kernels.limit(io.tables, release, targets, ceiling.isConstant, state, peaks, gains, frames);
    for (let c = 0; c < outputs.length; c++) kernels.multiply(gains, outputs[c], outputs[c], frames);
  },
  lower(g, io, p) {
    const { lookAhead, first, second } = lengthsOf(io.ctx);
    const channels = io.ctx.channels.in ?? 1;
    const gainOf = (levelDb: Value): Value => g.op('Exp', [g.mul(levelDb, g.f64(LN10_OVER_20))]);
    const driven = g.cast(g.mul(gainOf(p.gain.value), g.cast(io.audioIn.in, 'f64')), 'f32');
    const line = g.history('line', driven, channels, lookAhead);
    const delayed = g.cast(g.slice(line, 1, 0, -lookAhead), 'f64');
    const loudest = g.op('ReduceMax', [g.op('Abs', [g.cast(driven, 'f64')]), g.i64(0)], {
      keepdims: 1n,
      noop_with_empty_axes: 0n,
    });
    const peak = g.op('Max', [loudest, g.f64(PEAK_MIN)]);
    const target = g.mul(g.f64(MARGIN), gainOf(p.ceiling.value));
    const need = g.op('Relu', [g.sub(g.f64(1), g.div(target, peak))]);
    const greatest = slidingMax(g, g.history('needs', need, 1, lookAhead, 'f64'), lookAhead + 1);
    const release = g.op('Exp', [g.div(g.f64(-1000 / io.ctx.rateHz), p.release.value)]);
    const released = g.recurrenceMax('released', [release, g.f64(-RELEASE_FALL), greatest], 1);
    const quanta = g.op('Ceil', [g.mul(g.f64(QUANTA), released)]);
    const sum = slidingSum(g, 'secondRing', slidingSum(g, 'firstRing', quanta, first), second);
    const reduction = g.div(sum, g.f64(QUANTA * first * second));
    return { out: g.cast(g.mul(delayed, g.sub(g.f64(1), reduction)), 'f32') };
  },
  cases: [
    {
      name: 'two channels under −6 dB, 5 frames ahead',
      params: { gain: 0, ceiling: -6.020599913279624, release: 1, lookAhead: 0.1 },
      in: {
        in: [
          [0, 0.25, -0.5, 0, 0, 0, 0, 1, -3, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
          [0, 0, 0, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0, 0, 0, 0],
        ],
      },
      out: {
        out: [
          [
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, -0.479166667, 0.0, 0.0, 0.0, 0.0, 0.194444444, -0.5, 0.0840492298, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
          ],
          [
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.338888889, 0.266666667, 0.183333333, 0.116666667, 0.0777777778,
            0.0666666667, 0.0672393839, 0.0689457272, 0.0723350411, 0.0773726262, 0.0834517817, 0.0899783155,
            0.0963702864, 0.102630469, 0.10876158, 0.114766281,
          ],
        ],
      },
      tolerance: 3e-7,
      reference: 'the definition with windows cut out for every frame in numpy, test/nodes/make_effects_reference.py',
    },
    {
      name: 'driven by 20 dB',
      params: { gain: 20, ceiling: -1, release: 1, lookAhead: 0.1 },
      in: {
        in: [
          [0, 0, 0, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0, 0, 0, 0],
        ],
      },
      out: {
        out: [
          [
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.891250938, 0.891250938, 0.891250938, 0.891250938, 0.891250938,
            0.891250938, 0.891250938, 0.891250938, 0.891250938, 0.891250938, 0.891250938, 0.891250938, 0.891250938,
            0.891250938, 0.891250938, 0.891250938,
          ],
        ],
      },
      tolerance: 5e-7,
      reference: 'the definition with windows cut out for every frame in numpy, test/nodes/make_effects_reference.py',
    },
  ],
  example(patch) {
    patch.add('source/audio-file-player', 'drums', { resources: { audio: 'builtin:audio/drum-loop.wav' } });
    patch.add('dynamics/limiter', 'limiter', { params: { gain: 18, ceiling: -6, release: 60 } });
    patch.add('analysis/oscilloscope', 'scope', { params: { timePerDivision: 8 } });
    patch.add('output/audio-output', 'out');
    patch.connect('drums.out', 'limiter.in');
    patch.connect('limiter.out', 'scope.a');
    patch.connect('limiter.out', 'out.in');
    patch.note('Turn Gain: the hits stay below the ceiling, and the quiet sounds between them come up.', [0, -80]);
  },
});
