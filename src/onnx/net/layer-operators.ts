// Operators with weights: convolutions, dense and recurrent layers, as steps of the net. Owns which of their forms kernels take.
import { textOf } from '../proto.ts';
import type { Call } from './call.ts';
import { isFixed, isOne, isSame, isSameShape, minus, plus, size } from './size.ts';
import { binaryOf } from './sound-operators.ts';
import {
  axesOf,
  type Computed,
  isComputed,
  isNumbers,
  type Known,
  numbers,
  rearrange,
  spread,
  type Value,
} from './value.ts';
import { padded } from './views.ts';

/** An attribute with whole numbers of at least `least`, as many as usual. */
function atLeast(call: Call, name: string, usual: readonly number[], least: number): readonly number[] {
  const given = call.ints(name) ?? usual;
  return given.length === usual.length && given.every(one => one >= least)
    ? given
    : call.refuse(`with ${name} ${given.join(', ')}`);
}

const hasDims = ({ dims }: Known<number>, ...wanted: number[]): boolean =>
  dims.length === wanted.length && dims.every((length, axis) => length === wanted[axis]);

function conv(call: Call): Value {
  const given = call.computed(0);
  const weight = call.numbers(1, 'weights');
  if (weight.dims.length !== 3) call.refuse(`over ${weight.dims.length - 2} axes`);
  const [outs, ins, taps] = weight.dims;
  const groups = call.int('group', 1);
  const [[stride], [dilation]] = [atLeast(call, 'strides', [1], 1), atLeast(call, 'dilations', [1], 1)];
  if (groups < 1 || atLeast(call, 'kernel_shape', [taps], 1)[0] !== taps) call.refuse('with weights that do not fit');
  const auto = call.text('auto_pad', 'NOTSET');
  if (auto !== 'NOTSET' && auto !== 'VALID') call.refuse(`with auto_pad ${auto}`);
  const [before, after] = auto === 'VALID' ? [0, 0] : atLeast(call, 'pads', [0, 0], 0);
  if (given.sizes.length !== 3) call.refuse(`of ${given.sizes.length} axes`);
  const x = padded(call, given, [0, 0, before], [0, 0, after], 0) as Computed;
  if (!isOne(x.sizes[0])) call.refuse('of several sounds at once');
  if (x.sizes[1].fixed !== ins * groups || !isFixed(x.sizes[1]) || outs % groups !== 0)
    call.refuse('with weights that do not fit');
  const span = minus(x.sizes[2], size((taps - 1) * dilation + 1));
  if (span.perFrame + span.fixed < 0) call.refuse('longer than its input');
  const frames =
    stride === 1 ? span : isFixed(span) ? size(Math.floor(span.fixed / stride)) : call.refuse('that leaves frames out');
  const bias = call.has(2) ? call.numbers(2, 'a bias') : undefined;
  if (bias && !hasDims(bias, outs)) call.refuse('with weights that do not fit');
  return call.net.step(
    { kind: 'conv', dilation, stride, groups },
    [x, weight, bias],
    [size(1), size(outs), plus(frames, size(1))],
  )[0];
}

const flipped = (call: Call, weight: Known<number>): Known<number> =>
  rearrange(call.net, weight, [weight.dims[1], weight.dims[0]], ([row, column]) => column * weight.dims[1] + row);

function dense(call: Call, x: Computed, weight: Known<number>, axis: number, bias?: Known<number>): Value {
  const [ins, outs] = weight.dims;
  if (!isSame(x.sizes[axis], size(ins))) call.refuse('with weights that do not fit');
  const to = x.sizes.map((length, at) => (at === axis ? size(outs) : length));
  return call.net.step({ kind: 'dense', axis }, bias ? [x, weight, bias] : [x, weight], to)[0];
}

function matMul(call: Call): Value {
  const [a, b] = [call.value(0), call.value(1)];
  const flat = (value: Known<number>, other: Computed): Known<number> => {
    const dims = value.dims.slice(-2);
    if (
      dims.length !== 2 ||
      value.dims.length > Math.max(2, other.sizes.length) ||
      value.dims.slice(0, -2).some(length => length !== 1)
    )
      call.refuse('with a stack of weights');
    return { ...value, dims };
  };
  if (isComputed(a) && isNumbers(b)) return dense(call, a, flat(b, a), a.sizes.length - 1);
  if (isNumbers(a) && isComputed(b) && b.sizes.length > 1)
    return dense(call, b, flipped(call, flat(a, b)), b.sizes.length - 2);
  return call.refuse('of two computed tensors');
}

function gemm(call: Call): Value {
  const x = call.computed(0);
  const weight = call.numbers(1, 'weights');
  if (x.sizes.length !== 2 || weight.dims.length !== 2) call.refuse('of tensors that do not fit');
  if (call.int('transA', 0) !== 0) call.refuse('of a transposed tensor');
  const alpha = call.float('alpha', 1);
  const given = call.int('transB', 0) === 1 ? flipped(call, weight) : weight;
  if (alpha !== 1) call.net.make(given.values.length);
  const scaled =
    alpha === 1
      ? given
      : numbers(
          given.values.map(value => value * alpha),
          given.dims,
        );
  if (!call.has(2)) return dense(call, x, scaled, 1);
  const offset = call.numbers(2, 'a bias');
  const outs = given.dims[1];
  if (offset.dims.slice(0, -1).some(length => length !== 1)) call.refuse('with a bias for each row');
  if (![1, outs].includes(offset.dims.at(-1) ?? 1)) call.refuse('with weights that do not fit');
  const beta = call.float('beta', 1);
  const along = spread(call.net, { ...offset, dims: offset.dims.slice(-1) }, [outs]);
  return dense(
    call,
    x,
    scaled,
    1,
    numbers(
      along.values.map(value => value * beta),
      [outs],
    ),
  );
}

function recurrent(call: Call, kind: 'gru' | 'lstm', gates: number): Value[] {
  const usual = kind === 'gru' ? ['Sigmoid', 'Tanh'] : ['Sigmoid', 'Tanh', 'Tanh'];
  const direction = call.text('direction', 'forward');
  if (direction !== 'forward') call.refuse(`with direction ${direction}`);
  const names = call.node.attribute.find(({ name }) => name === 'activations')?.strings;
  if (names && names.map(textOf).join() !== usual.join()) call.refuse('with other activations');
  for (const name of ['clip', 'activation_alpha', 'activation_beta'])
    if (call.node.attribute.some(attribute => attribute.name === name)) call.refuse(`with ${name}`);
  if (call.int('layout', 0) !== 0 || call.int('input_forget', 0) !== 0) call.refuse('with layout or input_forget');
  if (call.has(4)) call.refuse('with sequence lengths');
  if (call.has(7)) call.refuse('with peepholes');
  const x = call.computed(0);
  const [weight, recurrence] = [call.numbers(1, 'weights'), call.numbers(2, 'weights')];
  const bias = call.has(3) ? call.numbers(3, 'a bias') : undefined;
  const units = recurrence.dims[2];
  const ins = weight.dims[2];
  if (
    call.int('hidden_size', units) !== units ||
    !hasDims(weight, 1, gates * units, ins) ||
    !hasDims(recurrence, 1, gates * units, units)
  )
    call.refuse('with weights that do not fit');
  if (bias && !hasDims(bias, 1, 2 * gates * units)) call.refuse('with weights that do not fit');
  if (x.sizes.length !== 3 || !isOne(x.sizes[1]) || !isSame(x.sizes[2], size(ins)))
    call.refuse('of several sounds at once');
  const state = [size(1), size(1), size(units)];
  const given = (at: number): Value | undefined => {
    const value = call.inputs[at];
    if (value && !isSameShape(axesOf(value), state)) call.refuse('with a state that does not fit');
    return value;
  };
  const every = [x.sizes[0], size(1), size(1), size(units)];
  if (kind === 'lstm')
    return call.net.step({ kind, units }, [x, weight, recurrence, bias, given(5), given(6)], every, state, state);
  const isResetBefore = call.int('linear_before_reset', 0) === 0;
  return call.net.step({ kind, units, isResetBefore }, [x, weight, recurrence, bias, given(5)], every, state);
}

function batchNormalization(call: Call): Value {
  const x = call.computed(0);
  const weights = [1, 2, 3, 4].map(at => call.numbers(at, 'weights'));
  if (!weights.every(({ dims }) => dims.length === 1 && isSame(x.sizes[1], size(dims[0]))))
    call.refuse('with weights that do not fit');
  const [scale, shift, mean, variance] = weights.map(({ values }) => values);
  const epsilon = call.float('epsilon', 1e-5);
  const factors = scale.map((value, at) => value / Math.sqrt(variance[at] + epsilon));
  const dims = [scale.length, ...x.sizes.slice(2).map(() => 1)];
  const scaled = binaryOf(call, 'mul', x, numbers(factors, dims));
  return binaryOf(
    call,
    'add',
    scaled,
    numbers(
      shift.map((value, at) => value - mean[at] * factors[at]),
      dims,
    ),
  );
}

export const LAYER_OPERATORS: Readonly<Record<string, (call: Call) => Value | Value[]>> = {
  BatchNormalization: batchNormalization,
  Conv: conv,
  GRU: call => recurrent(call, 'gru', 3),
  Gemm: gemm,
  LSTM: call => recurrent(call, 'lstm', 4),
  MatMul: matMul,
};
