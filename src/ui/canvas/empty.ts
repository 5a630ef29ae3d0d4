// The empty patch: one sentence and up to three starts. Owns that picture only.
import { css, h } from '../dom.ts';
import { type IconName, icon } from '../icons.ts';
import type { PatchCanvas } from './canvas.ts';

export function addEmptyState(canvas: PatchCanvas): void {
  const { callbacks, store } = canvas.context;
  const start = (label: string, name: IconName, run: (() => void) | undefined, isPrimary = false) => {
    if (!run) return undefined;
    const element = h(
      'button',
      { type: 'button', class: isPrimary ? css('button', 'mod-primary') : css('button') },
      icon(name),
      label,
    );
    element.addEventListener('click', run);
    return element;
  };
  const panel = h(
    'div',
    { class: css('empty', 'overlay') },
    h('h2', {}, 'Sound enters at the top and falls to the output.'),
    h('p', {}, 'Drag a node here, or press ', h('kbd', {}, 'N'), ' and type its name.'),
    h(
      'div',
      { class: css('starts') },
      start('Play a file', 'sound', callbacks.playFile?.bind(callbacks), true),
      start('Open an example', 'patch', callbacks.openGallery?.bind(callbacks)),
      start('Start lesson 1', 'book', callbacks.openLesson?.bind(callbacks)),
    ),
  );
  canvas.element.append(panel);
  const update = (): void => {
    const { nodes, notes, frames } = store.patch;
    panel.hidden = Object.keys(nodes).length + Object.keys(notes).length + Object.keys(frames).length > 0;
  };
  canvas.disposables.add(store.subscribe(update));
  update();
}
