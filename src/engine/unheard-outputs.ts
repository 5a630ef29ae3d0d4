// Which outputs of a plan are tracks for a file and not for the loudspeakers. Owns this one rule for both threads.
import type { Registry } from '../core/registry.ts';
import type { Plan } from '../plan/plan.ts';

export const isUnheard = (type: string, registry: Registry): boolean => {
  const lowering = registry.get(type)?.lowering;
  return lowering?.kind === 'output' && lowering.isHeard === false;
};

/** Ids of the output nodes that are captured but not heard. */
export const unheardOutputs = (plan: Plan, registry: Registry): string[] =>
  plan.outputs.map(({ nodeId }) => nodeId).filter(id => isUnheard(plan.nodes[id].type, registry));
