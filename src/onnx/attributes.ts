// Attributes of nodes written by this product: JavaScript values to ONNX attributes, and defaults that are always written.
// Owns the table of those defaults. Importers disagree about attributes that are left out, so none is.
import type { Attribute } from '../core/lower.ts';
import type { OnnxAttribute, OnnxGraph } from './proto.ts';
import { ATTRIBUTE, bytesOf } from './proto.ts';

/** The graph behind core's opaque `Subgraph`. */
export interface WrittenSubgraph {
  readonly isSubgraph: true;
  readonly graph: OnnxGraph;
}

const REDUCTION = { keepdims: 1n, noop_with_empty_axes: 0n };
const RECURRENT = { direction: 'forward', layout: 0n };

/** ONNX's own defaults at opset 18, spelled out. Only where a default does not depend on the inputs. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  ArgMax: { axis: 0n, keepdims: 1n, select_last_index: 0n },
  ArgMin: { axis: 0n, keepdims: 1n, select_last_index: 0n },
  Conv: { auto_pad: 'NOTSET', group: 1n },
  ConvTranspose: { auto_pad: 'NOTSET', group: 1n },
  CumSum: { exclusive: 0n, reverse: 0n },
  Elu: { alpha: 1 },
  Flatten: { axis: 1n },
  Gather: { axis: 0n },
  GatherElements: { axis: 0n },
  GatherND: { batch_dims: 0n },
  Gemm: { alpha: 1, beta: 1, transA: 0n, transB: 0n },
  GRU: { ...RECURRENT, linear_before_reset: 0n },
  LeakyRelu: { alpha: Math.fround(0.01) },
  LogSoftmax: { axis: -1n },
  LSTM: { ...RECURRENT, input_forget: 0n },
  Mod: { fmod: 0n },
  Pad: { mode: 'constant' },
  ReduceL1: REDUCTION,
  ReduceL2: REDUCTION,
  ReduceLogSum: REDUCTION,
  ReduceLogSumExp: REDUCTION,
  ReduceMax: REDUCTION,
  ReduceMean: REDUCTION,
  ReduceMin: REDUCTION,
  ReduceProd: REDUCTION,
  ReduceSum: REDUCTION,
  ReduceSumSquare: REDUCTION,
  Reshape: { allowzero: 0n },
  RNN: RECURRENT,
  ScatterElements: { axis: 0n, reduction: 'none' },
  ScatterND: { reduction: 'none' },
  Softmax: { axis: -1n },
  Split: { axis: 0n },
  TopK: { axis: -1n, largest: 1n, sorted: 1n },
  Trilu: { upper: 1n },
};

/** All attributes of a node: the given ones over the defaults, in the order of their names. */
export function makeAttributes(opType: string, given: Readonly<Record<string, Attribute>>): OnnxAttribute[] {
  const all = { ...DEFAULTS[opType], ...given };
  return Object.keys(all)
    .sort()
    .map(name => makeAttribute(name, all[name] as Attribute));
}

/** bigint → INT, number → FLOAT, string → STRING, arrays of one kind, Subgraph → GRAPH. An empty array is INTS. */
export function makeAttribute(name: string, value: Attribute): OnnxAttribute {
  if (typeof value === 'bigint') return { name, type: ATTRIBUTE.int, i: value };
  if (typeof value === 'number') return { name, type: ATTRIBUTE.float, f: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.string, s: bytesOf(value) };
  if ('isSubgraph' in value) return { name, type: ATTRIBUTE.graph, g: (value as WrittenSubgraph).graph };
  const list = value as readonly (bigint | number | string)[];
  if (typeof list[0] === 'number') return { name, type: ATTRIBUTE.floats, floats: list as number[] };
  if (typeof list[0] === 'string') return { name, type: ATTRIBUTE.strings, strings: (list as string[]).map(bytesOf) };
  return { name, type: ATTRIBUTE.ints, ints: list as bigint[] };
}
