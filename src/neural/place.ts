// Where a tensor lies: a block of memory, where in it, and how many bytes apart its numbers are along each axis.
// Owns that arithmetic. Rows may be followed by room for 15 numbers, which kernels that work on whole vectors overwrite.
import type { Size } from '../core/net.ts';
import { at, axisGroups, isOne, isSame, plus, size, times } from '../onnx/net/size.ts';

/** Bytes of a number. */
export const F32 = 4;

/** A stretch of a net's memory. Its address is known once all are laid out, and moves where a past is kept (history.ts). */
export interface Block {
  address: number;
  /** Bytes from the start of the net's memory. */
  readonly start: number;
  readonly bytes: number;
}

export interface Place {
  readonly block: Block;
  /** In bytes. */
  readonly offset: Size;
  readonly sizes: readonly Size[];
  /** Bytes from one number to the next along each axis; 0: the same number all along. */
  readonly steps: readonly number[];
  /** Behind each row of the innermost axis is room that may be overwritten. */
  readonly isPadded: boolean;
}

/** Shortest rows that get room behind them; shorter ones lie close together, so that they can be taken as one. */
const PADDED_FROM = 8;
const ROOM = 16;

/** Address in a call of `frames` frames. */
export const addressOf = ({ block, offset }: Place, frames: number): number => block.address + at(offset, frames);

/** Whether two places of the same sizes are the same numbers in memory. */
export const isSamePlace = (a: Place, b: Place): boolean =>
  a.block === b.block &&
  isSame(a.offset, b.offset) &&
  a.sizes.every((one, axis) => isOne(one) || a.steps[axis] === b.steps[axis]);

export const isLong = (one: Size): boolean => !isOne(one);
/** Axes that are longer than one, from the outermost in memory to the innermost. */
export const axesInMemory = ({ sizes, steps }: Pick<Place, 'sizes' | 'steps'>): number[] =>
  sizes.flatMap((one, axis) => (isLong(one) ? [axis] : [])).sort((a, b) => steps[b] - steps[a] || a - b);

/** Steps of a tensor that lies in the order of `order` (outermost first), with the bytes that it takes. */
export function layOut(
  sizes: readonly Size[],
  order: readonly number[],
  maxFrames: number,
  rowNumbers = 0,
): Pick<Place, 'steps' | 'isPadded'> & { bytes: number } {
  const steps = sizes.map(() => F32);
  const inner = order.at(-1);
  const length = inner === undefined ? 1 : at(sizes[inner], maxFrames);
  const isPadded = rowNumbers > 0 || inner === undefined || length >= PADDED_FROM || sizes[inner].perFrame > 0;
  // An odd number of cache lines, so that rows do not crowd in few places of the cache.
  const lines = Math.ceil((rowNumbers || length) / ROOM) + 1;
  let step = isPadded ? F32 * ROOM * (lines | 1) : F32 * length;
  for (const axis of order.slice(0, -1).reverse()) {
    steps[axis] = step;
    step *= at(sizes[axis], maxFrames);
  }
  return { steps, isPadded, bytes: step + F32 * ROOM };
}

export const naturalOrder = (sizes: readonly Size[]): number[] =>
  sizes.flatMap((one, axis) => (isLong(one) ? [axis] : []));

export const transposed = (place: Place, order: readonly number[]): Place => ({
  ...place,
  sizes: order.map(axis => place.sizes[axis]),
  steps: order.map(axis => place.steps[axis]),
});

export const sliced = (place: Place, axis: number, start: Size, step: number, sizes: readonly Size[]): Place => ({
  ...place,
  sizes,
  offset: plus(place.offset, times(start, place.steps[axis])),
  steps: place.steps.map((one, k) => (k === axis ? one * step : one)),
  // What stands behind a part of a row is the rest of it.
  isPadded: false,
});

export const expanded = (place: Place, sizes: readonly Size[]): Place => {
  const skipped = sizes.length - place.sizes.length;
  return {
    ...place,
    sizes,
    steps: sizes.map((one, axis) => {
      const own = place.sizes[axis - skipped];
      return own !== undefined && isSame(own, one) ? place.steps[axis - skipped] : 0;
    }),
  };
};

/** The same numbers under other sizes; undefined where they would have to lie otherwise. */
export function reshaped(place: Place, sizes: readonly Size[]): Place | undefined {
  const groups = axisGroups(place.sizes, sizes);
  if (!groups) return undefined;
  const steps = sizes.map(() => F32);
  for (const { from, to } of groups) {
    const isWhole = from.every(
      (axis, k) => k === 0 || place.steps[from[k - 1]] === place.steps[axis] * place.sizes[axis].fixed,
    );
    if (!isWhole) return undefined;
    let step = place.steps[from.at(-1) as number];
    for (const axis of to.toReversed()) {
      steps[axis] = step;
      step *= sizes[axis].fixed;
    }
  }
  return { ...place, sizes, steps };
}

/** Sizes with one axis for each group that a reshaping takes as one. */
export function groupSizes(from: readonly Size[], to: readonly Size[]): Size[] {
  return (axisGroups(from, to) ?? []).map(group =>
    group.from.reduce(
      (all, axis) => (all.perFrame > 0 ? times(all, from[axis].fixed) : times(from[axis], all.fixed)),
      size(1),
    ),
  );
}
