// Tensors of the contract: row-major without gaps for the length of a call, as callers write and read them.
// Owns the way between that and where a tensor lies for kernels.
import type { Size } from '../core/net.ts';
import { at, isFixed, size } from '../onnx/net/size.ts';
import type { WasmFunctions } from '../simd/module.ts';
import type { Layout } from './layout.ts';
import { addressOf, type Block, F32, isLong, naturalOrder, type Place } from './place.ts';
import { copy, type Run } from './rows.ts';

/** Numbers of a contract's tensor, from the start of a block on. */
export interface Tensor {
  readonly block: Block;
  readonly sizes: readonly Size[];
}

const close = (layout: Layout, sizes: readonly Size[]): Block =>
  layout.reserve(F32 * sizes.reduce((all, one) => all * layout.most(one), 1) + 64);

/** Bytes from one number to the next along each axis, without gaps, where none of them depends on the call. */
function closeSteps(sizes: readonly Size[]): number[] | undefined {
  const steps = sizes.map(() => F32);
  let step: number | undefined = F32;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    if (!isLong(sizes[axis])) continue;
    if (step === undefined) return undefined;
    steps[axis] = step;
    step = isFixed(sizes[axis]) ? step * sizes[axis].fixed : undefined;
  }
  return steps;
}

/** Rows without gaps whose length depends on the call: all of them, and the length of one. */
function rowsOf(sizes: readonly Size[]): { rows: number; row: Size; outer: number[] } {
  const order = naturalOrder(sizes);
  const outer = order.slice(0, -1);
  return { outer, rows: outer.reduce((all, axis) => all * sizes[axis].fixed, 1), row: sizes[order.at(-1) as number] };
}

export function packedIn(layout: Layout, wasm: WasmFunctions, sizes: readonly Size[]) {
  const steps = closeSteps(sizes);
  if (steps) {
    const block = close(layout, sizes);
    const place: Place = { block, offset: size(0), sizes, steps, isPadded: false };
    return { place, given: { block, sizes }, run: undefined };
  }
  const place = layout.newPlace(sizes, undefined, false);
  const block = close(layout, sizes);
  return { place, given: { block, sizes }, run: copyRows(wasm, place, block, true) };
}

export function packedOut(layout: Layout, wasm: WasmFunctions, place: Place) {
  const { sizes } = place;
  const block = close(layout, sizes);
  const steps = closeSteps(sizes);
  const run = steps
    ? copy(wasm, place, { block, offset: size(0), sizes, steps, isPadded: false })
    : copyRows(wasm, place, block, false);
  return { given: { block, sizes }, run };
}

/** Frames innermost, channels outside: the rows of a call move together. */
function copyRows({ copy3 }: WasmFunctions, place: Place, block: Block, isInput: boolean): Run {
  const { outer, rows, row } = rowsOf(place.sizes);
  const inner = naturalOrder(place.sizes).at(-1) as number;
  const [pitch, step] = [place.steps[outer.at(-1) as number], place.steps[inner]];
  return frames => {
    const count = at(row, frames);
    if (isInput) copy3(block.address, 0, F32 * count, F32, addressOf(place, frames), 0, pitch, step, 1, rows, count);
    else copy3(addressOf(place, frames), 0, pitch, step, block.address, 0, F32 * count, F32, 1, rows, count);
  };
}
