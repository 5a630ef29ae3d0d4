// Finds the net in a checked model: walks its graph, with the shapes that the contract gives its inputs, and settles what does not
// depend on sound. Owns which graphs are nets. Never throws on a hostile file; what it cannot take it says.
import { tensorDims } from '../../core/model-ports.ts';
import type { NetFinding, NetState, Size } from '../../core/net.ts';
import type { ModelContract } from '../../core/resource.ts';
import { isStandardDomain } from '../operators.ts';
import type { OnnxModel, OnnxNode } from '../proto.ts';
import { Call, NetWriter, Refusal } from './call.ts';
import { LAYER_OPERATORS } from './layer-operators.ts';
import { SHAPE_OPERATORS } from './shape-operators.ts';
import { isSameShape, size } from './size.ts';
import { SOUND_OPERATORS } from './sound-operators.ts';
import { splitStates } from './split-states.ts';
import { axesOf, fromTensor, type Value } from './value.ts';

const OPERATORS = { ...SHAPE_OPERATORS, ...SOUND_OPERATORS, ...LAYER_OPERATORS };

/** Longest file that is looked at: a small net is not larger. */
const FILE_BYTES_MAX = 32 << 20;

/** Any two numbers of frames tell the size of an axis apart that grows with them. */
function sizesOf(port: Parameters<typeof tensorDims>[0], blockFrames: number): Size[] {
  const [one, two] = blockFrames > 0 ? [blockFrames, blockFrames] : [1, 2];
  const [a, b] = [tensorDims(port, one), tensorDims(port, two)];
  if (!a || !b) throw new Refusal(`the layout "${port.layout}"`);
  return a.map((length, at) => (blockFrames > 0 ? size(length) : size(2 * length - b[at], b[at] - length)));
}

/** The net of a model whose functions are inlined; `file` holds its bytes. */
export function findNet(model: OnnxModel, file: Uint8Array, contract: ModelContract, opset: number): NetFinding {
  try {
    if (file.length > FILE_BYTES_MAX) throw new Refusal(`a file of more than ${FILE_BYTES_MAX >> 20} MiB`);
    return { net: walk(model, file, contract, opset) };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error.message };
    // A graph that the runtime may know how to read, and we do not.
    return { refusal: 'a graph whose tensors do not fit' };
  }
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

function walk(model: OnnxModel, file: Uint8Array, contract: ModelContract, opset: number) {
  const { blockFrames, states } = contract;
  if (typeof blockFrames === 'string') throw new Refusal('a model of the whole sound at once');
  const block = typeof blockFrames === 'number' ? blockFrames : 0;
  const net = new NetWriter();
  const values = new Map<string, Value>();
  const inputs: Record<string, number> = {};
  const declare = (name: string, sizes: readonly Size[]): number => {
    const value = net.add(sizes);
    values.set(name, value);
    return value.tensor;
  };
  for (const port of contract.inputs) inputs[port.tensor] = declare(port.tensor, sizesOf(port, block));
  for (const param of contract.params) {
    if (param.dtype === 'i64') throw new Refusal(`the input ${param.tensor} of whole numbers`);
    inputs[param.tensor] = declare(param.tensor, sizesOf({ ...param, channels: 1 }, block));
  }
  const stateInputs = states.map(({ input, shape, dtype }) => {
    if (dtype !== 'f32') throw new Refusal(`the state ${input} in ${dtype}`);
    return declare(
      input,
      shape.map(length => size(length)),
    );
  });
  for (const tensor of model.graph?.initializer ?? []) {
    const value = fromTensor(tensor, file);
    if (value && !values.has(tensor.name)) values.set(tensor.name, value);
  }
  const outputs = [...contract.outputs.map(({ tensor }) => tensor), ...states.map(({ output }) => output)];
  const nodes = wantedNodes(model.graph?.node ?? [], outputs);
  const uses = new Map<string, number>();
  for (const name of [...outputs, ...nodes.flatMap(({ input }) => input)]) uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of nodes) {
    const given = node.input.map(name => (name === '' ? undefined : values.get(name)));
    const isOnlyUse = (at: number): boolean => uses.get(node.input[at]) === 1;
    const call = new Call({ node, inputs: given, net, opset, file, isOnlyUse });
    const run = isStandardDomain(node.domain) ? OPERATORS[node.opType] : undefined;
    if (!run) return call.refuse();
    if (node.input.some((name, at) => name !== '' && !given[at])) call.refuse('with an input of another element type');
    const made = run(call);
    for (const [at, value] of (Array.isArray(made) ? made : [made]).entries()) values.set(node.output[at] ?? '', value);
  }
  const result = (name: string, sizes: readonly Size[]): number => {
    const value = values.get(name);
    if (!value || !isSameShape(axesOf(value), sizes))
      throw new Refusal(`an output ${name} of other sizes than its contract has`);
    return net.tensor(value);
  };
  const found: NetState[] = states.map(({ output, shape, init }, at) => ({
    input: stateInputs[at],
    output: result(
      output,
      shape.map(length => size(length)),
    ),
    init: init ?? 0,
  }));
  const made = contract.outputs.map(port => [port.tensor, result(port.tensor, sizesOf(port, block))]);
  return splitStates(net.toNet({ inputs, outputs: Object.fromEntries(made), states: found }));
}
