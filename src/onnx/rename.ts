// Renaming the values of a piece of graph: what joins two graphs or puts a function in place of its call.
// Owns the rules of scope: a subgraph sees outer names, and its own names hide them. Copies nodes, shares tensors.
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValueInfo } from './proto.ts';

/** Old name → new name of everything visible. */
export type Scope = Map<string, string>;

/** Gives out names that were never given out before. */
export class NamePool {
  private readonly used = new Map<string, number>();

  /** `name`, or `name` with the lowest free number behind it. */
  take(name: string): string {
    let free = name;
    let number = this.used.get(name) ?? 0;
    while (this.used.has(free)) {
      number += 1;
      free = `${name}.${number + 1}`;
    }
    this.used.set(name, number);
    if (free !== name) this.used.set(free, 0);
    return free;
  }

  copy(): NamePool {
    const pool = new NamePool();
    for (const [name, number] of this.used) pool.used.set(name, number);
    return pool;
  }
}

export interface Renaming {
  readonly pool: NamePool;
  readonly prefix: string;
  /** What becomes of an attribute; undefined drops it. */
  readonly attribute?: (attribute: OnnxAttribute) => OnnxAttribute | undefined;
}

/** Copies nodes with new names. Names they define are added to `scope`; names in `scope` are outer values or given outputs. */
export function renameNodes(nodes: readonly OnnxNode[], scope: Scope, renaming: Renaming): OnnxNode[] {
  const define = (name: string): void => {
    if (name !== '' && !scope.has(name)) scope.set(name, renaming.pool.take(renaming.prefix + name));
  };
  for (const node of nodes) node.output.forEach(define);
  const lookUp = (name: string): string => (name === '' ? '' : (scope.get(name) ?? name));
  return nodes.map(node => ({
    ...node,
    name: renaming.pool.take(`${renaming.prefix}${node.name || node.opType}`),
    input: node.input.map(lookUp),
    output: node.output.map(lookUp),
    attribute: node.attribute.flatMap(attribute => renameAttribute(attribute, scope, renaming)),
  }));
}

function renameAttribute(attribute: OnnxAttribute, scope: Scope, renaming: Renaming): OnnxAttribute[] {
  const kept = renaming.attribute ? renaming.attribute(attribute) : attribute;
  if (kept === undefined) return [];
  return [
    {
      ...kept,
      ...(kept.g ? { g: renameSubgraph(kept.g, scope, renaming) } : {}),
      ...(kept.graphs ? { graphs: kept.graphs.map(graph => renameSubgraph(graph, scope, renaming)) } : {}),
    },
  ];
}

function renameSubgraph(graph: OnnxGraph, outer: Scope, renaming: Renaming): OnnxGraph {
  const scope: Scope = new Map(outer);
  const hide = (name: string): string => {
    const fresh = renaming.pool.take(renaming.prefix + name);
    scope.set(name, fresh);
    return fresh;
  };
  const rename = (info: OnnxValueInfo): OnnxValueInfo => ({ ...info, name: scope.get(info.name) ?? info.name });
  for (const input of graph.input) hide(input.name);
  const initializer = graph.initializer.map(tensor => ({ ...tensor, name: hide(tensor.name) }));
  for (const node of graph.node) for (const name of node.output) if (name !== '') hide(name);
  return {
    ...graph,
    name: renaming.prefix + graph.name,
    initializer,
    valueInfo: [],
    input: graph.input.map(rename),
    node: renameNodes(graph.node, scope, renaming),
    output: graph.output.map(rename),
  };
}
