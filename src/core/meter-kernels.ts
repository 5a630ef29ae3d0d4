// The inner loop of meters: what nodes that measure ask of the engine that calls them.
// Part of Kernels (kernels.ts), whose rules hold here as well: owns meaning and stated errors. Twin: src/dsp/meter.ts, SIMD: src/simd.

/** What a meter needs to know of its sample rate. */
export interface MeterDesign {
  readonly holdFrames: number;
  /** Factor per frame of a falling peak. */
  readonly fall: number;
  /** Weight of a new frame in the mean square: 1 − exp(−1/(τ·rate)). */
  readonly weight: number;
}

/** States of a meter, one value per channel; all zero at the start. */
export interface MeterState {
  /** Highest magnitude, held, then falling; linear, 1 = full scale. */
  readonly peak: Float64Array;
  /** Frames for which the peak still stands. */
  readonly hold: Int32Array;
  /** Mean square; the RMS level is 10·log10 of it. */
  readonly meanSquare: Float64Array;
}

export interface MeterKernels {
  /**
   * Takes in `frames` frames of all channels; one that is not a finite number counts as silence. Peak and hold are exactly those of the twin,
   * the mean square within 1e-12 of itself.
   */
  meter(design: MeterDesign, state: MeterState, inputs: readonly Float32Array[], frames: number): void;
}
