// Inference: what flows where. Shapes of nodes, valid connections, loops, order, rates and channels of a patch, with every
// problem on the way. Owns the rules "what meets what"; the plan, the checks of the canvas and the CLI all read it.
import type { Problem } from './errors.ts';
import { fixCycle, fixPortType } from './fixes.ts';
import { type Edge, findCycle, findLoops, sortTopologically } from './graph.ts';
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
import type { Connection, Patch } from './patch.ts';
import type { Port } from './port.ts';
import { lacksResource, type NodeShape, portOrParam, type Registry, shapeNode } from './registry.ts';
import type { Resources } from './resource.ts';
import { portKey } from './signal-rules.ts';

/** What is loaded, by node id and slot. */
export type ResourceBook = Readonly<Record<string, Resources | undefined>>;

export interface InferredConnection {
  readonly connection: Connection;
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
  /** Channels by `node.port`. */
  readonly channels: ReadonlyMap<string, number>;
  /** Sizes of one item by `node.port`, for spectra and tensors. */
  readonly itemShapes: ReadonlyMap<string, readonly number[]>;
}

export interface Inference extends SignalFacts {
  readonly shapes: ReadonlyMap<string, NodeShape>;
  /** Valid connections, sorted by id. */
  readonly connections: readonly InferredConnection[];
  /** Node ids in an order in which all can be computed; undefined with a loop that no delay breaks. */
  readonly order: readonly string[] | undefined;
  readonly loops: readonly Loop[];
  readonly problems: readonly Problem[];
}

function shapeNodes(patch: Patch, registry: Registry, resources: ResourceBook): Map<string, NodeShape> {
  const shapes = new Map<string, NodeShape>();
  for (const id of Object.keys(patch.nodes).sort()) {
    const node = patch.nodes[id];
    const type = registry.get(node.type);
    if (type) shapes.set(id, shapeNode(type, node, resources[id] ?? {}, patch.sampleRateHz));
  }
  return shapes;
}

function checkConnections(
  patch: Patch,
  registry: Registry,
  shapes: ReadonlyMap<string, NodeShape>,
  problems: Problem[],
): InferredConnection[] {
  const valid: InferredConnection[] = [];
  for (const id of Object.keys(patch.connections).sort()) {
    const connection = patch.connections[id];
    const { from, to } = connection;
    const path = `connections.${id}`;
    const missing = [from, to].find(end => !Object.hasOwn(patch.nodes, end.node));
    if (missing) {
      problems.push({
        code: 'E-CONNECTION',
        severity: 'error',
        path,
        message: `${id}: expected a node "${missing.node}", got none. Remove the connection.`,
        fix: {
          label: 'Remove connection',
          transaction: { label: 'Disconnect', changes: [{ path: ['connections', id], value: undefined }] },
        },
      });
      continue;
    }
    const source = shapes.get(from.node);
    const target = shapes.get(to.node);
    // A node of an unknown type, or whose model is missing, keeps its wires; what they were can't be judged here.
    if (!source || !target) continue;
    const outlet = Object.hasOwn(source.ports, from.port) ? source.ports[from.port] : undefined;
    const inlet = portOrParam(target, to.port);
    if ((!outlet && lacksResource(source)) || (!inlet && lacksResource(target))) continue;
    const isUnknown = lacksResource(source) || lacksResource(target);
    if (isUnknown && outlet && inlet && outlet.type !== inlet.type) continue;
    if (outlet?.direction !== 'outlet' || inlet?.direction !== 'inlet') {
      const end = outlet?.direction === 'outlet' ? to : from;
      problems.push({
        code: 'E-CONNECTION',
        severity: 'error',
        path,
        nodeId: end.node,
        message: `${id}: expected ${end === from ? 'an outlet' : 'an inlet'} "${end.port}" on ${end.node}, got none. Connect another port.`,
      });
    } else if (outlet.type !== inlet.type) {
      const fix = fixPortType(patch, registry, connection, outlet, inlet);
      problems.push({
        code: 'E-PORT-TYPE',
        severity: 'error',
        path,
        nodeId: to.node,
        message: `${id}: expected ${inlet.type}, got ${outlet.type}. ${fix ? 'Put a converter between them' : 'Connect ports of the same colour and shape'}.`,
        ...(fix ? { fix } : {}),
      });
    } else {
      valid.push({ connection, outlet, inlet, isParam: !Object.hasOwn(target.ports, to.port) });
    }
  }
  return valid;
}

/** Splits loops at breakers; reports those that stay closed. */
function resolveLoops(
  patch: Patch,
  registry: Registry,
  shapes: ReadonlyMap<string, NodeShape>,
  connections: readonly InferredConnection[],
  problems: Problem[],
): { loops: Loop[]; order: string[] | undefined } {
  const ids = [...shapes.keys()];
  const edges = connections.map(c => ({
    from: c.connection.from.node,
    to: c.connection.to.node,
    connection: c.connection,
  }));
  const isCut = (edge: Edge, inLoop: ReadonlySet<string>): boolean => {
    const target = shapes.get(edge.to) as NodeShape;
    const isAudioInlet = Object.hasOwn(target.ports, edge.connection.to.port);
    return (
      inLoop.has(edge.from) &&
      inLoop.has(edge.to) &&
      isAudioInlet &&
      target.type.loop !== undefined &&
      !patch.nodes[edge.to].isBypassed
    );
  };
  const loops: Loop[] = [];
  const cut = new Set<Edge>();
  for (const nodes of findLoops(ids, edges)) {
    const inLoop = new Set(nodes);
    const cutHere = edges.filter(edge => isCut(edge, inLoop));
    for (const edge of cutHere) cut.add(edge);
    loops.push({ nodes, breakers: [...new Set(cutHere.map(edge => edge.to))].sort() });
  }
  const open = edges.filter(edge => !cut.has(edge));
  for (const nodes of findLoops(ids, open)) {
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
  return { loops, order: sortTopologically(ids, open) };
}

/** What the nodes themselves find wrong with their places. */
function checkPlaces(
  shapes: ReadonlyMap<string, NodeShape>,
  { blocks, itemShapes }: Pick<SignalFacts, 'blocks' | 'itemShapes'>,
  problems: Problem[],
): void {
  for (const [id, { type, ports, shape: place }] of shapes) {
    const sizes = Object.keys(ports).flatMap(port => {
      const shape = itemShapes.get(portKey(id, port));
      return shape ? [[port, shape] as const] : [];
    });
    const fault = type.judge({ ...place, blockFrames: blocks.get(id) ?? 0, itemShapes: Object.fromEntries(sizes) });
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
  const { loops, order } = resolveLoops(patch, registry, shapes, connections, problems);
  const ids = order ?? [...shapes.keys()];
  const rates = inferRates(patch, shapes, connections, ids);
  checkRates(patch, registry, connections, rates, problems);
  const channels = inferChannels(shapes, connections, ids);
  checkChannels(patch, registry, connections, channels, problems);
  const blocks = inferBlocks(shapes, connections, ids);
  checkBlocks(patch, registry, connections, loops, { blocks, rates }, problems);
  const itemShapes = inferItemShapes(shapes, connections, ids);
  checkItemShapes(patch, registry, connections, itemShapes, problems);
  checkSpectra(patch, shapes, connections, problems);
  checkPlaces(shapes, { blocks, itemShapes }, problems);
  return { shapes, connections, order, loops, rates, blocks, channels, itemShapes, problems };
}
