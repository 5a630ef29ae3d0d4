// Loops before anything plays: which way sound takes through them, the ticks that they are counted in, and what they cost.
// Owns those facts; which nodes form a loop and which break it comes from core/infer.ts. Must not know buffers.
import { walkInDepth } from '../core/graph.ts';
import type { InferredConnection, Loop } from '../core/infer.ts';
import type { NodeContext } from '../core/node-type.ts';
import type { Param } from '../core/param.ts';
import { carriesFrames } from '../core/port.ts';
import { lcm } from '../dsp/clock.ts';
import type { PlanCall, PlanNode, PlanRegion, PlanSignal } from './plan.ts';

/** The way through a loop from where sound enters it. */
export interface LoopWay {
  /** The loop's nodes, each behind all that reach it, but for what comes round. */
  readonly order: readonly string[];
  /** Ids of the connections by which sound comes round to where it has been. */
  readonly round: readonly string[];
}

/**
 * Walks a loop in depth from the nodes that sound enters (from its breakers when none does). `reaching`: the connections that reach
 * the loop's nodes.
 */
export function findLoopWay({ nodes, breakers }: Loop, reaching: readonly InferredConnection[]): LoopWay {
  const members = new Set(nodes);
  const edges = reaching
    .filter(({ inlet }) => carriesFrames(inlet))
    .map(({ edge }) => edge)
    .sort((a, b) => (a.connection.id < b.connection.id ? -1 : 1));
  const entries = edges.filter(({ from }) => !members.has(from)).map(({ to }) => to);
  const { order, round } = walkInDepth(
    [...entries.sort(), ...breakers, ...nodes],
    edges.filter(({ from }) => members.has(from)),
  );
  return { order, round: [...round].map(({ connection }) => connection.id) };
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
