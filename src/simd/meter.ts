// The SIMD form of MeterKernels (core/meter-kernels.ts): from arrays to addresses.
import type { MeterKernels } from '../core/meter-kernels.ts';
import type { WasmFunctions } from './module.ts';

export function meterKernels(wasm: WasmFunctions): MeterKernels {
  const { meter } = wasm;
  return {
    meter({ holdFrames, fall, weight }, { peak, hold, meanSquare }, inputs, frames) {
      for (let c = 0; c < inputs.length; c++) {
        meter(
          holdFrames,
          fall,
          weight,
          peak.byteOffset + 8 * c,
          hold.byteOffset + 4 * c,
          meanSquare.byteOffset + 8 * c,
          inputs[c].byteOffset,
          frames,
        );
      }
    },
  };
}
