// The SIMD form of ShapeKernels (core/effect-kernels.ts): from arrays to addresses.
import type { ShapeKernels } from '../core/effect-kernels.ts';
import type { WasmFunctions } from './module.ts';

export function shapeKernels(wasm: WasmFunctions): ShapeKernels {
  const { shape, shapeMoving, bend } = wasm;
  return {
    shape: (curve, drive, bias, gain, input, output, frames) =>
      void shape(curve, drive, bias, gain, input.byteOffset, output.byteOffset, frames),
    shapeMoving: (curve, drives, biases, rests, gains, input, output, frames) =>
      void shapeMoving(
        curve,
        drives.byteOffset,
        biases.byteOffset,
        rests.byteOffset,
        gains.byteOffset,
        input.byteOffset,
        output.byteOffset,
        frames,
      ),
    bend: (curve, input, output, count) => void bend(curve, input.byteOffset, output.byteOffset, count),
  };
}
