// Draws what sounds now on the cards that are seen, a few times a second. Must not know what is on a card.
import { css, prefersReducedMotion } from '../dom.ts';
import { meets } from './bounds.ts';
import type { PatchCanvas } from './canvas.ts';

const FPS = 30;
const FPS_REDUCED = 4;

export class LiveDrawing {
  readonly #canvas: PatchCanvas;
  #request = 0;
  #lastMs = 0;

  constructor(canvas: PatchCanvas) {
    this.#canvas = canvas;
  }

  schedule(): void {
    if (this.#request === 0 && !document.hidden) this.#request = requestAnimationFrame(this.#draw);
  }

  dispose(): void {
    cancelAnimationFrame(this.#request);
  }

  /** What is told in between is drawn when its turn comes. */
  readonly #draw = (nowMs: number): void => {
    const { context, element, viewport, deck } = this.#canvas;
    const fps = prefersReducedMotion() ? FPS_REDUCED : FPS;
    if (context.isPlaying && nowMs - this.#lastMs < 1000 / fps - 4) {
      this.#request = requestAnimationFrame(this.#draw);
      return;
    }
    this.#request = 0;
    this.#lastMs = nowMs;
    element.classList.toggle(css('mod-playing'), context.isPlaying);
    // Far away no body is seen.
    if (viewport.isFar) return;
    const seen = viewport.visible;
    for (const card of deck.shown.values()) if (card.hasLive && meets(card.box, seen)) card.updateLive();
  };
}
