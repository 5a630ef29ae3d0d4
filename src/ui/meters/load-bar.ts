// Load bar: mean share of the block budget, with a mark at the safe limit. Owns its drawing only.
import { css, h } from '../dom.ts';

/** Above this share of the block a dropout is near. */
export const SAFE_LOAD = 0.8;

export function makeLoadBar(): { element: HTMLElement; set(share: number | undefined): void } {
  const fill = h('i');
  const mark = h('u');
  mark.style.left = `${SAFE_LOAD * 100}%`;
  const element = h('div', { class: css('loadBar') }, fill, mark);
  return {
    element,
    set: share => {
      fill.style.width = `${Math.min(1, share ?? 0) * 100}%`;
      element.classList.toggle(css('mod-over'), (share ?? 0) > SAFE_LOAD);
    },
  };
}
