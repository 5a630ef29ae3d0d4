// The dots of the ground: a sheet a little larger than the window, which is slid from one dot to the next while the canvas is panned,
// so that it is drawn anew with another zoom only. Owns that sheet; its look is style/canvas.css.
import { css, h } from '../dom.ts';
import type { Transform } from './rete-view.ts';

/** From dot to dot, in px at 100 %. */
const SPACING = 16;

export class Dots {
  readonly element = h('div', { class: css('dots'), 'aria-hidden': 'true' });
  #zoom = 0;

  /** Puts one dot onto the canvas's origin, and with it all others on their places. */
  place({ x, y, k }: Transform): void {
    const { style } = this.element;
    const step = SPACING * k;
    if (k !== this.#zoom) {
      this.#zoom = k;
      style.inset = `${-step}px`;
      style.backgroundSize = `${step}px ${step}px`;
    }
    // A dot lies in the middle of its tile.
    const slide = (along: number): number => (((along - step / 2) % step) + step) % step;
    style.transform = `translate(${slide(x)}px, ${slide(y)}px)`;
  }
}
