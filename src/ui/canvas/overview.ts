// The overview: what has no elements, painted into one <canvas> as large as the window. From far away that is every node and wire;
// near it is only what waits for its card. Owns the painting and its colours; must not know who decides what has elements.
import type { PortType } from '../../core/port.ts';
import { css, h } from '../dom.ts';
import { HEADER_HEIGHT } from './layout.ts';
import type { NodeBox } from './node-box.ts';
import type { Transform } from './rete-view.ts';
import type { Colours, ThemeColours } from './theme-colours.ts';
import type { Wire } from './wire.ts';
import type { Point } from './wire-path.ts';

/** Names smaller than that, in px on the screen, are not read by anybody. */
const TEXT_PX_MIN = 2.5;
const TITLE_PX = 12;
/** Lines of a zoomed-out picture are no thinner than that, in px on the screen. */
const LINE_PX_MIN = 0.5;
const CORNER = 4;
const WIDTHS: Readonly<Record<PortType, number>> = { audio: 2, control: 1.25, event: 1.25, tensor: 4, spectrum: 2 };
const DASHES: Partial<Record<PortType, readonly number[]>> = { event: [1, 4], spectrum: [10, 3] };
/** How a node looks beside its place. */
export interface BoxLook {
  readonly title: string;
  readonly isSelected: boolean;
  readonly isBypassed: boolean;
  readonly state: 'error' | 'warning' | undefined;
}

/** What is to be seen. */
export interface Scene {
  readonly transform: Transform;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly NodeBox[];
  readonly wires: readonly Wire[];
  look(box: NodeBox): BoxLook;
}

export class Overview {
  readonly element = h('canvas', { class: css('overview'), 'aria-hidden': 'true' });
  readonly #colours: ThemeColours;
  readonly #scene: () => Scene;
  readonly #paint = this.element.getContext('2d');
  #request = 0;
  #isEmpty = true;

  /** `scene` is asked once a frame, and only when something changed. */
  constructor(colours: ThemeColours, scene: () => Scene) {
    this.#colours = colours;
    this.#scene = scene;
    colours.changed.add(() => this.schedule());
  }

  schedule(): void {
    if (this.#request === 0) this.#request = requestAnimationFrame(this.#draw);
  }

  dispose(): void {
    cancelAnimationFrame(this.#request);
  }

  /** Whether a place of the canvas lies on a wire as wide as `widthPx`. */
  isOnWire(wire: Wire, { x, y }: Point, widthPx: number): boolean {
    if (!this.#paint) return false;
    this.#paint.resetTransform();
    this.#paint.lineWidth = widthPx;
    return this.#paint.isPointInStroke(wire.outline, x, y);
  }

  readonly #draw = (): void => {
    this.#request = 0;
    const paint = this.#paint;
    const scene = this.#scene();
    const { boxes, wires, transform, width, height } = scene;
    const isEmpty = boxes.length === 0 && wires.length === 0;
    if (!paint || (isEmpty && this.#isEmpty)) return;
    this.#isEmpty = isEmpty;
    const ratio = window.devicePixelRatio || 1;
    const [pixels, lines] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.element.width !== pixels || this.element.height !== lines) {
      this.element.width = pixels;
      this.element.height = lines;
    }
    paint.resetTransform();
    paint.clearRect(0, 0, pixels, lines);
    if (isEmpty) return;
    const { x, y, k } = transform;
    paint.setTransform(k * ratio, 0, 0, k * ratio, x * ratio, y * ratio);
    this.#drawWires(paint, this.#colours.now, wires, k);
    this.#drawBoxes(paint, this.#colours.now, scene);
  };

  #drawWires(paint: CanvasRenderingContext2D, colours: Colours, wires: readonly Wire[], k: number): void {
    const plain = new Map<PortType, Path2D>();
    const marked: Wire[] = [];
    for (const wire of wires) {
      if (wire.states.size > 0) marked.push(wire);
      else {
        const path = plain.get(wire.type) ?? new Path2D();
        path.addPath(wire.outline);
        plain.set(wire.type, path);
      }
    }
    const stroke = (path: Path2D, type: PortType, colour: string, width: number): void => {
      paint.strokeStyle = colour;
      paint.lineWidth = Math.max(width, LINE_PX_MIN / k);
      paint.setLineDash([...(DASHES[type] ?? [])]);
      paint.stroke(path);
      if (type !== 'tensor') return;
      paint.strokeStyle = colours.ground;
      paint.lineWidth = width / 2;
      paint.stroke(path);
    };
    for (const [type, path] of plain) stroke(path, type, colours[type], WIDTHS[type]);
    for (const wire of marked) {
      const colour = wire.states.has('bad') ? 'error' : wire.states.has('selected') ? 'brand' : wire.type;
      stroke(wire.outline, wire.type, colours[colour], 3);
    }
    paint.setLineDash([]);
  }

  #drawBoxes(paint: CanvasRenderingContext2D, colours: Colours, { boxes, look, transform: { k } }: Scene): void {
    // One path for all that look the same.
    const faces = new Path2D();
    const edges = new Map<keyof Colours, Path2D>();
    const titles: { box: NodeBox; title: string; colour: string }[] = [];
    for (const box of boxes) {
      const { title, isSelected, isBypassed, state } = look(box);
      const edge = isSelected ? 'brand' : (state ?? 'edge');
      const outline = edges.get(edge) ?? new Path2D();
      outline.roundRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1, CORNER);
      edges.set(edge, outline);
      faces.roundRect(box.x, box.y, box.width, box.height, CORNER);
      if (TITLE_PX * k >= TEXT_PX_MIN) titles.push({ box, title, colour: isBypassed ? colours.pale : colours.text });
    }
    paint.fillStyle = colours.fill;
    paint.fill(faces);
    for (const [edge, outline] of edges) {
      if (edge === 'brand') {
        paint.strokeStyle = colours.ring;
        paint.lineWidth = Math.max(8, 4 / k);
        paint.stroke(outline);
      }
      paint.strokeStyle = colours[edge];
      paint.lineWidth = Math.max(edge === 'edge' ? 1 : 2, (edge === 'edge' ? LINE_PX_MIN : 1) / k);
      paint.stroke(outline);
    }
    paint.font = `600 ${TITLE_PX}px ${colours.font}`;
    paint.textBaseline = 'middle';
    for (const { box, title, colour } of titles) {
      paint.fillStyle = colour;
      paint.fillText(title, box.x + 9, box.y + HEADER_HEIGHT / 2, box.width - 18);
    }
  }
}
