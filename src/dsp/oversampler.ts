// Oversampling of a memoryless curve: up by M, bend, down by M, sample by sample. Owns the two filters and their latency; must
// not know the curve. Both filters are linear-phase windowed sincs (Kaiser), centred on whole frames.
//
// Time. x[n] are frames, w[n·M + m] the M subframes of frame n, m = 0…M−1.
//   up     w[n·M + m] = Σ_k up[m][k]·x[n − k]           k = 0…2·UP_FRAMES − 1;   w[n·M] = x[n − UP_FRAMES] exactly
//   down   y[n] = Σ_{j, m} down[j][m]·w[(n − j)·M + m]   j = 0…2·DOWN_FRAMES;    centre at j = DOWN_FRAMES, m = 0
// Together UP_FRAMES + DOWN_FRAMES frames late, at every factor. At 48 kHz up is flat to 20 kHz and keeps images 120 dB down from
// 28 kHz on (its corner is the Nyquist frequency, so subframe 0 is the input itself); down is flat to 20 kHz and takes all above
// 24 kHz away, 110 dB, so that nothing that is bent can fold back.
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
  /** [downFrames × factor], oldest frame first; sums to 1. */
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
  const down = new Float64Array(downFrames * factor);
  const upTap = lowPass(UP_CORNER, UP_FRAMES, UP_DB);
  const downTap = lowPass(DOWN_CORNER, DOWN_FRAMES, DOWN_DB);
  for (let m = 0; m < factor; m++) {
    const row = up.subarray(m * upFrames, (m + 1) * upFrames);
    for (let i = 0; i < upFrames; i++) row[i] = upTap(upFrames - 1 - i + m / factor - UP_FRAMES);
    // Subframe 0 lies on the frames, where the sinc is 1 and 0 but for rounding: the input passes as it is.
    if (m === 0) row.fill(0)[upFrames - 1 - UP_FRAMES] = 1;
    normalize(row);
  }
  for (let i = 0; i < downFrames; i++)
    for (let m = 0; m < factor; m++) down[i * factor + m] = downTap(downFrames - 1 - i - m / factor - DOWN_FRAMES);
  normalize(down);
  return { factor, upFrames, up, downFrames, down };
}

function normalize(taps: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < taps.length; i++) sum += taps[i];
  for (let i = 0; i < taps.length; i++) taps[i] /= sum;
}

/** Σ taps[first + i]·ring[begin + i] over i < count, in f64. Four sums, since one would wait for each addition before the next. */
export function dotTaps(taps: Float64Array, first: number, ring: Float64Array, begin: number, count: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = 0;
  for (; i + 3 < count; i += 4) {
    sum0 += taps[first + i] * ring[begin + i];
    sum1 += taps[first + i + 1] * ring[begin + i + 1];
    sum2 += taps[first + i + 2] * ring[begin + i + 2];
    sum3 += taps[first + i + 3] * ring[begin + i + 3];
  }
  for (; i < count; i++) sum0 += taps[first + i] * ring[begin + i];
  return sum0 + sum1 + (sum2 + sum3);
}
