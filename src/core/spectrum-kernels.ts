// Inner loops of short-time spectra: what STFT and ISTFT ask of the engine that calls them.
// Part of Kernels (kernels.ts), whose rules hold here as well: owns meaning and stated errors. Twins: src/dsp/stft.ts, SIMD: src/simd.

type Channels = readonly Float32Array[];

/** A transform, what frames are multiplied by beside it, and room: for SIMD two channels at once, for the twin one. */
export interface StftTables {
  /** N, a power of two ≥ 2. */
  readonly size: number;
  /** cos and sin of 2πk/N, k = 0 … N/2. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** The numbers 0 … N/2 − 1 with their bits reversed. */
  readonly bitReversed: Int32Array;
  /** [N] */
  readonly weights: Float64Array;
  /** [2·N] */
  readonly room: Float64Array;
  readonly workRe: Float64Array;
  readonly workIm: Float64Array;
  readonly frames: Float64Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Both in f64, rounded to f32 where it says so; twin and SIMD within 1e-15·N of the greatest number, before that rounding. */
export interface SpectrumKernels {
  /**
   * items[c][at …] = bins 0 … N/2, each (re, im), of the frames weights[o]·line[(first + o) mod its length], o < N. Lines have a power of two
   * frames.
   */
  analyse(tables: StftTables, lines: Channels, first: number, items: Channels, at: number): void;
  /**
   * Adds weights[o]·x[o] to line[(first + o) mod its length], x being the frames whose bins are at items[c][at …]. What is not finite is
   * not added. Imaginary parts of bins 0 and N/2 do not count.
   */
  synthesise(tables: StftTables, items: Channels, at: number, lines: readonly Float64Array[], first: number): void;
}
