// Inner loops that nodes share and that have a SIMD form: what a kernel may ask of the engine that calls it.
// Owns their meaning. The scalar twins are src/dsp/scalar-kernels.ts, the SIMD form is src/simd; both give the same numbers up to
// the rounding that each says. None allocates. Arrays are whole views (a call begins at their first number) that end on 16 bytes:
// buffers, states and placed tables of the engine's one memory are. A kernel may read up to 16 bytes behind what it needs, never
// write there: a span of a buffer may begin at any frame. Outputs in f64 of exp, log, tan and bend, peaks, changes and gains of levels and
// the room of compressCorner are the exception: where the count is odd they may get one number more, which has to be theirs.

import type { ConvolutionKernels } from './convolution-kernels.ts';
import type { EffectKernels } from './effect-kernels.ts';
import type { FirKernels } from './fir-kernels.ts';
import type { MeterKernels } from './meter-kernels.ts';
import type { SpectrumKernels } from './spectrum-kernels.ts';

/** Audio: one array a channel. */
type Channels = readonly Float32Array[];

export interface Kernels extends EffectKernels, FirKernels, ConvolutionKernels, SpectrumKernels, MeterKernels {
  /**
   * Steady second-order filters, all channels: coefficients of designSvf; `states` holds i1, i2 of one channel after the other.
   * `output[c]` may be `input[c]`. What is not finite ends with its call. Equal to the twin within 1e-15 of the peak.
   */
  svf(coefficients: Float64Array, states: Float64Array, input: Channels, output: Channels, frames: number): void;
  /** output[i] = eˣ of input[i], i < count; |x| ≤ 700. Within 4 units of the last place, as log and tan. */
  exp(input: Float64Array, output: Float64Array, count: number): void;
  /** output[i] = ln of input[i], i < count; normal numbers > 0. */
  log(input: Float64Array, output: Float64Array, count: number): void;
  /** output[i] = tan of input[i], i < count; 0 ≤ x < π/2. */
  tan(input: Float64Array, output: Float64Array, count: number): void;
  /**
   * Largest |x| of the first `count` numbers of all channels: 0 = silence, ∞ or NaN where not all of them are finite. Exact. `addresses`: where
   * the channels lie in the engine's memory, their byteOffsets.
   */
  peak(inputs: Channels, addresses: Int32Array, count: number): number;
  /**
   * A param on its way: values[from + n] = target + distance·poleⁿ⁺¹ up to `to`, which it does not write. Returns the distance that is
   * left. Within 1e-14 of |distance| of the twin.
   */
  ramp(values: Float64Array, from: number, to: number, target: number, distance: number, pole: number): number;
  /**
   * Second-order sections one after the other, two lanes with one input and output each, numbers as dsp/cascade.ts lays them out. Returns
   * the greatest |y|, ∞ or NaN where one is not finite. An output may be its input; within 1e-8 of the peak of the twin.
   */
  cascade(
    coefficients: Float64Array,
    states: Float64Array,
    inputs: Channels,
    outputs: Channels,
    frames: number,
  ): number;
}

/**
 * In which form kernels run: `scalar` = plain TypeScript, the reference; `simd` = the same numbers up to stated roundings, on every
 * machine the same; `relaxed` = fused multiply-add where the processor has it, so that machines differ in the last place: heard
 * live by who chose it, and never rendered (ARCHITECTURE.md, "Fused multiply-add is a choice").
 */
export const KERNEL_FORMS = ['scalar', 'simd', 'relaxed'] as const;
export type KernelForm = (typeof KERNEL_FORMS)[number];
