// Finds every node file by its path, as the build does: no list, no registration.
// Owns discovery for tests only.
import { readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DefinedNode } from '../../src/core/define-node.ts';
import { makeRegistry, type Registry } from '../../src/core/registry.ts';

const NODES = fileURLToPath(new URL('../../nodes/', import.meta.url));

/** Ids (`family/file`) of all files in the folders of nodes/, sorted; what lies deeper is shared by a family. */
export function nodeIds(): string[] {
  return readdirSync(NODES, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => /^[^/]+\/[^/]+\.ts$/.test(path))
    .map(path => path.slice(0, -3))
    .sort();
}

/** Loads every node file into a registry. A file that fails its own checks is in `failures`, so that it hides no other node. */
export async function loadRegistry(): Promise<{ registry: Registry; failures: Record<string, string> }> {
  const definitions: Record<string, DefinedNode> = {};
  const failures: Record<string, string> = {};
  for (const id of nodeIds()) {
    try {
      const module = (await import(pathToFileURL(`${NODES}${id}.ts`).href)) as { default: DefinedNode };
      definitions[id] = module.default;
    } catch (error) {
      failures[id] = String(error);
    }
  }
  return { registry: makeRegistry(definitions), failures };
}
