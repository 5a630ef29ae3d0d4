// Splicing a third-party model into the graph being written: merged, it computes exactly what it computes alone.
// Owns the seams: names, ranks, opset, states. Knows a model by its contract only.
import { fail, PatchError } from '../core/errors.ts';
import type { GraphBuilder, OnnxDtype, Value } from '../core/lower.ts';
import { isItemPort } from '../core/model-ports.ts';
import type {
  ModelAudioPort,
  ModelContract,
  ModelParam,
  ModelPort,
  ModelResource,
  ModelState,
} from '../core/resource.ts';
import { blockText, takesBlock } from '../core/signal-rules.ts';
import { textNumbers } from '../core/text.ts';
import type { OnnxGraphBuilder } from './builder.ts';
import { checkModel, opsetOf } from './check.ts';
import { raiseOpset } from './opset.ts';
import type { OnnxGraph, OnnxModel, OnnxNode } from './proto.ts';
import type { Scope } from './rename.ts';
import { renameNodes } from './rename.ts';
import { fromItem, itemSizes, toItem } from './splice-items.ts';

/** The part of a node's builder that the splicer needs beyond GraphBuilder. */
export interface SpliceTarget extends GraphBuilder {
  readonly id: string;
  append(nodes: readonly OnnxNode[]): void;
}

/**
 * Adds the model's nodes under `prefix`. `inputs`: by the contract's tensor names, audio [C, N] f32, spectra [1, K, bins, 2], tensors
 * [1, K, …], params [N] (`a`) or [1] (`event`) f32; a param that is left out keeps its default. With `blockFrames` the model is called
 * for one block after another, as spectra and tensors need it. Returns the outputs in the same forms by tensor name. States become
 * states of the node, named after `prefix`. Throws PatchError E-MODEL-BLOCK, E-MODEL-CONTRACT, E-MODEL-OPERATOR.
 */
export function spliceModel(
  root: OnnxGraphBuilder,
  g: SpliceTarget,
  resource: ModelResource,
  prefix: string,
  inputs: Readonly<Record<string, Value>>,
  frames: Value,
  blockFrames = 0,
): Record<string, Value> {
  const { contract, path } = resource;
  if (contract.blockFrames === 'whole' || !takesBlock(contract.blockFrames || 'follow', blockFrames)) {
    fail(
      'E-MODEL-BLOCK',
      path,
      `${path}: expected calls of the model's native block (${blockText(contract.blockFrames)}), got ${blockFrames || 'any number of'} frames. Put a Block Adapter before it.`,
      g.id,
    );
  }
  for (const port of contract.inputs) {
    if (inputs[port.tensor] === undefined)
      fail(
        'E-MODEL-CONTRACT',
        path,
        `${path}: input ${port.tensor} is not fed. Connect every inlet of the model.`,
        g.id,
      );
  }
  const leaf = prefix.slice(g.id.length + 1);
  const stateNames = nameStates(contract.states, leaf);
  const states = contract.states.map((state, at) =>
    g.state(stateNames[at] as string, state.dtype, state.shape, state.init),
  );
  const results: Result[] = [
    ...contract.outputs.map((port): Result => ({ tensor: port.tensor, dtype: 'f32', shape: outputShape(port, 'N') })),
    ...contract.states.map((state): Result => ({ tensor: state.output, dtype: state.dtype, shape: state.shape })),
  ];
  const write = (
    body: GraphBuilder,
    given: Readonly<Record<string, Value>>,
    before: readonly Value[],
    count: Value,
  ) => {
    const scope = writeBody(root, body as SpliceTarget, resource, prefix, given, before, count);
    const made = (tensor: string): Value => scope.get(tensor) as Value;
    return [
      ...contract.outputs.map(port =>
        (isItemPort(port) ? fromItem : fromLayout)(body, made(port.tensor), port as never),
      ),
      ...contract.states.map(state => made(state.output)),
    ].map((value, at) => ({ ...results[at], value }));
  };
  const outputs =
    blockFrames > 0
      ? callBlocks(g, contract, blockFrames, inputs, states, frames, write)
      : callOnce(g, contract, results, inputs, states, frames, write);
  contract.states.forEach((_, at) =>
    g.setState(stateNames[at] as string, outputs[contract.outputs.length + at] as Value),
  );
  return Object.fromEntries(contract.outputs.map((port, at) => [port.tensor, outputs[at] as Value]));
}

const ROUNDS_MAX = 1_000_000;

type WriteCall = (
  body: GraphBuilder,
  inputs: Readonly<Record<string, Value>>,
  states: readonly Value[],
  frames: Value,
) => { readonly value: Value; readonly dtype: OnnxDtype; readonly shape: readonly (number | string)[] }[];

/** Between resamplers a call can bring no frames at all, and runtimes fail on empty audio, some without return. */
function callOnce(
  g: GraphBuilder,
  contract: ModelContract,
  results: readonly Result[],
  inputs: Readonly<Record<string, Value>>,
  states: readonly Value[],
  frames: Value,
  write: WriteCall,
): Value[] {
  return g.ops('If', [g.op('Greater', [frames, g.i64(0)])], results.length, {
    then_branch: g.subgraph([], body => write(body, inputs, states, frames)),
    else_branch: g.subgraph([], body =>
      results.map((result, at) => {
        const state = states[at - contract.outputs.length];
        return { ...result, value: state ?? body.constant('f32', [], [result.shape[0] as number, 0]) };
      }),
    ),
  });
}

/** A Loop over the blocks of this call, with the states carried from one to the next. */
function callBlocks(
  g: GraphBuilder,
  contract: ModelContract,
  blockFrames: number,
  inputs: Readonly<Record<string, Value>>,
  states: readonly Value[],
  frames: Value,
  write: WriteCall,
): Value[] {
  const block = g.i64(blockFrames);
  // A bound that no call reaches: what reads a bundle refuses loops that might never end.
  const trips = g.op('Min', [g.op('Squeeze', [g.div(frames, block), g.i64(0)]), g.constant('i64', [ROUNDS_MAX], [])]);
  const body = g.subgraph(
    [
      { dtype: 'i64', shape: [] },
      { dtype: 'bool', shape: [] },
      ...contract.states.map(({ dtype, shape }) => ({ dtype, shape })),
    ],
    (b, [round, goesOn, ...before]) => {
      const from = b.mul(b.op('Unsqueeze', [round, b.i64(0)]), b.i64(blockFrames));
      const to = b.add(from, b.i64(blockFrames));
      const item = b.op('Unsqueeze', [round, b.i64(0)]);
      const given: Record<string, Value> = { ...inputs };
      for (const port of contract.inputs) {
        const value = inputs[port.tensor] as Value;
        given[port.tensor] = isItemPort(port)
          ? b.slice(value, 1, item, b.add(item, b.i64(1)))
          : b.slice(value, 1, from, to);
      }
      for (const { tensor, rate } of contract.params)
        if (rate === 'a' && inputs[tensor] !== undefined) given[tensor] = b.slice(inputs[tensor], 0, from, to);
      const made = write(b, given, before, b.i64(blockFrames));
      const outputs = contract.outputs.map((port, at) => ({
        ...(made[at] as (typeof made)[number]),
        shape: outputShape(port, blockFrames),
      }));
      const keepsOn = { value: b.op('Identity', [goesOn]), dtype: 'bool' as const, shape: [] };
      return [keepsOn, ...made.slice(contract.outputs.length), ...outputs];
    },
  );
  const count = contract.states.length + contract.outputs.length;
  const made = g.ops('Loop', [trips, g.constant('bool', [1], []), ...states], count, { body });
  // A Loop stacks what its rounds give: [K, C, block] → [C, K·block]; items are [1, K, …].
  const outputs = contract.outputs.map((port, at) => {
    const stacked = made[contract.states.length + at] as Value;
    if (isItemPort(port)) return g.op('Unsqueeze', [stacked, g.i64(0)]);
    const sideBySide = g.op('Transpose', [stacked], { perm: [1n, 0n, 2n] });
    return g.op('Reshape', [sideBySide, g.concat([g.i64(port.channels), frames], 0)], { allowzero: 1n });
  });
  return [...outputs, ...made.slice(0, contract.states.length)];
}

/** Shape in which an output leaves one call. */
const outputShape = (port: ModelPort, frames: number | string): readonly (number | string)[] =>
  isItemPort(port) ? itemSizes(port) : [port.channels, frames];

interface Result {
  readonly tensor: string;
  readonly dtype: OnnxDtype;
  readonly shape: readonly (number | string)[];
}

/** The model's own nodes with everything that feeds them; returns its values by their names in the file. */
function writeBody(
  root: OnnxGraphBuilder,
  g: SpliceTarget,
  resource: ModelResource,
  prefix: string,
  inputs: Readonly<Record<string, Value>>,
  states: readonly Value[],
  frames: Value,
): Scope {
  const { contract, path } = resource;
  const { model, graph } = decodeChecked(resource);
  const scope: Scope = new Map();
  for (const port of contract.inputs) {
    const value = inputs[port.tensor] as Value;
    scope.set(port.tensor, isItemPort(port) ? toItem(g, value, port) : toLayout(g, value, port));
  }
  for (const param of contract.params) scope.set(param.tensor, paramToLayout(g, inputs[param.tensor], param, frames));
  contract.states.forEach((state, at) => scope.set(state.input, states[at] as Value));
  for (const tensor of graph.initializer) {
    if (!scope.has(tensor.name))
      scope.set(tensor.name, root.shareTensor(resource.sha256, tensor, `${prefix}/${tensor.name}`));
  }
  for (const input of graph.input) {
    if (!scope.has(input.name))
      fail(
        'E-MODEL-CONTRACT',
        path,
        `${path}: input ${input.name} is in no part of the contract. Correct the contract.`,
        g.id,
      );
  }
  const renamed = renameNodes(graph.node, scope, { pool: root.pool, prefix: `${prefix}/` });
  const from = opsetOf(model);
  root.requireOpset(from);
  g.append(root.keepOpset(raiseChecked(root, renamed, from, prefix, path), from));
  return scope;
}

const decoded = new WeakMap<ModelResource, OnnxModel>();

function decodeChecked(resource: ModelResource): { model: OnnxModel; graph: OnnxGraph } {
  let model = decoded.get(resource);
  if (model === undefined) {
    const result = checkModel(resource.bytes, { path: resource.path, maxBytes: resource.bytes.length });
    if (result.model === undefined)
      throw new PatchError(result.problems.filter(problem => problem.severity === 'error'));
    model = result.model;
    decoded.set(resource, model);
  }
  return { model, graph: model.graph as OnnxGraph };
}

function raiseChecked(
  root: OnnxGraphBuilder,
  nodes: OnnxNode[],
  from: number,
  prefix: string,
  path: string,
): OnnxNode[] {
  const raised = raiseOpset(nodes, from, root.baseOpset, hint => root.pool.take(`${prefix}/${hint}`));
  if (raised.refusals.length > 0) {
    fail(
      'E-MODEL-OPERATOR',
      path,
      `${path}: expected operators that opset ${root.baseOpset} still has, got ${raised.refusals.join('; ')}. Export the model with opset ${root.baseOpset}.`,
    );
  }
  root.addTensors(raised.tensors);
  return raised.nodes;
}

/** Names without their `_in`, unique, after the leaf of the prefix: `model/h`. */
function nameStates(states: readonly ModelState[], leaf: string): string[] {
  const seen = new Set<string>();
  return states.map(({ input }, at) => {
    const base = input.replace(/[_.]?in$/i, '') || input;
    const name = seen.has(base) ? `${base}.${at}` : base;
    seen.add(name);
    return `${leaf}/${name}`;
  });
}

/** [C, N] to the axes that the model wants. */
export function toLayout(g: GraphBuilder, value: Value, port: ModelAudioPort): Value {
  const { layout } = port;
  let shaped = value;
  if (!layout.includes('c')) shaped = g.op('Squeeze', [shaped, g.i64(0)]);
  else if (layout.indexOf('n') < layout.indexOf('c')) shaped = g.op('Transpose', [shaped], { perm: [1n, 0n] });
  return layout.includes('b') ? g.op('Unsqueeze', [shaped, g.i64(layout.indexOf('b'))]) : shaped;
}

/** The model's axes to [C, N]. */
export function fromLayout(g: GraphBuilder, value: Value, port: ModelAudioPort): Value {
  const { layout } = port;
  const shaped = layout.includes('b') ? g.op('Squeeze', [value, g.i64(layout.indexOf('b'))]) : value;
  if (!layout.includes('c')) return g.op('Unsqueeze', [shaped, g.i64(0)]);
  return layout.indexOf('n') < layout.indexOf('c') ? g.op('Transpose', [shaped], { perm: [1n, 0n] }) : shaped;
}

function paramToLayout(g: GraphBuilder, given: Value | undefined, param: ModelParam, frames: Value): Value {
  if (param.text) {
    const bytes =
      given ?? g.constant('f32', textNumbers(param.text.default, param.shape?.[0] ?? 0), [...(param.shape ?? [])]);
    const value = param.dtype === 'i64' ? g.cast(bytes, 'i64') : bytes;
    const dims = [...param.layout].map(axis => (axis === 'x' ? (param.shape?.[0] ?? 1) : 1));
    return dims.length === 1 ? value : g.op('Reshape', [value, g.i64(...dims)]);
  }
  if (param.rate === 'event') {
    const number = given ?? g.f32(param.default);
    // Halves go up, as in the engine.
    const value = param.dtype === 'i64' ? g.cast(g.op('Floor', [g.add(number, g.f32(0.5))]), 'i64') : number;
    if (param.layout === '1') return value;
    if (param.layout === '') return g.op('Squeeze', [value, g.i64(0)]);
    return g.op('Reshape', [value, g.i64(...Array<number>(param.layout.length).fill(1))]);
  }
  const value = given ?? g.op('Expand', [g.f32(param.default), frames]);
  const ones = [...param.layout].flatMap((axis, at) => (axis === '1' ? [at] : []));
  return ones.length === 0 ? value : g.op('Unsqueeze', [value, g.i64(...ones)]);
}
