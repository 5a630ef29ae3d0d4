// What is known of a value while a graph is read: a tensor that each call computes, or numbers that are there already.
// Owns these forms and what rearranges known numbers. Must not know operators.
import type { Size } from '../../core/net.ts';
import type { OnnxTensor } from '../proto.ts';
import { DATA_TYPE, elementCount, readValues } from '../tensor.ts';
import { size } from './size.ts';

/** Numbers that do not depend on a call: weights, or sizes (whole ones, which may count frames). */
export interface Known<T = number | Size> {
  readonly kind: 'numbers' | 'sizes';
  readonly dims: readonly number[];
  readonly values: readonly T[];
  /** They lie so in the file, as f32. */
  readonly from?: number;
}
/** An index of the net's tensors. */
export interface Computed {
  readonly kind: 'computed';
  readonly tensor: number;
  readonly sizes: readonly Size[];
}
export type Value = Known | Computed;

export const isComputed = (value: Value | undefined): value is Computed => value?.kind === 'computed';
export const isNumbers = (value: Value | undefined): value is Known<number> => value?.kind === 'numbers';
export const isSizes = (value: Value | undefined): value is Known<Size> => value?.kind === 'sizes';

export const numbers = (values: readonly number[], dims: readonly number[] = [values.length]): Known<number> => ({
  kind: 'numbers',
  dims,
  values,
});
export const sizes = (values: readonly Size[], dims: readonly number[] = [values.length]): Known<Size> => ({
  kind: 'sizes',
  dims,
  values,
});

/** Counts numbers that reading makes, and throws Refusal once they are too many. */
export interface Maker {
  make(count: number): void;
}

/** Sizes of a known value's axes, or of a computed one's. */
export const axesOf = (value: Value): readonly Size[] =>
  isComputed(value) ? value.sizes : value.dims.map(length => size(length));

/** A stored tensor; undefined for element types that no kernel takes. `file` is what its raw data are a view of. */
export function fromTensor(tensor: OnnxTensor, file: Uint8Array): Known | undefined {
  const { dataType, rawData } = tensor;
  const isWhole = dataType === DATA_TYPE.i64 || dataType === DATA_TYPE.i32 || dataType === DATA_TYPE.bool;
  if (!isWhole && dataType !== DATA_TYPE.f32) return undefined;
  const dims = tensor.dims.map(Number);
  if (isWhole) {
    const values = readValues(tensor);
    return (
      values &&
      sizes(
        [...values].map(value => size(value)),
        dims,
      )
    );
  }
  const isRaw = rawData !== undefined && rawData.length > 0 && rawData.buffer === file.buffer;
  if (isRaw && rawData.length !== 4 * elementCount(tensor.dims)) return undefined;
  // Weights are read when they are wanted as numbers; most never are.
  let read: number[] | undefined;
  return {
    kind: 'numbers',
    dims,
    get values() {
      read ??= [...(readValues(tensor) ?? [])];
      return read;
    },
    ...(isRaw ? { from: rawData.byteOffset - file.byteOffset } : {}),
  };
}

/** Known numbers in another order: `pick` finds the index in the old ones for each index along the new axes. */
export function rearrange<T extends Known>(
  maker: Maker,
  value: T,
  dims: readonly number[],
  pick: (index: readonly number[]) => number,
): T {
  const index = dims.map(() => 0);
  const total = dims.reduce((all, length) => all * length, 1);
  maker.make(total);
  const values = Array.from({ length: total }, () => {
    const picked = value.values[pick(index)];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
    return picked;
  });
  return { kind: value.kind, dims, values } as unknown as T;
}

/** Steps in a row-major array from one index to the next along each axis. */
export const pitches = (dims: readonly number[]): number[] =>
  dims.map((_, axis) => dims.slice(axis + 1).reduce((all, length) => all * length, 1));

/** Sizes of two shapes spread over each other; undefined where they do not fit. */
export function spreadDims(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims = Array.from({ length: rank }, (_, at) => {
    const [x, y] = [a[at - rank + a.length] ?? 1, b[at - rank + b.length] ?? 1];
    return x === y || y === 1 ? x : x === 1 ? y : Number.NaN;
  });
  return dims.some(Number.isNaN) ? undefined : dims;
}

/** A known value spread over larger sizes. */
export function spread<T extends Known>(maker: Maker, value: T, dims: readonly number[]): T {
  const steps = pitches(value.dims);
  const skipped = dims.length - value.dims.length;
  return rearrange(maker, value, dims, index =>
    value.dims.reduce((sum, length, axis) => sum + (length === 1 ? 0 : index[axis + skipped] * steps[axis]), 0),
  );
}
