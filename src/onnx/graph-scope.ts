// One node's view of the graph being written: the GraphBuilder that lowerings call.
// Owns names inside the node and small conveniences. Recurrences are in recurrence.ts, foreign models in splice.ts.
import { fail } from '../core/errors.ts';
import type { Attribute, GraphBuilder, OnnxDtype, StateDtype, StateInit, Subgraph, Value } from '../core/lower.ts';
import type { ModelResource } from '../core/resource.ts';
import type { WrittenSubgraph } from './attributes.ts';
import { makeAttributes } from './attributes.ts';
import type { OnnxGraphBuilder } from './builder.ts';
import type { OnnxNode } from './proto.ts';
import { makeValueInfo } from './proto.ts';
import { writeFollow, writeRecurrence1, writeRecurrence2, writeRecurrenceMax } from './recurrence.ts';
import { spliceModel } from './splice.ts';
import { DATA_TYPE } from './tensor.ts';

type Shape = readonly (number | string)[];
interface TypedValue {
  readonly value: Value;
  readonly dtype: OnnxDtype;
  readonly shape: Shape;
}

export class GraphScope implements GraphBuilder {
  private readonly root: OnnxGraphBuilder;
  private readonly nodeId: string;
  private readonly nodes: OnnxNode[];
  private readonly isMainGraph: boolean;

  constructor(root: OnnxGraphBuilder, nodeId: string, nodes: OnnxNode[], isMainGraph: boolean) {
    this.root = root;
    this.nodeId = nodeId;
    this.nodes = nodes;
    this.isMainGraph = isMainGraph;
  }

  op(type: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.ops(type, inputs, 1, attributes)[0] as Value;
  }

  ops(
    type: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const name = this.root.pool.take(`${this.nodeId}/${type}`);
    const output = Array.from({ length: outputs }, (_, at) => (at === 0 ? name : this.root.pool.take(`${name}:${at}`)));
    const attribute = makeAttributes(type, attributes);
    this.nodes.push({ name, opType: type, domain: '', input: [...inputs], output, attribute });
    return output;
  }

  constant(dtype: OnnxDtype, values: ArrayLike<number>, shape: readonly number[] = [values.length]): Value {
    return this.root.constant(dtype, values, shape);
  }
  f32(...values: number[]): Value {
    return this.constant('f32', values);
  }
  f64(...values: number[]): Value {
    return this.constant('f64', values);
  }
  i64(...values: number[]): Value {
    return this.constant('i64', values);
  }
  add(a: Value, b: Value): Value {
    return this.op('Add', [a, b]);
  }
  sub(a: Value, b: Value): Value {
    return this.op('Sub', [a, b]);
  }
  mul(a: Value, b: Value): Value {
    return this.op('Mul', [a, b]);
  }
  div(a: Value, b: Value): Value {
    return this.op('Div', [a, b]);
  }
  cast(value: Value, dtype: OnnxDtype): Value {
    return this.op('Cast', [value], { to: BigInt(DATA_TYPE[dtype]) });
  }

  slice(value: Value, axis: number, start: number | Value, end?: number | Value): Value {
    const index = (at: number | Value): Value => (typeof at === 'number' ? this.i64(at) : at);
    return this.op('Slice', [value, index(start), index(end ?? Number.MAX_SAFE_INTEGER), this.i64(axis), this.i64(1)]);
  }

  concat(values: readonly Value[], axis: number): Value {
    return values.length === 1 ? (values[0] as Value) : this.op('Concat', values, { axis: BigInt(axis) });
  }

  size(value: Value, axis: number): Value {
    const end: Record<string, Attribute> = axis === -1 ? {} : { end: BigInt(axis + 1) };
    return this.op('Shape', [value], { start: BigInt(axis), ...end });
  }

  state(name: string, dtype: StateDtype, shape: readonly number[], init: StateInit = 0): Value {
    this.requireMainGraph(`state ${name}`);
    return this.root.declareState(this.nodeId, name, dtype, shape, init);
  }

  setState(name: string, value: Value): void {
    this.requireMainGraph(`state ${name}`);
    this.root.setState(this.nodeId, name, value);
  }

  subgraph(
    inputs: readonly { readonly dtype: OnnxDtype; readonly shape: Shape }[],
    build: (body: GraphBuilder, inputs: readonly Value[]) => readonly TypedValue[],
  ): Subgraph {
    const nodes: OnnxNode[] = [];
    const name = this.root.pool.take(`${this.nodeId}/body`);
    const input = inputs.map((info, at) => makeValueInfo(`${name}/in${at}`, DATA_TYPE[info.dtype], info.shape));
    const results = build(
      new GraphScope(this.root, this.nodeId, nodes, false),
      input.map(info => info.name),
    );
    // Runtimes want every output of a body made inside it, also when it is an outer value or an input.
    const output = results.map((result, at) => {
      const outName = `${name}/out${at}`;
      nodes.push({
        name: outName,
        opType: 'Identity',
        domain: '',
        input: [result.value],
        output: [outName],
        attribute: [],
      });
      return makeValueInfo(outName, DATA_TYPE[result.dtype], result.shape);
    });
    const graph = { name, node: nodes, initializer: [], sparseInitializer: [], input, output, valueInfo: [] };
    const subgraph: WrittenSubgraph = { isSubgraph: true, graph };
    return subgraph;
  }

  history(name: string, x: Value, channels: number, length: number, dtype: StateDtype = 'f32'): Value {
    if (length === 0) return x;
    const joined = this.concat([this.state(name, dtype, [channels, length]), x], 1);
    this.setState(name, this.slice(joined, 1, -length));
    return joined;
  }

  recurrence1(name: string, a: Value, b: Value, channels: number): Value {
    return writeRecurrence1(this, name, a, b, channels);
  }

  recurrenceMax(name: string, terms: readonly [Value, Value, Value], channels: number): Value {
    return writeRecurrenceMax(this, name, terms, channels);
  }

  follow(name: string, up: Value, down: Value, x: Value): Value {
    return writeFollow(this, name, up, down, x);
  }

  recurrence2(
    name: string,
    a: readonly [Value, Value, Value, Value],
    b: readonly [Value, Value],
    channels: number,
  ): { s: Value; t: Value } {
    return writeRecurrence2(this, name, a, b, channels);
  }

  splice(
    model: ModelResource,
    inputs: Readonly<Record<string, Value>>,
    frames: Value,
    blockFrames = 0,
  ): Record<string, Value> {
    this.requireMainGraph(`model ${model.path}`);
    const prefix = this.root.pool.take(`${this.nodeId}/model`);
    return spliceModel(this.root, this, model, prefix, inputs, frames, blockFrames);
  }

  /** Appends finished nodes: for the splicer. */
  append(nodes: readonly OnnxNode[]): void {
    this.nodes.push(...nodes);
  }

  get id(): string {
    return this.nodeId;
  }

  private requireMainGraph(what: string): void {
    if (this.isMainGraph) return;
    fail(
      'E-LOWER',
      `nodes.${this.nodeId}`,
      `${this.nodeId}: ${what} stands inside a loop body, where no state can live. Move it out.`,
      this.nodeId,
    );
  }
}
