// Operators that only rearrange: sizes and weights at once, sound as steps of the net.
// Owns what each of them means for all three.
import type { Size } from '../../core/net.ts';
import { ATTRIBUTE, attributeOf } from '../proto.ts';
import type { Call } from './call.ts';
import { count, isAtMost, isFixed, isOne, isSame, minus, plus, quotient, size } from './size.ts';
import {
  axesOf,
  fromTensor,
  isComputed,
  isNumbers,
  isSizes,
  type Known,
  numbers,
  pitches,
  rearrange,
  sizes,
  spread,
  spreadDims,
  type Value,
} from './value.ts';
import { cut, expandTo, joined, padded, reshaped } from './views.ts';

function reshape(call: Call): Value {
  const value = call.value(0);
  const from = axesOf(value);
  const wanted = call.sizes(1);
  const keepsZero = call.int('allowzero', 0) === 1;
  const to = wanted.map((length, at) =>
    isFixed(length) && length.fixed === 0 && !keepsZero
      ? (from[at] ?? call.refuse('to sizes that do not fit'))
      : length,
  );
  const open = to.findIndex(length => isFixed(length) && length.fixed === -1);
  if (open >= 0) {
    const all = count(from);
    const others = count(to.filter((_, at) => at !== open));
    const rest = all && others && others.fixed + others.perFrame !== 0 ? quotient(all, others) : undefined;
    to[open] = rest ?? call.refuse('to sizes that do not fit for every number of frames');
  }
  return reshaped(call, value, to);
}

function squeeze(call: Call): Value {
  const value = call.value(0);
  const from = axesOf(value);
  const axes = call.whole(1, 'axes')?.map(axis => call.axis(axis, from.length));
  return reshaped(
    call,
    value,
    from.filter((length, at) => !(axes ? axes.includes(at) : isOne(length))),
  );
}

function unsqueeze(call: Call): Value {
  const value = call.value(0);
  const from = axesOf(value);
  const axes = call.whole(1, 'axes') ?? call.refuse('without axes');
  const rank = from.length + axes.length;
  const places = axes.map(axis => call.axis(axis, rank));
  const rest = [...from];
  return reshaped(
    call,
    value,
    Array.from({ length: rank }, (_, at) => (places.includes(at) ? size(1) : (rest.shift() as Size))),
  );
}

function flatten(call: Call): Value {
  const value = call.value(0);
  const from = axesOf(value);
  const axis = call.int('axis', 1);
  const at = axis < 0 ? axis + from.length : axis;
  const [rows, columns] = [count(from.slice(0, at)), count(from.slice(at))];
  return reshaped(call, value, [rows ?? call.refuse(), columns ?? call.refuse()]);
}

function transpose(call: Call): Value {
  const value = call.value(0);
  const from = axesOf(value);
  const order = (call.ints('perm') ?? from.map((_, at) => from.length - 1 - at)).map(axis =>
    call.axis(axis, from.length),
  );
  if (order.length !== from.length || new Set(order).size !== order.length) call.refuse('in no order of all axes');
  if (isComputed(value))
    return call.net.step(
      { kind: 'transpose', order },
      [value],
      order.map(axis => from[axis]),
    )[0];
  const steps = pitches(value.dims);
  return rearrange(
    call.net,
    value,
    order.map(axis => value.dims[axis]),
    index => order.reduce((sum, axis, at) => sum + index[at] * steps[axis], 0),
  );
}

/** A bound that far behind the start is behind the end of any call. */
const FAR = 1 << 16;

/** A bound of a slice, brought between 0 and the length. */
function bound(call: Call, given: Size, length: Size): Size {
  const isFromEnd = isFixed(given) && given.fixed < 0;
  const place = isFromEnd ? plus(length, given) : given;
  const isBefore = isAtMost(place, size(-1));
  const isInside = isAtMost(place, length);
  if (isBefore === true) return size(0);
  if (isInside === false) return length;
  // What would be right only for long calls is not what the runtime does in short ones.
  if (isBefore === undefined || isInside === undefined || isAtMost(size(0), place) !== true) {
    if (isFixed(place) && place.fixed > FAR) return length;
    return call.refuse('at a place that depends on the number of frames');
  }
  return place;
}

function slice(call: Call): Value {
  let value = call.value(0);
  const isOld = call.node.input.length === 1;
  const given = (at: number, name: string) =>
    (isOld ? call.ints(name)?.map(one => size(one)) : undefined) ?? (call.has(at) ? call.sizes(at) : undefined);
  const starts = given(1, 'starts') ?? call.refuse('without starts');
  const ends = given(2, 'ends') ?? call.refuse('without ends');
  const axes = call.whole(3, 'axes') ?? starts.map((_, at) => at);
  const steps = call.whole(4, 'steps') ?? starts.map(() => 1);
  for (const [at, given] of axes.entries()) {
    const axis = call.axis(given, axesOf(value).length);
    const length = axesOf(value)[axis];
    if (steps[at] < 1) call.refuse('backwards');
    const start = bound(call, starts[at], length);
    const span = minus(bound(call, ends[at], length), start);
    if (isAtMost(size(1), span) !== true) call.refuse('of nothing');
    if (steps[at] > 1 && !isFixed(span)) call.refuse('that leaves frames out');
    const kept = steps[at] > 1 ? size(Math.ceil(span.fixed / steps[at])) : span;
    value = cut(call, value, axis, start, kept, steps[at]);
  }
  return value;
}

function split(call: Call): Value[] {
  const value = call.value(0);
  const from = axesOf(value);
  const axis = call.axis(call.int('axis', 0), from.length);
  const parts = call.node.output.length;
  const equal = quotient(from[axis], size(parts));
  const lengths =
    call.whole(1, 'split')?.map(length => size(length)) ??
    Array.from({ length: parts }, () => equal ?? call.refuse('into unequal parts'));
  if (lengths.length !== parts || !isSame(lengths.reduce(plus, size(0)), from[axis]))
    call.refuse('into parts that are not the whole');
  let start = size(0);
  return lengths.map(length => {
    const part = cut(call, value, axis, start, length, 1);
    start = plus(start, length);
    return part;
  });
}

function gather(call: Call): Value {
  const value = call.value(0);
  const from = axesOf(value);
  const axis = call.axis(call.int('axis', 0), from.length);
  const index = call.value(1);
  if (!isSizes(index)) call.refuse('with an index that is computed');
  const places = call.whole(1) as number[];
  const length = from[axis];
  const placeOf = (place: number): Size => (place < 0 ? plus(length, size(place)) : size(place));
  if (!isComputed(value)) {
    if (places.some(place => place < -length.fixed || place >= length.fixed)) call.refuse('of a place outside');
    const steps = pitches(value.dims);
    const dims = [...value.dims.slice(0, axis), ...index.dims, ...value.dims.slice(axis + 1)];
    const inner = pitches(index.dims);
    return rearrange(call.net, value, dims, at => {
      const picked = places[inner.reduce((sum, pitch, k) => sum + pitch * at[axis + k], 0)];
      const old = [...at.slice(0, axis), placeOf(picked).fixed, ...at.slice(axis + index.dims.length)];
      return steps.reduce((sum, pitch, k) => sum + pitch * old[k], 0);
    });
  }
  if (places.length !== 1) call.refuse('of several places');
  const start = placeOf(places[0]);
  if (isAtMost(size(0), start) !== true || isAtMost(plus(start, size(1)), length) !== true)
    call.refuse('of a place outside');
  const part = cut(call, value, axis, start, size(1), 1);
  return reshaped(call, part, [...from.slice(0, axis), ...index.dims.map(() => size(1)), ...from.slice(axis + 1)]);
}

const concat = (call: Call): Value => {
  const values = call.node.input
    .map((_, at) => call.value(at))
    .filter(value => isComputed(value) || value.values.length > 0);
  return joined(call, values, call.axis(call.int('axis', 0), axesOf(values[0] ?? call.refuse('of nothing')).length));
};

function constantOfShape(call: Call): Value {
  const tensor = attributeOf(call.node, 'value')?.t;
  const one = tensor ? (fromTensor(tensor, call.file) ?? call.refuse('of another element type')) : numbers([0]);
  return expandTo(call, { ...one, dims: [], values: [one.values[0]] } as unknown as Known, call.sizes(0));
}

function pad(call: Call): Value {
  if (call.text('mode', 'constant') !== 'constant') call.refuse(`with mode ${call.text('mode', '')}`);
  const value = call.value(0);
  const rank = axesOf(value).length;
  const given = call.whole(1, 'pads') ?? call.refuse('without pads');
  const axes = call.whole(3)?.map(axis => call.axis(axis, rank)) ?? Array.from({ length: rank }, (_, at) => at);
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  for (const [at, axis] of axes.entries()) {
    before[axis] = given[at];
    after[axis] = given[at + axes.length];
  }
  return padded(
    call,
    value,
    before,
    after,
    call.has(2) ? call.numbers(2, 'a value').values[0] : call.float('value', 0),
  );
}

function shape(call: Call): Value {
  const axes = axesOf(call.value(0));
  const place = (at: number): number => Math.max(0, Math.min(axes.length, at < 0 ? at + axes.length : at));
  return sizes(axes.slice(place(call.int('start', 0)), place(call.int('end', axes.length))));
}

function where(call: Call): Value {
  const parts = [0, 1, 2].map(at => call.value(at));
  if (!parts.every(isSizes)) call.refuse();
  const dims = parts.reduce<number[] | undefined>((all, { dims }) => all && spreadDims(all, dims), []) ?? call.refuse();
  const [test, yes, no] = parts.map(part => spread(call.net, part, dims).values);
  return sizes(
    test.map((one, at) => (one.fixed !== 0 ? yes[at] : no[at])),
    dims,
  );
}

function tile(call: Call): Value {
  const value = call.value(0);
  const repeats = call.sizes(1);
  if (!axesOf(value).every((length, at) => isOne(length) || isOne(repeats[at])))
    call.refuse('of more than single numbers');
  return expandTo(call, value, repeats);
}

function cast(call: Call): Value {
  const value = call.value(0);
  const [F32, I64, I32, BOOL] = [1, 7, 6, 9];
  const to = call.int('to', F32);
  if (!isComputed(value)) call.net.make(value.values.length);
  if (isSizes(value)) {
    if (to === I64 || to === I32 || to === BOOL) return value;
    if (to === F32 && value.values.every(isFixed))
      return numbers(
        value.values.map(({ fixed }) => fixed),
        value.dims,
      );
  } else if (to === F32) return value;
  else if (isNumbers(value) && (to === I64 || to === I32))
    return sizes(
      value.values.map(one => size(Math.trunc(one))),
      value.dims,
    );
  return call.refuse('to another element type');
}

function constant(call: Call): Value {
  const attribute = call.node.attribute[0];
  if (attribute?.type === ATTRIBUTE.tensor && attribute.t)
    return fromTensor(attribute.t, call.file) ?? call.refuse('of another element type');
  if (attribute?.name === 'value_float') return numbers([attribute.f ?? 0], []);
  if (attribute?.name === 'value_floats') return numbers(attribute.floats ?? []);
  if (attribute?.name === 'value_int') return sizes([size(Number(attribute.i))], []);
  if (attribute?.name === 'value_ints') return sizes((attribute.ints ?? []).map(one => size(Number(one))));
  return call.refuse('of another element type');
}

const identity = (call: Call): Value => call.value(0);

export const SHAPE_OPERATORS: Readonly<Record<string, (call: Call) => Value | Value[]>> = {
  Cast: cast,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Dropout: identity,
  Expand: call => expandTo(call, call.value(0), call.sizes(1)),
  Flatten: flatten,
  Gather: gather,
  Identity: identity,
  Pad: pad,
  Reshape: reshape,
  Shape: shape,
  Size: call => sizes([count(axesOf(call.value(0))) ?? call.refuse()], []),
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: where,
};
