// The editor of a patch in a notebook's output: a document of its own that is never saved. Entry of a lazily loaded chunk.
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { SharedPatch } from '../document/shared-patch.ts';
import { PatchEditor } from './patch-editor.ts';
import { readThroughResolver } from './read-files.ts';

export interface OutputEditor {
  /** Shows another patch. */
  setSource(source: string): void;
  dispose(): void;
}

export function openOutputEditor(
  host: HTMLElement,
  source: string,
  resolver: IRenderMime.IResolver | null,
): OutputEditor {
  const shared = SharedPatch.create();
  shared.setSource(source);
  const editor = new PatchEditor(host, {
    shared,
    read: readThroughResolver(resolver),
    callbacks: {},
    hasOwnShortcuts: true,
  });
  return {
    setSource: text => shared.setSource(text),
    dispose: () => {
      editor.dispose();
      shared.dispose();
    },
  };
}
