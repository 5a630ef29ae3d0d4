// The SIMD form of SpectrumKernels (core/spectrum-kernels.ts): from arrays to addresses, from channels to pairs.
import type { SpectrumKernels, StftTables } from '../core/spectrum-kernels.ts';
import type { WasmFunctions } from './module.ts';

export function spectrumKernels(wasm: WasmFunctions): SpectrumKernels {
  const { analyse, synthesise } = wasm;
  return {
    analyse({ size, cos, sin, bitReversed, weights, room }: StftTables, lines, first, items, at) {
      const mask = lines[0].length - 1;
      // Absolute frames go beyond 32 bits.
      const begin = first & mask;
      for (let c = 0; c < lines.length; c += 2) {
        // A channel without a partner goes with itself.
        const d = c + 1 < lines.length ? c + 1 : c;
        analyse(
          size,
          cos.byteOffset,
          sin.byteOffset,
          bitReversed.byteOffset,
          weights.byteOffset,
          room.byteOffset,
          lines[c].byteOffset,
          lines[d].byteOffset,
          begin,
          mask,
          items[c].byteOffset + 4 * at,
          items[d].byteOffset + 4 * at,
        );
      }
    },
    synthesise({ size, cos, sin, bitReversed, weights, room }: StftTables, items, at, lines, first) {
      const mask = lines[0].length - 1;
      const begin = first & mask;
      for (let c = 0; c < lines.length; c += 2) {
        const d = c + 1 < lines.length ? c + 1 : c;
        synthesise(
          size,
          cos.byteOffset,
          sin.byteOffset,
          bitReversed.byteOffset,
          weights.byteOffset,
          room.byteOffset,
          items[c].byteOffset + 4 * at,
          items[d].byteOffset + 4 * at,
          lines[c].byteOffset,
          lines[d].byteOffset,
          begin,
          mask,
        );
      }
    },
  };
}
