// Places as rows for kernels: axes that lie without a gap are taken as one, what is left over is gone through here.
// Owns that, and the copy from any order to any other. Everything is settled at load but the number of frames.
import type { Size } from '../core/net.ts';
import { at, times } from '../onnx/net/size.ts';
import type { WasmFunctions } from '../simd/module.ts';
import { addressOf, axesInMemory, type Place } from './place.ts';

/** Something that a net does in each call of `frames` frames. */
export type Run = (frames: number) => void;

/** An axis that several places have in common, with the bytes of a step in each. */
export interface Axis {
  readonly length: Size;
  readonly steps: readonly number[];
}

/** The long axes of places of the same sizes, outermost first by the order of the first one. */
export function axesOf(...places: readonly Place[]): Axis[] {
  const axes: Axis[] = axesInMemory(places[0]).map(axis => ({
    length: places[0].sizes[axis],
    steps: places.map(({ steps }) => steps[axis]),
  }));
  for (let k = axes.length - 2; k >= 0; k--) {
    const [outer, inner] = [axes[k], axes[k + 1]];
    const isWhole =
      inner.length.perFrame === 0 &&
      outer.steps.every((step, place) => step === inner.steps[place] * inner.length.fixed);
    if (isWhole) axes.splice(k, 2, { length: times(outer.length, inner.length.fixed), steps: inner.steps });
  }
  return axes;
}

const NONE: Axis = { length: { perFrame: 0, fixed: 1 }, steps: [0, 0, 0, 0] };

/** Runs `inner` for each combination of all but the last `kept` axes, with the bytes to add to the address of each place. */
export function overAxes(
  axes: readonly Axis[],
  kept: number,
  inner: (offsets: readonly number[], frames: number) => void,
): Run {
  const outer = axes.slice(0, Math.max(0, axes.length - kept));
  const offsets = [0, 0, 0, 0];
  const loop = (level: number, frames: number): void => {
    if (level === outer.length) {
      inner(offsets, frames);
      return;
    }
    const { length, steps } = outer[level];
    const count = at(length, frames);
    for (let k = 0; k < count; k++) {
      loop(level + 1, frames);
      for (let place = 0; place < steps.length; place++) offsets[place] += steps[place];
    }
    for (let place = 0; place < steps.length; place++) offsets[place] -= count * steps[place];
  };
  return outer.length === 0 ? frames => inner(offsets, frames) : frames => loop(0, frames);
}

/** The last axes, `count` of them, outermost first; those that are not there are one long. */
export const lastAxes = (axes: readonly Axis[], count: number): Axis[] =>
  Array.from({ length: count }, (_, k) => axes[axes.length - count + k] ?? NONE);

/** Copies numbers to a place of the same sizes, and writes nothing else. */
export function copy({ copy3 }: WasmFunctions, from: Place, to: Place): Run {
  const axes = axesOf(to, from);
  const [a, b, c] = lastAxes(axes, 3);
  return overAxes(axes, 3, (offsets, frames) => {
    const [source, target] = [addressOf(from, frames) + offsets[1], addressOf(to, frames) + offsets[0]];
    const [n0, n1, n2] = [at(a.length, frames), at(b.length, frames), at(c.length, frames)];
    copy3(source, a.steps[1], b.steps[1], c.steps[1], target, a.steps[0], b.steps[0], c.steps[0], n0, n1, n2);
  });
}
