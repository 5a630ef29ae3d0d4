// What is shown instead of the canvas when a file is no patch: why, and the way to its text. Changes nothing in the file.
import type { Problem } from '../../src/core/errors.ts';
import { button, css, h } from '../../src/ui/dom.ts';

/** Shows the card; returns the function that takes it away. */
export function mountUnreadable(host: HTMLElement, problems: readonly Problem[], openAsText?: () => void): () => void {
  const card = h(
    'div',
    { class: css('unreadable'), role: 'alert' },
    h('h2', {}, 'This file can’t be opened as a patch'),
    ...problems.map(problem => h('p', {}, h('code', {}, problem.code), ` ${problem.message}`)),
    h('p', {}, 'Nothing in it was changed.'),
    openAsText && button('jp-Button jp-mod-styled jp-mod-accept', 'Open as text', openAsText, 'Open as text'),
  );
  host.append(card);
  return () => card.remove();
}
