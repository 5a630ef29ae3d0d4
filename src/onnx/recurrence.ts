// Linear recurrences with coefficients that change every frame, as stock operators and exact to f64 rounding.
// Owns the parallel prefix (Hillis and Steele, Data Parallel Algorithms, 1986): affine maps compose associatively, so
// log2(N) doublings give every prefix. Must not know which filter it serves.
import type { GraphBuilder, Value } from '../core/lower.ts';

/** More doublings than any call has frames; the constant lets a checker see that the loop ends. */
const MAX_DOUBLINGS = 40;

/** See GraphBuilder.recurrence1. */
export function writeRecurrence1(g: GraphBuilder, name: string, a: Value, b: Value, channels: number): Value {
  const start = g.state(name, 'f64', [channels]);
  const maps = g.concat([g.op('Unsqueeze', [a, g.i64(0)]), b], 0);
  const rows = 1 + channels;
  const unit = g.constant('f64', [1, ...Array<number>(channels).fill(0)], [rows, 1]);
  const isOffset = g.constant('f64', [0, ...Array<number>(channels).fill(1)], [rows, 1]);
  const prefix = doubling(g, maps, [rows], unit, g.size(a, 0), (body, now, before) =>
    body.add(body.mul(body.slice(now, 0, 0, 1), before), body.mul(now, isOffset)),
  );
  const s0 = g.op('Unsqueeze', [start, g.i64(1)]);
  const s = g.add(g.mul(g.slice(prefix, 0, 0, 1), s0), g.slice(prefix, 0, 1));
  const all = g.concat([s0, s], 1);
  g.setState(name, g.op('Squeeze', [g.slice(all, 1, -1), g.i64(1)]));
  return s;
}

/** See GraphBuilder.recurrence2. One map is the 2 × (2 + C) matrix [A | b of every channel]. */
export function writeRecurrence2(
  g: GraphBuilder,
  name: string,
  a: readonly [Value, Value, Value, Value],
  b: readonly [Value, Value],
  channels: number,
): { s: Value; t: Value } {
  const start = g.state(name, 'f64', [2, channels]);
  const columns = 2 + channels;
  const row = (left: Value, right: Value, offset: Value): Value =>
    g.op('Unsqueeze', [
      g.concat([g.op('Unsqueeze', [left, g.i64(0)]), g.op('Unsqueeze', [right, g.i64(0)]), offset], 0),
      g.i64(0),
    ]);
  const maps = g.concat([row(a[0], a[1], b[0]), row(a[2], a[3], b[1])], 0);
  const zeros = Array<number>(channels).fill(0);
  const unit = g.constant('f64', [1, 0, ...zeros, 0, 1, ...zeros], [2, columns, 1]);
  const isOffset = g.constant('f64', [0, 0, ...zeros.map(() => 1)], [1, columns, 1]);
  const prefix = doubling(g, maps, [2, columns], unit, g.size(a[0], 0), (body, now, before) =>
    body.add(applyMap(body, now, before), body.mul(now, isOffset)),
  );
  const s0 = g.op('Unsqueeze', [start, g.i64(2)]);
  const after = g.add(applyMap(g, prefix, s0), g.slice(prefix, 1, 2));
  const all = g.concat([s0, after], 2);
  g.setState(name, g.op('Squeeze', [g.slice(all, 2, -1), g.i64(2)]));
  const before = g.slice(all, 2, 0, -1);
  const part = (at: number): Value => g.op('Squeeze', [g.slice(before, 0, at, at + 1), g.i64(0)]);
  return { s: part(0), t: part(1) };
}

/** The linear part of `maps` [2, ≥ 2, N] times the two rows of `x` [2, …, N or 1]. */
function applyMap(g: GraphBuilder, maps: Value, x: Value): Value {
  const term = (at: number): Value => g.mul(g.slice(maps, 1, at, at + 1), g.slice(x, 0, at, at + 1));
  return g.add(term(0), term(1));
}

/** All prefixes of `maps` [...outer, N] under `compose(now, before)`; `unit` [...outer, 1] is the map that changes nothing. */
function doubling(
  g: GraphBuilder,
  maps: Value,
  outer: readonly number[],
  unit: Value,
  frames: Value,
  compose: (body: GraphBuilder, now: Value, before: Value) => Value,
): Value {
  // ceil(log2 N) without logarithms: how many powers of two are smaller than N.
  const powers = g.i64(...Array.from({ length: MAX_DOUBLINGS }, (_, at) => 2 ** at));
  const counted = g.op('ReduceSum', [g.cast(g.op('Less', [powers, frames]), 'i64'), g.i64(0)], { keepdims: 0n });
  const doublings = g.op('Min', [counted, g.constant('i64', [MAX_DOUBLINGS], [])]);
  const axis = outer.length;
  const body = g.subgraph(
    [
      { dtype: 'i64', shape: [] },
      { dtype: 'bool', shape: [] },
      { dtype: 'f64', shape: [...outer, 'N'] },
      { dtype: 'i64', shape: [1] },
    ],
    (inner, [, isGoing, now, distance]) => {
      const units = inner.op('Expand', [
        unit,
        inner.concat([...outer.map(size => inner.i64(size)), distance as Value], 0),
      ]);
      const kept = inner.slice(now as Value, axis, 0, inner.sub(frames, distance as Value));
      const before = inner.concat([units, kept], axis);
      return [
        { value: isGoing as Value, dtype: 'bool', shape: [] },
        { value: compose(inner, now as Value, before), dtype: 'f64', shape: [...outer, 'N'] },
        { value: inner.add(distance as Value, distance as Value), dtype: 'i64', shape: [1] },
      ];
    },
  );
  return g.ops('Loop', [doublings, g.constant('bool', [1], []), maps, g.i64(1)], 2, { body })[0] as Value;
}
