// Pointer gestures on the canvas: pan, zoom, select, marquee, move. Owns what a drag means; edits go through edit-actions.ts.
// Ports and controls handle their own pointers and stop them before they come here.
import { css, type Disposables, h, isModKey } from '../dom.ts';
import { meets } from './bounds.ts';
import type { PatchCanvas } from './canvas.ts';
import { moveAll } from './edit-actions.ts';
import { snap } from './layout.ts';
import { nodeAt, wireAt } from './picking.ts';

const DRAG_THRESHOLD_PX = 3;
const WHEEL_ZOOM = 0.0022;

interface Drag {
  move(event: PointerEvent): void;
  end(event: PointerEvent): void;
  cancel(): void;
}

export class Gestures {
  readonly #canvas: PatchCanvas;
  #drag: Drag | undefined;
  #isSpaceDown = false;

  constructor(canvas: PatchCanvas, disposables: Disposables) {
    this.#canvas = canvas;
    const { element } = canvas;
    disposables.listen(element, 'pointerdown', event => this.#down(event));
    disposables.listen(window, 'pointermove', event => this.#drag?.move(event));
    disposables.listen(window, 'pointerup', event => this.#up(event));
    disposables.listen(window, 'pointercancel', () => this.cancel());
    disposables.listen(element, 'wheel', event => this.#wheel(event), { passive: false });
    disposables.listen(element, 'keydown', event => {
      if (event.key === ' ' && event.target === element) this.#setSpace(true);
    });
    disposables.listen(window, 'keyup', event => {
      if (event.key === ' ') this.#setSpace(false);
    });
  }

  get isDragging(): boolean {
    return this.#drag !== undefined;
  }

  /** Takes back a drag that is not finished. */
  cancel(): void {
    this.#drag?.cancel();
    this.#drag = undefined;
  }

  #setSpace(isDown: boolean): void {
    this.#isSpaceDown = isDown;
    this.#canvas.element.classList.toggle(css('mod-grab'), isDown);
  }

  #up(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    drag?.end(event);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.ctrlKey || event.metaKey)
      this.#canvas.viewport.zoomBy(Math.exp(-event.deltaY * scale * WHEEL_ZOOM), event.clientX, event.clientY);
    else if (event.shiftKey && event.deltaX === 0) this.#canvas.viewport.pan(-event.deltaY * scale, 0);
    else this.#canvas.viewport.pan(-event.deltaX * scale, -event.deltaY * scale);
  }

  #down(event: PointerEvent): void {
    const target = event.target as Element;
    if (
      target.closest(`.${css('port')}`) ||
      target.closest('[contenteditable]') ||
      target.closest(`.${css('overlay')}`)
    )
      return;
    const { element } = this.#canvas;
    if (document.activeElement !== element) element.focus({ preventScroll: true });
    if (event.button === 1 || (event.button === 0 && this.#isSpaceDown)) this.#pan(event);
    else if (event.button === 0 && !target.closest('button, input, a')) this.#pick(event, target);
  }

  /** What the primary button was pressed on decides the gesture. */
  #pick(event: PointerEvent, target: Element): void {
    const { context } = this.#canvas;
    const isAdding = event.shiftKey || isModKey(event);
    const wire = wireAt(this.#canvas, event);
    const mark = target.closest('[data-mark]')?.getAttribute('data-mark');
    const nodeId = nodeAt(this.#canvas, event);
    if (wire) context.session.select({ connection: wire });
    else if (nodeId) {
      const { nodes } = context.session.selection;
      if (isAdding) context.session.toggle(nodeId);
      else if (!nodes.has(nodeId)) context.session.select({ nodes: [nodeId] });
      else context.session.select({ nodes, marks: context.session.selection.marks, focus: nodeId });
      this.#move(event, isAdding ? undefined : nodeId);
    } else if (mark && target.classList.contains(css('frameGrip'))) this.#resize(event, mark);
    else if (mark) {
      if (!context.session.selection.marks.has(mark)) context.session.select({ marks: [mark] });
      this.#move(event);
    } else this.#marquee(event, isAdding);
  }

  #pan(event: PointerEvent): void {
    let [x, y] = [event.clientX, event.clientY];
    event.preventDefault();
    this.#canvas.element.classList.add(css('mod-grabbing'));
    const end = (): void => this.#canvas.element.classList.remove(css('mod-grabbing'));
    this.#drag = {
      move: at => {
        this.#canvas.viewport.pan(at.clientX - x, at.clientY - y);
        [x, y] = [at.clientX, at.clientY];
      },
      end,
      cancel: end,
    };
  }

  #marquee(event: PointerEvent, isAdding: boolean): void {
    const { viewport, element, index, context } = this.#canvas;
    const start = viewport.toCanvas(event.clientX, event.clientY);
    const before = isAdding ? context.session.selection.nodes : new Set<string>();
    const box = h('div', { class: css('marquee') });
    let isMoved = false;
    this.#drag = {
      move: at => {
        if (!isMoved && Math.hypot(at.clientX - event.clientX, at.clientY - event.clientY) < DRAG_THRESHOLD_PX) return;
        if (!isMoved) element.append(box);
        isMoved = true;
        const now = viewport.toCanvas(at.clientX, at.clientY);
        const rect = {
          x: Math.min(start.x, now.x),
          y: Math.min(start.y, now.y),
          width: Math.abs(now.x - start.x),
          height: Math.abs(now.y - start.y),
        };
        const corner = viewport.toContainer(rect);
        const { k } = viewport.transform;
        Object.assign(box.style, {
          transform: `translate(${corner.x}px, ${corner.y}px)`,
          width: `${rect.width * k}px`,
          height: `${rect.height * k}px`,
        });
        const inside = index.meeting(rect).filter(box => meets(rect, box));
        const ids = new Set([...before, ...inside.map(({ id }) => id)]);
        const { nodes } = context.session.selection;
        if (ids.size !== nodes.size || [...ids].some(id => !nodes.has(id))) context.session.select({ nodes: ids });
      },
      end: () => {
        box.remove();
        if (!isMoved && !isAdding) context.session.select();
      },
      cancel: () => box.remove(),
    };
  }

  /** Moves what is selected; a frame takes along the nodes that lie in it. Alt: 1 px instead of 16. */
  #move(event: PointerEvent, clicked?: string): void {
    const { viewport, context, boxes } = this.#canvas;
    const { patch } = context.store;
    const { selection } = context.session;
    const nodeIds = new Set(selection.nodes);
    const markKeys = new Set(selection.marks);
    for (const key of selection.marks) {
      const frame = key.startsWith('frames/') ? patch.frames[key.slice(7)] : undefined;
      if (!frame) continue;
      const area = { x: frame.position[0], y: frame.position[1], width: frame.size[0], height: frame.size[1] };
      for (const { id, x, y, width, height } of boxes.values())
        if (x >= area.x && y >= area.y && x + width <= area.x + area.width && y + height <= area.y + area.height)
          nodeIds.add(id);
    }
    const markAt = (key: string): readonly [number, number] => {
      const [kind, id] = key.split('/') as ['notes' | 'frames', string];
      return patch[kind][id]?.position ?? [0, 0];
    };
    const starts = new Map([...nodeIds].map(id => [id, patch.nodes[id]?.position ?? ([0, 0] as const)]));
    const lead = starts.get(clicked ?? '') ?? [...starts.values()][0] ?? markAt([...markKeys][0] ?? '');
    const places: Record<string, readonly [number, number]> = {};
    const markPlaces: Record<string, readonly [number, number]> = {};
    let isMoved = false;
    this.#drag = {
      move: at => {
        if (!isMoved && Math.hypot(at.clientX - event.clientX, at.clientY - event.clientY) < DRAG_THRESHOLD_PX) return;
        isMoved = true;
        const grid = at.altKey ? 1 : 16;
        const { k } = viewport.transform;
        const dx = snap(lead[0] + (at.clientX - event.clientX) / k, grid) - lead[0];
        const dy = snap(lead[1] + (at.clientY - event.clientY) / k, grid) - lead[1];
        for (const [id, [x, y]] of starts) places[id] = [x + dx, y + dy];
        this.#canvas.placeNodes(places);
        for (const key of markKeys) {
          const [x, y] = markAt(key);
          markPlaces[key] = [x + dx, y + dy];
          this.#canvas.marks.place(key, markPlaces[key] as readonly [number, number]);
        }
      },
      end: () => {
        if (isMoved) {
          moveAll(context, places, markPlaces);
          // Back at its old place nothing changed in the patch, but wires were drawn straight through nodes meanwhile.
          this.#canvas.placeWires();
        } else if (clicked !== undefined) context.session.select({ nodes: [clicked] });
      },
      cancel: () => {
        this.#canvas.placeNodes(Object.fromEntries(starts));
        for (const key of markKeys) this.#canvas.marks.place(key, markAt(key));
        this.#canvas.placeWires();
      },
    };
  }

  #resize(event: PointerEvent, key: string): void {
    const { viewport, context } = this.#canvas;
    const id = key.slice('frames/'.length);
    const frame = context.store.patch.frames[id];
    if (!frame) return;
    const mergeKey = `resize ${key}`;
    this.#drag = {
      move: at => {
        const { k } = viewport.transform;
        const size = [
          Math.max(64, snap(frame.size[0] + (at.clientX - event.clientX) / k)),
          Math.max(48, snap(frame.size[1] + (at.clientY - event.clientY) / k)),
        ] as const;
        context.store.dispatch({
          label: 'Resize frame',
          changes: [{ path: ['frames', id, 'size'], value: size }],
          mergeKey,
        });
      },
      end: () => context.store.endGesture(),
      cancel: () => context.store.endGesture(),
    };
  }
}
