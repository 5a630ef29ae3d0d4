// A row of figures that stays one row: those that do not fit lie behind a button, and come out by themselves when the keyboard
// goes to them. Owns folding only; which figures go first is the style's order.
import { button, css, type Disposables, h } from '../dom.ts';
import { icon } from '../icons.ts';

/** The row and the button that opens the rest; the button is there only while something is folded away. */
export function makeFold(
  figures: readonly HTMLElement[],
  label: string,
  disposables: Disposables,
): readonly HTMLElement[] {
  const row = h('div', { class: css('foldRow') }, ...figures);
  const host = h('div', { class: css('fold') }, row);
  const open = (isOpen: boolean): void => {
    row.classList.toggle(css('mod-open'), isOpen);
    opener.setAttribute('aria-expanded', String(isOpen));
  };
  const opener = button(css('iconButton'), label, () => open(!row.classList.contains(css('mod-open'))), icon('dots'));
  open(false);
  const update = (): void => {
    opener.hidden = !figures.some(figure => figure.offsetTop >= row.offsetTop + host.offsetHeight);
    if (opener.hidden) open(false);
  };
  const observer = new ResizeObserver(update);
  for (const element of [host, ...figures]) observer.observe(element);
  disposables.add(() => observer.disconnect());
  disposables.listen(document, 'pointerdown', event => {
    const target = event.target as Node;
    if (!row.contains(target) && !opener.contains(target)) open(false);
  });
  disposables.listen(host, 'keydown', event => {
    if (event.key === 'Escape') open(false);
  });
  return [host, opener];
}
