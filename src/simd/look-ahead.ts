// The SIMD form of LookAheadKernels (core/effect-kernels.ts): from arrays to addresses.
import type { LookAheadKernels } from '../core/effect-kernels.ts';
import type { WasmFunctions } from './module.ts';

export function lookAheadKernels(wasm: WasmFunctions): LookAheadKernels {
  const { hold, limit } = wasm;
  return {
    hold: (line, place, gains, isSteady, input, output, peaks, isMore, frames) =>
      void hold(
        line.byteOffset,
        line.length,
        place,
        gains[0],
        isSteady ? -1 : gains.byteOffset,
        input.byteOffset,
        output.byteOffset,
        peaks.byteOffset,
        isMore ? 1 : 0,
        frames,
      ),
    limit(design, release, targets, isSteady, s, peaks, gains, frames) {
      if (frames === 0) return;
      s.reduction[0] = limit(
        design.lookAhead,
        design.first,
        design.second,
        release[0],
        targets[0],
        isSteady ? -1 : targets.byteOffset,
        s.needs.byteOffset,
        s.came.byteOffset,
        s.queue.byteOffset,
        s.firstRing.byteOffset,
        s.secondRing.byteOffset,
        s.places.byteOffset,
        s.totals.byteOffset,
        peaks.byteOffset,
        gains.byteOffset,
        frames,
      );
    },
  };
}
