// Which inputs of a plan hear the world (a microphone) rather than a recording. Owns this one rule for both threads.
import type { Registry } from '../core/registry.ts';
import type { Plan } from '../plan/plan.ts';

/** Ids of the input nodes that have no file of their own to play. */
export const liveInputs = (plan: Plan, registry: Registry): string[] =>
  plan.inputs
    .map(({ nodeId }) => nodeId)
    .filter(id => Object.keys(registry.get(plan.nodes[id].type)?.resources ?? {}).length === 0);
