// The SIMD form of DynamicsKernels and DelayKernels (core/effect-kernels.ts): from arrays to addresses, from channels to pairs.
import type { DelayKernels, DynamicsKernels } from '../core/effect-kernels.ts';
import { addressOf } from './addresses.ts';
import type { WasmFunctions } from './module.ts';

export function dynamicsKernels(wasm: WasmFunctions): DynamicsKernels & DelayKernels {
  const { peaks, follow, compress, compressCorner, reduce, delay } = wasm;
  return {
    peaks(input, first, last, output, greatest, frames) {
      for (let c = first; c < last; c += 2) {
        const d = c + 1 < last ? c + 1 : c;
        const isMore = c > first ? 1 : 0;
        const most = peaks(isMore, input[c].byteOffset, input[d].byteOffset, output.byteOffset, frames);
        if (most > greatest[0]) greatest[0] = most;
      }
    },
    follow(poles, states, levels, frames) {
      for (let c = 0; c < levels.length; c += 2) {
        const d = c + 1 < levels.length ? c + 1 : c;
        const at = states.byteOffset;
        follow(poles[0], poles[1], at + 8 * c, at + 8 * d, levels[c].byteOffset, levels[d].byteOffset, frames);
      }
    },
    reduce: (settings, reduction, channel, levels, changes, gains, frames) =>
      void reduce(
        settings[0],
        settings[1],
        settings[2],
        reduction.byteOffset + 8 * channel,
        levels.byteOffset,
        changes.byteOffset,
        gains.byteOffset,
        frames,
      ),
    compressCorner(poles, settings, levels, reduction, room, input, output, frames) {
      for (let c = 0; c < input.length; c += 2) {
        const d = c + 1 < input.length ? c + 1 : c;
        compressCorner(
          poles[0],
          poles[1],
          settings[0],
          settings[1],
          settings[2],
          levels.byteOffset + 8 * c,
          levels.byteOffset + 8 * d,
          reduction.byteOffset + 8 * c,
          reduction.byteOffset + 8 * d,
          room.byteOffset,
          input[c].byteOffset,
          input[d].byteOffset,
          output[c].byteOffset,
          output[d].byteOffset,
          frames,
        );
      }
    },
    compress(poles, released, reduction, channel, threshold, ratio, knee, makeUp, levels, changes, gains, frames) {
      compress(
        poles[0],
        poles[1],
        released.byteOffset + 8 * channel,
        reduction.byteOffset + 8 * channel,
        threshold.value,
        addressOf(threshold),
        ratio.value,
        addressOf(ratio),
        knee.value,
        addressOf(knee),
        makeUp.value,
        addressOf(makeUp),
        levels.byteOffset,
        changes.byteOffset,
        gains.byteOffset,
        frames,
      );
    },
    delay(line, now, length, feedback, input, output, from, frames) {
      const gains = addressOf(feedback);
      delay(
        line.byteOffset,
        line.length - 1,
        now + from,
        length,
        feedback.value,
        gains < 0 ? gains : gains + 8 * from,
        input.byteOffset + 4 * from,
        output.byteOffset + 4 * from,
        frames,
      );
    },
  };
}
