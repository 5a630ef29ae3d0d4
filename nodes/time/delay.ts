// Delay: echoes. Owns kernel (in two halves, so that it can close a loop), lowering, cases, example and help of "time/delay".
//
// The line holds w[n] = x[n] + feedback[n]·y[n]; the outlet y[n] is the line `length + offset` frames ago. A new length is
// faded in over `fadeFrames`; one that comes during a fade waits for its end. As `time` stands still during a call, the two
// lengths that frame t after the last change mixes, and the share of the second, are closed forms:
//   t < fadeFrames:  older, newer, fadeInGain(t)
//   else:            newer, wanted, fadeInGain(t − fadeFrames), 1 once the fade is over
import { defineNode } from '../../src/core/define-node.ts';
import type { Value } from '../../src/core/lower.ts';
import type {
  ControlSignal,
  Kernel,
  KernelIo,
  KernelState,
  NodeContext,
  ShapeContext,
  StateSpec,
} from '../../src/core/node-type.ts';
import { choice, param } from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { crossfadeFrames, fadeInGain } from '../../src/dsp/crossfade.ts';
import { readRing, readRingCubic, ringLength, writeRing } from '../../src/dsp/ring.ts';
import { flushState } from '../../src/dsp/safe.ts';

const MAX_TIMES = ['0.5 s', '2 s', '10 s'];
const MAX_TIME_DEFAULT = '2 s';
const OFFSET_MS_MAX = 20;
const FADE_S = 0.02;
const FEEDBACK_MAX = 0.99;
/** Frames that third-order interpolation reads. */
const STENCIL_FRAMES = 4;
/** More sub-blocks than any call has frames; the constant lets a checker see that the loop of the lowering ends. */
const MAX_ROUNDS = 1_000_000;
/** Slots of the state `fade`. */
const OLDER = 0;
const NEWER = 1;
const SINCE = 2;

interface Tables {
  readonly framesPerMs: number;
  /** Longest `time`, and longest delay with its offset, in frames. */
  readonly lengthMax: number;
  readonly delayMax: number;
  readonly fadeFrames: number;
  /** Names of the line of each channel. */
  readonly lines: readonly string[];
}

const maxTimeMs = (ctx: Pick<ShapeContext, 'values'>): number =>
  1000 * Number.parseFloat(String(ctx.values.maxTime ?? MAX_TIME_DEFAULT));

function makeTables(ctx: NodeContext): Tables {
  const framesPerMs = ctx.rateHz / 1000;
  const lengthMax = Math.max(1, Math.round(maxTimeMs(ctx) * framesPerMs));
  const delayMax = lengthMax + Math.ceil(OFFSET_MS_MAX * framesPerMs);
  const lines = Array.from({ length: ctx.channels.in ?? 1 }, (_, channel) => `line${channel}`);
  return { framesPerMs, lengthMax, delayMax, fadeFrames: crossfadeFrames(ctx.rateHz, FADE_S), lines };
}

/** `time` as whole frames. */
const lengthOf = (tables: Tables, timeMs: number): number =>
  Math.min(tables.lengthMax, Math.max(1, Math.round(timeMs * tables.framesPerMs)));

/** A node that starts, starts at its length, without a fade. */
function settleAtStart(fade: Int32Array, wanted: number, fadeFrames: number): void {
  if (fade[NEWER] !== 0) return;
  fade[OLDER] = wanted;
  fade[NEWER] = wanted;
  fade[SINCE] = fadeFrames;
}

/** Least delay over `frames` frames from `from`: interpolation reaches one frame further than the delay itself. */
function leastDelay(
  tables: Tables,
  fade: Int32Array,
  wanted: number,
  offset: ControlSignal,
  from: number,
  frames: number,
): number {
  const least = Math.min(fade[OLDER], fade[NEWER], wanted);
  if (offset.isConstant && offset.value === 0) return least;
  let lowestMs = offset.isConstant ? offset.value : offset.values[from];
  for (let i = from + 1; !offset.isConstant && i < from + frames; i++)
    if (!(offset.values[i] >= lowestMs)) lowestMs = offset.values[i];
  const delay = Math.floor(least + lowestMs * tables.framesPerMs) - 1;
  return delay >= 1 ? delay : 1;
}

/** One whole delay that no fade and no modulation touches. */
const isPlain = (fade: Int32Array, wanted: number, offset: ControlSignal): boolean =>
  offset.isConstant && offset.value === 0 && fade[OLDER] === wanted && fade[NEWER] === wanted;

/** Fills the outlets with `frames` frames from `from` on; no tap may reach past what the line holds. Changes nothing else. */
function readSpan(
  io: KernelIo<Tables>,
  s: KernelState,
  wanted: number,
  offset: ControlSignal,
  from: number,
  frames: number,
): void {
  const { framesPerMs, delayMax, fadeFrames, lines } = io.tables;
  const fade = s.fade as Int32Array;
  const isStill = isPlain(fade, wanted, offset);
  for (let channel = 0; channel < lines.length; channel++) {
    const output = io.audioOut.out[channel];
    const line = s[lines[channel]] as Float32Array;
    for (let i = 0; i < frames; i++) {
      const now = io.frame + from + i;
      if (isStill) {
        output[from + i] = readRing(line, now, wanted);
        continue;
      }
      const t = fade[SINCE] + i;
      const isFirstFade = t < fadeFrames;
      const share = fadeInGain(isFirstFade ? t : t - fadeFrames, fadeFrames);
      const offsetFrames = (offset.isConstant ? offset.value : offset.values[from + i]) * framesPerMs;
      const first = boundDelay((isFirstFade ? fade[OLDER] : fade[NEWER]) + offsetFrames, delayMax);
      const second = boundDelay((isFirstFade ? fade[NEWER] : wanted) + offsetFrames, delayMax);
      // Counted from the frame before: the present one is not in the line yet, so no interpolation may touch it.
      output[from + i] =
        (1 - share) * readRingCubic(line, now - 1, first - 1) + share * readRingCubic(line, now - 1, second - 1);
    }
  }
}

/** A delay that the line has; one that is not a number becomes the shortest. */
const boundDelay = (delay: number, delayMax: number): number => (delay >= 1 ? Math.min(delay, delayMax) : 1);

/** Takes `frames` frames of inlet and echo into the line and moves the fade on. */
function writeSpan(
  io: KernelIo<Tables>,
  s: KernelState,
  wanted: number,
  feedback: ControlSignal,
  from: number,
  frames: number,
): void {
  const { fadeFrames, lines } = io.tables;
  for (let channel = 0; channel < lines.length; channel++) {
    const input = io.audioIn.in[channel];
    const output = io.audioOut.out[channel];
    const line = s[lines[channel]] as Float32Array;
    for (let i = from; i < from + frames; i++) {
      const gain = feedback.isConstant ? feedback.value : feedback.values[i];
      // Rounded before it is judged: what overflows f32 would circulate as infinity.
      writeRing(line, io.frame + i, flushState(Math.fround(input[i] + gain * output[i])));
    }
  }
  const fade = s.fade as Int32Array;
  const t = fade[SINCE] + frames;
  const startsNext = t >= fadeFrames && fade[NEWER] !== wanted;
  fade[SINCE] = Math.min(startsNext ? t - fadeFrames : t, fadeFrames);
  if (t < fadeFrames) return;
  fade[OLDER] = fade[SINCE] < fadeFrames ? fade[NEWER] : wanted;
  fade[NEWER] = wanted;
}

const read: Kernel<Tables> = (io, p, s, frames) => {
  const wanted = lengthOf(io.tables, p.time.value);
  settleAtStart(s.fade as Int32Array, wanted, io.tables.fadeFrames);
  readSpan(io, s, wanted, p.offset, 0, frames);
};
const write: Kernel<Tables> = (io, p, s, frames) =>
  writeSpan(io, s, lengthOf(io.tables, p.time.value), p.feedback, 0, frames);

export default defineNode<Tables>({
  version: 1,
  label: 'Delay',
  help:
    'Repeats a sound later, as echoes. Each echo comes one Time after the last (a whole number of samples, at least one) and is ' +
    'Feedback times as loud; the outlet carries the echoes only, so mix them with the dry sound. Change Time while it plays: the ' +
    'old echo fades into the new one. Wire a slow oscillator to Offset for chorus, vibrato and flanging. A delay may close a ' +
    'loop: lead the outlet through other nodes back into the inlet.',
  words: ['echo', 'feedback', 'repeat', 'chorus', 'flanger', 'vibrato', 'slapback', 'loop'],
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: ctx => ({
    time: param({
      label: 'Time',
      unit: 'ms',
      min: 0,
      max: maxTimeMs(ctx),
      default: Math.min(300, maxTimeMs(ctx)),
      rate: 'event',
      help: 'Time from one echo to the next, rounded to whole samples; 0 sounds as one sample.',
    }),
    feedback: param({
      label: 'Feedback',
      unit: '×',
      min: -FEEDBACK_MAX,
      max: FEEDBACK_MAX,
      default: 0.4,
      help: 'Loudness of each echo relative to the one before; negative values turn it upside down.',
    }),
    offset: param({
      label: 'Offset',
      unit: 'ms',
      min: -OFFSET_MS_MAX,
      max: OFFSET_MS_MAX,
      default: 0,
      help: 'Added to the time and interpolated between samples: for modulation.',
    }),
    maxTime: choice({
      label: 'Longest',
      choices: MAX_TIMES,
      default: MAX_TIME_DEFAULT,
      isStructural: true,
      help: 'Memory for the longest Time. A bundle carries all of it from call to call, so take what you need.',
    }),
  }),
  tables: makeTables,
  state(ctx) {
    const { delayMax, lines } = makeTables(ctx);
    const line: StateSpec = { shape: [ringLength(delayMax)], dtype: 'f32' };
    return { ...Object.fromEntries(lines.map(name => [name, line])), fade: { shape: [3], dtype: 'i32' } };
  },
  rest: { empty: ctx => makeTables(ctx).lines },
  kernel(io, p, s, frames) {
    const wanted = lengthOf(io.tables, p.time.value);
    const fade = s.fade as Int32Array;
    settleAtStart(fade, wanted, io.tables.fadeFrames);
    const least = leastDelay(io.tables, fade, wanted, p.offset, 0, frames);
    if (isPlain(fade, wanted, p.offset)) {
      const { lines } = io.tables;
      for (let c = 0; c < lines.length; c++)
        io.kernels.delay(
          s[lines[c]] as Float32Array,
          io.frame,
          wanted,
          p.feedback,
          io.audioIn.in[c],
          io.audioOut.out[c],
          0,
          frames,
        );
      return;
    }
    for (let from = 0; from < frames; from += least) {
      const span = Math.min(least, frames - from);
      readSpan(io, s, wanted, p.offset, from, span);
      writeSpan(io, s, wanted, p.feedback, from, span);
    }
  },
  loop: {
    minDelayFrames(io, p, s, frames) {
      const wanted = lengthOf(io.tables, p.time.value);
      settleAtStart(s.fade as Int32Array, wanted, io.tables.fadeFrames);
      return leastDelay(io.tables, s.fade as Int32Array, wanted, p.offset, 0, frames);
    },
    restDelayFrames(ctx) {
      const tables = makeTables(ctx);
      const length = lengthOf(tables, Number(ctx.values.time));
      const offset = Number(ctx.values.offset);
      return offset === 0 ? length : Math.max(1, Math.floor(length + offset * tables.framesPerMs) - 1);
    },
    read,
    write,
  },
  lower(g, io, p) {
    const tables = io.tables as Tables;
    const x = io.audioIn.in;
    const channels = tables.lines.length;
    const lineFrames = tables.delayMax + STENCIL_FRAMES;
    const line = g.state('line', 'f32', [channels, lineFrames]);
    const scalar = (value: Value): Value => g.op('Squeeze', [value, g.i64(0)]);
    const bounded = (value: Value, least: number, most: number): Value =>
      g.op('Min', [g.op('Max', [value, g.f64(least)]), g.f64(most)]);

    // The two lengths and the second's share, per frame.
    const wanted = bounded(
      g.op('Floor', [g.add(g.mul(p.time.value, g.f64(tables.framesPerMs)), g.f64(0.5))]),
      1,
      tables.lengthMax,
    );
    const storedOlder = g.state('older', 'f64', [1]);
    const storedNewer = g.state('newer', 'f64', [1]);
    const storedSince = g.state('since', 'f64', [1]);
    const fadeFrames = g.f64(tables.fadeFrames);
    const isStart = g.op('Equal', [storedNewer, g.f64(0)]);
    const older = g.op('Where', [isStart, wanted, storedOlder]);
    const newer = g.op('Where', [isStart, wanted, storedNewer]);
    const since = g.op('Where', [isStart, fadeFrames, storedSince]);
    const counted = g.op('Range', [g.constant('i64', [0], []), scalar(io.frames), g.constant('i64', [1], [])]);
    const t = g.add(since, g.cast(counted, 'f64'));
    const isFirstFade = g.op('Less', [t, fadeFrames]);
    const intoFade = g.op('Where', [isFirstFade, t, g.op('Min', [g.sub(t, fadeFrames), fadeFrames])]);
    const angle = g.mul(g.add(intoFade, g.f64(0.5)), g.f64(Math.PI / tables.fadeFrames));
    const rising = g.sub(g.f64(0.5), g.mul(g.f64(0.5), g.op('Cos', [angle])));
    const share = g.op('Where', [g.op('Less', [intoFade, fadeFrames]), rising, g.f64(1)]);

    // Taps: delay → latest frame of the stencil and the weights of its four frames, for both lengths side by side.
    const offset = g.mul(p.offset.value, g.f64(tables.framesPerMs));
    const latestOf = (delay: Value): Value => g.op('Max', [g.sub(g.op('Floor', [delay]), g.f64(1)), g.f64(1)]);
    const column = (value: Value): Value => g.op('Unsqueeze', [value, g.i64(1)]);
    const weightsOf = (u: Value, gain: Value): Value[] => {
      const [u1, u2, u3] = [1, 2, 3].map(k => g.sub(u, g.f64(k))) as [Value, Value, Value];
      const product = (scale: number, a: Value, b: Value, c: Value): Value =>
        column(g.mul(gain, g.mul(g.mul(g.mul(a, b), c), g.f64(scale))));
      return [
        product(-1 / 6, u1, u2, u3),
        product(1 / 2, u, u2, u3),
        product(-1 / 2, u, u1, u3),
        product(1 / 6, u, u1, u2),
      ];
    };
    const first = bounded(g.add(g.op('Where', [isFirstFade, older, newer]), offset), 1, tables.delayMax);
    const second = bounded(g.add(g.op('Where', [isFirstFade, newer, wanted]), offset), 1, tables.delayMax);
    const latest = [latestOf(first), latestOf(second)] as const;
    const firstWeights = weightsOf(g.sub(first, latest[0]), g.sub(g.f64(1), share));
    const weights = g.concat([...firstWeights, ...weightsOf(g.sub(second, latest[1]), share)], 1);
    const back = g.concat(
      latest.map(value => g.add(g.cast(column(value), 'i64'), g.i64(0, 1, 2, 3))),
      1,
    );

    // As many frames at once as the shortest tap allows; only as much of the line as the longest needs.
    const latestAll = g.cast(g.concat(latest, 0), 'i64');
    const extreme = (type: 'ReduceMin' | 'ReduceMax', neutral: number): Value =>
      g.op(type, [g.concat([latestAll, g.i64(neutral)], 0), g.i64(0)], { keepdims: 1n, noop_with_empty_axes: 0n });
    const span = extreme('ReduceMin', lineFrames);
    const reach = g.add(extreme('ReduceMax', 1), g.i64(STENCIL_FRAMES - 1));
    const heard = g.slice(line, 1, g.op('Neg', [reach]));
    const indices = g.sub(g.add(column(counted), reach), back);
    const feedback = bounded(p.feedback.value, -FEEDBACK_MAX, FEEDBACK_MAX);
    const rounds = g.div(g.sub(g.add(io.frames, span), g.i64(1)), span);
    const body = g.subgraph(
      [
        { dtype: 'i64', shape: [] },
        { dtype: 'bool', shape: [] },
        { dtype: 'f32', shape: [channels, 'written'] },
        { dtype: 'f32', shape: [channels, 'read'] },
      ],
      (b, [round, goesOn, written, played]) => {
        const from = b.mul(b.op('Unsqueeze', [round, b.i64(0)]), span);
        const to = b.op('Min', [b.add(from, span), io.frames]);
        const rows = b.op('Gather', [written, b.slice(indices, 0, from, to)], { axis: 1n });
        const parts = b.mul(b.cast(rows, 'f64'), b.slice(weights, 0, from, to));
        const sum = b.op('ReduceSum', [parts, b.i64(2)], { keepdims: 0n, noop_with_empty_axes: 0n });
        const y = b.cast(sum, 'f32');
        const w = b.add(
          b.cast(b.slice(x, 1, from, to), 'f64'),
          b.mul(b.slice(feedback, 0, from, to), b.cast(y, 'f64')),
        );
        return [
          { value: b.op('Identity', [goesOn]), dtype: 'bool', shape: [] },
          { value: b.concat([written, b.cast(w, 'f32')], 1), dtype: 'f32', shape: [channels, 'written_now'] },
          { value: b.concat([played, y], 1), dtype: 'f32', shape: [channels, 'read_now'] },
        ];
      },
    );
    const nothing = g.slice(x, 1, 0, 0);
    const trips = g.op('Min', [scalar(rounds), g.constant('i64', [MAX_ROUNDS], [])]);
    const [written, played] = g.ops('Loop', [trips, g.constant('bool', [1], []), heard, nothing], 2, { body }) as [
      Value,
      Value,
    ];

    const remembered = g.concat([line, g.slice(written, 1, reach)], 1);
    g.setState('line', g.slice(remembered, 1, -lineFrames));
    const end = g.add(since, g.cast(io.frames, 'f64'));
    const isFading = g.op('Less', [end, fadeFrames]);
    const startsNext = g.op('And', [g.op('Not', [isFading]), g.op('Not', [g.op('Equal', [newer, wanted])])]);
    g.setState('older', g.op('Where', [isFading, older, newer]));
    g.setState('newer', g.op('Where', [isFading, newer, wanted]));
    g.setState('since', g.op('Min', [g.op('Where', [startsNext, g.sub(end, fadeFrames), end]), fadeFrames]));
    return { out: played };
  },
  cases: [
    {
      name: 'echoes come every 2 ms, each half as loud',
      params: { time: 2, feedback: 0.5 },
      rateHz: 1000,
      in: { in: [[1, 0, 0, 0, 0, 0, 0, 0]] },
      out: { out: [[0, 0, 1, 0, 0.5, 0, 0.25, 0]] },
      tolerance: 0,
      reference: 'echo k at k·time with gain feedback^(k − 1)',
    },
    {
      name: 'the shortest delay is one sample, and negative feedback alternates',
      params: { time: 0, feedback: -0.5 },
      in: {
        in: [
          [1, 0, 0, 0],
          [0, 1, 0, 0],
        ],
      },
      out: {
        out: [
          [0, 1, -0.5, 0.25],
          [0, 0, 1, -0.5],
        ],
      },
      tolerance: 0,
      reference: 'echo k at k samples with gain (−0.5)^(k − 1)',
    },
    {
      name: 'between samples a cubic stays a cubic',
      params: { time: 2, offset: 0.25, feedback: 0 },
      rateHz: 1000,
      in: { in: [[0, 0, 0, 0, 1, 8, 27, 64, 125, 216]] },
      out: { out: [[0, 0, 0, 0, 0, -0.0546875, 0.3828125, 5.359375, 20.796875, 52.734375]] },
      tolerance: 1e-12,
      reference: 'Lagrange, third order: (n − 5.25)³ wherever the four frames lie on n³',
    },
  ],
  example(patch) {
    patch.add('source/oscillator', 'osc');
    patch.add('time/delay', 'echo', { params: { time: 250, feedback: 0.6 } });
    patch.add('output/audio-output', 'out');
    patch.connect('osc.out', 'echo.in');
    patch.connect('echo.out', 'out.in');
  },
});
