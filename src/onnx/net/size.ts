// Sizes of axes as numbers of frames that are not known yet: perFrame·N + fixed, for every N ≥ 1.
// Owns their arithmetic. Undefined: no such size for all N at once.
import type { Size } from '../../core/net.ts';

export const FRAMES: Size = { perFrame: 1, fixed: 0 };
export const size = (fixed: number, perFrame = 0): Size => ({ perFrame, fixed });

export const isFixed = ({ perFrame }: Size): boolean => perFrame === 0;
export const isOne = (a: Size): boolean => a.perFrame === 0 && a.fixed === 1;
export const isSame = (a: Size, b: Size): boolean => a.perFrame === b.perFrame && a.fixed === b.fixed;
export const isSameShape = (a: readonly Size[], b: readonly Size[]): boolean =>
  a.length === b.length && a.every((one, at) => isSame(one, b[at]));

export const plus = (a: Size, b: Size): Size => size(a.fixed + b.fixed, a.perFrame + b.perFrame);
export const times = (a: Size, factor: number): Size => size(a.fixed * factor, a.perFrame * factor);
export const minus = (a: Size, b: Size): Size => plus(a, times(b, -1));

export function product(a: Size, b: Size): Size | undefined {
  if (isFixed(a)) return times(b, a.fixed);
  return isFixed(b) ? times(a, b.fixed) : undefined;
}

export const count = (sizes: readonly Size[]): Size | undefined =>
  sizes.reduce<Size | undefined>((all, one) => all && product(all, one), size(1));

/** a / b where it is whole for every N. */
export function quotient(a: Size, b: Size): Size | undefined {
  if (isFixed(b)) {
    const [perFrame, fixed] = [a.perFrame / b.fixed, a.fixed / b.fixed];
    return Number.isInteger(perFrame) && Number.isInteger(fixed) ? size(fixed, perFrame) : undefined;
  }
  const ratio = a.perFrame / b.perFrame;
  return Number.isInteger(ratio) && isSame(times(b, ratio), a) ? size(ratio) : undefined;
}

/** a ≤ b: for all N ≥ 1 (true), for none (false), or it depends. */
export function isAtMost(a: Size, b: Size): boolean | undefined {
  const slope = b.perFrame - a.perFrame;
  const atOne = slope + b.fixed - a.fixed;
  if (slope >= 0 && atOne >= 0) return true;
  return slope <= 0 && atOne < 0 ? false : undefined;
}

/** Whether an axis can be that long: a whole number above 0 for every N ≥ 1. */
export const isLength = ({ perFrame, fixed }: Size): boolean =>
  Number.isSafeInteger(perFrame) && Number.isSafeInteger(fixed) && perFrame >= 0 && perFrame + fixed >= 1;

/** The size for a call of `frames` frames. */
export const at = ({ perFrame, fixed }: Size, frames: number): number => perFrame * frames + fixed;

/** Numbers of a tensor in such a call. */
export const numbersIn = (sizes: readonly Size[], frames: number): number =>
  sizes.reduce((all, one) => all * at(one, frames), 1);

export const sizesText = (sizes: readonly Size[]): string =>
  `[${sizes.map(({ perFrame, fixed }) => (perFrame === 0 ? fixed : `${perFrame === 1 ? '' : perFrame}N${fixed ? ` + ${fixed}` : ''}`)).join(', ')}]`;

/** Axes of two shapes of as many numbers, in groups that stand for each other, axes of one left out; undefined: there are none. */
export function axisGroups(from: readonly Size[], to: readonly Size[]): { from: number[]; to: number[] }[] | undefined {
  const [a, b] = [from, to].map(sizes => sizes.flatMap((one, axis) => (isOne(one) ? [] : [axis])));
  const groups = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i === a.length || j === b.length) return undefined;
    const group = { from: [a[i]], to: [b[j]] };
    let [left, right]: (Size | undefined)[] = [from[a[i++]], to[b[j++]]];
    while (!isSame(left, right)) {
      const isLess = isAtMost(left, right);
      if (isLess === undefined || (isLess ? i === a.length : j === b.length)) return undefined;
      if (isLess) {
        left = product(left, from[a[i]]);
        group.from.push(a[i++]);
      } else {
        right = product(right, to[b[j]]);
        group.to.push(b[j++]);
      }
      if (!left || !right) return undefined;
    }
    groups.push(group);
  }
  return groups;
}

/** Whether such a group keeps its steps in memory for every number of frames: only its outermost axis may count frames. */
export const isSteady = (sizes: readonly Size[], axes: readonly number[]): boolean =>
  axes.slice(1).every(axis => isFixed(sizes[axis]));
