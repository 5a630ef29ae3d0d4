// Notes and frames on the canvas: shown, moved, resized (frames) and edited as plain text.
// Owns their elements; moving is in gestures.ts.
import { setMark } from '../../core/edits.ts';
import type { Frame, Note, Patch } from '../../core/patch.ts';
import type { EditorContext } from '../context.ts';
import { css, h, setText } from '../dom.ts';
import type { MarkKind } from '../session.ts';

interface Mark {
  readonly element: HTMLElement;
  readonly text: HTMLElement;
}

export const markKey = (kind: MarkKind, id: string): string => `${kind}/${id}`;

export class MarkLayer {
  readonly element = h('div', { class: css('marks') });
  readonly #context: EditorContext;
  readonly #marks = new Map<string, Mark>();

  constructor(context: EditorContext) {
    this.#context = context;
  }

  /** Draws notes and frames as the document has them. */
  update(patch: Patch): void {
    const wanted = new Set<string>();
    for (const frame of Object.values(patch.frames)) wanted.add(this.#draw('frames', frame.id, frame, frame.label));
    for (const note of Object.values(patch.notes)) wanted.add(this.#draw('notes', note.id, note, note.text));
    for (const [key, mark] of this.#marks) {
      if (wanted.has(key)) continue;
      mark.element.remove();
      this.#marks.delete(key);
    }
  }

  setSelected(keys: ReadonlySet<string>): void {
    for (const [key, mark] of this.#marks) mark.element.classList.toggle(css('mod-selected'), keys.has(key));
  }

  /** While a drag lasts, before it is a transaction. */
  place(key: string, position: readonly [number, number]): void {
    const mark = this.#marks.get(key);
    if (mark) mark.element.style.transform = `translate(${position[0]}px, ${position[1]}px)`;
  }

  /** Puts the caret into the text. Enter (a note: Mod+Enter, Escape or leaving it) keeps it; Escape drops a frame's new name. */
  edit(kind: MarkKind, id: string): void {
    const mark = this.#marks.get(markKey(kind, id));
    if (!mark) return;
    const { text } = mark;
    const before = text.textContent ?? '';
    text.setAttribute('contenteditable', 'plaintext-only');
    text.focus();
    getSelection()?.selectAllChildren(text);
    let isDropped = false;
    const keys = (event: KeyboardEvent): void => {
      event.stopPropagation();
      // A note may be long by now, and undo takes it back; a name is as short as a node's.
      if (event.key === 'Escape') isDropped = kind === 'frames';
      if (event.key === 'Escape' || (event.key === 'Enter' && (kind === 'frames' || event.ctrlKey || event.metaKey))) {
        event.preventDefault();
        text.blur();
      }
    };
    const end = (): void => {
      text.removeEventListener('keydown', keys);
      text.removeEventListener('blur', end);
      text.removeAttribute('contenteditable');
      const after = (text.textContent ?? '').replace(/\n$/, '');
      if (isDropped || after === before) text.textContent = before;
      else this.#context.store.dispatch(setMark(kind, id, after, kind === 'notes' ? 'text' : 'label'));
    };
    text.addEventListener('keydown', keys);
    text.addEventListener('blur', end);
  }

  #draw(kind: MarkKind, id: string, mark: Frame | Note, content: string): string {
    const key = markKey(kind, id);
    let drawn = this.#marks.get(key);
    if (!drawn) {
      const text = h(kind === 'frames' ? 'b' : 'div', { class: css('markText'), 'data-lm-suppress-shortcuts': 'true' });
      const element =
        kind === 'frames'
          ? h(
              'div',
              { class: css('frame'), 'data-mark': key },
              text,
              h('div', { class: css('frameGrip'), title: 'Drag to resize' }),
            )
          : h('div', { class: css('note'), 'data-mark': key }, h('small', {}, 'Note'), text);
      drawn = { element, text };
      this.#marks.set(key, drawn);
      this.element.append(element);
      element.addEventListener('dblclick', event => {
        event.stopPropagation();
        this.edit(kind, id);
      });
    }
    const { style } = drawn.element;
    style.transform = `translate(${mark.position[0]}px, ${mark.position[1]}px)`;
    style.width = `${mark.size[0]}px`;
    if (kind === 'frames') style.height = `${mark.size[1]}px`;
    if (document.activeElement !== drawn.text) setText(drawn.text, content);
    return key;
  }
}
