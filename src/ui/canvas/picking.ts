// What lies under the pointer: by its element, and where there is none, by its place. Must not know what is done with it.
import { meets } from './bounds.ts';
import type { PatchCanvas } from './canvas.ts';
import { grown } from './rect-index.ts';
import type { Point, Rect } from './wire-path.ts';

/** How wide a painted wire is for the pointer: as one with elements, but never less than that on the screen. */
const WIDTH_PX = 14;
const WIDTH_SCREEN_PX = 6;

/** The place under the pointer, where something painted can lie there: not over an element of its own. */
function paintedAt(canvas: PatchCanvas, event: MouseEvent): (Point & Rect) | undefined {
  const target = event.target as Element;
  if (target !== canvas.element && !target.closest('[data-mark]')) return undefined;
  return { ...canvas.viewport.toCanvas(event.clientX, event.clientY), width: 0, height: 0 };
}

/** The node under the pointer. */
export function nodeAt(canvas: PatchCanvas, event: MouseEvent): string | undefined {
  const own = (event.target as Element).closest('[data-node]')?.getAttribute('data-node');
  if (typeof own === 'string') return own;
  const at = paintedAt(canvas, event);
  return at && canvas.index.meeting(at).findLast(box => meets(box, at) && !canvas.deck.shown.has(box.id))?.id;
}

/** The wire under the pointer; over a node it is the node that is meant. */
export function wireAt(canvas: PatchCanvas, event: MouseEvent): string | undefined {
  const own = (event.target as Element).getAttribute('data-connection');
  if (own !== null) return own;
  const at = canvas.viewport.isTiny ? paintedAt(canvas, event) : undefined;
  if (!at || nodeAt(canvas, event) !== undefined) return undefined;
  const widthPx = Math.max(WIDTH_PX, WIDTH_SCREEN_PX / canvas.viewport.transform.k);
  const wires = canvas.wires.meeting(grown(at, widthPx));
  return wires.findLast(wire => canvas.overview.isOnWire(wire, at, widthPx))?.connection.id;
}
