// The theme's colours for what is painted rather than styled. Read once for each theme and not for each frame, since that would make
// the page work out its styles. Owns which ones.

const PROPERTIES = {
  ground: '--np-canvas',
  audio: '--np-audio',
  control: '--np-ctl',
  event: '--np-event',
  tensor: '--np-tensor',
  spectrum: '--np-spectrum',
  fill: '--jp-layout-color1',
  edge: '--np-edge',
  text: '--jp-ui-font-color1',
  pale: '--np-ink-2',
  plain: '--np-control',
  brand: '--jp-brand-color1',
  ring: '--np-brand-ring',
  error: '--np-error-ink',
  warning: '--np-warn-ink',
  font: '--jp-ui-font-family',
} as const;

export type Colours = Readonly<Record<keyof typeof PROPERTIES, string>>;

export class ThemeColours {
  /** Called when the theme is another. */
  readonly changed = new Set<() => void>();
  readonly #observer: MutationObserver;
  #now: Colours | undefined;

  constructor() {
    // A theme comes with an attribute of the body, after its style sheet.
    this.#observer = new MutationObserver(() => {
      this.#now = undefined;
      for (const listener of this.changed) listener();
    });
    this.#observer.observe(document.body, { attributes: true });
  }

  get now(): Colours {
    if (!this.#now) {
      const style = getComputedStyle(document.body);
      const entries = Object.entries(PROPERTIES).map(([name, property]) => [
        name,
        style.getPropertyValue(property).trim(),
      ]);
      this.#now = Object.fromEntries(entries) as Colours;
    }
    return this.#now;
  }

  dispose(): void {
    this.#observer.disconnect();
  }
}
