// Small ONNX files for the tests, written field by field through the wire format and not through our builder.

import type { Attribute } from '../../src/core/lower.ts';
import { makeAttribute } from '../../src/onnx/attributes.ts';
import type { OnnxFunction, OnnxModel, OnnxNode, OnnxTensor } from '../../src/onnx/proto.ts';
import { encodeModel, makeValueInfo } from '../../src/onnx/proto.ts';
import { makeTensor } from '../../src/onnx/tensor.ts';

export type Io = readonly [name: string, elemType: number, shape: readonly (number | string)[]];

export function node(
  opType: string,
  input: string[],
  output: string[],
  attributes: Record<string, Attribute> = {},
  domain = '',
): OnnxNode {
  const attribute = Object.entries(attributes).map(([name, value]) => makeAttribute(name, value));
  return { name: output[0] ?? '', opType, domain, input, output, attribute };
}

export const weights = (
  name: string,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): OnnxTensor => makeTensor(name, 'f32', values, shape);
export const ints = (name: string, values: readonly number[], shape: readonly number[] = [values.length]): OnnxTensor =>
  makeTensor(name, 'i64', values, shape);

export interface Parts {
  readonly nodes: OnnxNode[];
  readonly inputs?: readonly Io[];
  readonly outputs?: readonly Io[];
  readonly tensors?: OnnxTensor[];
  readonly opset?: number;
  readonly ir?: number;
  readonly metadata?: Record<string, string>;
  readonly functions?: OnnxFunction[];
  readonly domains?: readonly string[];
}

export const MONO_IN: Io = ['x', 1, [1, 1, 'N']];
export const MONO_OUT: Io = ['y', 1, [1, 1, 'N']];

/** A model; by default one mono input x and output y of any block, opset 18, IR 8. */
export function model(parts: Parts): Partial<OnnxModel> {
  return {
    irVersion: BigInt(parts.ir ?? 8),
    opsetImport: [
      { domain: '', version: BigInt(parts.opset ?? 18) },
      ...(parts.domains ?? []).map(domain => ({ domain, version: 1n })),
    ],
    graph: {
      name: 'test',
      node: parts.nodes,
      initializer: parts.tensors ?? [],
      sparseInitializer: [],
      input: (parts.inputs ?? [MONO_IN]).map(io => makeValueInfo(...io)),
      output: (parts.outputs ?? [MONO_OUT]).map(io => makeValueInfo(...io)),
      valueInfo: [],
    },
    metadataProps: Object.entries(parts.metadata ?? {}).map(([key, value]) => ({ key, value })),
    functions: parts.functions ?? [],
  };
}

export const file = (parts: Parts): Uint8Array => encodeModel(model(parts));

/** y = −x. */
export const NEGATE: Parts = { nodes: [node('Neg', ['x'], ['y'])] };
/** y = x·gain + memory, with memory as a state. */
export const STATEFUL: Parts = {
  nodes: [
    node('Mul', ['x', 'gain'], ['scaled']),
    node('Add', ['scaled', 'h'], ['y']),
    node('Add', ['h', 'one'], ['h_out']),
  ],
  inputs: [MONO_IN, ['gain', 1, [1]], ['h', 1, [1, 1, 1]]],
  outputs: [MONO_OUT, ['h_out', 1, [1, 1, 1]]],
  tensors: [weights('one', [1], [1, 1, 1])],
};
