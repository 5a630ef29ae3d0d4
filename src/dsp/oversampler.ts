// Oversampling of a memoryless curve: up by M, bend, down by M. Owns the two filters, their latency and their playing; must
// not know the curve. Both filters are linear-phase windowed sincs (Kaiser), centred on whole frames.
//
// Time. x[n] are frames, w[n·M + m] the M subframes of frame n, m = 0…M−1.
//   up     w[n·M + m] = Σ_k up[m][k]·x[n − k]           k = 0…2·UP_FRAMES − 1;   w[n·M] = x[n − UP_FRAMES] exactly
//   down   y[n] = Σ_{j, m} down[j][m]·w[(n − j)·M + m]   j = 0…2·DOWN_FRAMES;    centre at j = DOWN_FRAMES, m = 0
// Together UP_FRAMES + DOWN_FRAMES frames late, at every factor. At 48 kHz up is flat to 20 kHz and keeps images 120 dB down from
// 28 kHz on (its corner is the Nyquist frequency, so subframe 0 is the input itself); down is flat to 20 kHz and takes all above
// 24 kHz away, 110 dB, so that nothing that is bent can fold back.
import type { FirKernels } from '../core/fir-kernels.ts';
import type { Place } from '../core/node-type.ts';
import { finiteOrZero } from './safe.ts';
import { kaiserBeta, kaiserWindow } from './window.ts';

const UP_FRAMES = 24;
const DOWN_FRAMES = 44;
const UP_DB = 120;
const DOWN_DB = 110;
/** −6 dB points as parts of the frame rate: half-way between 20 and 28 kHz, and between 20 and 24 kHz, at 48 kHz. */
const UP_CORNER = 0.5;
const DOWN_CORNER = 22 / 48;

/** Delay of the output against the input in frames, for every factor above 1. */
export const OVERSAMPLER_LATENCY = UP_FRAMES + DOWN_FRAMES;

export interface Oversampler {
  readonly factor: number;
  /** Frames that `up` looks back on, this one included. */
  readonly upFrames: number;
  /** [factor × upFrames], row m for subframe m, OLDEST frame first; every row sums to 1. */
  readonly up: Float64Array;
  /** Frames of subframes that `down` looks back on, this one included. */
  readonly downFrames: number;
  /** [factor × downFrames], row m for subframe m, oldest frame first; all together sum to 1. */
  readonly down: Float64Array;
}

/** The low-pass: a sinc of `corner` (part of the frame rate) at t frames from its centre, under a window of ±`halfFrames`. */
function lowPass(corner: number, halfFrames: number, attenuationDb: number): (t: number) => number {
  const kaiser = kaiserWindow(kaiserBeta(attenuationDb));
  return t => {
    const angle = 2 * Math.PI * corner * t;
    return (t === 0 ? 1 : Math.sin(angle) / angle) * kaiser(t / halfFrames);
  };
}

/** Makes the filters for 2 or more subframes per frame. */
export function designOversampler(factor: number): Oversampler {
  const upFrames = 2 * UP_FRAMES;
  const downFrames = 2 * DOWN_FRAMES + 1;
  const up = new Float64Array(factor * upFrames);
  const down = new Float64Array(factor * downFrames);
  const upTap = lowPass(UP_CORNER, UP_FRAMES, UP_DB);
  const downTap = lowPass(DOWN_CORNER, DOWN_FRAMES, DOWN_DB);
  for (let m = 0; m < factor; m++) {
    const row = up.subarray(m * upFrames, (m + 1) * upFrames);
    for (let i = 0; i < upFrames; i++) row[i] = upTap(upFrames - 1 - i + m / factor - UP_FRAMES);
    // Subframe 0 lies on the frames, where the sinc is 1 and 0 but for rounding: the input passes as it is.
    if (m === 0) row.fill(0)[upFrames - 1 - UP_FRAMES] = 1;
    normalize(row);
  }
  for (let m = 0; m < factor; m++)
    for (let i = 0; i < downFrames; i++)
      down[m * downFrames + i] = downTap(downFrames - 1 - i - m / factor - DOWN_FRAMES);
  normalize(down);
  return { factor, upFrames, up, downFrames, down };
}

function normalize(taps: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < taps.length; i++) sum += taps[i];
  for (let i = 0; i < taps.length; i++) taps[i] /= sum;
}

/** Frames of a channel that are remembered: those before the curve, and the subframes behind it, plane by plane. */
export const oversamplerPast = ({ factor, upFrames, downFrames }: Oversampler): { heard: number; bent: number } => ({
  heard: upFrames - 1,
  bent: factor * (downFrames - 1),
});

/** Where one channel after the other is worked on; holds nothing from call to call. Subframes lie in planes, one for each m. */
export interface OversamplerRoom {
  /** What was heard before a call, then the call. */
  readonly heard: Float64Array;
  /** Subframes before the curve. */
  readonly raised: readonly Float64Array[];
  /** What was bent before a call, then the call. */
  readonly bent: readonly Float64Array[];
  /** The call's part of it: where the curve writes to. */
  readonly bentNow: readonly Float64Array[];
  readonly output: Float64Array;
}

/** Room for calls of at most `maxFrames`, and the filters, where kernels read them. */
export function placeOversampler(
  design: Oversampler,
  maxFrames: number,
  place: Place,
): { readonly oversampler: Oversampler; readonly room: OversamplerRoom } {
  const { factor, upFrames, downFrames } = design;
  const planes = (frames: number): Float64Array[] =>
    Array.from({ length: factor }, () => place(new Float64Array(frames)));
  const bent = planes(downFrames - 1 + maxFrames);
  return {
    oversampler: { ...design, up: place(design.up), down: place(design.down) },
    room: {
      heard: place(new Float64Array(upFrames - 1 + maxFrames)),
      raised: planes(maxFrames),
      bent,
      bentNow: bent.map(line => line.subarray(downFrames - 1)),
      output: place(new Float64Array(maxFrames)),
    },
  };
}

/** Makes room.raised of a call's frames. What is not finite counts as 0. */
export function raiseFrames(
  kernels: FirKernels,
  { factor, upFrames, up }: Oversampler,
  { heard, raised }: OversamplerRoom,
  past: Float64Array,
  input: Float32Array,
  frames: number,
): void {
  heard.set(past);
  for (let i = 0; i < frames; i++) heard[past.length + i] = finiteOrZero(input[i]);
  // Subframe 0 is the frame itself.
  for (let i = 0; i < frames; i++) raised[0][i] = heard[past.length - UP_FRAMES + i];
  for (let m = 1; m < factor; m++) kernels.fir(up, m * upFrames, upFrames, heard, raised[m], frames, false);
  for (let i = 0; i < past.length; i++) past[i] = heard[frames + i];
}

/** Makes room.output of the bent subframes of a call, which stand in room.bentNow. */
export function lowerFrames(
  kernels: FirKernels,
  { factor, downFrames, down }: Oversampler,
  { bent, output }: OversamplerRoom,
  past: Float64Array,
  frames: number,
): void {
  const length = downFrames - 1;
  for (let m = 0; m < factor; m++) {
    const line = bent[m];
    for (let i = 0; i < length; i++) line[i] = past[m * length + i];
    kernels.fir(down, m * downFrames, downFrames, line, output, frames, m > 0);
    for (let i = 0; i < length; i++) past[m * length + i] = line[frames + i];
  }
}

/** Scalar twin of the kernel: each output in one row of additions, four outputs side by side, since one would wait for each before the next. */
export function fir(
  taps: Float64Array,
  first: number,
  count: number,
  line: Float64Array,
  output: Float64Array,
  frames: number,
  adds: boolean,
): void {
  let i = 0;
  for (; i + 3 < frames; i += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < count; k++) {
      const tap = taps[first + k];
      a += tap * line[i + k];
      b += tap * line[i + k + 1];
      c += tap * line[i + k + 2];
      d += tap * line[i + k + 3];
    }
    output[i] = adds ? output[i] + a : a;
    output[i + 1] = adds ? output[i + 1] + b : b;
    output[i + 2] = adds ? output[i + 2] + c : c;
    output[i + 3] = adds ? output[i + 3] + d : d;
  }
  for (; i < frames; i++) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += taps[first + k] * line[i + k];
    output[i] = adds ? output[i] + sum : sum;
  }
}
