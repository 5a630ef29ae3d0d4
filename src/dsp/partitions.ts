// One stretch of an impulse response, cut into parts of equal length, whose spectra are kept; and the scalar twins of the kernels that
// multiply them, `takeFrames`, `playHead` and `addProducts`. When each step is due is convolver.ts's.
//
// Overlap-save (Wefers, "Partitioned convolution algorithms for real-time auralization", 2015, §5): the window is the block before
// and the block, part k meets the spectrum heard k blocks ago, and the second half of the inverse transform is the result.
import type { ConvolutionKernels, WindowTransform } from '../core/convolution-kernels.ts';
import type { Place } from '../core/node-type.ts';
import { windowTransform } from './quarter-transform.ts';

/** Taps from … to − 1 of a response in `count` parts of `size` taps, the last one filled up with zeros. */
export interface Stretch {
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Spectra of a stretch, [count, 2·size] of each channel, as far as they are ready. */
export interface Parts extends Stretch {
  readonly transform: WindowTransform;
  readonly spectra: readonly Float32Array[];
  /** By channel: how many parts are ready, from the first on. */
  readonly ready: Int32Array;
  /** 2·size frames in which a part is transformed. */
  readonly window: Float32Array;
}

/** Room for the parts of a response; a part is transformed when it is used for the first time, so that a long response begins at once. */
export function createParts(stretch: Stretch, channels: number): Parts {
  const { size, count } = stretch;
  return {
    ...stretch,
    transform: windowTransform(size),
    spectra: Array.from({ length: channels }, () => new Float32Array(count * 2 * size)),
    ready: new Int32Array(channels),
    window: new Float32Array(2 * size),
  };
}

/** The same in the engine's memory. */
export const placeParts = (parts: Parts, place: Place): Parts => ({
  ...parts,
  transform: { ...parts.transform, turns: place(parts.transform.turns) },
  spectra: parts.spectra.map(place),
  ready: place(parts.ready),
  window: place(parts.window),
});

/** Transforms all parts before `end` that are not ready. */
export function makeReady(
  kernels: ConvolutionKernels,
  { size, from, to, transform, spectra, ready, window }: Parts,
  channel: number,
  taps: Float32Array,
  end: number,
): void {
  for (let k = ready[channel]; k < end; k++) {
    const begin = from + k * size;
    const length = Math.min(size, to - begin);
    for (let i = 0; i < size; i++) window[i] = i < length ? taps[begin + i] : 0;
    kernels.hearWindow(transform, window, 0, size, spectra[channel], 2 * size * k);
    ready[channel] = k + 1;
  }
}

/** Below −400 dB: too small to be heard, great enough that no product of spectra becomes a denormal. */
export const LEAST = Math.fround(1e-20);

/** Twin of the kernel. */
export function takeFrames(input: Float32Array, from: number, line: Float32Array, to: number, frames: number): void {
  for (let i = 0; i < frames; i++) {
    const x = input[from + i];
    line[to + i] = Math.abs(x) >= LEAST && x - x === 0 ? x : 0;
  }
}

/** Twin of the kernel. */
export function playHead(
  taps: Float32Array,
  line: Float32Array,
  at: number,
  late: Float32Array,
  lateAt: number,
  output: Float32Array,
  to: number,
  frames: number,
): void {
  let i = 0;
  // Four frames side by side for speed; each sums in the same order as when it comes alone.
  for (; i + 3 < frames; i += 4) {
    let a = late[lateAt + i];
    let b = late[lateAt + i + 1];
    let c = late[lateAt + i + 2];
    let d = late[lateAt + i + 3];
    for (let k = 0; k < taps.length; k++) {
      const tap = taps[k];
      a += tap * line[at + i + k];
      b += tap * line[at + i + k + 1];
      c += tap * line[at + i + k + 2];
      d += tap * line[at + i + k + 3];
    }
    output[to + i] = a;
    output[to + i + 1] = b;
    output[to + i + 2] = c;
    output[to + i + 3] = d;
  }
  for (; i < frames; i++) {
    let sum = late[lateAt + i];
    for (let k = 0; k < taps.length; k++) sum += taps[k] * line[at + i + k];
    output[to + i] = sum;
  }
  for (i = 0; i < frames; i++) late[lateAt + i] = 0;
}

/** Twin of the kernel. */
export function addProducts(
  size: number,
  heard: Float32Array,
  heardAt: number,
  count: number,
  newest: number,
  parts: Float32Array,
  begin: number,
  end: number,
  sums: Float32Array,
  sumAt: number,
): void {
  if (begin === 0) for (let i = 0; i < 2 * size; i++) sums[sumAt + i] = 0;
  for (let i = 0; i < size; i++) {
    let re = sums[sumAt + i];
    let im = sums[sumAt + size + i];
    for (let k = begin; k < end; k++) {
      const x = heardAt + 2 * size * ((newest - k) % count) + i;
      const h = 2 * size * k + i;
      re += heard[x] * parts[h] - heard[x + size] * parts[h + size];
      im += heard[x] * parts[h + size] + heard[x + size] * parts[h];
    }
    sums[sumAt + i] = re;
    sums[sumAt + size + i] = im;
  }
}
