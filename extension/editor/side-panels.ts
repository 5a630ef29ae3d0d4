// Fills JupyterLab's side panels with palette and inspector of an editor. Part of the lazily loaded chunk.
import { registry } from '../../src/generated/registry.ts';
import { mountInspector } from '../../src/ui/inspector/inspector.ts';
import { mountPalette } from '../../src/ui/palette/palette.ts';
import type { PatchEditor } from './patch-editor.ts';

export function fillPalette(host: HTMLElement, editor: PatchEditor): () => void {
  const palette = mountPalette(host, { registry, addNode: type => editor.open?.canvas.commands.addNodeOfType(type) });
  return () => palette.dispose();
}

export function fillInspector(host: HTMLElement, editor: PatchEditor): () => void {
  const { open } = editor;
  if (!open) return () => undefined;
  const { session, selection } = open;
  const inspector = mountInspector(host, {
    store: session.store,
    registry,
    engine: session.view,
    session: selection,
    callbacks: editor.callbacks,
  });
  return () => inspector.dispose();
}
