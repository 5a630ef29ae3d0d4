// What a page tells of an editor with a large patch. Types only: pages see the DOM and marks see Node.
import type { Patch } from '../../core/patch.ts';

/** What opening it took. */
export interface Opened {
  /** From the patch to the first frame in which all of it is drawn, in ms. */
  readonly openMs: number;
  /** The longest time in which the page did nothing else, in ms. */
  readonly longestTaskMs: number;
  /** Elements on the page. */
  readonly elements: number;
}

/** Draws a patch in the page's body, all of it in view. */
export type OpenDrawing = (patch: Patch) => Promise<Opened>;
/** Drags the ground for so many frames, one step a frame; times between frames in ms. */
export type PanFrames = (frames: number) => Promise<readonly number[]>;
