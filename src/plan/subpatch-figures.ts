// Figures of a subpatch as those of one node: what it adds in latency, what it costs. Owns how figures of the flat patch come together.
// Must not know who shows them.
import { outerId } from '../core/flat-origin.ts';
import type { LatencyParts } from '../core/node-type.ts';
import { parseEndpoint } from '../core/patch.ts';
import { INLET_TYPE, INSIDE, OUTLET_TYPE } from '../core/subpatch.ts';
import type { Plan } from './plan.ts';

const NOTHING: LatencyParts = { buffering: 0, inference: 0, model: 0, filter: 0 };
const PARTS = Object.keys(NOTHING) as (keyof LatencyParts)[];
const sumOf = (parts: LatencyParts): number => PARTS.reduce((sum, part) => sum + parts[part], 0);

/**
 * How late the subpatch at `id` is, in samples of the patch by parts: what its latest way out has more than its latest way in. A
 * subpatch in a subpatch has its flat id. Zeros where nothing leaves it.
 */
export function subpatchLatency(plan: Plan, id: string): LatencyParts {
  let [entering, leaving] = [NOTHING, NOTHING];
  const isFace = (node: string, type: string): boolean =>
    node.startsWith(id + INSIDE) && !node.slice(id.length + 1).includes(INSIDE) && plan.nodes[node]?.type === type;
  for (const { id: wire, latency } of Object.values(plan.connections)) {
    const [from, to] = wire.split('>').map(parseEndpoint);
    if (!from || !to) continue;
    if (isFace(from.node, INLET_TYPE) && sumOf(latency) > sumOf(entering)) entering = latency;
    if (isFace(to.node, OUTLET_TYPE) && sumOf(latency) > sumOf(leaving)) leaving = latency;
  }
  return Object.fromEntries(
    PARTS.map(part => [part, Math.max(0, leaving[part] - entering[part])]),
  ) as unknown as LatencyParts;
}

/** Figures by node of the flat patch (loads, times) as sums by node of the document. */
export function sumsOfDocument(figures: Readonly<Record<string, number>>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [id, figure] of Object.entries(figures)) sums[outerId(id)] = (sums[outerId(id)] ?? 0) + figure;
  return sums;
}
