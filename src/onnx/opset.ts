// Raising nodes from one opset of the standard operators to a newer one.
// Owns the table of operators whose form changed (from the operators' changelog in the ONNX specification). An operator
// that is not in the table only gained types or attributes with neutral defaults, and stays as it is.

import { isStandardDomain } from './operators.ts';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from './proto.ts';
import { ATTRIBUTE, attributeOf, textOf } from './proto.ts';
import { makeTensor } from './tensor.ts';

/** What a conversion may add: constants, and names for values between nodes. */
interface Workshop {
  constant(dtype: 'i64' | 'f32', values: readonly number[], shape: readonly number[]): string;
  name(hint: string): string;
}

/** Nodes in the place of one, or the reason why it cannot be carried over. */
type Step = (node: OnnxNode, workshop: Workshop) => OnnxNode[] | string;

const without = (node: OnnxNode, ...names: string[]): OnnxAttribute[] =>
  node.attribute.filter(attribute => !names.includes(attribute.name));

const intAttribute = (node: OnnxNode, name: string, fallback: number): number => {
  const value = attributeOf(node, name)?.i;
  return value === undefined ? fallback : Number(value);
};

/** Moves an INTS attribute to the input at `at`. */
const intsToInput =
  (name: string, at: number): Step =>
  (node, workshop) => {
    const values = attributeOf(node, name)?.ints;
    if (values === undefined) return [node];
    return [
      {
        ...node,
        input: placed(node.input, at, workshop.constant('i64', values.map(Number), [values.length])),
        attribute: without(node, name),
      },
    ];
  };

const placed = (input: readonly string[], at: number, value: string): string[] => {
  const all = [...input];
  while (all.length < at) all.push('');
  all[at] = value;
  return all;
};

const refuse =
  (reason: string): Step =>
  () =>
    reason;

/** Dropout does nothing at inference. */
const dropDropout: Step = node =>
  (node.output[1] ?? '') !== ''
    ? 'its mask output is used'
    : [{ ...node, opType: 'Identity', input: node.input.slice(0, 1), output: node.output.slice(0, 1), attribute: [] }];

/** Before 13 all axes from `axis` on were flattened into one. */
const flattenForSoftmax: Step = (node, workshop) => {
  const axis = intAttribute(node, 'axis', 1);
  const [x = ''] = node.input;
  const make = (opType: string, input: string[], output: string, attribute: OnnxAttribute[]): OnnxNode => ({
    name: workshop.name(`${node.name}/${opType}`),
    opType,
    domain: '',
    input,
    output: [output],
    attribute,
  });
  const shape = workshop.name(`${node.name}/shape`);
  const flat = workshop.name(`${node.name}/flat`);
  const soft = workshop.name(`${node.name}/soft`);
  return [
    make('Shape', [x], shape, []),
    make('Flatten', [x], flat, [int('axis', axis)]),
    { ...node, input: [flat], output: [soft], attribute: [int('axis', -1)] },
    make('Reshape', [soft, shape], node.output[0] ?? '', []),
  ];
};

const int = (name: string, value: number): OnnxAttribute => ({ name, type: ATTRIBUTE.int, i: BigInt(value) });

const clipToInputs: Step = (node, workshop) => {
  let input = node.input.slice(0, 1);
  (['min', 'max'] as const).forEach((name, at) => {
    const value = attributeOf(node, name)?.f;
    if (value !== undefined) input = placed(input, at + 1, workshop.constant('f32', [value], []));
  });
  return [{ ...node, input, attribute: without(node, 'min', 'max') }];
};

const padToInputs: Step = (node, workshop) => {
  const pads = (attributeOf(node, 'pads')?.ints ?? []).map(Number);
  const input = [node.input[0] ?? '', workshop.constant('i64', pads, [pads.length])];
  const value = attributeOf(node, 'value')?.f ?? 0;
  if (value !== 0) input.push(workshop.constant('f32', [value], []));
  return [{ ...node, input, attribute: without(node, 'pads', 'value') }];
};

const sliceToInputs: Step = (node, workshop) => {
  const list = (name: string): number[] | undefined => attributeOf(node, name)?.ints?.map(Number);
  const starts = list('starts') ?? [];
  const axes = list('axes') ?? starts.map((_, at) => at);
  const input = [
    node.input[0] ?? '',
    ...[starts, list('ends') ?? [], axes].map(values => workshop.constant('i64', values, [values.length])),
  ];
  return [{ ...node, input, attribute: [] }];
};

const topKToInput: Step = (node, workshop) => [
  {
    ...node,
    input: [node.input[0] ?? '', workshop.constant('i64', [intAttribute(node, 'k', 1)], [1])],
    attribute: without(node, 'k'),
  },
];

/** From 18 on a Split without sizes says into how many parts. */
const countSplit: Step = node =>
  (node.input[1] ?? '') !== ''
    ? [node]
    : [{ ...node, attribute: [...node.attribute, int('num_outputs', node.output.length)] }];

const dftAxisToInput: Step = (node, workshop) => [
  {
    ...node,
    input: placed(node.input, 2, workshop.constant('i64', [intAttribute(node, 'axis', 1)], [])),
    attribute: without(node, 'axis'),
  },
];

const dropSpatial: Step = node =>
  intAttribute(node, 'spatial', 1) === 1
    ? [{ ...node, attribute: without(node, 'spatial') }]
    : 'it normalises per element (spatial = 0)';

const inferenceOnly: Step = node =>
  node.output.slice(1).some(name => name !== '')
    ? 'its training outputs are used'
    : [{ ...node, output: node.output.slice(0, 1) }];

const resizeMode: Step = node =>
  textOf(attributeOf(node, 'coordinate_transformation_mode')?.s) === 'tf_half_pixel_for_nn'
    ? 'its coordinate mode was removed'
    : [node];

const AXES_AT_18 = [
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceProd',
  'ReduceSumSquare',
];

/** Operator → opset that changed its form → what to do. */
const STEPS: Readonly<Record<string, Readonly<Record<number, Step>>>> = {
  BatchNormalization: { 9: dropSpatial, 14: inferenceOnly },
  Clip: { 11: clipToInputs },
  DFT: { 20: dftAxisToInput },
  Dropout: { 12: dropDropout },
  GridSample: { 20: refuse('its modes were renamed') },
  GroupNormalization: { 21: refuse('its scale and bias changed their shape') },
  Hardmax: { 13: refuse('it flattened its axes') },
  LogSoftmax: { 13: flattenForSoftmax },
  Pad: { 11: padToInputs },
  Resize: { 11: refuse('its inputs changed'), 13: resizeMode },
  RoiAlign: { 16: refuse('its coordinates changed') },
  Scan: { 9: refuse('it had a batch axis') },
  Scatter: { 11: node => [{ ...node, opType: 'ScatterElements' }] },
  Slice: { 10: sliceToInputs },
  Softmax: { 13: flattenForSoftmax },
  Split: { 13: intsToInput('split', 1), 18: countSplit },
  Squeeze: { 13: intsToInput('axes', 1) },
  TopK: { 10: topKToInput },
  Unsqueeze: { 13: intsToInput('axes', 1) },
  Upsample: { 10: refuse('it was replaced by Resize') },
  ReduceSum: { 13: intsToInput('axes', 1) },
  ...Object.fromEntries(AXES_AT_18.map(name => [name, { 18: intsToInput('axes', 1) }])),
};

export interface Raised {
  readonly nodes: OnnxNode[];
  /** Constants that the conversions need, for the main graph. */
  readonly tensors: OnnxTensor[];
  /** "<operator>: <reason>" of what could not be carried over. */
  readonly refusals: string[];
}

/** Opset of single nodes where it differs from that of the nodes around them. */
export type NodeOpsets = ReadonlyMap<OnnxNode, number>;

/** Carries nodes and their subgraphs from opset `from` to `to`; `takeName` gives out names that are free. */
export function raiseOpset(
  nodes: readonly OnnxNode[],
  from: number,
  to: number,
  takeName: (hint: string) => string,
  exceptions: NodeOpsets = new Map(),
): Raised {
  const tensors: OnnxTensor[] = [];
  const refusals = new Set<string>();
  const workshop: Workshop = {
    name: takeName,
    constant(dtype, values, shape) {
      const tensor = makeTensor(takeName('opset/const'), dtype, values, shape);
      tensors.push(tensor);
      return tensor.name;
    },
  };
  const raiseOne = (node: OnnxNode, around: number): OnnxNode[] => {
    const own = exceptions.get(node) ?? around;
    let current = [withSubgraphs(node, own)];
    if (!isStandardDomain(node.domain)) return current;
    for (let opset = own + 1; opset <= to; opset++) {
      current = current.flatMap(item => {
        const result = STEPS[item.opType]?.[opset]?.(item, workshop) ?? [item];
        if (typeof result !== 'string') return result;
        refusals.add(`${item.opType}: ${result}`);
        return [item];
      });
    }
    return current;
  };
  const raiseGraph = (graph: OnnxGraph, own: number): OnnxGraph => ({
    ...graph,
    node: graph.node.flatMap(node => raiseOne(node, own)),
  });
  const withSubgraphs = (node: OnnxNode, own: number): OnnxNode => ({
    ...node,
    attribute: node.attribute.map(attribute => ({
      ...attribute,
      ...(attribute.g ? { g: raiseGraph(attribute.g, own) } : {}),
      ...(attribute.graphs ? { graphs: attribute.graphs.map(graph => raiseGraph(graph, own)) } : {}),
    })),
  });
  return { nodes: nodes.flatMap(node => raiseOne(node, from)), tensors, refusals: [...refusals] };
}
