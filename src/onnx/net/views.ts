// What rearranging operators are made of: the same numbers under other sizes, a part of them, several side by side, spread or padded.
// Known numbers are rearranged at once, sound by a step of the net. Must not know attributes.
import type { Size } from '../../core/net.ts';
import type { Call } from './call.ts';
import {
  axisGroups,
  count,
  isAtMost,
  isFixed,
  isLength,
  isSame,
  isSameShape,
  isSteady,
  minus,
  plus,
  size,
  times,
} from './size.ts';
import { axesOf, isComputed, type Known, numbers, pitches, rearrange, spread, type Value } from './value.ts';

export function reshaped(call: Call, value: Value, to: readonly Size[]): Value {
  const [before, after] = [count(axesOf(value)), count(to)];
  if (!before || !after || !isSame(before, after)) call.refuse('to sizes that do not fit for every number of frames');
  if (isComputed(value)) {
    const groups = axisGroups(value.sizes, to);
    if (!groups?.every(group => isSteady(value.sizes, group.from) && isSteady(to, group.to)))
      call.refuse('that mixes frames with other axes');
    return isSameShape(value.sizes, to) ? value : call.net.step({ kind: 'reshape' }, [value], to)[0];
  }
  return { ...value, dims: to.map(({ fixed }) => fixed) };
}

/** `length` numbers along one axis from `start` on. Refuses what is not there for every number of frames. */
export function cut(call: Call, value: Value, axis: number, start: Size, length: Size, step: number): Value {
  const from = axesOf(value);
  const to = from.map((one, at) => (at === axis ? length : one));
  const end = plus(start, plus(times(minus(length, size(1)), step), size(1)));
  if (!isLength(length) || isAtMost(size(0), start) !== true || isAtMost(end, from[axis]) !== true)
    call.refuse('of what is not there');
  if (isComputed(value)) {
    if (isSame(length, from[axis]) && step === 1) return value;
    return call.net.step({ kind: 'slice', axis, start, step }, [value], to)[0];
  }
  const steps = pitches(value.dims);
  return rearrange(
    call.net,
    value,
    to.map(({ fixed }) => fixed),
    index =>
      steps.reduce((sum, pitch, at) => sum + pitch * (at === axis ? start.fixed + step * index[at] : index[at]), 0),
  );
}

export function joined(call: Call, values: readonly Value[], axis: number): Value {
  if (values.length === 1) return values[0];
  const all = values.map(axesOf);
  const isFit = all.every(
    one => one.length === all[0].length && one.every((length, at) => at === axis || isSame(length, all[0][at])),
  );
  if (!isFit) call.refuse('of tensors that do not fit');
  const to = all[0].map((length, at) => (at === axis ? all.reduce((sum, one) => plus(sum, one[at]), size(0)) : length));
  if (values.some(isComputed)) return call.net.step({ kind: 'concat', axis }, values, to)[0];
  const known = values as readonly Known[];
  const starts = known.map((_, at) => known.slice(0, at).reduce((sum, { dims }) => sum + dims[axis], 0));
  const offsets = known.map((_, at) => known.slice(0, at).reduce((sum, one) => sum + one.values.length, 0));
  call.net.make(known.reduce((sum, one) => sum + one.values.length, 0));
  const flat = { kind: known[0].kind, dims: [], values: known.flatMap(one => [...one.values]) } as unknown as Known;
  return rearrange(
    call.net,
    flat,
    to.map(({ fixed }) => fixed),
    index => {
      const at = starts.findLastIndex(start => index[axis] >= start);
      return pitches(known[at].dims).reduce(
        (sum, pitch, k) => sum + pitch * (k === axis ? index[k] - starts[at] : index[k]),
        offsets[at],
      );
    },
  );
}

export function expandTo(call: Call, value: Value, wanted: readonly Size[]): Value {
  const to = call.spread(axesOf(value), wanted);
  if (isComputed(value))
    return isSameShape(value.sizes, to) ? value : call.net.step({ kind: 'expand' }, [value], to)[0];
  if (to.every(isFixed))
    return spread(
      call.net,
      value,
      to.map(({ fixed }) => fixed),
    );
  return call.net.step({ kind: 'expand' }, [value], to)[0];
}

/** Constants before and after along each axis; also what a convolution is padded with. */
export function padded(
  call: Call,
  value: Value,
  before: readonly number[],
  after: readonly number[],
  fill: number,
): Value {
  return before.reduce<Value>((padded, _, axis) => {
    const from = axesOf(padded);
    const edge = (length: number): Value[] =>
      length === 0
        ? []
        : [
            expandTo(
              call,
              numbers([fill], []),
              from.map((one, at) => (at === axis ? size(length) : one)),
            ),
          ];
    const [start, end] = [Math.max(0, -before[axis]), Math.max(0, -after[axis])];
    const kept =
      start + end === 0 ? padded : cut(call, padded, axis, size(start), minus(from[axis], size(start + end)), 1);
    return joined(call, [...edge(Math.max(0, before[axis])), kept, ...edge(Math.max(0, after[axis]))], axis);
  }, value);
}
