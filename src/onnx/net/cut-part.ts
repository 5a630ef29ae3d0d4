// A part of a cut graph as a model of its own: a contract with a net for the kernels, or with a file for ONNX Runtime.
// Owns what such a part is made of. Undefined: it can't be one.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Size } from '../../core/net.ts';
import type { ModelContract, ModelPart, ModelPort } from '../../core/resource.ts';
import { encodeModel, makeValueInfo, type OnnxValueInfo } from '../proto.ts';
import { DATA_TYPE } from '../tensor.ts';
import type { GraphPart } from './cut-graph.ts';
import { fixedBlock, type GraphSource, inputOf, type Reading, resultOf, sizesOf, statesOf } from './read-graph.ts';
import { FRAMES, isFixed, isOne, isSame } from './size.ts';
import { splitStates } from './split-states.ts';
import { isComputed } from './value.ts';
import { isTooMuch } from './work.ts';

/** Sizes of a tensor that parts hand over; undefined where the kernels do not know them. */
export function handedSizes({ values }: Reading, name: string): readonly Size[] | undefined {
  const value = values.get(name);
  if (!value || !isComputed(value)) return undefined;
  return value.sizes.every(one => isFixed(one) || isSame(one, FRAMES)) ? value.sizes : undefined;
}

/** Such a tensor as a port: axes that count frames, axes of one, and others. */
const portOf = (tensor: string, sizes: readonly Size[]): ModelPort => ({
  kind: 'tensor',
  tensor,
  channels: 1,
  layout: sizes.map(one => (isOne(one) ? '1' : isFixed(one) ? 'x' : 'n')).join(''),
  shape: sizes.filter(one => isFixed(one) && !isOne(one)).map(({ fixed }) => fixed),
});

/** The tensors that go from part to part have to be such that their sizes are known. */
export function makePart(source: GraphSource, reading: Reading, part: GraphPart): ModelPart | undefined {
  const { contract } = source;
  const ports = [...contract.inputs, ...contract.outputs];
  const portNamed = (name: string): ModelPort | undefined => {
    const sizes = handedSizes(reading, name);
    return ports.find(({ tensor }) => tensor === name) ?? (sizes && portOf(name, sizes));
  };
  const params = contract.params.filter(({ tensor }) => part.given.includes(tensor));
  const given = part.given.filter(name => params.every(({ tensor }) => tensor !== name));
  const [inputs, outputs] = [given, part.made].map(names => names.map(portNamed));
  if (![...inputs, ...outputs].every(port => port !== undefined)) return undefined;
  const own: ModelContract = {
    ...contract,
    inputs: inputs as ModelPort[],
    outputs: outputs as ModelPort[],
    params,
    states: part.states,
    latencySamples: 0,
  };
  const nodes = part.nodes.map(index => reading.nodes[index]);
  const operators = [...new Set(nodes.filter(({ by }) => by !== 'nobody').map(({ node }) => node.opType))];
  if (part.isKernels) {
    const steps = nodes.flatMap(({ from, to }) => reading.net.steps.slice(from, to));
    const block = fixedBlock(contract);
    const tensorsOf = (ports: ModelContract['inputs'], isMade: boolean): Record<string, number> =>
      Object.fromEntries(
        ports.map(port => [
          port.tensor,
          isMade ? resultOf(reading, port.tensor, sizesOf(port, block)) : inputOf(reading, port.tensor),
        ]),
      );
    const states = statesOf(reading, part.states);
    const taken = { ...tensorsOf(own.inputs, false) };
    for (const { tensor } of params) taken[tensor] = inputOf(reading, tensor);
    // Two names for one tensor would be two inputs in one place.
    const places = [...Object.values(taken), ...states.map(({ input }) => input)];
    if (new Set(places).size < places.length) return undefined;
    const net = { tensors: reading.net.tensors, steps, inputs: taken, outputs: tensorsOf(own.outputs, true), states };
    return isTooMuch(net, block) ? undefined : { contract: own, operators, net: splitStates(net) };
  }
  const bytes = fileOf(source, reading, part);
  return { contract: own, operators, bytes, sha256: bytesToHex(sha256(bytes)) };
}

function fileOf({ model }: GraphSource, reading: Reading, part: GraphPart): Uint8Array {
  const { graph } = model;
  const node = part.nodes.map(index => reading.nodes[index].node);
  const used = new Set(node.flatMap(({ input }) => input));
  const infoOf = (name: string): OnnxValueInfo =>
    [...(graph?.input ?? []), ...(graph?.output ?? [])].find(info => info.name === name) ??
    makeValueInfo(
      name,
      DATA_TYPE.f32,
      (handedSizes(reading, name) ?? []).map(one => (isFixed(one) ? one.fixed : 'N')),
    );
  return encodeModel({
    ...model,
    docString: '',
    metadataProps: [],
    functions: [],
    graph: {
      name: 'part',
      node,
      initializer: (graph?.initializer ?? []).filter(({ name }) => used.has(name)),
      sparseInitializer: [],
      input: [...part.given, ...part.states.map(({ input }) => input)].map(infoOf),
      output: [...part.made, ...part.states.map(({ output }) => output)].map(infoOf),
      valueInfo: [],
    },
  });
}
