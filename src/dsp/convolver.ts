// The convolver: a long impulse response in real time, without latency for any number of frames per call, at bounded cost.
// Owns which part of the response is computed when. Spectra of parts are partitions.ts; must not know files or nodes.
//
// Time is cut into steps of STEP frames, counted from the convolver's own start, so that the result does not depend on the calls. The first
// STEP taps are summed directly, frame by frame; the others are parts of longer and longer stretches (non-uniform partitions: W. G.
// Gardner, "Efficient convolution without input-output delay", JAES 43(3), 1995). A block of `size` frames is worked on at the ends of
// size/STEP steps, an even share at each: from the step that completes it to the last but one before it is heard, which is why
// the parts of `size` taps begin with tap 2·size − STEP.
import type { ConvolutionKernels } from '../core/convolution-kernels.ts';
import type { Place } from '../core/node-type.ts';
import { createParts, makeReady, type Parts, placeParts, type Stretch } from './partitions.ts';

const STEP = 128;
/** Taps of a part, by stretch. A transform costs 5 products of a part, about. */
const SIZES = [STEP, 512, 4096];
const TRANSFORM_COST = 5;
/** Blocks of input that the longest parts look back on: the window of two, the one that comes in, and one to make it a power of two. */
const LINE_BLOCKS = 4;
/** What SIMD may read beyond the frames of a line. */
const LANES = 4;

/** What is done at the end of a step for one channel: a transform, products of parts from…to−1, the way back. */
interface Share {
  readonly hears: boolean;
  readonly from: number;
  readonly to: number;
  readonly plays: boolean;
}

/** Parts of one size, and the work that they make: by channel of the sound, then by step of a block. */
interface Level extends Parts {
  readonly shares: readonly (readonly Share[])[];
  /** Where its spectra and its sum begin in the memory of a channel. */
  readonly heardAt: number;
  readonly sumAt: number;
}

/** A response for a sound: channel c of the sound meets channel min(c, channels − 1) of the response. One instance per thread. */
export interface Convolver {
  readonly impulse: readonly Float32Array[];
  /** The first STEP taps of each channel, last one first. */
  readonly heads: readonly Float32Array[];
  readonly levels: readonly Level[];
  /** Frames of the line and of what is added later, a power of two. */
  readonly lineFrames: number;
}

/** Memory of one channel. All start at zero; lengths from convolverState. */
export interface ConvolverState {
  /** The step before its first frame, then a ring of frames. */
  line: Float32Array;
  /** A ring of what parts add to frames that come: frame n at (n + STEP) mod its length. */
  late: Float32Array;
  heard: Float32Array;
  sums: Float32Array;
}

/** The stretches of a response behind its head; the last one takes all that is left. */
export function stretchesOf(taps: number): Stretch[] {
  return SIZES.flatMap((size, at) => {
    const from = 2 * size - STEP;
    const to = at + 1 < SIZES.length ? Math.min(taps, 2 * SIZES[at + 1] - STEP) : taps;
    return to > from ? [{ size, from, to, count: Math.ceil((to - from) / size) }] : [];
  });
}

const longest = (taps: number): number => stretchesOf(taps).at(-1)?.size ?? STEP;

/** Room stays the same one as long as the taps are held, so that nodes with one response share it. */
const known = new WeakMap<readonly Float32Array[], Omit<Convolver, 'levels'> & { levels: readonly Parts[] }>();

function prepare(impulse: readonly Float32Array[]) {
  const taps = impulse[0].length;
  return {
    impulse,
    heads: impulse.map(all => Float32Array.from({ length: STEP }, (_, i) => all[STEP - 1 - i] ?? 0)),
    levels: stretchesOf(taps).map(stretch => createParts(stretch, impulse.length)),
    lineFrames: LINE_BLOCKS * longest(taps),
  };
}

/**
 * Prepares an impulse response (channels of one length ≥ 1, finite, never written to again) for a sound of `channels` channels.
 * Allocates. What kernels read goes through `place`.
 */
export function createConvolver(
  impulse: readonly Float32Array[],
  channels: number,
  place: Place = array => array,
): Convolver {
  const response = known.get(impulse) ?? prepare(impulse);
  known.set(impulse, response);
  let heardAt = 0;
  let sumAt = 0;
  const levels = response.levels.map(parts => {
    const level = { ...placeParts(parts, place), shares: shareOut(parts, channels), heardAt, sumAt };
    heardAt += 2 * parts.size * parts.count;
    sumAt += 2 * parts.size;
    return level;
  });
  return { ...response, heads: response.heads.map(place), levels };
}

/** Lays the work of all channels end to end and cuts it into equal shares, one for each step of a block; transforms are not cut. */
function shareOut({ size, count }: Stretch, channels: number): Share[][] {
  const steps = size / STEP;
  const each = 2 * TRANSFORM_COST + count;
  return Array.from({ length: channels }, (_, channel) => {
    const stepOf = (cost: number): number => Math.floor(((channel * each + cost) * steps) / (channels * each));
    const hearsAt = stepOf(TRANSFORM_COST / 2);
    const playsAt = stepOf(each - TRANSFORM_COST / 2);
    const stepOfPart = (k: number): number => stepOf(TRANSFORM_COST + k + 0.5);
    return Array.from({ length: steps }, (_, step) => {
      let from = 0;
      while (from < count && stepOfPart(from) < step) from++;
      let to = from;
      while (to < count && stepOfPart(to) === step) to++;
      return { hears: step === hearsAt, from, to, plays: step === playsAt };
    });
  });
}

/** Numbers of f32 in the memory of a channel for a response of `taps` taps. */
export function convolverState(taps: number): Record<keyof ConvolverState, number> {
  const stretches = stretchesOf(taps);
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    line: STEP + LINE_BLOCKS * longest(taps) + LANES,
    late: LINE_BLOCKS * longest(taps),
    heard: sum(stretches.map(({ size, count }) => 2 * size * count)),
    sums: sum(stretches.map(({ size }) => 2 * size)),
  };
}

/**
 * y[n] = Σ_k taps[k]·x[n − k] of one channel for the next `frames` frames. `position` counts frames since the state was
 * zero. Not-a-number and infinity in count as silence. Allocates nothing.
 */
export function convolve(
  kernels: ConvolutionKernels,
  convolver: Convolver,
  channel: number,
  state: ConvolverState,
  position: number,
  input: Float32Array,
  output: Float32Array,
  frames: number,
): void {
  const { impulse, heads, levels, lineFrames } = convolver;
  const { line, late } = state;
  const of = Math.min(channel, impulse.length - 1);
  for (let done = 0; done < frames; ) {
    const now = position + done;
    const count = Math.min(STEP - (now % STEP), frames - done);
    const at = STEP + (now % lineFrames);
    kernels.takeFrames(input, done, line, at, count);
    kernels.playHead(heads[of], line, at - STEP + 1, late, (now + STEP) % lineFrames, output, done, count);
    done += count;
    const end = now + count;
    if (end % STEP !== 0) continue;
    for (let i = 0; i < levels.length; i++) work(kernels, convolver, levels[i], channel, state, end);
    if (end % lineFrames === 0) line.copyWithin(0, lineFrames, lineFrames + STEP);
  }
}

/** The share of one level at the end of a step; `end` frames have come, a multiple of STEP. */
function work(
  kernels: ConvolutionKernels,
  { impulse, lineFrames }: Convolver,
  level: Level,
  channel: number,
  { line, late, heard, sums }: ConvolverState,
  end: number,
): void {
  const { size, count, transform, shares, heardAt, sumAt, spectra } = level;
  // The newest block that is complete; before there is one, nothing was heard.
  const block = Math.floor(end / size) - 1;
  if (block < 0) return;
  const { hears, from, to, plays } = shares[channel][(end % size) / STEP];
  const blockAt = (block * size) % lineFrames;
  if (hears) {
    const beforeAt = (blockAt + lineFrames - size) % lineFrames;
    kernels.hearWindow(transform, line, STEP + beforeAt, STEP + blockAt, heard, heardAt + 2 * size * (block % count));
  }
  // Of parts that reach back before the first block nothing was heard.
  const last = Math.min(to, block + 1);
  if (last > from) {
    const of = Math.min(channel, impulse.length - 1);
    makeReady(kernels, level, of, impulse[of], last);
    kernels.addProducts(size, heard, heardAt, count, block, spectra[of], from, last, sums, sumAt);
  }
  if (plays) kernels.playSum(transform, sums, sumAt, late, (blockAt + 2 * size) % lineFrames);
}
