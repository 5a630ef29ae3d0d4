// A plan in which the calls of one node's kernel are counted, and its registry. Owns test data only.
import type { Kernel } from '../../src/core/node-type.ts';
import type { Registry } from '../../src/core/registry.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { registry } from './helpers.ts';

export interface CountedNode {
  readonly plan: Plan;
  readonly registry: Registry;
  /** Frames of each call of the kernel, in order; the halves of loop breakers are not counted. */
  readonly calls: number[];
}

/** `isLinear`: it may play in a row with others, without its kernel. */
export function countCalls(plan: Plan, nodeId: string, isLinear = false): CountedNode {
  const node = plan.nodes[nodeId];
  const type = registry.get(node.type);
  if (!type) throw new Error(`no ${node.type}`);
  const calls: number[] = [];
  const kernel: Kernel = (io, p, s, frames) => {
    calls.push(frames);
    type.kernel(io, p, s, frames);
  };
  const counted = { ...type, kernel, linear: isLinear ? type.linear : undefined };
  return {
    calls,
    plan: { ...plan, nodes: { ...plan.nodes, [nodeId]: { ...node, type: 'test/counted' } } },
    registry: { ...registry, get: id => (id === 'test/counted' ? counted : registry.get(id)) },
  };
}
