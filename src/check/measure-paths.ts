// The paths of a plan that sound can take, and what the product reports for each. Owns the walk over connections; must not
// know how a path is measured.

import type { ResourceBook } from '../core/infer.ts';
import type { LatencyParts } from '../core/node-type.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import { NO_LATENCY, sumLatency } from '../plan/latency.ts';
import type { Plan, PlanRegion } from '../plan/plan.ts';

/** A way from a source to an output: the connections in order, and the nodes that they join. */
export interface SoundPath {
  readonly nodes: readonly string[];
  readonly connections: readonly string[];
  readonly reported: LatencyParts;
}

/** More ways than this between a source and an output are not taken one by one. */
export const PATHS_MAX = 32;

export interface PathGraph {
  readonly sources: readonly string[];
  /** Node ids of loops. */
  readonly looped: ReadonlySet<string>;
  /** All ways from a source to an output; undefined when there are more than PATHS_MAX. */
  between(source: string, output: string): readonly SoundPath[] | undefined;
  /** Latency of a connection's sound as the plan reports it for everything that reaches a node. */
  readonly atInlet: (nodeId: string) => LatencyParts;
}

export const addLatency = (a: LatencyParts, b: LatencyParts, factor = 1): LatencyParts => ({
  buffering: a.buffering + b.buffering * factor,
  inference: a.inference + b.inference * factor,
  model: a.model + b.model * factor,
  filter: a.filter + b.filter * factor,
});

const nodesOf = (region: PlanRegion): string[] =>
  region.items.flatMap(item => ('items' in item ? nodesOf(item) : item.kind === 'node' ? [item.nodeId] : []));

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

export function findPaths(patch: Patch, plan: Plan, registry: Registry, resources: ResourceBook): PathGraph {
  const wires = Object.values(plan.connections)
    .filter(({ signal }) => plan.signals[signal]?.kind !== 'control')
    .flatMap(({ id }) => (patch.connections[id] ? [patch.connections[id]] : []))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const leaving = groupBy(wires, wire => wire.from.node);
  const arriving = groupBy(wires, wire => wire.to.node);
  const looped = new Set(
    plan.root.items.flatMap(item => ('items' in item && item.kind === 'loop' ? nodesOf(item) : [])),
  );
  const outputs = new Set(plan.outputs.map(({ nodeId }) => nodeId));

  const isSource = (id: string): boolean => {
    const node = plan.nodes[id];
    const shape = { values: node.values, resources: resources[id] ?? {}, patchRateHz: plan.sampleRateHz };
    const ports = Object.values(registry.get(node.type)?.ports(shape) ?? {});
    return ports.every(port => port.direction === 'outlet' || port.type === 'control' || port.type === 'event');
  };
  const sources = [...leaving.keys()].filter(isSource).sort();

  const own = (id: string, parts: LatencyParts): LatencyParts => {
    const node = plan.nodes[id];
    return addLatency(parts, node.latency, plan.sampleRateHz / node.rateHz);
  };
  const known = new Map<string, LatencyParts>();
  const latest = (a: LatencyParts, b: LatencyParts): LatencyParts => (sumLatency(b) > sumLatency(a) ? b : a);
  const atInlet = (id: string): LatencyParts => {
    const before = known.get(id);
    if (before) return before;
    // A loop comes round to itself: nothing is aligned there, so its own past counts nothing.
    known.set(id, NO_LATENCY);
    const parts = outputs.has(id)
      ? plan.latency
      : (arriving.get(id) ?? []).map(wire => own(wire.from.node, atInlet(wire.from.node))).reduce(latest, NO_LATENCY);
    known.set(id, parts);
    return parts;
  };

  /** Own latencies along the way; where a connection waits, it waits for something: the parts are those of what it waits for. */
  const reportedFor = (connections: readonly string[]): LatencyParts =>
    connections.reduce((parts, id) => {
      const { from, to } = patch.connections[id];
      const leavingParts = own(from.node, parts);
      const { alignSamples, rateHz } = plan.connections[id];
      if (alignSamples === 0) return leavingParts;
      const total = sumLatency(leavingParts) + (alignSamples * plan.sampleRateHz) / rateHz;
      const met = atInlet(to.node);
      const rest = total - sumLatency(met);
      if (Math.abs(rest) > 1)
        return { ...leavingParts, buffering: leavingParts.buffering + total - sumLatency(leavingParts) };
      return { ...met, buffering: met.buffering + rest };
    }, NO_LATENCY);

  const between = (source: string, output: string): readonly SoundPath[] | undefined => {
    const found: SoundPath[] = [];
    const reaches = new Map<string, boolean>();
    const canReach = (id: string): boolean => {
      const before = reaches.get(id);
      if (before !== undefined) return before;
      reaches.set(id, id === output);
      const can = id === output || (leaving.get(id) ?? []).some(wire => canReach(wire.to.node));
      reaches.set(id, can);
      return can;
    };
    const walk = (id: string, nodes: readonly string[], connections: readonly string[]): boolean => {
      if (id === output) {
        found.push({ nodes, connections, reported: reportedFor(connections) });
        return found.length <= PATHS_MAX;
      }
      return (leaving.get(id) ?? []).every(
        wire =>
          nodes.includes(wire.to.node) ||
          !canReach(wire.to.node) ||
          walk(wire.to.node, [...nodes, wire.to.node], [...connections, wire.id]),
      );
    };
    return walk(source, [source], []) ? found : undefined;
  };
  return { sources, looped, between, atInlet };
}
