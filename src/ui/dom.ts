// Small helpers that make DOM elements. All text goes in as textContent, so names and notes can never become markup.
// Must not know patches, nodes or engines.

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string | undefined | false;

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

function setAttributes(element: Element, attributes: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** An HTML element with a class (without the `jp-Neuropatch` prefix: see `css`), attributes and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  for (const child of children) if (child) element.append(child);
  return element;
}

/** An SVG element. */
export function s<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG_NAMESPACE, tag);
  setAttributes(element, attributes);
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Class names of the product: `css('Node', 'row')` → "jp-Neuropatch-Node jp-Neuropatch-row". */
export const css = (...names: string[]): string => names.map(name => `jp-Neuropatch-${name}`).join(' ');

/** Writes text only when it differs, so that live figures cost nothing while they stand still. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A button with an icon or text; `label` is what is read out. */
export function button(
  className: string,
  label: string,
  onClick: (event: MouseEvent) => void,
  ...children: Child[]
): HTMLButtonElement {
  const element = h('button', { class: className, type: 'button', 'aria-label': label, title: label }, ...children);
  element.addEventListener('click', onClick);
  return element;
}

/** Collects what has to be undone when a view goes away. */
export class Disposables {
  readonly #ends: (() => void)[] = [];

  /** Remembers a function to call on dispose. */
  add(end: () => void): void {
    this.#ends.push(end);
  }

  /** Adds an event listener that dispose removes. */
  listen<Name extends keyof HTMLElementEventMap>(
    target: EventTarget,
    name: Name,
    listener: (event: HTMLElementEventMap[Name]) => void,
    options?: AddEventListenerOptions,
  ): void {
    target.addEventListener(name, listener as EventListener, options);
    this.#ends.push(() => target.removeEventListener(name, listener as EventListener, options));
  }

  dispose(): void {
    for (const end of this.#ends.splice(0).reverse()) end();
  }
}

/** Whether the user asked the system for less motion. */
export const prefersReducedMotion = (): boolean => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
/** The Mod key: Cmd on a Mac, Ctrl elsewhere. */
export const isModKey = (event: { metaKey: boolean; ctrlKey: boolean }): boolean =>
  /Mac|iP(hone|ad)/.test(navigator.platform) ? event.metaKey : event.ctrlKey;
