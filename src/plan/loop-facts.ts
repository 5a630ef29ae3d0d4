// Loops before anything plays: which way sound takes through them, the ticks that they are counted in, and what they cost.
// Owns those facts; which nodes form a loop and which break it comes from core/infer.ts. Must not know buffers.
import type { InferredConnection, Loop } from '../core/infer.ts';
import type { NodeContext } from '../core/node-type.ts';
import type { Param } from '../core/param.ts';
import { lcm } from '../dsp/clock.ts';
import type { PlanCall, PlanNode, PlanRegion, PlanSignal } from './plan.ts';

/** The way through a loop from where sound enters it. */
export interface LoopWay {
  /** The loop's nodes, each behind all that reach it, but for what comes round. */
  readonly order: readonly string[];
  /** Ids of the connections by which sound comes round to where it has been. */
  readonly round: ReadonlySet<string>;
}

/**
 * Walks a loop in depth from the nodes that sound enters (from its breakers when none does): connections to a node on the way
 * there come round; without them the nodes have an order, the reverse of the one in which they are left. `carrying`: the
 * patch's connections that carry frames, in the order of their ids.
 */
export function findLoopWay({ nodes, breakers }: Loop, carrying: readonly InferredConnection[]): LoopWay {
  const members = new Set(nodes);
  const leaving = new Map<string, InferredConnection[]>(nodes.map(id => [id, []]));
  const entries = new Set<string>();
  for (const c of carrying) {
    const { from, to } = c.connection;
    if (!members.has(to.node)) continue;
    if (members.has(from.node)) leaving.get(from.node)?.push(c);
    else entries.add(to.node);
  }
  const left: string[] = [];
  const round = new Set<string>();
  const state = new Map<string, 'on the way' | 'left'>();
  for (const start of [...[...entries].sort(), ...breakers, ...nodes]) {
    if (state.has(start)) continue;
    state.set(start, 'on the way');
    const way = [{ id: start, next: 0 }];
    while (way.length > 0) {
      const at = way[way.length - 1];
      const connection = leaving.get(at.id)?.[at.next++]?.connection;
      if (!connection) {
        state.set(at.id, 'left');
        left.push(at.id);
        way.pop();
      } else if (state.get(connection.to.node) === 'on the way') round.add(connection.id);
      else if (!state.has(connection.to.node)) {
        state.set(connection.to.node, 'on the way');
        way.push({ id: connection.to.node, next: 0 });
      }
    }
  }
  return { order: left.reverse(), round };
}

/** Ticks a second: the least common multiple of all rates in a loop. */
export function findTickRate(
  items: readonly (PlanCall | PlanRegion)[],
  imports: PlanRegion['imports'],
  nodes: Readonly<Record<string, PlanNode>>,
  signals: readonly PlanSignal[],
): number {
  const rates = imports.map(({ inner }) => signals[inner].rateHz);
  for (const item of items) {
    if (item.kind === 'node') rates.push(nodes[item.nodeId].rateHz, nodes[item.nodeId].outRateHz);
    else if ('output' in item) rates.push(signals[item.output].rateHz);
  }
  return rates.reduce(lcm);
}

/** What bounds a breaker's part in a step of its loop. */
export interface BreakerFacts {
  readonly ctx: NodeContext;
  readonly params: Readonly<Record<string, Param>>;
  /** Params that a signal moves, and whether one of the signals is made in the loop itself. */
  readonly wired: readonly string[];
  readonly isModulatedInside: boolean;
  readonly restDelayFrames: (ctx: NodeContext) => number;
}

/** PlanRegion.stepFrames: the least of what the breakers allow. A wired param counts as the least it can be. */
export function findStepFrames(breakers: readonly BreakerFacts[]): number {
  const allowed = breakers.map(({ ctx, params, wired, isModulatedInside, restDelayFrames }) => {
    const least = wired.flatMap(name => {
      const definition = params[name];
      return definition?.kind === 'number' ? [[name, definition.min] as const] : [];
    });
    const values = { ...ctx.values, ...Object.fromEntries(least) };
    return ((isModulatedInside ? 1 : restDelayFrames({ ...ctx, values })) * ctx.patchRateHz) / ctx.rateHz;
  });
  return Math.min(...allowed);
}
