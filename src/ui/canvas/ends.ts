// Which ports of a node have a wire, by the names that connections use. Pure.
import type { Patch } from '../../core/patch.ts';
import type { NamedEnds } from './layout.ts';

export const NO_ENDS: NamedEnds = { inlets: [], outlets: [] };

/** Names of the ports that have a wire, by node. */
export function endsOf(patch: Patch): Map<string, NamedEnds> {
  const ends = new Map<string, { inlets: string[]; outlets: string[] }>();
  const of = (id: string): { inlets: string[]; outlets: string[] } => {
    let found = ends.get(id);
    if (!found) {
      found = { inlets: [], outlets: [] };
      ends.set(id, found);
    }
    return found;
  };
  for (const { from, to } of Object.values(patch.connections)) {
    const outlets = of(from.node).outlets;
    if (!outlets.includes(from.port)) outlets.push(from.port);
    const inlets = of(to.node).inlets;
    if (!inlets.includes(to.port)) inlets.push(to.port);
  }
  return ends;
}

/** Nodes at which a connection came or went. */
export function wiredDifferently(before: Patch, patch: Patch): Set<string> {
  const ids = new Set<string>();
  for (const [one, other] of [
    [before, patch],
    [patch, before],
  ] as const)
    for (const id in one.connections) {
      const connection = one.connections[id];
      if (connection && !Object.hasOwn(other.connections, id)) ids.add(connection.to.node).add(connection.from.node);
    }
  return ids;
}
