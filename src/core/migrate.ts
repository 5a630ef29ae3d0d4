// Migration: carries an older patch to this version by named steps, each small and tested. Newer parts stay as they are.
// Owns the order of steps; what a step of a node does is in the node's file.
import type { Patch, PatchNode } from './patch.ts';
import type { Registry } from './registry.ts';

/** A step of the document format: from `version` to the next. */
export interface PatchMigration {
  readonly name: string;
  readonly version: number;
  readonly apply: (patch: Patch) => Patch;
}

/** All steps of the document format, oldest first. The format is at version 1, so there is none yet. */
export const PATCH_MIGRATIONS: readonly PatchMigration[] = [];

/** Returns the patch in today's form and the names of the steps taken, e.g. "dynamics/gain 1 → 2 (gain)". */
export function migratePatch(
  patch: Patch,
  registry: Registry,
  migrations: readonly PatchMigration[] = PATCH_MIGRATIONS,
): { patch: Patch; steps: string[] } {
  const steps: string[] = [];
  let next = patch;
  for (const migration of migrations) {
    if (next.version !== migration.version) continue;
    next = { ...migration.apply(next), version: migration.version + 1 };
    steps.push(migration.name);
  }
  const nodes = migrateNodes(next.nodes, '', registry, steps);
  const subpatches = Object.fromEntries(
    Object.entries(next.subpatches).map(([id, subpatch]) => [
      id,
      { ...subpatch, nodes: migrateNodes(subpatch.nodes, `${id}: `, registry, steps) },
    ]),
  );
  return { patch: steps.length > 0 ? { ...next, nodes, subpatches } : patch, steps };
}

/** Nodes in today's form; `where` stands before their ids in the names of the steps. */
function migrateNodes(
  given: Patch['nodes'],
  where: string,
  registry: Registry,
  steps: string[],
): Record<string, PatchNode> {
  const nodes: Record<string, PatchNode> = {};
  for (const [id, original] of Object.entries(given)) {
    const type = registry.get(original.type);
    let node = original;
    while (type && node.version < type.version && type.migrate[node.version]) {
      steps.push(`${node.type} ${node.version} → ${node.version + 1} (${where}${id})`);
      node = { ...type.migrate[node.version](node), version: node.version + 1 };
    }
    nodes[id] = node;
  }
  return nodes;
}
