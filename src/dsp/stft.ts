// Short-time Fourier transform: windows and weights with which a sound is cut into overlapping stretches and put together again.
// Owns closed forms in f64 and the scalar twins of the kernels; the transform itself is fft.ts, which stretch is due when is the nodes'.
//
// Analysis: X_k[b] = s·Σ_o w[o]·x[(k+1)h − W + o]·e^(−2πi·ob/W). Synthesis with the same window, divided by what the windows add up
// to, gives x back (D. Griffin and J. Lim, "Signal estimation from modified short-time Fourier transform", 1984, eq. 6).
import type { Place } from '../core/node-type.ts';
import type { StftTables } from '../core/spectrum-kernels.ts';
import { createRealFft, forwardRealFft, inverseRealFft } from './fft.ts';
import { finiteOrZero } from './safe.ts';
import { fillHann } from './window.ts';

export type WindowShape = 'hann' | 'root-hann' | 'none';
/** Periodic: one frame less than a symmetric window of W + 1, so that shifted copies add up evenly. */
export type WindowForm = 'periodic' | 'symmetric';
/** none: s = 1. amplitude: s = 1/Σw, a sine of amplitude 1 gives 0.5. power: s = 1/√(rate·Σw²), |X|² per Hz. unitary: s = 1/√W. */
export type SpectrumScaling = 'none' | 'amplitude' | 'power' | 'unitary';

/** How a spectrum was made: what both ends must agree on. */
export interface StftDesign {
  readonly windowFrames: number;
  readonly hopFrames: number;
  readonly shape: WindowShape;
  readonly form: WindowForm;
  readonly scaling: SpectrumScaling;
  readonly rateHz: number;
}

/**
 * w[0…W−1], rounded to f32: cosines of two JavaScript engines differ in their last bit, and a bundle must have the same bytes from
 * each. What is put together again is divided by these very numbers, so nothing is lost.
 */
export function stftWindow(windowFrames: number, shape: WindowShape, form: WindowForm): Float64Array {
  const window = new Float64Array(windowFrames);
  if (shape === 'none') return window.fill(1);
  if (form === 'periodic') fillHann(window);
  else for (let n = 0; n < windowFrames; n++) window[n] = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (windowFrames - 1));
  return window.map(shape === 'hann' ? Math.fround : w => Math.fround(Math.sqrt(w)));
}

/** s of the scaling. */
export function spectrumScale({ scaling, rateHz }: StftDesign, window: Float64Array): number {
  if (scaling === 'none') return 1;
  if (scaling === 'unitary') return 1 / Math.sqrt(window.length);
  if (scaling === 'amplitude') return 1 / window.reduce((sum, w) => sum + w, 0);
  return 1 / Math.sqrt(rateHz * window.reduce((sum, w) => sum + w * w, 0));
}

/** s·w: what the frames are multiplied by before the transform. */
export function analysisWeights(design: StftDesign): Float64Array {
  const window = stftWindow(design.windowFrames, design.shape, design.form);
  const scale = spectrumScale(design, window);
  return window.map(w => scale * w);
}

/** Σ w² over all windows that lie over a frame, by the frame's place (offset in the window mod hop). */
function overlapSums(window: Float64Array, hopFrames: number): Float64Array {
  const sums = new Float64Array(hopFrames);
  for (let o = 0; o < window.length; o++) sums[o % hopFrames] += window[o] * window[o];
  return sums;
}

/** Below this share of the largest sum a frame is not put together, but silent: only rounding would be heard. */
const LEAST_SUM = 1e-10;

/** What the frames of an inverse transform are multiplied by before they are added up: w / (s·Σw²). */
export function synthesisWeights(design: StftDesign): Float64Array {
  const { windowFrames, hopFrames } = design;
  const window = stftWindow(windowFrames, design.shape, design.form);
  const scale = spectrumScale(design, window);
  const sums = overlapSums(window, hopFrames);
  const least = LEAST_SUM * sums.reduce((a, b) => Math.max(a, b), 0);
  return window.map((w, o) => (sums[o % hopFrames] > least ? w / (scale * sums[o % hopFrames]) : 0));
}

/**
 * How evenly the windows lie over the sound: the least of Σw² by its largest, 1 = evenly, 0 = frames are lost. Where it is small,
 * rounding of the spectra is made louder by one over its root.
 */
export function overlapEvenness(design: Pick<StftDesign, 'windowFrames' | 'hopFrames' | 'shape' | 'form'>): number {
  const sums = overlapSums(stftWindow(design.windowFrames, design.shape, design.form), design.hopFrames);
  const most = sums.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? 0 : sums.reduce((a, b) => Math.min(a, b), most) / most;
}

/** Tables for windows that are multiplied by `weights`, where kernels read them. */
export function stftTables(weights: Float64Array, place: Place): StftTables {
  const size = weights.length;
  const { cos, sin, bitReversed, workRe, workIm } = createRealFft(size);
  const numbers = (count: number): Float64Array => new Float64Array(count);
  return {
    size,
    cos: place(cos),
    sin: place(sin),
    bitReversed: place(bitReversed),
    weights: place(weights),
    room: place(numbers(2 * size)),
    workRe,
    workIm,
    frames: numbers(size),
    re: numbers(size / 2 + 1),
    im: numbers(size / 2 + 1),
  };
}

/** Twin of the kernel. */
export function analyse(
  tables: StftTables,
  lines: readonly Float32Array[],
  first: number,
  items: readonly Float32Array[],
  at: number,
): void {
  const { size, weights, frames, re, im } = tables;
  for (let c = 0; c < lines.length; c++) {
    const line = lines[c];
    const item = items[c];
    const mask = line.length - 1;
    for (let o = 0; o < size; o++) frames[o] = weights[o] * line[(first + o) & mask];
    forwardRealFft(tables, frames, re, im);
    for (let bin = 0; bin < re.length; bin++) {
      item[at + 2 * bin] = re[bin];
      item[at + 2 * bin + 1] = im[bin];
    }
  }
}

/** Twin of the kernel. */
export function synthesise(
  tables: StftTables,
  items: readonly Float32Array[],
  at: number,
  lines: readonly Float64Array[],
  first: number,
): void {
  const { size, weights, frames, re, im } = tables;
  for (let c = 0; c < lines.length; c++) {
    const line = lines[c];
    const item = items[c];
    const mask = line.length - 1;
    for (let bin = 0; bin < re.length; bin++) {
      re[bin] = item[at + 2 * bin];
      im[bin] = item[at + 2 * bin + 1];
    }
    inverseRealFft(tables, re, im, frames);
    for (let o = 0; o < size; o++) line[(first + o) & mask] += finiteOrZero(weights[o] * frames[o]);
  }
}
