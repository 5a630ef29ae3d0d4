// Uniformly partitioned convolution in the frequency domain: one stretch of an impulse response, cut into parts of equal length.
// Owns spectra of parts, the sum of products and the transforms around it; when each step is due is convolver.ts's.
//
// Overlap-save (Wefers, "Partitioned convolution algorithms for real-time auralization", 2015, §5): the window is the block before
// and the block, part k meets the spectrum heard k blocks ago, and the second half of the inverse transform is the result.
import { createRealFft, forwardRealFft, inverseRealFft, type RealFft } from './fft.ts';

/** Taps from…to−1 of each channel of an impulse response in parts of `size` taps. Scratch is shared: one instance per thread. */
export interface Partitions {
  readonly channels: readonly Float32Array[];
  /** Frames of a part and of a block; a power of two. */
  readonly size: number;
  readonly from: number;
  readonly to: number;
  /** Number of parts; the last one is filled up with zeros. */
  readonly count: number;
  /** Bins of a spectrum: size + 1. A spectrum takes 2·bins numbers, real parts first. */
  readonly bins: number;
  /** Spectra [count, 2, bins] of each channel, as far as they are ready. */
  readonly spectra: readonly Float32Array[];
  /** 1 for each part of each channel whose spectrum is ready. */
  readonly isReady: readonly Uint8Array[];
  /** Where the caller puts the 2·size frames of a window, and finds them after the inverse transform. */
  readonly window: Float64Array;
  readonly fft: RealFft;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Parts of `size` taps that taps from…to−1 make. */
export const partsOf = (size: number, from: number, to: number): number => Math.max(0, Math.ceil((to - from) / size));

/** Numbers in the spectrum of a window of 2·size frames. */
export const spectrumLength = (size: number): number => 2 * (size + 1);

/** Room for the parts; a part is transformed when it is used for the first time, so that a long response begins at once. */
export function createPartitions(
  channels: readonly Float32Array[],
  size: number,
  from: number,
  to: number,
): Partitions {
  const count = partsOf(size, from, to);
  const bins = size + 1;
  return {
    channels,
    size,
    from,
    to,
    count,
    bins,
    spectra: channels.map(() => new Float32Array(count * 2 * bins)),
    isReady: channels.map(() => new Uint8Array(count)),
    window: new Float64Array(2 * size),
    fft: createRealFft(2 * size),
    re: new Float64Array(bins),
    im: new Float64Array(bins),
  };
}

function makeReady(parts: Partitions, channel: number, k: number): void {
  const { size, to, bins, window, re, im } = parts;
  const taps = parts.channels[channel];
  const begin = parts.from + k * size;
  const length = Math.min(size, to - begin);
  for (let i = 0; i < length; i++) window[i] = taps[begin + i];
  window.fill(0, length);
  forwardRealFft(parts.fft, window, re, im);
  const at = 2 * bins * k;
  parts.spectra[channel].set(re, at);
  parts.spectra[channel].set(im, at + bins);
  parts.isReady[channel][k] = 1;
}

/** Transforms the window of block number `block` (from 0) and keeps its spectrum in `heard` [count, 2, bins], as the newest. */
export function hearWindow(parts: Partitions, heard: Float32Array, block: number): void {
  const { count, bins, re, im } = parts;
  forwardRealFft(parts.fft, parts.window, re, im);
  const at = 2 * bins * (block % count);
  heard.set(re, at);
  heard.set(im, at + bins);
}

/**
 * sum[2·bins] += Σ heard(block − k)·part(k) of one channel of the response for k = begin … end − 1; k = 0 starts the sum afresh.
 * Before block 0 nothing was heard.
 */
export function addProducts(
  parts: Partitions,
  channel: number,
  heard: Float32Array,
  block: number,
  sum: Float64Array,
  begin: number,
  end: number,
): void {
  const { count, bins } = parts;
  const taps = parts.spectra[channel];
  const isReady = parts.isReady[channel];
  if (begin === 0) sum.fill(0);
  for (let k = begin; k < end && k <= block; k++) {
    if (isReady[k] === 0) makeReady(parts, channel, k);
    const x = 2 * bins * ((block - k + count) % count);
    const h = 2 * bins * k;
    for (let i = 0; i < bins; i++) {
      const xRe = heard[x + i];
      const xIm = heard[x + bins + i];
      const hRe = taps[h + i];
      const hIm = taps[h + bins + i];
      sum[i] += xRe * hRe - xIm * hIm;
      sum[bins + i] += xRe * hIm + xIm * hRe;
    }
  }
}

/** The `size` frames that `sum` stands for, into `target` from `at`. */
export function playSum(parts: Partitions, sum: Float64Array, target: Float64Array, at: number): void {
  const { size, bins, window, re, im } = parts;
  for (let i = 0; i < bins; i++) {
    re[i] = sum[i];
    im[i] = sum[bins + i];
  }
  inverseRealFft(parts.fft, re, im, window);
  for (let i = 0; i < size; i++) target[at + i] = window[size + i];
}
