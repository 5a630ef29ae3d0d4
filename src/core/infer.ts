// Inference: what flows where. Shapes of nodes, valid connections, loops, order, rates and channels of a patch, with every
// problem on the way. Owns the rules "what meets what"; the plan, the checks of the canvas and the CLI all read it.
import type { Problem } from './errors.ts';
import { fixCycle, fixRate, RATE_FIX_TYPE, resamplerRates } from './fixes.ts';
import { type Edge, findCycle, findLoops, sortTopologically } from './graph.ts';
import type { Connection, Patch } from './patch.ts';
import type { Port } from './port.ts';
import { lacksResource, type NodeShape, portOrParam, type Registry, shapeNode } from './registry.ts';
import type { Resources } from './resource.ts';

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

export interface Inference {
  readonly shapes: ReadonlyMap<string, NodeShape>;
  /** Valid connections, sorted by id. */
  readonly connections: readonly InferredConnection[];
  /** Node ids in an order in which all can be computed; undefined with a loop that no delay breaks. */
  readonly order: readonly string[] | undefined;
  readonly loops: readonly Loop[];
  /** Rate of the 'follow' ports of each node in Hz. */
  readonly rates: ReadonlyMap<string, number>;
  /** Channels by `node.port`. */
  readonly channels: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

export const portKey = (nodeId: string, port: string): string => `${nodeId}.${port}`;

/** Rate of a port in Hz once the node's rate is known. */
export function portRate(port: Port, nodeRateHz: number, patchRateHz: number): number {
  if (port.rateHz === 'follow') return nodeRateHz;
  return port.rateHz === 'patch' ? patchRateHz : port.rateHz;
}

/**
 * The channel rule: equal numbers pass; one channel into many is copied to each; many into one are averaged (the mean keeps
 * the level of what is the same in all). Everything else is refused. Returns its words, '' when nothing is converted.
 */
export function channelRule(from: number, to: number): string | undefined {
  if (from === to) return '';
  if (from === 1) return `1 → ${to} ch, copied`;
  if (to === 1) return `${from} → 1 ch, mean`;
  return undefined;
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
      problems.push({
        code: 'E-PORT-TYPE',
        severity: 'error',
        path,
        nodeId: to.node,
        message: `${id}: expected ${inlet.type}, got ${outlet.type}. Connect ports of the same colour and shape.`,
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

/** Rates spread from where they are fixed along 'follow' ports until nothing changes; what stays open runs at the patch rate. */
function inferRates(
  patch: Patch,
  shapes: ReadonlyMap<string, NodeShape>,
  connections: readonly InferredConnection[],
  order: readonly string[],
): Map<string, number> {
  const rates = new Map<string, number>();
  const incoming = new Map<string, InferredConnection[]>();
  for (const c of connections) {
    if (c.inlet.type !== 'audio' || c.inlet.rateHz !== 'follow') continue;
    incoming.set(c.connection.to.node, [...(incoming.get(c.connection.to.node) ?? []), c]);
  }
  const outletRate = (c: InferredConnection): number | undefined =>
    c.outlet.rateHz === 'follow' ? rates.get(c.connection.from.node) : portRate(c.outlet, 0, patch.sampleRateHz);
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const id of order) {
      if (rates.has(id)) continue;
      const fixed = Object.values((shapes.get(id) as NodeShape).ports).find(
        p => p.direction === 'inlet' && p.type === 'audio' && typeof p.rateHz === 'number',
      );
      const sources = incoming.get(id) ?? [];
      const known = sources.map(outletRate).find(rate => rate !== undefined);
      const rate = known ?? (fixed ? (fixed.rateHz as number) : sources.length === 0 ? patch.sampleRateHz : undefined);
      if (rate === undefined) continue;
      rates.set(id, rate);
      hasChanged = true;
    }
  }
  for (const id of order) if (!rates.has(id)) rates.set(id, patch.sampleRateHz);
  return rates;
}

function checkRates(
  patch: Patch,
  registry: Registry,
  connections: readonly InferredConnection[],
  rates: ReadonlyMap<string, number>,
  problems: Problem[],
): void {
  const pairs = resamplerRates(registry);
  for (const { connection, outlet, inlet } of connections) {
    if (outlet.type !== 'audio') continue;
    const got = portRate(outlet, rates.get(connection.from.node) as number, patch.sampleRateHz);
    const wanted = portRate(inlet, rates.get(connection.to.node) as number, patch.sampleRateHz);
    const asked = patch.nodes[connection.to.node].type === RATE_FIX_TYPE ? [got] : got === wanted ? [] : [got, wanted];
    const odd = asked.find(rate => pairs.length > 0 && !pairs.includes(rate));
    if (odd !== undefined) {
      problems.push({
        code: 'E-RATE-PAIR',
        severity: 'error',
        path: `connections.${connection.id}`,
        nodeId: connection.to.node,
        message: `${connection.id}: expected a rate that the Resampler has (${pairs.map(rate => rate / 1000).join(', ')} kHz), got ${odd / 1000} kHz. Export the model for one of them.`,
      });
      continue;
    }
    if (got === wanted) continue;
    problems.push(rateProblem(patch, registry, connection, got, wanted));
  }
}

/** The problem of a connection that brings `gotHz` to an inlet of `wantedHz`, with the Resampler that mends it. */
export function rateProblem(
  patch: Patch,
  registry: Registry,
  connection: Connection,
  gotHz: number,
  wantedHz: number,
): Problem {
  const cents = Math.round(1200 * Math.log2(wantedHz / gotHz));
  const fix = fixRate(patch, registry, connection, wantedHz);
  return {
    code: 'E-RATE',
    severity: 'error',
    path: `connections.${connection.id}`,
    nodeId: connection.to.node,
    message: `${connection.to.node}.${connection.to.port}: expected ${wantedHz / 1000} kHz, got ${gotHz / 1000} kHz; it would sound ${Math.abs(cents)} cents ${cents > 0 ? 'sharp' : 'flat'}. Insert a Resampler.`,
    ...(fix ? { fix } : {}),
  };
}

/** Channels grow along 'follow' ports until nothing changes (monotone, so loops settle). */
function inferChannels(
  shapes: ReadonlyMap<string, NodeShape>,
  connections: readonly InferredConnection[],
  order: readonly string[],
): Map<string, number> {
  const channels = new Map<string, number>();
  const incoming = new Map<string, InferredConnection[]>();
  for (const c of connections) {
    const key = portKey(c.connection.to.node, c.connection.to.port);
    if (c.inlet.type === 'audio') incoming.set(key, [...(incoming.get(key) ?? []), c]);
  }
  for (let round = 0, hasChanged = true; hasChanged && round <= order.length; round++) {
    hasChanged = false;
    for (const id of order) {
      const { ports } = shapes.get(id) as NodeShape;
      const entries = Object.entries(ports).filter(([, port]) => port.type === 'audio');
      let follow = 1;
      for (const [name, port] of entries) {
        if (port.direction !== 'inlet' || port.channels !== 'follow') continue;
        for (const c of incoming.get(portKey(id, name)) ?? []) {
          follow = Math.max(follow, channels.get(portKey(c.connection.from.node, c.connection.from.port)) ?? 1);
        }
      }
      for (const [name, port] of entries) {
        const count = port.channels === 'follow' ? follow : port.channels;
        if (channels.get(portKey(id, name)) === count) continue;
        channels.set(portKey(id, name), count);
        hasChanged = true;
      }
    }
  }
  return channels;
}

function checkChannels(
  connections: readonly InferredConnection[],
  channels: ReadonlyMap<string, number>,
  problems: Problem[],
): void {
  for (const { connection, outlet } of connections) {
    if (outlet.type !== 'audio') continue;
    const from = channels.get(portKey(connection.from.node, connection.from.port)) as number;
    const to = channels.get(portKey(connection.to.node, connection.to.port)) as number;
    if (channelRule(from, to) !== undefined) continue;
    problems.push({
      code: 'E-CHANNELS',
      severity: 'error',
      path: `connections.${connection.id}`,
      nodeId: connection.to.node,
      message: `${connection.to.node}.${connection.to.port}: expected ${to} channels, got ${from}. Only 1 → n (copied) and n → 1 (mean) are converted; change the source.`,
    });
  }
}

/** Works out everything about the patch that does not depend on time. Never throws. */
export function inferPatch(patch: Patch, registry: Registry, resources: ResourceBook): Inference {
  const problems: Problem[] = [];
  const shapes = shapeNodes(patch, registry, resources);
  const connections = checkConnections(patch, shapes, problems);
  const { loops, order } = resolveLoops(patch, registry, shapes, connections, problems);
  const ids = order ?? [...shapes.keys()];
  const rates = inferRates(patch, shapes, connections, ids);
  checkRates(patch, registry, connections, rates, problems);
  const channels = inferChannels(shapes, connections, ids);
  checkChannels(connections, channels, problems);
  return { shapes, connections, order, loops, rates, channels, problems };
}
