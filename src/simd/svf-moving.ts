// The SIMD form of MovingFilterKernels (core/effect-kernels.ts): from arrays to addresses, from channels to pairs.
import type { MovingFilterKernels } from '../core/effect-kernels.ts';
import { addressOf } from './addresses.ts';
import type { WasmFunctions } from './module.ts';

/** Bytes of a row of SVF_TABLE, and of the two states of a channel. */
export const ROW_BYTES = 96;
export const STATE_BYTES = 16;
/** The bounds of a cutoff as parts of the rate, as src/dsp/svf.ts and frequency.ts have them. */
export const RATIO_MIN = 1e-6;
export const RATIO_MAX = 0.49;

export function movingFilterKernels(wasm: WasmFunctions): MovingFilterKernels {
  const { svfMoving } = wasm;
  return {
    svfMoving(table, kind, room, rateHz, cutoff, q, gain, states, input, output, frames) {
      for (let c = 0; c < input.length; c += 2) {
        const d = c + 1 < input.length ? c + 1 : c;
        svfMoving(
          table.byteOffset + ROW_BYTES * kind,
          room.byteOffset,
          Math.PI / rateHz,
          Math.PI * RATIO_MIN,
          Math.PI * RATIO_MAX,
          cutoff.value,
          addressOf(cutoff),
          q.value,
          addressOf(q),
          gain.value,
          addressOf(gain),
          states.byteOffset + STATE_BYTES * c,
          states.byteOffset + STATE_BYTES * d,
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
