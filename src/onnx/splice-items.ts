// Items at the seams of a spliced model: spectra [bins, 2] and tensors as the engine has them, and the axes that the model wants.
// Owns that translation in the graph; its twin for kernels is src/dsp/item-layout.ts.
import type { GraphBuilder, Value } from '../core/lower.ts';
import { tensorDims } from '../core/model-ports.ts';
import type { ModelItemPort } from '../core/resource.ts';

const isPlanar = ({ layout }: ModelItemPort): boolean =>
  layout.indexOf('p') >= 0 && layout.indexOf('p') < layout.indexOf('f');

/** Sizes of one item as it leaves the model in the graph. */
export const itemSizes = ({ kind, shape }: ModelItemPort): readonly number[] =>
  kind === 'spectrum' ? [...shape, 2] : shape;

/** One item, [1, 1, bins, 2] or [1, 1, …], to the axes that the model wants. */
export function toItem(g: GraphBuilder, value: Value, port: ModelItemPort): Value {
  let shaped = value;
  if (port.kind === 'magnitude') {
    // As the engine does, in f64 and rounded once.
    const parts = g.cast(value, 'f64');
    const power = g.op('ReduceSum', [g.mul(parts, parts), g.i64(3)], { keepdims: 0n });
    shaped = g.cast(g.op('Sqrt', [power]), 'f32');
  } else if (isPlanar(port)) shaped = g.op('Transpose', [value], { perm: [0n, 1n, 3n, 2n] });
  return g.op('Reshape', [shaped, g.i64(...(tensorDims(port, 0) as number[]))]);
}

/** The model's axes to one item, [bins, 2] or its own sizes. */
export function fromItem(g: GraphBuilder, value: Value, port: ModelItemPort): Value {
  const sizes = itemSizes(port);
  if (!isPlanar(port)) return g.op('Reshape', [value, g.i64(...sizes)]);
  return g.op('Transpose', [g.op('Reshape', [value, g.i64(2, ...port.shape)])], { perm: [1n, 0n] });
}
