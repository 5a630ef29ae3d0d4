// Operators that compute: functions of numbers, convolutions, dense and recurrent layers, as steps of the net.
// Owns which of their forms kernels take. Sizes are computed at once.
import type { BinaryKind, Size, UnaryKind } from '../../core/net.ts';
import type { Call } from './call.ts';
import { isFixed, isSame, minus, plus, product, quotient, size, times } from './size.ts';
import {
  axesOf,
  type Computed,
  isComputed,
  isNumbers,
  isSizes,
  type Known,
  numbers,
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
  call.net.make(value.values.length);
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

/** Known numbers at once, sound by a step. */
export function binaryOf(call: Call, of: BinaryKind, a: Value, b: Value): Value {
  if (isComputed(a) || isComputed(b))
    return call.net.step({ kind: 'binary', of }, [a, b], call.spread(axesOf(a), axesOf(b)))[0];
  const dims = spreadDims(a.dims, b.dims) ?? call.refuse('of tensors that do not fit');
  const [x, y] = [spread(call.net, a, dims).values, spread(call.net, b, dims).values];
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
  const [x, y] = [spread(call.net, a, dims).values, spread(call.net, b, dims).values];
  return sizes(
    x.map((one, at) => size(isSame(one, y[at]) ? 1 : 0)),
    dims,
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
  Clip: clip,
  Div: binary('div'),
  Elu: unary('elu', 1),
  Equal: equal,
  Exp: unary('exp'),
  HardSigmoid: call => hardSigmoid(call, call.value(0), call.float('alpha', 0.2), call.float('beta', 0.5)),
  HardSwish: call => binaryOf(call, 'mul', call.value(0), hardSigmoid(call, call.value(0), 1 / 6, 0.5)),
  LeakyRelu: unary('leaky-relu', 0.01),
  Log: unary('log'),
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
