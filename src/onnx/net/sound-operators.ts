// Operators that compute: functions of numbers, convolutions, dense and recurrent layers, as steps of the net.
// Owns which of their forms kernels take. Sizes are computed at once.
import type { BinaryKind, Size, UnaryKind } from '../../core/net.ts';
import { textOf } from '../proto.ts';
import type { Call } from './call.ts';
import { padded } from './shape-operators.ts';
import { isFixed, isOne, isSame, minus, plus, product, quotient, size, times } from './size.ts';
import {
  axesOf,
  type Computed,
  isComputed,
  isNumbers,
  isSizes,
  type Known,
  numbers,
  rearrange,
  sizes,
  spread,
  spreadDims,
  type Value,
} from './value.ts';

const UNARY: Readonly<Record<UnaryKind, (x: number, alpha: number) => number>> = {
  tanh: Math.tanh,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  relu: x => Math.max(0, x),
  'leaky-relu': (x, alpha) => (x < 0 ? alpha * x : x),
  elu: (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x),
  softplus: x => Math.log1p(Math.exp(x)),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  neg: x => -x,
};
const BINARY: Readonly<Record<BinaryKind, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
};

function unaryOf(call: Call, of: UnaryKind, value: Value, alpha = 0): Value {
  if (isComputed(value)) return call.net.step({ kind: 'unary', of, alpha }, [value], value.sizes)[0];
  if (isNumbers(value))
    return numbers(
      value.values.map(x => Math.fround(UNARY[of](x, alpha))),
      value.dims,
    );
  return call.refuse('of whole numbers');
}

const SIZE_ARITHMETIC: Readonly<Partial<Record<BinaryKind, (a: Size, b: Size) => Size | undefined>>> = {
  add: plus,
  sub: minus,
  mul: product,
  div: quotient,
};

function binaryOf(call: Call, of: BinaryKind, a: Value, b: Value): Value {
  if (isComputed(a) || isComputed(b))
    return call.net.step({ kind: 'binary', of }, [a, b], call.spread(axesOf(a), axesOf(b)))[0];
  const dims = spreadDims(a.dims, b.dims) ?? call.refuse('of tensors that do not fit');
  const [x, y] = [spread(a, dims).values, spread(b, dims).values];
  if (isNumbers(a))
    return numbers(
      x.map((one, at) => Math.fround(BINARY[of](Number(one), Number(y[at])))),
      dims,
    );
  const compute = SIZE_ARITHMETIC[of] ?? call.refuse('of sizes');
  return sizes(
    x.map((one, at) => compute(one as Size, y[at] as Size) ?? call.refuse('of sizes')),
    dims,
  );
}

const unary =
  (of: UnaryKind, alpha?: number) =>
  (call: Call): Value =>
    unaryOf(call, of, call.value(0), alpha === undefined ? 0 : call.float('alpha', alpha));
const binary =
  (of: BinaryKind) =>
  (call: Call): Value =>
    call.node.input.slice(1).reduce<Value>((all, _, at) => binaryOf(call, of, all, call.value(at + 1)), call.value(0));

/** x + constant right behind a layer without a bias is its bias. */
function add(call: Call): Value {
  for (const [at, other] of [
    [0, 1],
    [1, 0],
  ]) {
    const [value, bias] = [call.value(at), call.value(other)];
    if (!isComputed(value) || !isNumbers(bias) || !call.isOnlyUse(at)) continue;
    const place = call.net.steps.findIndex(step => step.outputs[0] === value.tensor);
    const step = call.net.steps[place];
    if (step?.kind !== 'dense' || step.inputs.length > 2) continue;
    const fromEnd = value.sizes.length - step.axis;
    const outputs = value.sizes[step.axis].fixed;
    const isAlong =
      bias.dims.length <= value.sizes.length &&
      bias.dims.every((length, k) => length === (bias.dims.length - k === fromEnd ? outputs : 1));
    if (!isAlong) continue;
    const inputs = [...step.inputs, call.net.tensor({ ...bias, dims: [outputs] })];
    call.net.steps[place] = { ...step, inputs };
    return value;
  }
  return binary('add')(call);
}

function clip(call: Call): Value {
  const bound = (at: number, name: string): Value | undefined => {
    if (call.has(at)) return call.value(at);
    const value = call.float(name, Number.NaN);
    return Number.isNaN(value) ? undefined : numbers([value], []);
  };
  const [least, most] = [bound(1, 'min'), bound(2, 'max')];
  const above = least ? binaryOf(call, 'max', call.value(0), least) : call.value(0);
  return most ? binaryOf(call, 'min', above, most) : above;
}

const scalar = (value: number): Known<number> => numbers([value], []);

function hardSigmoid(call: Call, value: Value, alpha: number, beta: number): Value {
  const line = binaryOf(call, 'add', binaryOf(call, 'mul', value, scalar(alpha)), scalar(beta));
  return binaryOf(call, 'min', binaryOf(call, 'max', line, scalar(0)), scalar(1));
}

function pow(call: Call): Value {
  const exponent = call.numbers(1, 'an exponent');
  if (exponent.values.length === 1 && exponent.values[0] === 2)
    return binaryOf(call, 'mul', call.value(0), call.value(0));
  if (exponent.values.length === 1 && exponent.values[0] === 0.5) return unaryOf(call, 'sqrt', call.value(0));
  return call.refuse('with another exponent than 2');
}

function prelu(call: Call): Value {
  const value = call.value(0);
  const below = binaryOf(call, 'min', value, scalar(0));
  return binaryOf(call, 'add', unaryOf(call, 'relu', value), binaryOf(call, 'mul', below, call.value(1)));
}

function equal(call: Call): Value {
  const [a, b] = [call.value(0), call.value(1)];
  if (!isSizes(a) || !isSizes(b)) call.refuse('of computed numbers');
  const dims = spreadDims(a.dims, b.dims) ?? call.refuse();
  const [x, y] = [spread(a, dims).values, spread(b, dims).values];
  return sizes(
    x.map((one, at) => size(isSame(one, y[at]) ? 1 : 0)),
    dims,
  );
}

function conv(call: Call): Value {
  const given = call.computed(0);
  const weight = call.numbers(1, 'weights');
  if (weight.dims.length !== 3) call.refuse(`over ${weight.dims.length - 2} axes`);
  const [outs, ins, taps] = weight.dims;
  const groups = call.int('group', 1);
  const [stride, dilation] = [call.ints('strides')?.[0] ?? 1, call.ints('dilations')?.[0] ?? 1];
  const auto = call.text('auto_pad', 'NOTSET');
  if (auto !== 'NOTSET' && auto !== 'VALID') call.refuse(`with auto_pad ${auto}`);
  const [before, after] = auto === 'VALID' ? [0, 0] : (call.ints('pads') ?? [0, 0]);
  const x = padded(call, given, [0, 0, before], [0, 0, after], 0) as Computed;
  if (!isOne(x.sizes[0])) call.refuse('of several sounds at once');
  if (x.sizes[1].fixed !== ins * groups || !isFixed(x.sizes[1]) || outs % groups !== 0)
    call.refuse('with weights that do not fit');
  const span = minus(x.sizes[2], size((taps - 1) * dilation + 1));
  if (span.perFrame + span.fixed < 0) call.refuse('longer than its input');
  const frames =
    stride === 1 ? span : isFixed(span) ? size(Math.floor(span.fixed / stride)) : call.refuse('that leaves frames out');
  const bias = call.has(2) ? call.numbers(2, 'a bias') : undefined;
  return call.net.step(
    { kind: 'conv', dilation, stride, groups },
    [x, weight, bias],
    [size(1), size(outs), plus(frames, size(1))],
  )[0];
}

const flipped = (weight: Known<number>): Known<number> =>
  rearrange(weight, [weight.dims[1], weight.dims[0]], ([row, column]) => column * weight.dims[1] + row);

function dense(call: Call, x: Computed, weight: Known<number>, axis: number, bias?: Known<number>): Value {
  const [ins, outs] = weight.dims;
  if (!isSame(x.sizes[axis], size(ins))) call.refuse('with weights that do not fit');
  const to = x.sizes.map((length, at) => (at === axis ? size(outs) : length));
  return call.net.step({ kind: 'dense', axis }, bias ? [x, weight, bias] : [x, weight], to)[0];
}

function matMul(call: Call): Value {
  const [a, b] = [call.value(0), call.value(1)];
  const flat = (value: Known<number>): Known<number> => {
    const dims = value.dims.slice(-2);
    if (dims.length !== 2 || value.dims.slice(0, -2).some(length => length !== 1))
      call.refuse('with a stack of weights');
    return { ...value, dims };
  };
  if (isComputed(a) && isNumbers(b)) return dense(call, a, flat(b), a.sizes.length - 1);
  if (isNumbers(a) && isComputed(b) && b.sizes.length > 1) return dense(call, b, flipped(flat(a)), b.sizes.length - 2);
  return call.refuse('of two computed tensors');
}

function gemm(call: Call): Value {
  const x = call.computed(0);
  const weight = call.numbers(1, 'weights');
  if (call.int('transA', 0) !== 0) call.refuse('of a transposed tensor');
  const alpha = call.float('alpha', 1);
  const given = call.int('transB', 0) === 1 ? flipped(weight) : weight;
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
  const beta = call.float('beta', 1);
  const along = spread({ ...offset, dims: offset.dims.slice(-1) }, [outs]);
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
    weight.dims[1] !== gates * units ||
    recurrence.dims[1] !== gates * units
  )
    call.refuse('with weights that do not fit');
  if (bias && bias.values.length !== 2 * gates * units) call.refuse('with weights that do not fit');
  if (x.sizes.length !== 3 || !isOne(x.sizes[1]) || !isSame(x.sizes[2], size(ins)))
    call.refuse('of several sounds at once');
  const state = [size(1), size(1), size(units)];
  const given = (at: number): Value | undefined => {
    const value = call.inputs[at];
    if (value && !axesOf(value).every((length, axis) => isSame(length, state[axis])))
      call.refuse('with a state that does not fit');
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
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map(at => call.numbers(at, 'weights').values);
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

/** Sum or mean along axes of a fixed length. */
const reduce =
  (isMean: boolean) =>
  (call: Call): Value => {
    const x = call.computed(0);
    const rank = x.sizes.length;
    const axes = call.whole(1, 'axes')?.map(axis => call.axis(axis, rank)) ?? x.sizes.map((_, at) => at);
    const reduced = axes.reduce<Computed>((value, axis) => {
      const length = value.sizes[axis];
      if (!isFixed(length)) call.refuse('over frames');
      const to = value.sizes.map((one, at) => (at === axis ? size(1) : one));
      return call.net.step({ kind: 'sum', axis, factor: isMean ? 1 / length.fixed : 1 }, [value], to)[0];
    }, x);
    if (call.int('keepdims', 1) === 1) return reduced;
    return call.net.step(
      { kind: 'reshape' },
      [reduced],
      reduced.sizes.filter((_, at) => !axes.includes(at)),
    )[0];
  };

export const SOUND_OPERATORS: Readonly<Record<string, (call: Call) => Value | Value[]>> = {
  Abs: unary('abs'),
  Add: add,
  BatchNormalization: batchNormalization,
  Clip: clip,
  Conv: conv,
  Div: binary('div'),
  Elu: unary('elu', 1),
  Equal: equal,
  Exp: unary('exp'),
  GRU: call => recurrent(call, 'gru', 3),
  Gemm: gemm,
  HardSigmoid: call => hardSigmoid(call, call.value(0), call.float('alpha', 0.2), call.float('beta', 0.5)),
  HardSwish: call => binaryOf(call, 'mul', call.value(0), hardSigmoid(call, call.value(0), 1 / 6, 0.5)),
  LSTM: call => recurrent(call, 'lstm', 4),
  LeakyRelu: unary('leaky-relu', 0.01),
  Log: unary('log'),
  MatMul: matMul,
  Max: binary('max'),
  Min: binary('min'),
  Mul: binary('mul'),
  Neg: call => {
    const value = call.value(0);
    return isSizes(value)
      ? sizes(
          value.values.map(one => times(one, -1)),
          value.dims,
        )
      : unaryOf(call, 'neg', value);
  },
  PRelu: prelu,
  Pow: pow,
  Reciprocal: call => binaryOf(call, 'div', scalar(1), call.value(0)),
  ReduceMean: reduce(true),
  ReduceSum: reduce(false),
  Relu: unary('relu'),
  Sigmoid: unary('sigmoid'),
  Softplus: unary('softplus'),
  Sqrt: unary('sqrt'),
  Sub: binary('sub'),
  Tanh: unary('tanh'),
};
