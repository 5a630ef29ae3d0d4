// How arrays and signals become numbers that the wasm functions take.
import type { ControlSignal } from '../core/node-type.ts';

/** Where the numbers of a signal lie; −1: it has one for all frames. */
export const addressOf = (signal: Readonly<ControlSignal>): number =>
  signal.isConstant ? -1 : signal.values.byteOffset;
