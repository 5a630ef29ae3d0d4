// Files of the person's computer that are dropped on the canvas or on a node. Owns the gesture; what becomes of a file is the
// extension's, and without it nothing can be dropped.
import { css } from '../dom.ts';
import type { PatchCanvas } from './canvas.ts';

/** Lets files be dropped where the extension takes them. */
export function addFileDrop(canvas: PatchCanvas): void {
  const { element, disposables, context, viewport } = canvas;
  const { dropFile } = context.callbacks;
  if (!dropFile) return;
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  const light = (isOver: boolean): void => void element.classList.toggle(css('mod-dropping'), isOver);
  disposables.listen(element, 'dragover', event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    light(true);
  });
  disposables.listen(element, 'dragleave', event => {
    if (!element.contains(event.relatedTarget as Element | null)) light(false);
  });
  disposables.listen(element, 'drop', event => {
    light(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus({ preventScroll: true });
    const nodeId = (event.target as Element).closest('[data-node]')?.getAttribute('data-node') ?? undefined;
    const { x, y } = viewport.toCanvas(event.clientX, event.clientY);
    files.forEach((file, index) => {
      // A node takes the first; the others become nodes of their own.
      dropFile(file, { at: [x, y], ...(nodeId !== undefined && index === 0 ? { nodeId } : {}) });
    });
  });
}
