// The SIMD form of ConvolutionKernels (core/convolution-kernels.ts): from arrays to addresses.
import type { ConvolutionKernels } from '../core/convolution-kernels.ts';
import type { WasmFunctions } from './module.ts';

/** Address of number `at` of an array. */
const addressIn = (array: Float32Array, at: number): number => array.byteOffset + 4 * at;

export function convolutionKernels(wasm: WasmFunctions): ConvolutionKernels {
  const { takeFrames, playHead, hearWindow, addProducts, playSum } = wasm;
  return {
    takeFrames: (input, from, line, to, frames) => void takeFrames(addressIn(input, from), addressIn(line, to), frames),
    playHead(taps, line, at, late, lateAt, output, to, frames) {
      const x = addressIn(line, at);
      playHead(taps.byteOffset, 4 * taps.length, x, addressIn(late, lateAt), addressIn(output, to), frames);
    },
    hearWindow({ size, turns }, line, beforeAt, at, spectra, to) {
      hearWindow(4 * size, turns.byteOffset, addressIn(line, beforeAt), addressIn(line, at), addressIn(spectra, to));
    },
    addProducts(size, heard, heardAt, count, newest, parts, begin, end, sums, sumAt) {
      const sum = addressIn(sums, sumAt);
      addProducts(4 * size, addressIn(heard, heardAt), count, newest % count, parts.byteOffset, begin, end, sum);
    },
    playSum({ size, turns }, sums, sumAt, late, to) {
      const end = addressIn(turns, turns.length);
      playSum(4 * size, turns.byteOffset, end, addressIn(sums, sumAt), addressIn(late, to));
    },
  };
}
