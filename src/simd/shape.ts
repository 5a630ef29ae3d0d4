// The SIMD form of ShapeKernels (core/effect-kernels.ts): from arrays to addresses, from channels to pairs.
import type { ShapeKernels } from '../core/effect-kernels.ts';
import { addressOf } from './addresses.ts';
import type { WasmFunctions } from './module.ts';

export function shapeKernels(wasm: WasmFunctions): ShapeKernels {
  const { shape, shapeMoving, bend } = wasm;
  return {
    shape: (curve, drive, bias, gain, input, output, frames) =>
      void shape(curve, drive, bias, gain, input.byteOffset, output.byteOffset, frames),
    shapeMoving(curve, drive, bias, level, input, output, frames) {
      const drives = addressOf(drive);
      const biases = addressOf(bias);
      const levels = addressOf(level);
      for (let c = 0; c < input.length; c += 2) {
        const d = c + 1 < input.length ? c + 1 : c;
        shapeMoving(
          curve,
          drive.value,
          drives,
          bias.value,
          biases,
          level.value,
          levels,
          input[c].byteOffset,
          input[d].byteOffset,
          output[c].byteOffset,
          output[d].byteOffset,
          frames,
        );
      }
    },
    bend: (curve, input, output, count) => void bend(curve, input.byteOffset, output.byteOffset, count),
  };
}
