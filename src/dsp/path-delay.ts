// How late a path is, from what went in and what came out: by the phase slope of the cross-spectrum where it is a line, and by
// what a minimum-phase path would leave over where it colours. Owns the estimators, in f64. These allocate: not for the audio
// thread. Must not know patches or limits: whoever asks judges the number.
import { createRealFft, forwardRealFft, inverseRealFft } from './fft.ts';
import { estimateDelay } from './measure.ts';

type Signal = Float32Array | Float64Array;

/** A delay from the phase of a cross-spectrum, and how much the figure can be trusted. */
export interface PhaseDelay {
  /** Frames, with a fraction. */
  readonly delayFrames: number;
  /** How far the phase lies from a straight line: root mean square in radians, weighted by power. 0 for a pure delay. */
  readonly bendRadians: number;
  /** Share of the output's power that follows the input linearly, 0–1. */
  readonly coherence: number;
  /** −1 where the path turns the sound upside down. */
  readonly polarity: 1 | -1;
}

const NO_DELAY: PhaseDelay = { delayFrames: 0, bendRadians: Number.POSITIVE_INFINITY, coherence: 0, polarity: 1 };
/** Bins over which spectra are averaged on each side: coherence needs several, a path's response must not turn within them. */
const SMOOTH_BINS = 24;
/** Rounds in which the line is fitted and taken out: the second one sees phases that wrap no more. */
const FIT_ROUNDS = 4;

interface Spectra {
  readonly size: number;
  readonly x: readonly [Float64Array, Float64Array];
  readonly y: readonly [Float64Array, Float64Array];
}

function transformBoth(reference: Signal, delayed: Signal): Spectra {
  const size = 2 ** Math.ceil(Math.log2(Math.max(8, reference.length, delayed.length)));
  const fft = createRealFft(size);
  const padded = new Float64Array(size);
  const transform = (signal: Signal): readonly [Float64Array, Float64Array] => {
    const re = new Float64Array(size / 2 + 1);
    const im = new Float64Array(size / 2 + 1);
    padded.fill(0).set(signal);
    forwardRealFft(fft, padded, re, im);
    return [re, im];
  };
  return { size, x: transform(reference), y: transform(delayed) };
}

/** Means over the bins k − width … k + width, by running sums. */
function smooth(values: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let k = 0; k < values.length; k++) sums[k + 1] = sums[k] + values[k];
  return values.map((_, k) => {
    const from = Math.max(0, k - width);
    const to = Math.min(values.length, k + width + 1);
    return (sums[to] - sums[from]) / (to - from);
  });
}

/**
 * By how much `delayed` lags `reference`, 0…maxDelayFrames. The cross-correlation gives the whole delay; with that taken out, the
 * phase of the averaged cross-spectrum is fitted by a line through 0 (through π where the sound is upside down), every bin
 * weighted by the power of what follows the input (J. S. Bendat, A. G. Piersol, "Random Data", ch. 5 and 9: coherent output
 * spectrum). Both signals must have died away at their ends. Use noise; silence or NaN gives coherence 0.
 */
export function phaseDelay(reference: Signal, delayed: Signal, maxDelayFrames: number): PhaseDelay {
  const coarse = estimateDelay(reference, delayed, maxDelayFrames);
  if (!(Math.abs(coarse.correlation) > 0)) return NO_DELAY;
  const { size, x, y } = transformBoth(reference, delayed);
  const bins = size / 2 + 1;
  let delayFrames = Math.round(coarse.delayFrames);
  const turned = (): [Float64Array, Float64Array] => {
    const re = new Float64Array(bins);
    const im = new Float64Array(bins);
    for (let k = 0; k < bins; k++) {
      const angle = (2 * Math.PI * k * delayFrames) / size;
      const a = y[0][k] * x[0][k] + y[1][k] * x[1][k];
      const b = y[1][k] * x[0][k] - y[0][k] * x[1][k];
      re[k] = a * Math.cos(angle) - b * Math.sin(angle);
      im[k] = a * Math.sin(angle) + b * Math.cos(angle);
    }
    return [smooth(re, SMOOTH_BINS), smooth(im, SMOOTH_BINS)];
  };
  const power = ([re, im]: readonly [Float64Array, Float64Array]): Float64Array =>
    smooth(
      re.map((value, k) => value * value + im[k] * im[k]),
      SMOOTH_BINS,
    );
  const inPower = power(x);
  const outPower = power(y);
  let [re, im] = turned();
  // Where nothing went in, running sums leave rounding only.
  const leastPower = 1e-9 * inPower.reduce((a, b) => Math.max(a, b));
  const weights = re.map((value, k) =>
    k > 0 && k < bins - 1 && inPower[k] > leastPower ? (value * value + im[k] * im[k]) / inPower[k] : 0,
  );
  const whole = sum(weights);
  if (!(whole > 0)) return NO_DELAY;
  const coherence = Math.min(1, whole / sum(outPower.subarray(1, bins - 1)));
  const polarity = sum(re.map((value, k) => value * weights[k])) < 0 ? -1 : 1;
  const phaseAt = (k: number): number => Math.atan2(polarity * im[k], polarity * re[k]);
  for (let round = 0; round < FIT_ROUNDS; round++) {
    let numerator = 0;
    let denominator = 0;
    for (let k = 1; k < bins - 1; k++) {
      const omega = (2 * Math.PI * k) / size;
      numerator -= weights[k] * omega * phaseAt(k);
      denominator += weights[k] * omega * omega;
    }
    delayFrames += numerator / denominator;
    [re, im] = turned();
  }
  let bend = 0;
  for (let k = 1; k < bins - 1; k++) bend += weights[k] * phaseAt(k) ** 2;
  return { delayFrames, bendRadians: Math.sqrt(bend / whole), coherence, polarity };
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let k = 0; k < values.length; k++) total += values[k];
  return total;
}

/** What is left of a response once the colour that a minimum-phase path of the same magnitudes would have is taken out. */
export interface ExcessDelay {
  /** Whole frames: where what is left has its largest value. */
  readonly delayFrames: number;
  /** Share of what is left that lies in that one frame, 0–1: 1 for a minimum-phase path behind a pure delay. */
  readonly share: number;
}

/** Magnitudes below this part of the largest say nothing about the phase: they are rounding. */
const FLOOR = 1e-5;

/**
 * The pure delay of a path that colours, from its response to a click: every causal path is one of minimum phase, which has no
 * delay of its own, followed by an all-pass. The phase of the first follows from the magnitudes (real cepstrum; A. V. Oppenheim,
 * R. W. Schafer, "Discrete-Time Signal Processing", ch. 13); dividing by it leaves the all-pass, a single click for a pure delay.
 * Filters, equalisers, distortions and recurrent models are of minimum phase or near it; linear-phase filters are not.
 */
export function excessDelay(response: Signal): ExcessDelay {
  // Room for the cepstrum of resonant paths: it wraps around when cut short.
  const size = 4 * 2 ** Math.ceil(Math.log2(Math.max(8, response.length)));
  const fft = createRealFft(size);
  const bins = size / 2 + 1;
  const work = new Float64Array(size);
  const [re, im, logs, none, phases] = Array.from({ length: 5 }, () => new Float64Array(bins));
  work.set(response);
  forwardRealFft(fft, work, re, im);
  let largest = 0;
  for (let k = 0; k < bins; k++) largest = Math.max(largest, Math.hypot(re[k], im[k]));
  if (!(largest > 0)) return { delayFrames: 0, share: 0 };
  for (let k = 0; k < bins; k++) logs[k] = Math.log(Math.max(Math.hypot(re[k], im[k]), largest * FLOOR));
  inverseRealFft(fft, logs, none, work);
  for (let n = 1; n < size / 2; n++) work[n] *= 2;
  work.fill(0, size / 2 + 1);
  forwardRealFft(fft, work, logs, phases);
  let energy = 0;
  for (let k = 0; k < bins; k++) {
    const magnitude = Math.hypot(re[k], im[k]);
    const isHeard = magnitude > largest * FLOOR;
    const angle = isHeard ? Math.atan2(im[k], re[k]) - phases[k] : 0;
    re[k] = isHeard ? Math.cos(angle) : 0;
    im[k] = isHeard ? Math.sin(angle) : 0;
    if (isHeard) energy += k === 0 || k === bins - 1 ? 1 : 2;
  }
  inverseRealFft(fft, re, im, work);
  let best = 0;
  for (let n = 1; n < size / 2; n++) if (Math.abs(work[n]) > Math.abs(work[best])) best = n;
  return { delayFrames: best, share: work[best] ** 2 / ((energy / size) * (energy / size) || 1) };
}
