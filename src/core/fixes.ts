// Fixes: one-click answers to problems, as transactions. Owns which node type mends what; a registry without it offers no fix.
import { freeNodeId, freePosition, insertInto } from './edits.ts';
import type { Fix } from './errors.ts';
import type { ParamValue } from './param.ts';
import type { Connection, Patch, PatchNode } from './patch.ts';
import type { Registry } from './registry.ts';

/** The node types that mend a rate mismatch and an undelayed loop. */
export const RATE_FIX_TYPE = 'rate/resampler';
export const CYCLE_FIX_TYPE = 'time/delay';

function makeNode(
  patch: Patch,
  registry: Registry,
  typeId: string,
  connection: Connection,
  params: Readonly<Record<string, ParamValue>>,
): PatchNode | undefined {
  const type = registry.get(typeId);
  const from = patch.nodes[connection.from.node];
  const to = patch.nodes[connection.to.node];
  if (!type || !from || !to) return undefined;
  const middle = (axis: 0 | 1): number => (from.position[axis] + to.position[axis]) / 2;
  return {
    id: freeNodeId(patch, typeId),
    type: typeId,
    version: type.version,
    position: freePosition(patch, [middle(0), middle(1)]),
    params,
  };
}

/** Rates that the Resampler has, in Hz; none when the registry has no Resampler. */
export function resamplerRates(registry: Registry): number[] {
  const to = registry.get(RATE_FIX_TYPE)?.params({ values: {}, resources: {}, patchRateHz: 48000 }).to;
  return to?.kind === 'choice' ? to.choices.map(Number) : [];
}

/** Inserts a Resampler to `toHz`; undefined when the registry has none or it does not know the rate. */
export function fixRate(patch: Patch, registry: Registry, connection: Connection, toHz: number): Fix | undefined {
  if (!resamplerRates(registry).includes(toHz)) return undefined;
  const node = makeNode(patch, registry, RATE_FIX_TYPE, connection, { to: String(toHz) });
  return (
    node && { label: `Insert Resampler to ${toHz / 1000} kHz`, transaction: insertInto(connection, node, 'in', 'out') }
  );
}

/** Inserts a Delay of one sample, the least that makes a loop computable. */
export function fixCycle(patch: Patch, registry: Registry, connection: Connection): Fix | undefined {
  const node = makeNode(patch, registry, CYCLE_FIX_TYPE, connection, { time: 0, feedback: 0 });
  return node && { label: 'Insert Delay of 1 sample', transaction: insertInto(connection, node, 'in', 'out') };
}
