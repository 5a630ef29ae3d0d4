// The wasm form of GateKernels (core/effect-kernels.ts): from arrays to addresses.
import type { GateKernels } from '../core/effect-kernels.ts';
import type { WasmFunctions } from './module.ts';

export function gateKernels(wasm: WasmFunctions): GateKernels {
  const { gate } = wasm;
  return {
    gate: (settings, opens, closes, shut, isSteady, s, peaks, gains, frames) =>
      void gate(
        settings[0],
        settings[1],
        settings[2],
        settings[3],
        opens.byteOffset,
        closes.byteOffset,
        shut.byteOffset,
        isSteady ? 0 : 8,
        s.level.byteOffset,
        s.latch.byteOffset,
        s.left.byteOffset,
        s.released.byteOffset,
        s.openness.byteOffset,
        peaks.byteOffset,
        gains.byteOffset,
        frames,
      ),
  };
}
