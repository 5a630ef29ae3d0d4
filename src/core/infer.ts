// Inference: what flows where. Shapes of nodes, valid connections, loops, order, rates and channels of a patch, with every
// problem on the way. Owns the rules "what meets what"; the plan, the checks of the canvas and the CLI all read it.
import type { Problem } from './errors.ts';
import { fixCycle, fixPortType } from './fixes.ts';
import { addTo, type Edge, findCycle, findLoops, sortTopologically, walkInDepth } from './graph.ts';
import {
  checkBlocks,
  checkChannels,
  checkItemShapes,
  checkRates,
  inferBlocks,
  inferChannels,
  inferItemShapes,
  inferRates,
} from './infer-signals.ts';
import { checkSpectra } from './infer-spectra.ts';
import { type Connection, type Patch, sortedIds } from './patch.ts';
import type { Port } from './port.ts';
import { lacksResource, type NodeShape, portOrParam, type Registry, shapeNode } from './registry.ts';
import type { Resources } from './resource.ts';
import { faceOfNode } from './subpatch.ts';

/** What is loaded, by node id and slot. */
export type ResourceBook = Readonly<Record<string, Resources | undefined>>;

export interface InferredConnection {
  readonly connection: Connection;
  readonly edge: Edge;
  readonly outlet: Port;
  readonly inlet: Port;
  /** Goes to an `a` param instead of a port. */
  readonly isParam: boolean;
}

export interface Loop {
  readonly nodes: readonly string[];
  /** Nodes with a delay whose audio inlets may close the loop. */
  readonly breakers: readonly string[];
}

/** What the signals of the patch are like. */
export interface SignalFacts {
  /** Rate of the 'follow' ports of each node in Hz. */
  readonly rates: ReadonlyMap<string, number>;
  /** Block of the 'follow' ports of each node in frames; 0 = a stream. */
  readonly blocks: ReadonlyMap<string, number>;
  /** Channels of the ports of each node that carry frames. */
  readonly channels: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** Sizes of one item at the ports of each node for spectra and tensors, as far as they are known. */
  readonly itemShapes: ReadonlyMap<string, Readonly<Record<string, readonly number[]>>>;
}

/** Valid connections by the node that they reach, in the order of their ids. */
export type Incoming = ReadonlyMap<string, readonly InferredConnection[]>;

export interface Inference extends SignalFacts {
  readonly shapes: ReadonlyMap<string, NodeShape>;
  /** Valid connections, sorted by id. */
  readonly connections: readonly InferredConnection[];
  readonly incoming: Incoming;
  /** Node ids in an order in which all can be computed; undefined with a loop that no delay breaks. */
  readonly order: readonly string[] | undefined;
  readonly loops: readonly Loop[];
  readonly problems: readonly Problem[];
}

function shapeNodes(patch: Patch, registry: Registry, resources: ResourceBook): Map<string, NodeShape> {
  const shapes = new Map<string, NodeShape>();
  for (const id of sortedIds(patch.nodes)) {
    const node = patch.nodes[id];
    const type = registry.get(node.type);
    if (type) shapes.set(id, shapeNode(type, node, resources[id] ?? {}, patch.sampleRateHz, faceOfNode(patch, node)));
  }
  return shapes;
}

/** What connections join, with the shapes of their nodes for which that was found. */
const joined = new WeakMap<Connection, { source: NodeShape; target: NodeShape; found: InferredConnection }>();

function checkConnections(
  patch: Patch,
  registry: Registry,
  shapes: ReadonlyMap<string, NodeShape>,
  problems: Problem[],
): InferredConnection[] {
  const valid: InferredConnection[] = [];
  for (const id of sortedIds(patch.connections)) {
    const connection = patch.connections[id];
    const source = shapes.get(connection.from.node);
    const target = shapes.get(connection.to.node);
    const known = joined.get(connection);
    if (known && known.source === source && known.target === target) {
      valid.push(known.found);
      continue;
    }
    const found = joinEnds(patch, registry, connection, source, target);
    if (!found) continue;
    if ('code' in found) problems.push(found);
    else {
      valid.push(found);
      if (source && target) joined.set(connection, { source, target, found });
    }
  }
  return valid;
}

/** What a connection joins, or what is wrong with it; undefined where that can't be judged. */
function joinEnds(
  patch: Patch,
  registry: Registry,
  connection: Connection,
  source: NodeShape | undefined,
  target: NodeShape | undefined,
): InferredConnection | Problem | undefined {
  const { id, from, to } = connection;
  const path = `connections.${id}`;
  const missing = [from, to].find(end => !Object.hasOwn(patch.nodes, end.node));
  if (missing)
    return {
      code: 'E-CONNECTION',
      severity: 'error',
      path,
      message: `${id}: expected a node "${missing.node}", got none. Remove the connection.`,
      fix: {
        label: 'Remove connection',
        transaction: { label: 'Disconnect', changes: [{ path: ['connections', id], value: undefined }] },
      },
    };
  // A node of an unknown type, or whose model is missing, keeps its wires; what they were can't be judged here.
  if (!source || !target) return undefined;
  const outlet = Object.hasOwn(source.ports, from.port) ? source.ports[from.port] : undefined;
  const inlet = portOrParam(target, to.port);
  if ((!outlet && lacksResource(source)) || (!inlet && lacksResource(target))) return undefined;
  const isUnknown = lacksResource(source) || lacksResource(target);
  if (isUnknown && outlet && inlet && outlet.type !== inlet.type) return undefined;
  if (outlet?.direction !== 'outlet' || inlet?.direction !== 'inlet') {
    const end = outlet?.direction === 'outlet' ? to : from;
    return {
      code: 'E-CONNECTION',
      severity: 'error',
      path,
      nodeId: end.node,
      message: `${id}: expected ${end === from ? 'an outlet' : 'an inlet'} "${end.port}" on ${end.node}, got none. Connect another port.`,
    };
  }
  if (outlet.type === inlet.type) {
    const edge = { from: from.node, to: to.node, connection };
    return { connection, edge, outlet, inlet, isParam: !Object.hasOwn(target.ports, to.port) };
  }
  const fix = fixPortType(patch, registry, connection, outlet, inlet);
  return {
    code: 'E-PORT-TYPE',
    severity: 'error',
    path,
    nodeId: to.node,
    message: `${id}: expected ${inlet.type}, got ${outlet.type}. ${fix ? 'Put a converter between them' : 'Connect ports of the same colour and shape'}.`,
    ...(fix ? { fix } : {}),
  };
}

/** Splits loops at breakers; reports those that stay closed. */
function resolveLoops(
  patch: Patch,
  registry: Registry,
  shapes: ReadonlyMap<string, NodeShape>,
  edges: readonly Edge[],
  problems: Problem[],
): { loops: Loop[]; order: string[] | undefined } {
  const ids = [...shapes.keys()];
  const found = findLoops(ids, edges);
  const loopOf = new Map(found.flatMap((nodes, index) => nodes.map(id => [id, index] as const)));
  const isCut = ({ from, to, connection }: Edge): boolean => {
    const loop = loopOf.get(to);
    if (loop === undefined || loop !== loopOf.get(from)) return false;
    const { ports, type } = shapes.get(to) as NodeShape;
    return Object.hasOwn(ports, connection.to.port) && type.loop !== undefined && !patch.nodes[to].isBypassed;
  };
  const open: Edge[] = [];
  const breakers = found.map(() => new Set<string>());
  for (const edge of edges) {
    if (isCut(edge)) breakers[loopOf.get(edge.to) as number].add(edge.to);
    else open.push(edge);
  }
  const loops = found.map((nodes, index) => ({ nodes, breakers: [...breakers[index]].sort() }));
  const order = sortTopologically(ids, open);
  for (const nodes of order ? [] : findLoops(ids, open)) {
    const cycle = findCycle(nodes, open);
    const names = [...cycle.map(edge => edge.from), cycle[0].from].join(' → ');
    const isAudio = (edge: Edge): boolean => shapes.get(edge.from)?.ports[edge.connection.from.port]?.type === 'audio';
    const last = (cycle.findLast(isAudio) ?? (cycle[0] as Edge)).connection;
    const fix = cycle.some(isAudio) ? fixCycle(patch, registry, last) : undefined;
    problems.push({
      code: 'E-CYCLE',
      severity: 'error',
      path: `connections.${last.id}`,
      nodeId: last.to.node,
      connections: cycle.map(edge => edge.connection.id),
      message: `${names}: expected a delay of at least 1 sample in the loop, got none. Insert a Delay, or remove a connection.`,
      ...(fix ? { fix } : {}),
    });
  }
  return { loops, order };
}

/** What the nodes themselves find wrong with their places. */
function checkPlaces(
  shapes: ReadonlyMap<string, NodeShape>,
  { blocks, itemShapes }: Pick<SignalFacts, 'blocks' | 'itemShapes'>,
  problems: Problem[],
): void {
  for (const [id, { type, shape: place }] of shapes) {
    if (!type.judge) continue;
    const fault = type.judge({ ...place, blockFrames: blocks.get(id) ?? 0, itemShapes: itemShapes.get(id) ?? {} });
    if (fault === undefined) continue;
    const { code, what, advice } = fault;
    problems.push({ code, severity: 'error', path: `nodes.${id}`, nodeId: id, message: `${id}: ${what}. ${advice}` });
  }
}

/** Works out everything about the patch that does not depend on time. Never throws. */
export function inferPatch(patch: Patch, registry: Registry, resources: ResourceBook): Inference {
  const problems: Problem[] = [];
  const shapes = shapeNodes(patch, registry, resources);
  const connections = checkConnections(patch, registry, shapes, problems);
  const incoming = new Map<string, InferredConnection[]>();
  for (const c of connections) addTo(incoming, c.connection.to.node, c);
  const edges = connections.map(({ edge }) => edge);
  const { loops, order } = resolveLoops(patch, registry, shapes, edges, problems);
  const walk = walkInDepth([...shapes.keys()], edges).order;
  const rates = inferRates(patch, shapes, incoming, walk);
  checkRates(patch, registry, connections, incoming, rates, problems);
  const channels = inferChannels(shapes, incoming, walk);
  checkChannels(patch, registry, connections, channels, problems);
  const blocks = inferBlocks(shapes, incoming, walk);
  checkBlocks(patch, registry, connections, loops, { blocks, rates }, problems);
  const itemShapes = inferItemShapes(shapes, incoming, walk);
  checkItemShapes(patch, registry, connections, itemShapes, problems);
  checkSpectra(patch, shapes, connections, incoming, problems);
  checkPlaces(shapes, { blocks, itemShapes }, problems);
  return { shapes, connections, incoming, order, loops, rates, blocks, channels, itemShapes, problems };
}
