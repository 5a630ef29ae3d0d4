// The SIMD form of OnePoleKernels (core/effect-kernels.ts): from arrays to addresses, from channels to pairs.
import type { OnePoleKernels } from '../core/effect-kernels.ts';
import type { WasmFunctions } from './module.ts';

export function onePoleKernels(wasm: WasmFunctions): OnePoleKernels {
  const { onePole, onePoleMoving, blockDc } = wasm;
  return {
    onePole(shares, isSteady, direct, filtered, states, input, output, frames) {
      const play = isSteady ? onePole : onePoleMoving;
      const first = isSteady ? shares[0] : shares.byteOffset;
      const at = states.byteOffset;
      for (let c = 0; c < input.length; c += 2) {
        const d = c + 1 < input.length ? c + 1 : c;
        play(
          first,
          direct,
          filtered,
          at + 8 * c,
          at + 8 * d,
          input[c].byteOffset,
          input[d].byteOffset,
          output[c].byteOffset,
          output[d].byteOffset,
          frames,
        );
      }
    },
    blockDc(poles, isSteady, before, blocked, input, output, frames) {
      const pole = poles[0];
      const moving = isSteady ? -1 : poles.byteOffset;
      for (let c = 0; c < input.length; c += 2) {
        const d = c + 1 < input.length ? c + 1 : c;
        blockDc(
          pole,
          moving,
          before.byteOffset + 8 * c,
          before.byteOffset + 8 * d,
          blocked.byteOffset + 8 * c,
          blocked.byteOffset + 8 * d,
          input[c].byteOffset,
          input[d].byteOffset,
          output[c].byteOffset,
          output[d].byteOffset,
          frames,
        );
      }
    },
  };
}
