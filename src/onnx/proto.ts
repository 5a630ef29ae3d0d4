// ONNX files as plain typed objects: decode, encode, and the message types that the rest of src/onnx works with.
// Owns the wire format (descriptor.ts) and nothing else: no judgement about a file happens here (check.ts).

import type { DescMessage } from '@bufbuild/protobuf';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { fileDesc } from '@bufbuild/protobuf/codegenv2';
import { ONNX_DESCRIPTOR_BASE64 } from './descriptor.ts';

/** Values of AttributeProto.type. */
export const ATTRIBUTE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;

export interface StringEntry {
  key: string;
  value: string;
}

/** A tensor stored in the file: an initializer or an attribute. Exactly one of the data fields is used. */
export interface OnnxTensor {
  name: string;
  dims: bigint[];
  dataType: number;
  rawData?: Uint8Array;
  floatData?: number[];
  doubleData?: number[];
  int32Data?: number[];
  int64Data?: bigint[];
  uint64Data?: bigint[];
  stringData?: Uint8Array[];
  externalData?: StringEntry[];
  /** 1 = the data lies in another file. */
  dataLocation?: number;
}

export interface OnnxSparseTensor {
  values?: OnnxTensor;
  indices?: OnnxTensor;
  dims: bigint[];
}

export interface OnnxDim {
  value:
    | { case: 'dimValue'; value: bigint }
    | { case: 'dimParam'; value: string }
    | { case: undefined; value?: undefined };
}

export interface OnnxTensorType {
  elemType: number;
  shape?: { dim: OnnxDim[] };
}

/** A type; anything but a dense tensor is kept as `unknown`. */
export interface OnnxType {
  value: { case: 'tensorType'; value: OnnxTensorType } | { case: string | undefined; value?: unknown };
}

export interface OnnxValueInfo {
  name: string;
  type?: OnnxType;
}

export interface OnnxAttribute {
  name: string;
  type: number;
  refAttrName?: string;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: OnnxTensor;
  g?: OnnxGraph;
  floats?: number[];
  ints?: bigint[];
  strings?: Uint8Array[];
  tensors?: OnnxTensor[];
  graphs?: OnnxGraph[];
}

export interface OnnxNode {
  name: string;
  opType: string;
  domain: string;
  overload?: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
}

export interface OnnxGraph {
  name: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  sparseInitializer: OnnxSparseTensor[];
  input: OnnxValueInfo[];
  output: OnnxValueInfo[];
  valueInfo: OnnxValueInfo[];
}

export interface OnnxOpset {
  domain: string;
  version: bigint;
}

/** A function of the file: a named sub-network that nodes call by (domain, name, overload). */
export interface OnnxFunction {
  name: string;
  domain: string;
  overload?: string;
  input: string[];
  output: string[];
  attribute: string[];
  attributeProto: OnnxAttribute[];
  node: OnnxNode[];
  opsetImport: OnnxOpset[];
}

export interface OnnxModel {
  irVersion: bigint;
  opsetImport: OnnxOpset[];
  producerName: string;
  producerVersion: string;
  docString: string;
  graph?: OnnxGraph;
  metadataProps: StringEntry[];
  functions: OnnxFunction[];
  /** Present only to see that it is there: training is not read. */
  trainingInfo: unknown[];
}

let modelDesc: DescMessage | undefined;

function getModelDesc(): DescMessage {
  if (modelDesc === undefined) {
    modelDesc = fileDesc(ONNX_DESCRIPTOR_BASE64).messages.find(message => message.name === 'ModelProto');
    if (modelDesc === undefined) throw new Error('the embedded ONNX descriptor has no ModelProto');
  }
  return modelDesc;
}

/** Reads an ONNX file. Unknown fields are dropped. Raw tensor data are views of `bytes`. Throws plain errors on damage. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const message = fromBinary(getModelDesc(), bytes, { readUnknownFields: false });
  removeTypeNames(message);
  return message as unknown as OnnxModel;
}

/** Writes an ONNX file: fields in the order of their numbers, so the same object gives the same bytes everywhere. */
export function encodeModel(model: Partial<OnnxModel>): Uint8Array {
  return toBinary(getModelDesc(), create(getModelDesc(), model as never));
}

// The library marks its messages by `$typeName` and would not look inside a marked one for plain objects added later.
function removeTypeNames(value: unknown): void {
  if (Array.isArray(value)) {
    if (typeof value[0] === 'object') for (const item of value) removeTypeNames(item);
  } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    delete (value as { $typeName?: string }).$typeName;
    for (const item of Object.values(value)) if (typeof item === 'object') removeTypeNames(item);
  }
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Text of a STRING attribute; bytes that are not UTF-8 become the replacement character. */
export const textOf = (bytes: Uint8Array | undefined): string => (bytes === undefined ? '' : textDecoder.decode(bytes));
export const bytesOf = (text: string): Uint8Array => textEncoder.encode(text);

/** The attribute of that name, if the node has it. */
export const attributeOf = (node: OnnxNode, name: string): OnnxAttribute | undefined =>
  node.attribute.find(attribute => attribute.name === name);

/** The subgraphs of a node: bodies of Loop and Scan, branches of If. */
export function subgraphsOf(node: OnnxNode): OnnxGraph[] {
  return node.attribute.flatMap(attribute => [...(attribute.g ? [attribute.g] : []), ...(attribute.graphs ?? [])]);
}

/** Every node of a list with those of its subgraphs, outer first. */
export function* allNodes(nodes: readonly OnnxNode[]): Generator<OnnxNode> {
  for (const node of nodes) {
    yield node;
    for (const graph of subgraphsOf(node)) yield* allNodes(graph.node);
  }
}

/** The shape of a dense tensor: numbers for fixed axes, names (or '') for open ones; undefined when the file is silent. */
export function shapeOf(info: OnnxValueInfo): (number | string)[] | undefined {
  const tensor = tensorTypeOf(info);
  return tensor?.shape?.dim.map(dim =>
    dim.value.case === 'dimValue' ? Number(dim.value.value) : (dim.value.value ?? ''),
  );
}

export function tensorTypeOf(info: OnnxValueInfo): OnnxTensorType | undefined {
  return info.type?.value.case === 'tensorType' ? (info.type.value.value as OnnxTensorType) : undefined;
}

/** Name, element type and shape as a graph input or output. */
export function makeValueInfo(name: string, elemType: number, shape: readonly (number | string)[]): OnnxValueInfo {
  const dim = shape.map(
    (size): OnnxDim =>
      typeof size === 'number'
        ? { value: { case: 'dimValue', value: BigInt(size) } }
        : { value: { case: 'dimParam', value: size } },
  );
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } };
}
