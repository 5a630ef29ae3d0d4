// What part of the canvas is seen: pan, zoom, fit, and from screen to canvas and back.
// Owns the numbers; rete's area applies them.
import { css } from '../dom.ts';
import type { Dots } from './dots.ts';
import type { ReteView, Transform } from './rete-view.ts';
import type { Point, Rect } from './wire-path.ts';

/** Shows the whole of a patch of 1,000 nodes in half a window. */
export const ZOOM_MIN = 0.05;
export const ZOOM_MAX = 3;
/** Below this zoom bodies hide; titles and ports stay. */
const FAR_ZOOM = 0.6;
/** Below this zoom names and ports are smaller than 5 px: all is painted (overview.ts). */
const TINY_ZOOM = 0.35;
const FIT_MARGIN = 32;
/** The ground rests when it has not been panned for so long. */
const REST_MS = 200;

/** The transform that shows `bounds` in the middle of a window, at most at 100 %. */
export function fitTransform(bounds: Rect, width: number, height: number): Transform {
  const k = Math.max(
    ZOOM_MIN,
    Math.min(1, (width - 2 * FIT_MARGIN) / bounds.width, (height - 2 * FIT_MARGIN) / bounds.height),
  );
  return {
    k,
    x: Math.round((width - bounds.width * k) / 2 - bounds.x * k),
    y: Math.round((height - bounds.height * k) / 2 - bounds.y * k),
  };
}

/** The transform after zooming to `k` with the point (x, y) of the window held still. */
export function zoomAbout(transform: Transform, k: number, x: number, y: number): Transform {
  const next = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, k));
  const ratio = next / transform.k;
  return { k: next, x: x - (x - transform.x) * ratio, y: y - (y - transform.y) * ratio };
}

export class Viewport {
  readonly #container: HTMLElement;
  readonly #view: ReteView;
  readonly #dots: Dots;
  readonly #onChange: () => void;
  #width = 0;
  #height = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement, view: ReteView, dots: Dots, onChange: () => void) {
    this.#container = container;
    this.#view = view;
    this.#dots = dots;
    this.#onChange = onChange;
    this.measure();
  }

  /**
   * Reads the size of the window; call it when that changes. It is kept because asking the page for it while nodes are being
   * added would make the page lay out all of them, just to say what did not change.
   */
  measure(): void {
    this.#width = this.#container.clientWidth;
    this.#height = this.#container.clientHeight;
  }

  /** Whether the window has a size; in a tab that was never shown it has none. */
  get hasSize(): boolean {
    return this.#width > 0 && this.#height > 0;
  }

  /** Bodies of nodes are hidden. */
  get isFar(): boolean {
    return this.transform.k < FAR_ZOOM;
  }
  /** Nodes are too small for elements of their own. */
  get isTiny(): boolean {
    return this.transform.k < TINY_ZOOM;
  }
  /** Size of the window in px on the screen. */
  get size(): { readonly width: number; readonly height: number } {
    return { width: this.#width, height: this.#height };
  }

  get transform(): Transform {
    return this.#view.transform;
  }

  set(next: Transform): void {
    const { x, y, k } = this.transform;
    this.#setPanning(next.k === k && (next.x !== x || next.y !== y));
    this.#view.setTransform(next);
    this.#dots.place(next);
    this.#container.classList.toggle(css('mod-far'), this.isFar);
    this.#container.classList.toggle(css('mod-tiny'), this.isTiny);
    this.#onChange();
  }

  /** While it is panned the picture is slid as a whole, not drawn anew; with another zoom, and at rest, it has to be sharp. */
  #setPanning(isPanning: boolean): void {
    clearTimeout(this.#rest);
    this.#container.classList.toggle(css('mod-panning'), isPanning);
    if (isPanning) this.#rest = setTimeout(() => this.#setPanning(false), REST_MS);
  }

  pan(dx: number, dy: number): void {
    const { x, y, k } = this.transform;
    this.set({ x: x + dx, y: y + dy, k });
  }

  /** Zooms by a factor about a point of the window, its middle when left out. */
  zoomBy(factor: number, clientX?: number, clientY?: number): void {
    this.zoomTo(this.transform.k * factor, clientX, clientY);
  }
  zoomTo(k: number, clientX?: number, clientY?: number): void {
    const box = this.#container.getBoundingClientRect();
    const x = clientX === undefined ? box.width / 2 : clientX - box.left;
    const y = clientY === undefined ? box.height / 2 : clientY - box.top;
    this.set(zoomAbout(this.transform, k, x, y));
  }

  fit(bounds: Rect | undefined): void {
    if (bounds && this.hasSize) this.set(fitTransform(bounds, this.#width, this.#height));
  }

  /** Pans as little as needed to show a rectangle. */
  reveal(rect: Rect): void {
    const { x, y, k } = this.transform;
    const left = rect.x * k + x;
    const top = rect.y * k + y;
    const dx = Math.max(0, 16 - left) - Math.max(0, Math.min(left - 16, left + rect.width * k - this.#width + 16));
    const dy = Math.max(0, 16 - top) - Math.max(0, Math.min(top - 16, top + rect.height * k - this.#height + 16));
    if (dx !== 0 || dy !== 0) this.pan(dx, dy);
  }

  /** From a place on the screen to the canvas. */
  toCanvas(clientX: number, clientY: number): Point {
    const box = this.#container.getBoundingClientRect();
    const { x, y, k } = this.transform;
    return { x: (clientX - box.left - x) / k, y: (clientY - box.top - y) / k };
  }

  /** From the canvas to px inside the container. */
  toContainer(point: Point): Point {
    const { x, y, k } = this.transform;
    return { x: point.x * k + x, y: point.y * k + y };
  }

  /** The seen part of the canvas. */
  get visible(): Rect {
    const { x, y, k } = this.transform;
    return { x: -x / k, y: -y / k, width: this.#width / k, height: this.#height / k };
  }
}
