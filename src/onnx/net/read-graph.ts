// Reads a checked model's graph as a net, node by node, with the shapes that the contract gives its inputs, and settles what does not
// depend on sound. Owns that walk. What the kernels do not take ends it, or is left to others where they are allowed.
import { tensorDims } from '../../core/model-ports.ts';
import type { NetState, Size } from '../../core/net.ts';
import type { ModelContract } from '../../core/resource.ts';
import { isStandardDomain } from '../operators.ts';
import type { OnnxModel, OnnxNode } from '../proto.ts';
import { Call, NetWriter, Refusal } from './call.ts';
import { LAYER_OPERATORS } from './layer-operators.ts';
import { sizesOfOther } from './other-sizes.ts';
import { SHAPE_OPERATORS } from './shape-operators.ts';
import { isSameShape, size } from './size.ts';
import { SOUND_OPERATORS } from './sound-operators.ts';
import { axesOf, fromTensor, isComputed, type Value } from './value.ts';

const OPERATORS = { ...SHAPE_OPERATORS, ...SOUND_OPERATORS, ...LAYER_OPERATORS };

/** A model to read; its functions are inlined, `file` holds its bytes. */
export interface GraphSource {
  readonly model: OnnxModel;
  readonly file: Uint8Array;
  readonly contract: ModelContract;
  readonly opset: number;
}

export interface ReadNode {
  readonly node: OnnxNode;
  /** Who runs it: the kernels, others (what the kernels do not take), or nobody: its results are known before. */
  readonly by: 'kernels' | 'others' | 'nobody';
  /** Its steps in the net. */
  readonly from: number;
  readonly to: number;
}

/** A graph that was read. */
export interface Reading {
  readonly net: NetWriter;
  /** By name; a tensor of which nothing is known is not there. */
  readonly values: ReadonlyMap<string, Value>;
  readonly nodes: readonly ReadNode[];
}

/** Frames of the only call that the model takes; 0: it takes others. */
export const fixedBlock = ({ blockFrames }: ModelContract): number =>
  typeof blockFrames === 'number' ? blockFrames : 0;

/** Any two numbers of frames tell the size of an axis apart that grows with them. */
export function sizesOf(port: Parameters<typeof tensorDims>[0], blockFrames: number): Size[] {
  const [one, two] = blockFrames > 0 ? [blockFrames, blockFrames] : [1, 2];
  const [a, b] = [tensorDims(port, one), tensorDims(port, two)];
  if (!a || !b) throw new Refusal(`the layout "${port.layout}"`);
  return a.map((length, at) => (blockFrames > 0 ? size(length) : size(2 * length - b[at], b[at] - length)));
}

/** Nodes that outputs need, in their order. */
function wantedNodes(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const kept = [];
  for (const node of nodes.toReversed()) {
    if (!node.output.some(name => name !== '' && wanted.has(name))) continue;
    kept.push(node);
    for (const name of node.input) wanted.add(name);
  }
  return kept.reverse();
}

/** Throws Refusal where others are not allowed and the kernels do not take a node or an input. */
export function readGraph({ model, file, contract, opset }: GraphSource, mayHaveOthers: boolean): Reading {
  const block = fixedBlock(contract);
  if (typeof contract.blockFrames === 'string') throw new Refusal('a model of the whole sound at once');
  const net = new NetWriter();
  const values = new Map<string, Value>();
  const inputs = new Set<string>();
  const declare = (name: string, sizes: () => readonly Size[], reason = ''): void => {
    inputs.add(name);
    if (reason === '') values.set(name, net.add(sizes()));
    else if (!mayHaveOthers) throw new Refusal(reason);
  };
  for (const port of contract.inputs) declare(port.tensor, () => sizesOf(port, block));
  for (const param of contract.params) {
    const reason = param.dtype === 'i64' ? `the input ${param.tensor} of whole numbers` : '';
    declare(param.tensor, () => sizesOf({ ...param, channels: 1 }, block), reason);
  }
  for (const { input, shape, dtype } of contract.states) {
    const reason = dtype === 'f32' ? '' : `the state ${input} in ${dtype}`;
    declare(input, () => shape.map(length => size(length)), reason);
  }
  for (const tensor of model.graph?.initializer ?? []) {
    const value = fromTensor(tensor, file);
    if (value && !inputs.has(tensor.name)) values.set(tensor.name, value);
  }
  const outputs = [...contract.outputs.map(({ tensor }) => tensor), ...contract.states.map(({ output }) => output)];
  const wanted = wantedNodes(model.graph?.node ?? [], outputs);
  const uses = new Map<string, number>();
  for (const name of [...outputs, ...wanted.flatMap(({ input }) => input)]) uses.set(name, (uses.get(name) ?? 0) + 1);
  const nodes = wanted.map((node): ReadNode => {
    const from = net.steps.length;
    const given = node.input.map(name => (name === '' ? undefined : values.get(name)));
    try {
      const call = new Call({ node, inputs: given, net, opset, file, isOnlyUse: at => uses.get(node.input[at]) === 1 });
      const made = run(call);
      for (const [at, value] of made.entries()) values.set(node.output[at] ?? '', value);
      return { node, by: made.some(isComputed) ? 'kernels' : 'nobody', from, to: net.steps.length };
    } catch (error) {
      if (!mayHaveOthers) throw error;
      net.steps.length = from;
      for (const [at, sizes] of sizesOfOther(node, given, model, contract).entries())
        if (sizes) values.set(node.output[at], net.add(sizes));
      return { node, by: 'others', from, to: from };
    }
  });
  return { net, values, nodes };
}

function run(call: Call): Value[] {
  const { node, inputs } = call;
  const operator = isStandardDomain(node.domain) ? OPERATORS[node.opType] : undefined;
  if (!operator) return call.refuse();
  if (node.input.some((name, at) => name !== '' && !inputs[at])) call.refuse('with an input of another element type');
  const made = operator(call);
  return Array.isArray(made) ? made : [made];
}

/** The tensor of a result of these sizes. Throws Refusal. */
export function resultOf({ values, net }: Reading, name: string, sizes: readonly Size[]): number {
  const value = values.get(name);
  if (!value || !isSameShape(axesOf(value), sizes))
    throw new Refusal(`an output ${name} of other sizes than its contract has`);
  return net.tensor(value);
}

/** The tensor of an input. */
export const inputOf = ({ values, net }: Reading, name: string): number => net.tensor(values.get(name) as Value);

/** States of the net. Throws Refusal. */
export const statesOf = (reading: Reading, states: ModelContract['states']): NetState[] =>
  states.map(({ input, output, shape, init }) => ({
    input: inputOf(reading, input),
    output: resultOf(
      reading,
      output,
      shape.map(length => size(length)),
    ),
    init: init ?? 0,
  }));
