// The scalar twins of the SIMD kernels (core/kernels.ts says what each does): their reference in tests, and what runs where there is no
// SIMD. Owns nothing but the order of channels.

import { playCascade } from './cascade.ts';
import { delayKernels } from './delay-line.ts';
import { dynamicsKernels } from './dynamics.ts';
import { gateKernels } from './gate.ts';
import { lookAheadKernels } from './look-ahead.ts';
import { meterKernels } from './meter.ts';
import { mixKernels } from './mix.ts';
import { onePoleKernels } from './one-pole-filter.ts';
import { fir } from './oversampler.ts';
import { addProducts, playHead, takeFrames } from './partitions.ts';
import { resample } from './polyphase.ts';
import { hearWindow, playSum } from './quarter-transform.ts';
import { shapeKernels } from './shape.ts';
import { analyse, synthesise } from './stft.ts';
import { processSvf, SVF_STATE } from './svf.ts';
import { movingFilterKernels } from './svf-moving.ts';

export const scalarKernels = {
  ...mixKernels,
  ...shapeKernels,
  ...dynamicsKernels,
  ...delayKernels,
  ...lookAheadKernels,
  ...gateKernels,
  ...movingFilterKernels,
  ...onePoleKernels,
  ...meterKernels,
  resample,
  fir,
  takeFrames,
  playHead,
  hearWindow,
  addProducts,
  playSum,
  analyse,
  synthesise,
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
  peak(inputs: readonly Float32Array[], _addresses: Int32Array, count: number): number {
    let most = 0;
    // x·0 is NaN for what is not finite.
    let sum = 0;
    for (let c = 0; c < inputs.length; c++) {
      const input = inputs[c];
      for (let i = 0; i < count; i++) {
        most = Math.max(most, Math.abs(input[i]));
        sum += input[i] * 0;
      }
    }
    return most + sum;
  },
  ramp(values: Float64Array, from: number, to: number, target: number, distance: number, pole: number): number {
    let left = distance;
    for (let i = from; i < to; i++) {
      left *= pole;
      values[i] = target + left;
    }
    return left;
  },
  cascade: playCascade,
};
