// The editor of a JupyterLab document: opens files beside it, saves what it makes. Owns what the interface's buttons mean in Lab.
// Entry of the lazily loaded chunk: nothing that Lab loads at start may import it other than by `import()`.
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { LabServices } from '../document/patch-document.ts';
import type { PatchModel } from '../document/patch-model.ts';
import { TEXT_FACTORY } from '../tokens.ts';
import { addBrowserDrop } from './browser-drop.ts';
import { dropFile, dropPath } from './drop-file.ts';
import { PatchEditor } from './patch-editor.ts';
import type { ReadFile } from './read-files.ts';

/** Mounts the editor of the document in `host`; `read` reads the files beside it. */
export function openDocumentEditor(
  host: HTMLElement,
  context: DocumentRegistry.IContext<PatchModel>,
  services: LabServices,
  read: ReadFile,
): PatchEditor {
  const { contents, commands } = services;
  const run = (id: string, args: Record<string, string> = {}): void => void commands.execute(`neuropatch:${id}`, args);
  const editor = new PatchEditor(host, {
    shared: context.model.sharedModel,
    read,
    hasOwnShortcuts: false,
    latencyHint: () => services.settings.values.latencyHint,
    relaxedSimd: () => services.settings.values.relaxedSimd,
    openAsText: () => void commands.execute('docmanager:open', { path: context.path, factory: TEXT_FACTORY }),
    callbacks: {
      openExample: type => run('open-example', { type }),
      locateFile: (nodeId, slot) => run('locate-file', { nodeId, slot }),
      profileLoad: () => run('profile-load'),
      exportBundle: () => run('export-bundle'),
      toggleTracks: () => run('toggle-recording', { only: 'tracks' }),
      openInspector: () => run('show-inspector'),
      playFile: () => run('play-file'),
      openGallery: () => run('open-example'),
      resetState: nodeId => run('reset-node', { nodeId }),
      dropFile: (file, target) => void (editor.open && dropFile(editor.open, contents, context.path, file, target)),
    },
  });
  addBrowserDrop(
    host,
    () => editor.open?.canvas,
    (path, target) => void (editor.open && dropPath(editor.open, contents, context.path, path, target)),
  );
  return editor;
}
