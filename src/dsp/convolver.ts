// The convolver: a long impulse response in real time, without latency for any number of frames per call, at bounded cost.
// Owns which part of the response is computed when. The arithmetic of a part is partitions.ts; must not know files or nodes.
//
// Time is cut into steps of STEP frames, counted from the convolver's own start, so that the result does not depend on the calls:
//   taps 0 … STEP − 1            directly, frame by frame
//   taps STEP … 2·SPAN − 1       parts of STEP taps: computed at the end of each step, heard in the next
//   taps 2·SPAN …                parts of SPAN taps: a block of SPAN frames is worked on during the whole next block, an even
//                                share at the end of each step, and heard in the one after that
// (non-uniform partitions: W. G. Gardner, "Efficient convolution without input-output delay", JAES 43(3), 1995).
import {
  addProducts,
  createPartitions,
  hearWindow,
  type Partitions,
  partsOf,
  playSum,
  spectrumLength,
} from './partitions.ts';
import { flushState } from './safe.ts';

const STEP = 128;
const SPAN = 2048;
const STEPS = SPAN / STEP;
/** Cost of one transform of a span in products of one part. */
const TRANSFORM_COST = 30;
/** Blocks of input that the long parts look back on: the window of two, the one that comes in, and one to make it a power of two. */
const LINE_BLOCKS = 4;

/** What is done at the end of a step for one channel: a transform, products of parts from…to−1, the way back. */
interface Share {
  readonly hears: boolean;
  readonly from: number;
  readonly to: number;
  readonly plays: boolean;
}

/** An impulse response cut into its stretches. */
interface Response {
  readonly channels: number;
  readonly taps: number;
  /** The first STEP taps of each channel, last one first. */
  readonly head: readonly Float64Array[];
  readonly short: Partitions;
  readonly long: Partitions;
  readonly shortSum: Float64Array;
}

/**
 * A response and the work that it makes for each channel of a sound: channel c of the sound meets channel min(c, channels − 1) of
 * the response. Scratch is shared: one instance per thread.
 */
export interface Convolver extends Response {
  /** By channel of the sound, then by step of a block. */
  readonly shares: readonly (readonly Share[])[];
}

/** Memory of one channel. All start at zero; lengths from convolverState. */
export interface ConvolverState {
  /** The step before and the one that comes in. */
  recent: Float64Array;
  /** What the short parts add to the step that comes in. */
  soon: Float64Array;
  shortHeard: Float32Array;
  line: Float64Array;
  longHeard: Float32Array;
  longSum: Float64Array;
  /** What the long parts add to the block that comes in and to the one after it. */
  late: Float64Array;
}

/** Parts stay ready as long as their taps are held: every change of a patch makes its nodes anew, in the audio thread. */
const known = new WeakMap<readonly Float32Array[], Response>();

function prepare(impulse: readonly Float32Array[]): Response {
  const taps = impulse[0].length;
  return {
    channels: impulse.length,
    taps,
    head: impulse.map(all => Float64Array.from({ length: STEP }, (_, i) => all[STEP - 1 - i] ?? 0)),
    short: createPartitions(impulse, STEP, STEP, Math.min(taps, 2 * SPAN)),
    long: createPartitions(impulse, SPAN, 2 * SPAN, taps),
    shortSum: new Float64Array(spectrumLength(STEP)),
  };
}

/**
 * Prepares an impulse response (channels of one length ≥ 1, finite, never written to again) for a sound of `channels` channels.
 * Allocates. What is worked out while it plays is kept for the next convolver of the same array.
 */
export function createConvolver(impulse: readonly Float32Array[], channels: number): Convolver {
  const response = known.get(impulse) ?? prepare(impulse);
  known.set(impulse, response);
  const shares = Array.from({ length: channels }, (_, channel) => shareOut(channel, channels, response.long.count));
  return { ...response, shares };
}

/** Lays the work of all channels end to end and cuts it into STEPS equal shares; transforms are not cut. */
function shareOut(channel: number, channels: number, count: number): Share[] {
  const each = 2 * TRANSFORM_COST + count;
  const stepOf = (cost: number): number => Math.floor(((channel * each + cost) * STEPS) / (channels * each));
  const hearsAt = stepOf(TRANSFORM_COST / 2);
  const playsAt = stepOf(each - TRANSFORM_COST / 2);
  const stepOfPart = (k: number): number => stepOf(TRANSFORM_COST + k + 0.5);
  return Array.from({ length: STEPS }, (_, step) => {
    let from = 0;
    while (from < count && stepOfPart(from) < step) from++;
    let to = from;
    while (to < count && stepOfPart(to) === step) to++;
    return { hears: step === hearsAt, from, to, plays: step === playsAt };
  });
}

/** Lengths of a channel's memory for a response of `taps` taps, with the element type of each. */
export function convolverState(taps: number): Record<keyof ConvolverState, readonly ['f32' | 'f64', number]> {
  const short = partsOf(STEP, STEP, Math.min(taps, 2 * SPAN));
  const long = partsOf(SPAN, 2 * SPAN, taps);
  const isLong = long > 0;
  return {
    recent: ['f64', 2 * STEP],
    soon: ['f64', STEP],
    shortHeard: ['f32', short * spectrumLength(STEP)],
    line: ['f64', isLong ? LINE_BLOCKS * SPAN : 0],
    longHeard: ['f32', long * spectrumLength(SPAN)],
    longSum: ['f64', isLong ? spectrumLength(SPAN) : 0],
    late: ['f64', isLong ? 2 * SPAN : 0],
  };
}

/**
 * y[n] = Σ_k taps[k]·x[n − k] of one channel for the next `frames` frames. `position` counts frames since the state was
 * zero. Not-a-number and infinity in count as silence. Allocates nothing.
 */
export function convolve(
  convolver: Convolver,
  channel: number,
  state: ConvolverState,
  position: number,
  input: Float32Array,
  output: Float32Array,
  frames: number,
): void {
  const { recent } = state;
  for (let done = 0; done < frames; ) {
    const at = (position + done) % STEP;
    const count = Math.min(STEP - at, frames - done);
    for (let i = 0; i < count; i++) recent[STEP + at + i] = flushState(input[done + i]);
    playStep(convolver, channel, state, position + done, output, done, count);
    done += count;
    if (at + count === STEP) finishStep(convolver, channel, state, position + done);
  }
}

/** The head over `count` frames of the step that comes in, and what the parts add to them. */
function playStep(
  { channels, head, long }: Convolver,
  channel: number,
  { recent, soon, late }: ConvolverState,
  position: number,
  output: Float32Array,
  to: number,
  count: number,
): void {
  const taps = head[Math.min(channel, channels - 1)];
  const at = position % STEP;
  const lateAt = position % (2 * SPAN);
  const isLong = long.count > 0;
  let i = 0;
  // Four frames side by side for speed; each sums in the same order as when it comes alone.
  for (; i + 3 < count; i += 4) {
    const begin = at + i + 1;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < STEP; k++) {
      const tap = taps[k];
      a += tap * recent[begin + k];
      b += tap * recent[begin + k + 1];
      c += tap * recent[begin + k + 2];
      d += tap * recent[begin + k + 3];
    }
    output[to + i] = a;
    output[to + i + 1] = b;
    output[to + i + 2] = c;
    output[to + i + 3] = d;
  }
  for (; i < count; i++) {
    let sum = 0;
    for (let k = 0; k < STEP; k++) sum += taps[k] * recent[at + i + 1 + k];
    output[to + i] = sum;
  }
  for (i = 0; i < count; i++) output[to + i] += soon[at + i] + (isLong ? late[lateAt + i] : 0);
}

/** The end of a step: `position` is a multiple of STEP. */
function finishStep(convolver: Convolver, channel: number, state: ConvolverState, position: number): void {
  const { short, long, shortSum } = convolver;
  const { recent, soon } = state;
  const of = Math.min(channel, convolver.channels - 1);
  if (short.count > 0) {
    const step = position / STEP - 1;
    short.window.set(recent);
    hearWindow(short, state.shortHeard, step);
    addProducts(short, of, state.shortHeard, step, shortSum, 0, short.count);
    playSum(short, shortSum, soon, 0);
  }
  if (long.count > 0) {
    const lineLength = LINE_BLOCKS * SPAN;
    const at = (position - STEP) % lineLength;
    for (let i = 0; i < STEP; i++) state.line[at + i] = recent[STEP + i];
    // The newest block that is complete; before there is one, nothing was heard.
    const block = Math.floor(position / SPAN) - 1;
    if (block >= 0) workOnBlock(convolver, channel, state, block, (position / STEP) % STEPS);
  }
  recent.copyWithin(0, STEP);
}

function workOnBlock(
  { long, channels, shares }: Convolver,
  channel: number,
  state: ConvolverState,
  block: number,
  step: number,
): void {
  const { hears, from, to, plays } = shares[channel][step];
  const { line, longHeard, longSum, late } = state;
  if (hears) {
    const mask = LINE_BLOCKS * SPAN - 1;
    const begin = ((block + LINE_BLOCKS - 1) % LINE_BLOCKS) * SPAN;
    for (let i = 0; i < 2 * SPAN; i++) long.window[i] = line[(begin + i) & mask];
    hearWindow(long, longHeard, block);
  }
  if (to > from) addProducts(long, Math.min(channel, channels - 1), longHeard, block, longSum, from, to);
  if (plays) playSum(long, longSum, late, (block % 2) * SPAN);
}
