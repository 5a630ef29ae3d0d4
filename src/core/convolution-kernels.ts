// Inner loops of convolution with a long response: what dsp/convolver.ts asks of the engine that calls it.
// Part of Kernels (kernels.ts), whose rules hold here as well: owns meaning and stated errors. Twins: src/dsp, SIMD: src/simd.
// The twins compute in f64 and keep f32; SIMD computes in f32: a window of noise is within −125 dB of its peak, there and back.

/** Tables for windows of 2·size frames, and what the twin needs besides (dsp/quarter-transform.ts). */
export interface WindowTransform {
  /** 4, 8, 16 … : numbers of a spectrum, each complex. */
  readonly size: number;
  /** Cosines and sines in the order of their use. */
  readonly turns: Float32Array;
  readonly exactTurns: Float64Array;
  readonly room: Float64Array;
}

export interface ConvolutionKernels {
  /** line[to + i] = input[from + i]; what is not finite or below 1e-20 (−400 dB) becomes 0: denormals would make all that follows slow. */
  takeFrames(input: Float32Array, from: number, line: Float32Array, to: number, frames: number): void;
  /**
   * output[to + i] = late[lateAt + i] + Σ taps[k]·line[at + i + k] over all taps, a multiple of 32; `late` is 0 from then on. Each output
   * is summed in its own order, wherever a call begins. `line` has 4 frames more than are asked for.
   */
  playHead(
    taps: Float32Array,
    line: Float32Array,
    at: number,
    late: Float32Array,
    lateAt: number,
    output: Float32Array,
    to: number,
    frames: number,
  ): void;
  /**
   * The spectrum of frames beforeAt … beforeAt + size − 1 of `line`, then at … at + size − 1, in 2·size numbers from `to`, real parts
   * first, in the order of dsp/quarter-transform.ts.
   */
  hearWindow(
    transform: WindowTransform,
    line: Float32Array,
    beforeAt: number,
    at: number,
    spectra: Float32Array,
    to: number,
  ): void;
  /**
   * Adds Σ heard[(newest − k) mod count]·parts[k] over begin ≤ k < end to the sum at `sumAt`, complex number by number; begin = 0 starts the
   * sum anew. `heard` holds spectra of `size` from heardAt, `parts` from 0. k ≤ newest.
   */
  addProducts(
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
  ): void;
  /** Adds the second half of the window that the sum at `sumAt` is the spectrum of to `late` from `to`. Spoils the sum. */
  playSum(transform: WindowTransform, sums: Float32Array, sumAt: number, late: Float32Array, to: number): void;
}
