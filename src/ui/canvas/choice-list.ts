// A list to search and choose from, at a place of the canvas: quick add, connect by keyboard, menus.
// Owns its keys and its role; must not know what is chosen.
import { css, h } from '../dom.ts';
import { type IconName, icon } from '../icons.ts';

export interface ChoiceItem {
  readonly id: string;
  readonly label: string;
  readonly detail?: string;
  readonly icon?: IconName;
}

export interface ChoiceOptions {
  readonly title: string;
  /** Items for what is typed, best first. */
  search(text: string): readonly ChoiceItem[];
  /** Whether there is a field to type into; menus have none. */
  readonly hasField: boolean;
  choose(item: ChoiceItem): void;
  /** Called once when the list goes away, chosen or not. */
  closed?(): void;
}

const ITEMS_MAX = 12;
let counter = 0;

/** Opens the list in `host` at (x, y) px of it and focuses it. Returns the function that closes it. */
export function openChoiceList(host: HTMLElement, x: number, y: number, options: ChoiceOptions): () => void {
  const listId = `${css('choices')}-${++counter}`;
  const list = h('div', { class: css('choices'), role: 'listbox', id: listId, 'aria-label': options.title });
  const field = h('input', {
    class: css('field'),
    type: 'text',
    placeholder: options.title,
    'aria-label': options.title,
    role: 'combobox',
    'aria-expanded': 'true',
    'aria-controls': listId,
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const card = h(
    'div',
    { class: css('card', 'overlay', 'choiceCard'), 'data-lm-suppress-shortcuts': 'true' },
    options.hasField && field,
    !options.hasField && h('div', { class: css('choiceTitle') }, options.title),
    list,
  );
  const focusTarget: HTMLElement = options.hasField ? field : list;
  if (!options.hasField) list.tabIndex = 0;
  let items: readonly ChoiceItem[] = [];
  let active = 0;
  let isOpen = true;

  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    card.remove();
    options.closed?.();
  };
  const draw = (): void => {
    list.replaceChildren(
      ...items.map((item, index) => {
        const row = h(
          'div',
          {
            class: css('choice'),
            role: 'option',
            id: `${listId}-${index}`,
            'aria-selected': index === active ? 'true' : 'false',
          },
          item.icon && icon(item.icon),
          h('span', {}, item.label),
          item.detail !== undefined && h('small', {}, item.detail),
        );
        row.addEventListener('pointerdown', event => event.preventDefault());
        row.addEventListener('click', () => choose(index));
        return row;
      }),
    );
    if (items.length === 0) list.append(h('div', { class: css('choiceNone') }, 'Nothing fits'));
    if (items.length > 0) focusTarget.setAttribute('aria-activedescendant', `${listId}-${active}`);
    else focusTarget.removeAttribute('aria-activedescendant');
  };
  const search = (): void => {
    items = options.search(field.value).slice(0, options.hasField ? ITEMS_MAX : undefined);
    active = 0;
    draw();
  };
  const choose = (index: number): void => {
    const item = items[index];
    if (!item) return;
    close();
    options.choose(item);
  };
  card.addEventListener('keydown', event => {
    event.stopPropagation();
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter') choose(active);
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      active = (active + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % Math.max(1, items.length);
      draw();
      list.children[active]?.scrollIntoView({ block: 'nearest' });
    } else return;
    event.preventDefault();
  });
  field.addEventListener('input', search);
  focusTarget.addEventListener('blur', () => close());
  card.addEventListener('pointerdown', event => event.stopPropagation());
  host.append(card);
  search();
  const left = Math.max(8, Math.min(x, host.clientWidth - card.offsetWidth - 8));
  const top = Math.max(8, Math.min(y, host.clientHeight - card.offsetHeight - 8));
  card.style.transform = `translate(${left}px, ${top}px)`;
  focusTarget.focus({ preventScroll: true });
  return close;
}
