// Files of the person's computer that are dropped on the canvas or on a node. Owns the gesture; what becomes of a file is the
// extension's, and without it nothing can be dropped.
import type { DropTarget } from '../context.ts';
import { css } from '../dom.ts';
import type { PatchCanvas } from './canvas.ts';
import { nodeAt } from './picking.ts';

/** The same for hosts that have drags of their own. */
export interface DropPlace {
  /** What the `index`-th of the dropped things falls on: a node takes the first, the others become nodes of their own. */
  targetOf(event: MouseEvent, index?: number): DropTarget;
  /** Shows that what is over the canvas may be dropped. */
  light(isOver: boolean): void;
}

/** Lets files be dropped where the extension takes them. */
export function addFileDrop(canvas: PatchCanvas): DropPlace {
  const { element, disposables, context, viewport } = canvas;
  const { dropFile } = context.callbacks;
  const place: DropPlace = {
    targetOf(event, index = 0) {
      const nodeId = nodeAt(canvas, event);
      const { x, y } = viewport.toCanvas(event.clientX, event.clientY);
      return { at: [x, y], ...(nodeId && index === 0 ? { nodeId } : {}) };
    },
    light: isOver => void element.classList.toggle(css('mod-dropping'), isOver),
  };
  if (!dropFile) return place;
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  disposables.listen(element, 'dragover', event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    place.light(true);
  });
  disposables.listen(element, 'dragleave', event => {
    if (!element.contains(event.relatedTarget as Element | null)) place.light(false);
  });
  disposables.listen(element, 'drop', event => {
    place.light(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus({ preventScroll: true });
    files.forEach((file, index) => dropFile(file, place.targetOf(event, index)));
  });
  return place;
}
