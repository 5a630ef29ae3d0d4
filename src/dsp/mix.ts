// Gains, sums and products, frame by frame: the twins of MixKernels (core/effect-kernels.ts). No states.
import type { ReadControl } from './control-signal.ts';
import { levelToGain } from './level.ts';
import { finiteOrZero } from './safe.ts';

export const mixKernels = {
  scale(gain: number, input: Float32Array, output: Float32Array, frames: number): void {
    const rounded = Math.fround(gain);
    for (let i = 0; i < frames; i++) output[i] = rounded * input[i];
  },
  multiply(gains: Float64Array, input: Float32Array, output: Float32Array, frames: number): void {
    for (let i = 0; i < frames; i++) output[i] = gains[i] * finiteOrZero(input[i]);
  },
  levelToGain(levelsDb: Float64Array, gains: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) gains[i] = levelToGain(levelsDb[i]);
  },
  amplify(
    levelsDb: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    for (let i = 0; i < frames; i++) {
      const gain = levelToGain(levelsDb[i]);
      for (let c = 0; c < input.length; c++) output[c][i] = gain * finiteOrZero(input[c][i]);
    }
  },
  blend(mix: ReadControl, dry: Float32Array, wet: Float32Array, output: Float32Array, frames: number): void {
    const { isConstant, values } = mix;
    let dryGain = Math.fround(1 - mix.value);
    let wetGain = Math.fround(mix.value);
    for (let i = 0; i < frames; i++) {
      if (!isConstant) {
        dryGain = Math.fround(1 - values[i]);
        wetGain = Math.fround(values[i]);
      }
      output[i] = dryGain * dry[i] + wetGain * wet[i];
    }
  },
  sum(
    gains: Float64Array,
    inputs: readonly Float32Array[],
    addresses: Int32Array,
    output: Float32Array,
    frames: number,
  ): void {
    for (let i = 0; i < frames; i++) {
      let total = 0;
      for (let k = 0; k < addresses.length; k++) total += gains[k] * inputs[k][i];
      output[i] = total;
    }
  },
  sumMoving(
    gains: Float64Array,
    stride: number,
    inputs: readonly Float32Array[],
    addresses: Int32Array,
    output: Float32Array,
    frames: number,
  ): void {
    for (let i = 0; i < frames; i++) {
      let total = 0;
      for (let k = 0; k < addresses.length; k++) total += gains[k * stride + i] * inputs[k][i];
      output[i] = total;
    }
  },
  add(a: Float32Array, b: Float32Array, offset: ReadControl, output: Float32Array, frames: number): void {
    const { value, isConstant, values } = offset;
    if (isConstant) for (let i = 0; i < frames; i++) output[i] = a[i] + b[i] + value;
    else for (let i = 0; i < frames; i++) output[i] = a[i] + b[i] + values[i];
  },
  product(a: Float32Array, b: Float32Array, factor: ReadControl, output: Float32Array, frames: number): void {
    const { value, isConstant, values } = factor;
    if (isConstant) for (let i = 0; i < frames; i++) output[i] = a[i] * b[i] * value;
    else for (let i = 0; i < frames; i++) output[i] = a[i] * b[i] * values[i];
  },
};
