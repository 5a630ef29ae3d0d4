// Measurements on finished signals: what tests, checks and the product's own meters say about latency, nulls, tones and clicks.
// Owns the definitions, in f64. These allocate: not for the audio thread. Must not know limits: whoever asks judges the number.
import { createRealFft, forwardRealFft, inverseRealFft } from './fft.ts';
import { gainToLevel, peakOf } from './level.ts';
import { fillKaiser } from './window.ts';

type Signal = Float32Array | Float64Array;

/**
 * The null: the largest difference between `delayed[n + latencyFrames]` and `reference[n]` over all frames that both have, in dB
 * relative to max(1, peak of the reference). −Infinity if equal; Infinity if NaN is met or there is no common frame, so that
 * nothing passes by being broken or empty.
 */
export function nullDb(reference: Signal, delayed: Signal, latencyFrames = 0): number {
  const frames = Math.min(reference.length, delayed.length - latencyFrames);
  if (!(frames > 0)) return Infinity;
  let largest = 0;
  for (let n = 0; n < frames; n++) {
    const difference = Math.abs(delayed[n + latencyFrames] - reference[n]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest === Infinity ? Infinity : gainToLevel(largest / Math.max(1, peakOf(reference, 0, frames)));
}

/** A delay found by correlation. */
export interface DelayEstimate {
  /** Frames, with a fraction. */
  readonly delayFrames: number;
  /** Cross-correlation at the nearest whole delay over both signals' norms: 1 for a copy, −1 for an inverted one. */
  readonly correlation: number;
}

/** A cross-correlation by its spectrum; delay d lies at d, −d at the end − d. */
interface Correlation {
  readonly values: Float64Array;
  /** At a delay between frames: band-limited, so exact. */
  at(delayFrames: number): number;
}

/** Padded, so that nothing wraps around into the delays −reach − 1…reach + 1. */
function correlate(reference: Signal, delayed: Signal, reach: number): Correlation {
  const needed = Math.max(reference.length, delayed.length) + reach + 2;
  const fft = createRealFft(2 ** Math.ceil(Math.log2(Math.max(4, needed))));
  const bins = fft.size / 2 + 1;
  const values = new Float64Array(fft.size);
  const [aRe, aIm, re, im] = [bins, bins, bins, bins].map(length => new Float64Array(length));
  values.set(reference);
  forwardRealFft(fft, values, aRe, aIm);
  values.fill(0).set(delayed);
  forwardRealFft(fft, values, re, im);
  for (let k = 0; k < bins; k++) {
    const product = re[k] * aRe[k] + im[k] * aIm[k];
    im[k] = im[k] * aRe[k] - re[k] * aIm[k];
    re[k] = product;
  }
  inverseRealFft(fft, re, im, values);
  const at = (delayFrames: number): number => {
    const turn = (2 * Math.PI * delayFrames) / fft.size;
    let sum = 0;
    for (let k = 1; k < bins - 1; k++) sum += re[k] * Math.cos(turn * k) - im[k] * Math.sin(turn * k);
    return sum;
  };
  return { values, at };
}

/** The top near a whole delay, by parabolas over ever closer points. */
function refine({ at }: Correlation, whole: number): number {
  let delayFrames = whole;
  for (const step of [0.5, 0.2, 0.05, 0.01]) {
    const before = at(delayFrames - step);
    const after = at(delayFrames + step);
    const bend = before - 2 * at(delayFrames) + after;
    if (bend !== 0) delayFrames += step * Math.max(-1, Math.min(1, (before - after) / (2 * bend)));
  }
  return delayFrames;
}

/**
 * By how much `delayed` lags `reference`, 0…maxDelayFrames: the place of the largest magnitude of their cross-correlation. Between
 * frames the correlation is taken from its spectrum (band-limited, so it is exact there too) and its top found by parabolas over
 * ever closer points: within 0.001 frames for a delayed copy, whatever its colour, or one through a linear-phase filter.
 * Use broadband signals: a tone fits at every period. Silence gives delay 0, correlation 0; NaN the same.
 */
export function estimateDelay(reference: Signal, delayed: Signal, maxDelayFrames: number): DelayEstimate {
  const correlation = correlate(reference, delayed, maxDelayFrames);
  const { values } = correlation;
  let best = 0;
  for (let d = 1; d <= maxDelayFrames; d++) if (Math.abs(values[d]) > Math.abs(values[best])) best = d;
  const norm = Math.sqrt(sumOfSquares(reference) * sumOfSquares(delayed));
  if (!(norm > 0)) return { delayFrames: 0, correlation: 0 };
  return { delayFrames: refine(correlation, best), correlation: values[best] / norm };
}

/** How far two running signals are apart, and how well one delay explains it. */
export interface DelayBetween {
  /** Frames by which `b` is later, with a fraction; negative where it is earlier. */
  readonly delayFrames: number;
  /** 0–1: likeness at that delay, less what another delay explains as well (a tone fits at every period: 0). */
  readonly confidence: number;
}

/** Nearer to the top than this, other delays are the same top. */
const SAME_TOP_FRAMES = 16;

/**
 * The delay of `b` against `a` within ±maxDelayFrames, for two stretches of equal length of running signals, of which each has
 * parts that the other has not: the correlation is divided by the energy of what overlaps. Silence gives confidence 0.
 */
export function delayBetween(a: Signal, b: Signal, maxDelayFrames: number): DelayBetween {
  const frames = Math.min(a.length, b.length);
  const correlation = correlate(a, b, maxDelayFrames);
  const [sumsA, sumsB] = [a, b].map(runningEnergy);
  const likeness = (d: number): number => {
    // Frames of a that meet one of b: n and n + d.
    const [from, to] = [Math.max(0, -d), Math.min(frames, frames - d)];
    const energy = (sumsA[to] - sumsA[from]) * (sumsB[to + d] - sumsB[from + d]);
    return energy > 0
      ? Math.abs(correlation.values[(d + correlation.values.length) % correlation.values.length]) / Math.sqrt(energy)
      : 0;
  };
  const reach = Math.min(maxDelayFrames, frames - 1);
  let best = 0;
  for (let d = -reach; d <= reach; d++) if (likeness(d) > likeness(best)) best = d;
  const top = likeness(best);
  if (!(top > 0)) return { delayFrames: 0, confidence: 0 };
  let rival = 0;
  for (let d = -reach; d <= reach; d++) if (Math.abs(d - best) > SAME_TOP_FRAMES) rival = Math.max(rival, likeness(d));
  return { delayFrames: refine(correlation, best), confidence: Math.min(1, top) * Math.max(0, 1 - rival / top) };
}

/** Energy before each frame. */
function runningEnergy(signal: Signal): Float64Array {
  const sums = new Float64Array(signal.length + 1);
  for (let n = 0; n < signal.length; n++) sums[n + 1] = sums[n] + signal[n] * signal[n];
  return sums;
}

function sumOfSquares(signal: Signal): number {
  let sum = 0;
  for (let n = 0; n < signal.length; n++) sum += signal[n] * signal[n];
  return sum;
}

/** A sine fitted to a signal: amplitude·sin(2πf·n/rate + phase), n counted from the signal's frame 0. */
export interface ToneFit {
  readonly amplitude: number;
  /** Radians, −π…π. */
  readonly phaseRadians: number;
  /** Power of the fitted tone over the power of all that is left (noise, distortion, DC), in dB. */
  readonly signalToNoiseDb: number;
}

/**
 * The sine of a known frequency that is nearest to frames begin…end−1, by least squares; needs at least one period. NaN gives NaN.
 */
export function fitTone(
  signal: Signal,
  frequencyHz: number,
  sampleRateHz: number,
  begin = 0,
  end = signal.length,
): ToneFit {
  const omega = (2 * Math.PI * frequencyHz) / sampleRateHz;
  let ss = 0;
  let cc = 0;
  let sc = 0;
  let ys = 0;
  let yc = 0;
  for (let n = begin; n < end; n++) {
    const s = Math.sin(omega * n);
    const c = Math.cos(omega * n);
    ss += s * s;
    cc += c * c;
    sc += s * c;
    ys += signal[n] * s;
    yc += signal[n] * c;
  }
  const determinant = ss * cc - sc * sc;
  const a = (ys * cc - yc * sc) / determinant;
  const b = (yc * ss - ys * sc) / determinant;
  let tone = 0;
  let rest = 0;
  for (let n = begin; n < end; n++) {
    const fitted = a * Math.sin(omega * n) + b * Math.cos(omega * n);
    tone += fitted * fitted;
    rest += (signal[n] - fitted) ** 2;
  }
  return { amplitude: Math.hypot(a, b), phaseRadians: Math.atan2(b, a), signalToNoiseDb: 10 * Math.log10(tone / rest) };
}

/** The largest step between neighbouring frames, and the later frame of it; a click stands out. NaN counts as Infinity. */
export function largestJump(signal: Signal): { jump: number; frame: number } {
  let jump = 0;
  let frame = 0;
  for (let n = 1; n < signal.length; n++) {
    const step = Math.abs(signal[n] - signal[n - 1]);
    if (step <= jump) continue;
    jump = Number.isNaN(step) ? Infinity : step;
    frame = n;
    if (jump === Infinity) break;
  }
  return { jump, frame };
}

/**
 * RMS of the part of a signal above a frequency, in dB (0 dB = RMS 1; −Infinity for silence): the spectrum under a Kaiser window (β = 20,
 * leakage below −150 dB beyond 7 bins of rate/length), summed. The window weighs the middle of the signal most. NaN gives NaN.
 */
export function levelAboveDb(signal: Signal, frequencyHz: number, sampleRateHz: number): number {
  const fft = createRealFft(2 ** Math.ceil(Math.log2(Math.max(2, signal.length))));
  const window = new Float64Array(signal.length);
  fillKaiser(window, 20);
  const weighted = new Float64Array(fft.size);
  for (let n = 0; n < signal.length; n++) weighted[n] = signal[n] * window[n];
  const re = new Float64Array(fft.size / 2 + 1);
  const im = new Float64Array(fft.size / 2 + 1);
  forwardRealFft(fft, weighted, re, im);
  let energy = 0;
  for (let k = Math.ceil((frequencyHz * fft.size) / sampleRateHz); k < re.length; k++) {
    const isOwnMirror = k === 0 || k === re.length - 1;
    energy += (isOwnMirror ? 1 : 2) * (re[k] * re[k] + im[k] * im[k]);
  }
  return 10 * Math.log10(energy / (fft.size * sumOfSquares(window)));
}
