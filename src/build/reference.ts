// Writes what is generated from the node files for people and other programs: dist/nodes.json, dist/patch.schema.json and a
// help page per node in dist/help/. Owns where they lie; their form is in src/core.
import { helpIndex, helpPage } from '../core/help-page.ts';
import { nodeReference } from '../core/reference.ts';
import { patchSchema } from '../core/schema.ts';
import { remove, write } from './paths.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const pageOf = (id: string): string => `${id.replace('/', '--')}.md`;

export const buildReference = async (): Promise<void> => {
  // Read here and not at the top, because an earlier step of the same build writes it.
  const { registry } = await import('../generated/registry.ts');
  const nodes = nodeReference(registry);
  write('dist/nodes.json', json(nodes));
  write('dist/patch.schema.json', json(patchSchema(registry)));
  remove('dist/help');
  for (const node of nodes) write(`dist/help/${pageOf(node.id)}`, helpPage(node));
  write('dist/help/index.md', helpIndex(nodes, pageOf));
};
