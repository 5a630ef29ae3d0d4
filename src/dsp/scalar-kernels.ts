// The scalar twins of the SIMD kernels (core/kernels.ts says what each does): their reference in tests, and what runs where there is no
// SIMD. Owns nothing but the order of channels.
import { processSvf, SVF_STATE } from './svf.ts';

export const scalarKernels = {
  svf(
    coefficients: Float64Array,
    states: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    for (let c = 0; c < input.length; c++) processSvf(coefficients, states, input[c], output[c], frames, SVF_STATE * c);
  },
  exp(input: Float64Array, output: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) output[i] = Math.exp(input[i]);
  },
  log(input: Float64Array, output: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) output[i] = Math.log(input[i]);
  },
  tan(input: Float64Array, output: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) output[i] = Math.tan(input[i]);
  },
};
