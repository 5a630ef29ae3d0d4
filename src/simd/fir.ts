// The SIMD form of FirKernels (core/fir-kernels.ts): from arrays to addresses, from channels to pairs.
import type { FirKernels } from '../core/fir-kernels.ts';
import type { WasmFunctions } from './module.ts';

/** Outputs of a group of a polyphase filter, and how many numbers at the end of its room a group takes that is played in part. */
export const GROUP = 8;

export function firKernels(wasm: WasmFunctions): FirKernels {
  const { fillLine, fir, saveLine, polyphase, polyphase2 } = wasm;
  return {
    resample(bank, histories, input, inFrame, inFrames, output, outFrame, outFrames) {
      const { inStep, phases, outputs, window, ahead, starts } = bank;
      // Whole periods are taken off first, so that no product overflows however long the patch plays.
      const period = Math.floor(outFrame / outputs);
      const within = outFrame - period * outputs;
      const group = Math.floor(within / GROUP);
      const newest = period * ((outputs / phases) * inStep) + starts[group] - inFrame;
      const first = within - GROUP * group;
      const taps = bank.taps.byteOffset;
      const from = starts.byteOffset;
      const room = bank.lines.length - GROUP;
      const line = bank.lines.byteOffset;
      const other = line + 2 * room;
      const spare = line + 4 * room;
      const begin = 4 * (newest + ahead + 1);
      for (let c = 0; c < input.length; c += 2) {
        const d = c + 1;
        fillLine(line, histories[c].byteOffset, window, input[c].byteOffset, inFrames);
        const y = output[c].byteOffset;
        if (d < input.length) {
          fillLine(other, histories[d].byteOffset, window, input[d].byteOffset, inFrames);
          const x = line + begin;
          const u = other + begin;
          const v = output[d].byteOffset;
          polyphase2(taps, from, outputs, 4 * window, group, first, x, u, y, v, outFrames, spare);
          saveLine(other, histories[d].byteOffset, window, inFrames);
        } else polyphase(taps, from, outputs, 4 * window, group, first, line + begin, y, outFrames, spare);
        saveLine(line, histories[c].byteOffset, window, inFrames);
      }
    },
    fir(taps, first, count, line, output, frames, adds) {
      fir(taps.byteOffset + 8 * first, 8 * count, line.byteOffset, output.byteOffset, frames, adds ? 1 : 0);
    },
  };
}
