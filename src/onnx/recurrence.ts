// Recurrences with coefficients that change every frame, linear or bounded below, as stock operators, exact to f64 rounding.
// Owns the parallel prefix (Hillis and Steele, Data Parallel Algorithms, 1986): such maps compose associatively, so
// log2(N) doublings give every prefix. Must not know which filter it serves.
import type { GraphBuilder, Value } from '../core/lower.ts';

/** More doublings than any call has frames; the constant lets a checker see that the loop ends. */
const MAX_DOUBLINGS = 40;

/** See GraphBuilder.recurrence1. */
export function writeRecurrence1(g: GraphBuilder, name: string, a: Value, b: Value, channels: number): Value {
  return writeFirstOrder(g, name, [a, b], channels);
}

/** Stands for "no lower bound": far below every signal, and still a number, so that 0 times it is 0. */
const UNBOUNDED = -1e300;

/** See GraphBuilder.recurrenceMax. Maps s ↦ max(c, a·s + b) with a ≥ 0 compose to maps of the same kind. */
export function writeRecurrenceMax(
  g: GraphBuilder,
  name: string,
  [a, b, c]: readonly [Value, Value, Value],
  channels: number,
): Value {
  return writeFirstOrder(g, name, [a, b, c], channels);
}

/** One map is a column of planes [a, b] or [a, b, c], each of one row per channel: together [planes, C, N]. */
function writeFirstOrder(g: GraphBuilder, name: string, terms: readonly Value[], channels: number): Value {
  const start = g.state(name, 'f64', [channels]);
  const planes = terms.length;
  const frames = g.size(terms[planes - 1] as Value, -1);
  const all = g.concat([g.i64(channels), frames], 0);
  const maps = g.concat(
    terms.map(term => g.op('Unsqueeze', [g.op('Expand', [term, all]), g.i64(0)])),
    0,
  );
  const column = (...values: number[]): Value => g.constant('f64', values.slice(0, planes), [planes, 1, 1]);
  const perChannel = (...values: number[]): Value =>
    g.constant(
      'f64',
      values.slice(0, planes).flatMap(value => Array<number>(channels).fill(value)),
      [planes, channels, 1],
    );
  const isOffset = column(0, 1, 1);
  const plane = (body: GraphBuilder, value: Value, at: number): Value => body.slice(value, 0, at, at + 1);
  const bounded = (body: GraphBuilder, value: Value, bound: Value): Value =>
    body.concat([body.slice(value, 0, 0, 2), body.op('Max', [body.slice(value, 0, 2), bound])], 0);
  const prefix = doubling(g, maps, [planes, channels], perChannel(1, 0, UNBOUNDED), frames, (body, now, before) => {
    const offset = planes === 2 ? now : body.concat([body.slice(now, 0, 0, 2), plane(body, now, 1)], 0);
    const composed = body.add(body.mul(plane(body, now, 0), before), body.mul(offset, isOffset));
    return planes === 2 ? composed : bounded(body, composed, plane(body, now, 2));
  });
  const s0 = g.op('Unsqueeze', [start, g.i64(1)]);
  const row = (at: number): Value => g.op('Squeeze', [plane(g, prefix, at), g.i64(0)]);
  const linear = g.add(g.mul(row(0), s0), row(1));
  const s = planes === 2 ? linear : g.op('Max', [row(2), linear]);
  const joined = g.concat([s0, s], 1);
  g.setState(name, g.op('Squeeze', [g.slice(joined, 1, -1), g.i64(1)]));
  return s;
}

/** More guesses than are ever needed, and with the doublings inside no more than a checker lets pass. */
const MAX_GUESSES = 25_000;
/** A frame this near to its input, relative to max(1, |x|), rises as well as it falls. */
const NEAR = 1e-12;

/**
 * See GraphBuilder.follow. Which frames rise is guessed, the recurrence then is linear; frames that went the other way are the
 * next guess (policy iteration: R. Howard, Dynamic Programming and Markov Processes, 1960). Every guess settles at least the
 * first frame that was wrong, and in practice nearly all: two or three are enough for most calls.
 */
export function writeFollow(g: GraphBuilder, name: string, up: Value, down: Value, x: Value): Value {
  const start = g.state(name, 'f64', [1]);
  const frames = g.size(x, 0);
  const nearby = g.mul(g.f64(NEAR), g.op('Max', [g.f64(1), g.op('Abs', [x])]));
  const unit = g.constant('f64', [1, 0], [2, 1]);
  const isOffset = g.constant('f64', [0, 1], [2, 1]);
  const body = g.subgraph(
    [
      { dtype: 'i64', shape: [] },
      { dtype: 'bool', shape: [] },
      { dtype: 'bool', shape: ['N'] },
      { dtype: 'f64', shape: ['N'] },
    ],
    (b, [, , rises]) => {
      const pole = b.op('Where', [rises as Value, up, down]);
      const row = (value: Value): Value => b.op('Unsqueeze', [value, b.i64(0)]);
      const maps = b.concat([row(pole), row(b.mul(b.sub(b.f64(1), pole), x))], 0);
      const prefix = doubling(b, maps, [2], unit, frames, (inner, now, before) =>
        inner.add(inner.mul(inner.slice(now, 0, 0, 1), before), inner.mul(now, isOffset)),
      );
      const part = (at: number): Value => b.op('Squeeze', [b.slice(prefix, 0, at, at + 1), b.i64(0)]);
      const y = b.add(b.mul(part(0), start), part(1));
      const distance = b.sub(x, b.slice(b.concat([start, y], 0), 0, 0, -1));
      const rose = b.op('Greater', [distance, b.f64(0)]);
      const isFar = b.op('Greater', [b.op('Abs', [distance]), nearby]);
      const isWrong = b.op('And', [b.op('Xor', [rose, rises as Value]), isFar]);
      const wrong = b.op('ReduceSum', [b.cast(isWrong, 'i64'), b.i64(0)], { keepdims: 0n });
      return [
        { value: b.cast(wrong, 'bool'), dtype: 'bool', shape: [] },
        { value: rose, dtype: 'bool', shape: ['N'] },
        { value: y, dtype: 'f64', shape: ['N'] },
      ];
    },
  );
  const guess = g.op('Greater', [x, start]);
  const trips = g.constant('i64', [MAX_GUESSES], []);
  const y = g.ops('Loop', [trips, g.constant('bool', [1], []), guess, x], 2, { body })[1] as Value;
  g.setState(name, g.slice(g.concat([start, y], 0), 0, -1));
  return y;
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
