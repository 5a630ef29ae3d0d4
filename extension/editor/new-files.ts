// New patch files: an empty one, a copy of a gallery patch, the example of a node type. Owns how they are named and opened.
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog } from '@jupyterlab/apputils';
import { examplePatch } from '../../src/core/example.ts';
import { emptyPatch } from '../../src/core/patch.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
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

/** Opens a copy of an example: of a node `type`, of the gallery's `name` ("tube-amp"), or of one that the user chooses. */
export async function openExample(
  app: JupyterFrontEnd,
  folder: string,
  { type, name }: { type?: string; name?: string },
): Promise<unknown> {
  const definition = type === undefined ? undefined : registry.get(type);
  if (definition) return openText(app, folder, serializePatch(examplePatch(definition, registry)));
  const names = Object.keys(builtinUrls)
    .filter(file => file.endsWith('.npatch'))
    .map(file => file.replace(/\.npatch$/, ''));
  const chosen =
    name ?? (await InputDialog.getItem({ title: 'Open an example patch', items: names, okLabel: 'Open' })).value;
  const url = chosen === null ? undefined : builtinUrls[`${chosen}.npatch`]?.();
  if (url === undefined) return undefined;
  return openText(app, folder, await (await fetch(url)).text());
}
