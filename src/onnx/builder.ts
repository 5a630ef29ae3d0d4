// The writer of ONNX models: inputs, outputs, states, constants and nodes of one streaming graph.
// Owns names, constants and what is left out as unused. The operators are chosen by the nodes' lowerings through
// GraphBuilder (src/core/lower.ts), which graph-scope.ts implements on top of this.

import { fail } from '../core/errors.ts';
import type { GraphBuilder, OnnxDtype, StateDtype, StateInit, Value } from '../core/lower.ts';
import { GraphScope } from './graph-scope.ts';
import { raiseOpset } from './opset.ts';
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo, StringEntry } from './proto.ts';
import { allNodes, encodeModel, makeValueInfo, subgraphsOf } from './proto.ts';
import { NamePool } from './rename.ts';
import { DATA_TYPE, makeTensor } from './tensor.ts';

/** Opset that our own nodes are written in; a spliced model may raise the whole file above it. */
export const BASE_OPSET = 18;

/** Least IR version that goes with an opset, from the release table of the ONNX specification; 10 for all up to 22. */
const irOf = (opset: number): number => Math.max(10, Math.min(13, opset - 12));

/** A streaming state of the written model, for the manifest. */
export interface WrittenState {
  readonly in: string;
  readonly out: string;
  readonly dtype: StateDtype;
  readonly shape: readonly number[];
  readonly init: StateInit;
  /** The prefix of the scope that declared it: the node's id. */
  readonly nodeId: string;
}

export interface ModelOptions {
  readonly name?: string;
  readonly producer?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Builds one model. The order of calls decides the bytes; the same calls give the same bytes everywhere. */
export class OnnxGraphBuilder {
  readonly pool = new NamePool();
  readonly nodes: OnnxNode[] = [];
  readonly states: WrittenState[] = [];
  private readonly inputs: OnnxValueInfo[] = [];
  private readonly outputs: OnnxValueInfo[] = [];
  private readonly constants = new Map<string, OnnxTensor>();
  private readonly tensors: OnnxTensor[] = [];
  private readonly shared = new Map<string, string>();
  private readonly opsetOfNode = new Map<OnnxNode, number>();
  private readonly stateValues = new Map<string, Value>();
  private opset = BASE_OPSET;

  /** Declares an input of the model; 'N' or another name in the shape is an open axis. */
  input(name: string, dtype: OnnxDtype, shape: readonly (number | string)[]): Value {
    this.claim(name);
    this.inputs.push(makeValueInfo(name, DATA_TYPE[dtype], shape));
    return name;
  }

  /** Declares an output of the model with the given value. */
  output(name: string, value: Value, dtype: OnnxDtype, shape: readonly (number | string)[]): void {
    this.claim(name);
    this.nodes.push({
      name: `${name}/output`,
      opType: 'Identity',
      domain: '',
      input: [value],
      output: [name],
      attribute: [],
    });
    this.outputs.push(makeValueInfo(name, DATA_TYPE[dtype], shape));
  }

  /** The builder that a node's lowering gets: everything that it makes is called `<nodeId>/…`. */
  scope(nodeId: string): GraphBuilder {
    return new GraphScope(this, nodeId, this.nodes, true);
  }

  constant(dtype: OnnxDtype, values: ArrayLike<number>, shape: readonly number[]): Value {
    const tensor = makeTensor('', dtype, values, shape);
    const key = `${dtype}[${shape}]${(tensor.rawData as Uint8Array).join()}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known.name;
    tensor.name = this.pool.take(`const/${dtype}_${this.constants.size}`);
    this.constants.set(key, tensor);
    this.tensors.push(tensor);
    return tensor.name;
  }

  /** Adds stored tensors, whose names are the caller's business. */
  addTensors(tensors: readonly OnnxTensor[]): void {
    this.tensors.push(...tensors);
  }

  /** Adds a weight of a model file under a free name, once per file (`sha256`) however often it is spliced. */
  shareTensor(sha256: string, tensor: OnnxTensor, name: string): Value {
    const key = `${sha256}/${tensor.name}`;
    let stored = this.shared.get(key);
    if (stored === undefined) {
      stored = this.pool.take(name);
      this.shared.set(key, stored);
      this.tensors.push({ ...tensor, name: stored });
    }
    return stored;
  }

  /** The written model will have at least this opset. */
  requireOpset(opset: number): void {
    this.opset = Math.max(this.opset, opset);
  }

  /** Notes that nodes are written in an opset above the base, so that they are not raised twice; returns them. */
  keepOpset(nodes: OnnxNode[], opset: number): OnnxNode[] {
    if (opset > BASE_OPSET) for (const node of nodes) this.opsetOfNode.set(node, opset);
    return nodes;
  }

  declareState(nodeId: string, name: string, dtype: StateDtype, shape: readonly number[], init: StateInit): Value {
    const state: WrittenState = {
      in: `${nodeId}/${name}_in`,
      out: `${nodeId}/${name}_out`,
      dtype,
      shape,
      init,
      nodeId,
    };
    this.states.push(state);
    this.claim(state.out);
    return this.input(state.in, dtype, shape);
  }

  setState(nodeId: string, name: string, value: Value): void {
    const out = `${nodeId}/${name}_out`;
    if (!this.states.some(state => state.out === out) || this.stateValues.has(out)) {
      fail(
        'E-LOWER',
        `nodes.${nodeId}`,
        `${nodeId}: state ${name} is not declared or is set twice. Correct the node's lowering.`,
        nodeId,
      );
    }
    this.stateValues.set(out, value);
  }

  /** The finished model: only what an output needs, states after the audio outputs. Throws PatchError E-LOWER. */
  toModel(options: ModelOptions = {}): OnnxModel {
    const nodes = [...this.nodes];
    const outputs = [...this.outputs];
    for (const state of this.states) {
      const value = this.stateValues.get(state.out);
      if (value === undefined) {
        fail(
          'E-LOWER',
          `nodes.${state.nodeId}`,
          `${state.nodeId}: state ${state.in} never gets its next value. Correct the node's lowering.`,
          state.nodeId,
        );
      }
      nodes.push({
        name: `${state.out}/output`,
        opType: 'Identity',
        domain: '',
        input: [value],
        output: [state.out],
        attribute: [],
      });
      outputs.push(makeValueInfo(state.out, DATA_TYPE[state.dtype], state.shape));
    }
    const raised = this.raise(
      usedOnly(
        nodes,
        outputs.map(output => output.name),
      ),
    );
    const needed = raised.nodes;
    const used = new Set([...allNodes(needed)].flatMap(node => node.input).concat(subgraphOutputs(needed)));
    const metadataProps: StringEntry[] = Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value }));
    return {
      irVersion: BigInt(irOf(this.opset)),
      opsetImport: [{ domain: '', version: BigInt(this.opset) }],
      producerName: options.producer ?? 'neuropatch',
      producerVersion: '',
      docString: '',
      graph: {
        name: options.name ?? 'patch',
        node: needed,
        initializer: [...this.tensors, ...raised.tensors].filter(tensor => used.has(tensor.name)),
        sparseInitializer: [],
        input: this.inputs,
        output: outputs,
        valueInfo: [],
      },
      metadataProps,
      functions: [],
      trainingInfo: [],
    };
  }

  toBytes(options: ModelOptions = {}): Uint8Array {
    return encodeModel(this.toModel(options));
  }

  get baseOpset(): number {
    return BASE_OPSET;
  }

  /** All nodes in the opset of the file: most are of the base opset, those of a spliced model may be newer. */
  private raise(nodes: readonly OnnxNode[]): { nodes: OnnxNode[]; tensors: OnnxTensor[] } {
    const pool = this.pool.copy();
    const raised = raiseOpset(nodes, BASE_OPSET, this.opset, hint => pool.take(hint), this.opsetOfNode);
    if (raised.refusals.length > 0) {
      const what = `expected operators that opset ${this.opset} still has, got ${raised.refusals.join('; ')}`;
      fail(
        'E-MODEL-OPERATOR',
        'model',
        `model: ${what}. Export the model of the newest opset with opset ${BASE_OPSET}.`,
      );
    }
    return raised;
  }

  private claim(name: string): void {
    if (this.pool.take(name) !== name)
      fail('E-LOWER', name, `${name}: the name is taken twice in the written graph. Rename the node.`);
  }
}

/** The nodes that the named values need, in order: a node stays when one of its outputs is used later. */
function usedOnly(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at] as OnnxNode;
    if (!node.output.some(name => wanted.has(name))) continue;
    kept.push(node);
    for (const inner of allNodes([node])) for (const name of inner.input) wanted.add(name);
    for (const name of subgraphOutputs([node])) wanted.add(name);
  }
  return kept.reverse();
}

// A body may hand an outer value straight through.
function subgraphOutputs(nodes: readonly OnnxNode[]): string[] {
  return [...allNodes(nodes)].flatMap(subgraphsOf).flatMap(graph => graph.output.map(output => output.name));
}
