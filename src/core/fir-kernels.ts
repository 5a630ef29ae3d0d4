// Inner loops of filters without feedback: what resamplers, oversamplers and convolvers may ask of the engine that calls them.
// Part of Kernels (kernels.ts), whose rules hold here as well: owns meaning and stated errors. Twins: src/dsp, SIMD: src/simd.

type Channels = readonly Float32Array[];

/**
 * The filter of a resampler, in two forms. `coefficients` is that of dsp/resampler.ts, one row of taps for each phase. `taps` is the same
 * for SIMD: outputs in groups of 8 over one window, [groups, window, 8], zeros where a frame is none of an output's; groups begin anew
 * with each period of `outputs` outputs.
 */
export interface PolyphaseBank {
  /** Inputs per `phases` outputs, in lowest terms. */
  readonly inStep: number;
  readonly phases: number;
  readonly tapsPerPhase: number;
  readonly coefficients: Float32Array | Float64Array;
  /** A multiple of `phases`. */
  readonly outputs: number;
  readonly groups: number;
  /** Frames of a group's window, a multiple of 4: what has to be remembered of a channel. */
  readonly window: number;
  /** Frames by which a window reaches beyond the newest one of its first output. */
  readonly ahead: number;
  readonly taps: Float32Array;
  /** By how many frames the window of each group lies behind the first one's; one more, for the next period. */
  readonly starts: Int32Array;
  /** Room for two channels, each `window` frames, a call and `ahead`, and for a group; between calls finite numbers without meaning. */
  readonly lines: Float32Array;
}

export interface FirKernels {
  /**
   * Outputs outFrame … outFrame + outFrames − 1 of a resampler, from inputs inFrame … and the `histories` of [window] frames before, which
   * are brought up to date. The same for any cut of time. What is not finite counts as 0. The twin sums in f64, SIMD in f32, from
   * both ends to the middle: −140 dB of a sine's power where taps are 200 and more, less where they are few.
   */
  resample(
    bank: PolyphaseBank,
    histories: Channels,
    input: Channels,
    inFrame: number,
    inFrames: number,
    output: Channels,
    outFrame: number,
    outFrames: number,
  ): void;
  /**
   * output[i] = Σ taps[first + k]·line[i + k] over k < count, in f64, added to what stood there where `adds`. The same bits for each output,
   * wherever a call begins; within 1e-14 of the twin, in the relaxed form only.
   */
  fir(
    taps: Float64Array,
    first: number,
    count: number,
    line: Float64Array,
    output: Float64Array,
    frames: number,
    adds: boolean,
  ): void;
}
