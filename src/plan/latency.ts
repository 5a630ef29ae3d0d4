// Latency along paths: what arrives when, and which connections must wait so that paths that meet are aligned.
// Owns the algebra; all sums are in samples at the patch rate. Must not know kernels or buffers.
import type { Inference, InferredConnection } from '../core/infer.ts';
import type { LatencyParts } from '../core/node-type.ts';
import { carriesFrames } from '../core/port.ts';
import { findLoopWay } from './loop-facts.ts';

export const NO_LATENCY: LatencyParts = { buffering: 0, inference: 0, model: 0, filter: 0 };
export const sumLatency = (parts: LatencyParts): number =>
  parts.buffering + parts.inference + parts.model + parts.filter;

/** a + b·factor; most nodes are not late, and give what reaches them. */
const addScaled = (a: LatencyParts, b: LatencyParts, factor: number): LatencyParts =>
  b.buffering === 0 && b.inference === 0 && b.model === 0 && b.filter === 0
    ? a
    : {
        buffering: a.buffering + b.buffering * factor,
        inference: a.inference + b.inference * factor,
        model: a.model + b.model * factor,
        filter: a.filter + b.filter * factor,
      };

export interface PathLatency {
  /** At the audio inlets of each node, after alignment. */
  readonly atInlet: ReadonlyMap<string, LatencyParts>;
  readonly atOutlet: ReadonlyMap<string, LatencyParts>;
  /** How long each audio connection waits, in samples at the patch rate; only those that do. */
  readonly waits: ReadonlyMap<string, number>;
  /** How long connections that are switched off would wait. */
  readonly skippedWaits: ReadonlyMap<string, number>;
  readonly total: LatencyParts;
}

/**
 * Spreads latency along the order. Where several audio connections reach a node, the early ones wait for the latest; all
 * outputs of the patch count as one meeting point. Inside a loop nothing is aligned, since every delay there is part of the
 * sound; what is late in it counts once, on the way from where sound enters, and what comes round counts nothing.
 * `order`: loops as one component each. `own` gives a node's latency in samples at its rate, told what reaches it.
 */
export function findPathLatency(
  inference: Inference,
  order: readonly (readonly string[])[],
  own: (nodeId: string, reached: LatencyParts) => LatencyParts,
  patchRateHz: number,
  rateOf: (nodeId: string) => number,
  isOutput: (nodeId: string) => boolean,
): PathLatency {
  const loopOf = new Map(inference.loops.flatMap((loop, index) => loop.nodes.map(id => [id, index] as const)));
  const incoming = (id: string): readonly InferredConnection[] => inference.incoming.get(id) ?? [];
  const ways = inference.loops.map(loop => findLoopWay(loop, loop.nodes.flatMap(incoming)));
  const round = new Set(ways.flatMap(way => way.round));
  const brings = ({ connection, inlet }: InferredConnection): boolean =>
    carriesFrames(inlet) && !round.has(connection.id);
  const walked = order.flatMap(component =>
    loopOf.has(component[0]) ? ways[loopOf.get(component[0]) as number].order : component,
  );
  const atInlet = new Map<string, LatencyParts>();
  const atOutlet = new Map<string, LatencyParts>();
  const arrival = (c: InferredConnection): LatencyParts => atOutlet.get(c.connection.from.node) ?? NO_LATENCY;
  const latest = (a: LatencyParts, b: LatencyParts): LatencyParts => (sumLatency(b) > sumLatency(a) ? b : a);
  let total = NO_LATENCY;
  for (const id of walked) {
    let reached = NO_LATENCY;
    for (const c of incoming(id)) if (brings(c)) reached = latest(reached, arrival(c));
    atInlet.set(id, reached);
    atOutlet.set(id, addScaled(reached, own(id, reached), patchRateHz / rateOf(id)));
    if (isOutput(id)) total = latest(total, reached);
  }
  const waits = new Map<string, number>();
  const skippedWaits = new Map<string, number>();
  for (const id of walked) {
    if (loopOf.has(id)) continue;
    if (isOutput(id)) atInlet.set(id, total);
    for (const c of incoming(id)) {
      if (!brings(c)) continue;
      const wait = sumLatency(atInlet.get(id) as LatencyParts) - sumLatency(arrival(c));
      if (wait > 1e-9) (c.connection.isUnaligned ? skippedWaits : waits).set(c.connection.id, wait);
    }
  }
  return { atInlet, atOutlet, waits, skippedWaits, total };
}
