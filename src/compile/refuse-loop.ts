// Loops between nodes have no graph yet. Owns how that is said; the plan tells which nodes they are and what they need.
import { fail } from '../core/errors.ts';
import type { PlanRegion } from '../plan/plan.ts';

/** Throws PatchError E-LOWER: a loop needs steps inside a call, and the graph has none but for the feedback inside a Delay. */
export function refuseLoop({ items, breakers, stepFrames }: PlanRegion): never {
  const names = [...new Set(items.flatMap(item => (item.kind === 'node' ? [item.nodeId] : [])))].sort().join(', ');
  const steps = `steps of ${Math.round(stepFrames * 100) / 100} frames`;
  fail(
    'E-LOWER',
    `nodes.${breakers[0]}`,
    `${breakers.join(', ')}: expected no loop between nodes, got one through ${names}. A bundle computes each node once a call, this loop needs ${steps}. Use the Delay's own feedback, or render the patch to a file.`,
    breakers[0],
  );
}
