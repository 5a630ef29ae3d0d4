// The SIMD form of MixKernels (core/effect-kernels.ts): from arrays to addresses.
import type { MixKernels } from '../core/effect-kernels.ts';
import { addressOf } from './addresses.ts';
import type { WasmFunctions } from './module.ts';

export function mixKernels(wasm: WasmFunctions): MixKernels {
  const { scale, multiply, amplify, levelToGain, blend, blendMoving, sum, sumMoving, add, product } = wasm;
  return {
    scale: (gain, input, output, frames) => void scale(gain, input.byteOffset, output.byteOffset, frames),
    multiply: (gains, input, output, frames) =>
      void multiply(gains.byteOffset, input.byteOffset, output.byteOffset, frames),
    levelToGain: (levels, gains, count) => void levelToGain(levels.byteOffset, gains.byteOffset, count),
    amplify(levels, input, output, frames) {
      for (let c = 0; c < input.length; c += 2) {
        const d = c + 1 < input.length ? c + 1 : c;
        amplify(
          levels.byteOffset,
          input[c].byteOffset,
          input[d].byteOffset,
          output[c].byteOffset,
          output[d].byteOffset,
          frames,
        );
      }
    },
    blend(mix, dry, wet, output, frames) {
      if (mix.isConstant) blend(1 - mix.value, mix.value, dry.byteOffset, wet.byteOffset, output.byteOffset, frames);
      else blendMoving(mix.values.byteOffset, dry.byteOffset, wet.byteOffset, output.byteOffset, frames);
    },
    sum(gains, inputs, addresses, output, frames) {
      for (let k = 0; k < addresses.length; k++) addresses[k] = inputs[k].byteOffset;
      sum(gains.byteOffset, addresses.byteOffset, addresses.length, output.byteOffset, frames);
    },
    sumMoving(gains, stride, inputs, addresses, output, frames) {
      for (let k = 0; k < addresses.length; k++) addresses[k] = inputs[k].byteOffset;
      sumMoving(gains.byteOffset, 8 * stride, addresses.byteOffset, addresses.length, output.byteOffset, frames);
    },
    add: (a, b, offset, output, frames) =>
      void add(a.byteOffset, b.byteOffset, offset.value, addressOf(offset), output.byteOffset, frames),
    product: (a, b, factor, output, frames) =>
      void product(a.byteOffset, b.byteOffset, factor.value, addressOf(factor), output.byteOffset, frames),
  };
}
