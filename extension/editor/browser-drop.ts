// Files dragged from JupyterLab's file browser onto a patch: named where they are, not copied. Owns Lumino's drag events;
// what falls on a node or on the canvas is the interface's, what becomes of it drop-file.ts's.
import type { MimeData } from '@lumino/coreutils';
import type { DropPlace } from '../../src/ui/canvas/file-drop.ts';
import { isTaken } from './drop-file.ts';

const CONTENTS_MIME = 'application/x-jupyter-icontents';

/** The part of Lumino's `Drag.Event` that is needed here. */
interface BrowserDrag extends MouseEvent {
  dropAction: string;
  readonly proposedAction: string;
  readonly mimeData: MimeData;
}

/**
 * Lets files of the file browser be dropped on the canvas in `host`. `place` is asked anew each time, since the canvas may go and
 * come; `drop` gets the paths that the file browser has. The listeners go with `host`.
 */
export function addBrowserDrop(
  host: HTMLElement,
  place: () => { readonly element: HTMLElement; readonly dropPlace: DropPlace } | undefined,
  drop: (path: string, target: ReturnType<DropPlace['targetOf']>) => void,
): void {
  const pathsOf = ({ mimeData }: BrowserDrag): string[] => {
    const paths: unknown = mimeData.getData(CONTENTS_MIME);
    return Array.isArray(paths) ? paths.filter(path => typeof path === 'string' && isTaken(path)) : [];
  };
  const handle = (event: BrowserDrag): void => {
    const canvas = place();
    if (!canvas) return;
    const { element, dropPlace } = canvas;
    const isInside = (node: EventTarget | null): boolean => node instanceof Node && element.contains(node);
    if (event.type === 'lm-dragleave') {
      if (!isInside(event.relatedTarget)) dropPlace.light(false);
      return;
    }
    const paths = pathsOf(event);
    // Other files are left to JupyterLab, which opens them beside the patch.
    if (paths.length === 0 || !isInside(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dropAction = event.proposedAction;
    dropPlace.light(event.type !== 'lm-drop');
    if (event.type === 'lm-drop') paths.forEach((path, index) => drop(path, dropPlace.targetOf(event, index)));
  };
  for (const type of ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop'])
    host.addEventListener(type, handle as unknown as EventListener);
}
