// What a page tells of an editor with a large patch. Types only: pages see the DOM and marks see Node.
import type { Patch } from '../../core/patch.ts';

/** What opening it took. */
export interface Opened {
  /** From the patch to the frame after the first one in which all of it is drawn, in ms. */
  readonly openMs: number;
  /** Of that, until nodes and wires could be seen, before the plan was made; where there is a plan. */
  readonly seenMs?: number;
  /** Nodes of which something is to be seen in their place, where that was looked at. */
  readonly nodesDrawn?: number;
  /** The longest time in which the page did nothing else, in ms. */
  readonly longestTaskMs: number;
  /** Elements on the page. */
  readonly elements: number;
}

/** Draws a patch in the page's body, all of it in view. */
export type OpenDrawing = (patch: Patch) => Promise<Opened>;
/** Zooms about the middle until the nodes are so large (1 = 100 %), and waits until the picture rests. */
export type ZoomTo = (scale: number) => Promise<void>;
/** Drags the ground for so many frames, one step a frame; times between frames in ms. */
export type PanFrames = (frames: number, reach?: number) => Promise<readonly number[]>;
