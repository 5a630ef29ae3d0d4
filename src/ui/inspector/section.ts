// A foldable section of the inspector; remembers for the session whether it is folded. Owns that only.
import { type Child, css, h } from '../dom.ts';
import { icon } from '../icons.ts';

const folded = new Set<string>();

export function makeSection(title: string, aside: Child, ...children: Child[]): HTMLElement {
  const body = h('div', { class: css('sectionBody') }, ...children);
  const arrow = icon('down');
  const header = h(
    'button',
    { type: 'button', class: css('sectionHead') },
    arrow,
    h('b', {}, title),
    aside && h('span', { class: css('second') }, aside),
  );
  const update = (): void => {
    const isFolded = folded.has(title);
    body.hidden = isFolded;
    header.setAttribute('aria-expanded', isFolded ? 'false' : 'true');
    arrow.style.transform = isFolded ? 'rotate(-90deg)' : '';
  };
  header.addEventListener('click', () => {
    if (!folded.delete(title)) folded.add(title);
    update();
  });
  update();
  return h('section', { class: css('section') }, header, body);
}

/** A table of two columns: name and value. Values are text or elements. */
export function makeTable(rows: readonly (readonly [string, Child, boolean?])[]): HTMLElement {
  return h(
    'table',
    { class: css('table') },
    ...rows.map(([name, value, isMono]) =>
      h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: isMono ? css('mono') : undefined }, value)),
    ),
  );
}
