// A card that a button of the toolbar opens and closes: by the button, Escape, or a press elsewhere. Owns opening and focus only.
import { css, type Disposables, h } from '../dom.ts';

export interface Popup {
  readonly isOpen: boolean;
  toggle(): void;
  /** Draws the content again, if it is open. */
  update(): void;
}

/** `content` makes what the card shows, each time that it is drawn. */
export function makePopup(
  root: HTMLElement,
  opener: HTMLElement,
  label: string,
  content: () => readonly Node[],
  disposables: Disposables,
): Popup {
  let panel: HTMLElement | undefined;
  const close = (): void => {
    panel?.remove();
    panel = undefined;
    opener.setAttribute('aria-expanded', 'false');
  };
  const open = (): void => {
    panel = h('div', { class: css('card', 'popup'), role: 'dialog', 'aria-label': label, tabindex: -1 }, ...content());
    panel.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return;
      close();
      opener.focus();
    });
    root.append(panel);
    panel.focus();
    opener.setAttribute('aria-expanded', 'true');
  };
  opener.setAttribute('aria-expanded', 'false');
  disposables.listen(document, 'pointerdown', event => {
    const target = event.target as Node;
    if (panel && !panel.contains(target) && !opener.contains(target)) close();
  });
  return {
    get isOpen() {
      return panel !== undefined;
    },
    toggle: () => (panel ? close() : open()),
    update: () => panel?.replaceChildren(...content()),
  };
}
