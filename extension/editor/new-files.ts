// New patch files: an empty one, a copy of a gallery patch, the example of a node type. Owns how they are named and opened.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog } from '@jupyterlab/apputils';
import { addNode, connect, setMark } from '../../src/core/edits.ts';
import type { ExampleBuilder, NodeType } from '../../src/core/node-type.ts';
import { emptyPatch, type Patch } from '../../src/core/patch.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
import { applyTransaction, type Transaction } from '../../src/core/transaction.ts';
import { builtinUrls } from '../../src/generated/builtin-urls.ts';
import { registry } from '../../src/generated/registry.ts';
import { PALETTE_ID } from '../plugins/panels.ts';
import { EDITOR_FACTORY } from '../tokens.ts';

/** Writes the text as a new file in the folder and opens it, with the palette beside it. */
async function openText(app: JupyterFrontEnd, folder: string, text: string): Promise<unknown> {
  const { contents } = app.serviceManager;
  const file = await contents.newUntitled({ path: folder, type: 'file', ext: '.npatch' });
  await contents.save(file.path, { type: 'file', format: 'text', content: text });
  app.shell.activateById(PALETTE_ID);
  return app.commands.execute('docmanager:open', { path: file.path, factory: EDITOR_FACTORY });
}

export function openNewPatch(app: JupyterFrontEnd, folder: string, sampleRateHz: number): Promise<unknown> {
  return openText(app, folder, serializePatch({ ...emptyPatch(), sampleRateHz }));
}

/** The example of a node type as a patch; nodes without a place stand in a column. */
export function examplePatch(type: NodeType): Patch {
  let patch: Patch = { ...emptyPatch(`Example: ${type.label}`) };
  const apply = (transaction: Transaction): void => {
    patch = applyTransaction(patch, transaction).patch;
  };
  const builder: ExampleBuilder = {
    add: (typeId, id, options = {}) => {
      const place = [256, 32 + 192 * Object.keys(patch.nodes).length] as const;
      apply(addNode({ id, type: typeId, version: registry.get(typeId)?.version ?? 1, position: place, ...options }));
      return id;
    },
    connect: (from, to) => apply(connect(from, to)),
    note: (text, position) => {
      const id = `note-${Object.keys(patch.notes).length + 1}`;
      apply(setMark('notes', id, { id, text, position, size: [208, 96] }));
    },
  };
  type.example(builder);
  return patch;
}

/** Opens a copy of an example: of a node `type`, of the gallery's `name` ("tube-amp"), or of one that the user chooses. */
export async function openExample(app: JupyterFrontEnd, folder: string, { type, name }: { type?: string; name?: string }): Promise<unknown> {
  const definition = type === undefined ? undefined : registry.get(type);
  if (definition) return openText(app, folder, serializePatch(examplePatch(definition)));
  const names = Object.keys(builtinUrls).filter(file => file.endsWith('.npatch')).map(file => file.replace(/\.npatch$/, ''));
  const chosen = name ?? (await InputDialog.getItem({ title: 'Open an example patch', items: names, okLabel: 'Open' })).value;
  const url = chosen === null ? undefined : builtinUrls[`${chosen}.npatch`]?.();
  if (url === undefined) return undefined;
  return openText(app, folder, await (await fetch(url)).text());
}
