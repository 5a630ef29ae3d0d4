// Minimap and zoom control: where one is in a large patch. Owns one small canvas element and four buttons.
import { button, css, h, setText } from '../dom.ts';
import { THIN_SPACE } from '../format.ts';
import { icon } from '../icons.ts';
import { boundsOf } from './bounds.ts';
import type { PatchCanvas } from './canvas.ts';
import type { Rect } from './wire-path.ts';

const WIDTH = 112;
const HEIGHT = 92;
const ZOOM_STEP = 1.2;

export function addZoomControl(canvas: PatchCanvas): void {
  const { viewport } = canvas;
  const text = h('output', { class: css('zoomText') });
  const control = h(
    'div',
    { class: css('zoom', 'overlay'), role: 'group', 'aria-label': 'Zoom' },
    button(css('iconButton'), 'Zoom out', () => viewport.zoomBy(1 / ZOOM_STEP), icon('minus')),
    text,
    button(css('iconButton'), 'Zoom in', () => viewport.zoomBy(ZOOM_STEP), icon('plus')),
    button(css('iconButton'), 'Fit the patch', () => viewport.fit(canvas.bounds), icon('fit')),
  );
  for (const element of control.querySelectorAll('button')) element.tabIndex = -1;
  text.addEventListener('click', () => viewport.zoomTo(1));
  canvas.element.append(control);
  const update = (): void => setText(text, `${Math.round(viewport.transform.k * 100)}${THIN_SPACE}%`);
  canvas.moved.add(update);
  update();
}

export function addMinimap(canvas: PatchCanvas): void {
  const map = h('canvas', { class: css('minimap', 'overlay'), 'aria-hidden': 'true' });
  canvas.element.append(map);
  const ratio = window.devicePixelRatio || 1;
  map.width = WIDTH * ratio;
  map.height = HEIGHT * ratio;
  let request = 0;
  let scale = 1;
  let origin: Rect = { x: 0, y: 0, width: 1, height: 1 };

  const draw = (): void => {
    request = 0;
    const paint = map.getContext('2d');
    const seen = canvas.viewport.visible;
    const bounds = boundsOf([...(canvas.bounds ? [canvas.bounds] : []), seen]);
    map.hidden = canvas.boxes.size === 0;
    if (!paint || !bounds || map.hidden || seen.width === 0) return;
    scale = Math.min((WIDTH - 10) / bounds.width, (HEIGHT - 10) / bounds.height);
    origin = {
      ...bounds,
      x: bounds.x - (WIDTH / scale - bounds.width) / 2,
      y: bounds.y - (HEIGHT / scale - bounds.height) / 2,
    };
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint.clearRect(0, 0, WIDTH, HEIGHT);
    const box = (rect: Rect): [number, number, number, number] => [
      (rect.x - origin.x) * scale,
      (rect.y - origin.y) * scale,
      rect.width * scale,
      rect.height * scale,
    ];
    const { nodes } = canvas.context.session.selection;
    const { plain, brand } = canvas.colours.now;
    for (const node of canvas.boxes.values()) {
      const isSelected = nodes.has(node.id);
      paint.fillStyle = isSelected ? brand : plain;
      paint.globalAlpha = isSelected ? 1 : 0.65;
      paint.fillRect(...box(node));
    }
    paint.globalAlpha = 1;
    paint.strokeStyle = brand;
    paint.strokeRect(...box(seen));
  };
  const schedule = (): void => {
    if (request === 0) request = requestAnimationFrame(draw);
  };
  canvas.moved.add(schedule);
  canvas.colours.changed.add(schedule);
  canvas.disposables.add(canvas.context.session.subscribe(schedule));
  canvas.disposables.add(() => cancelAnimationFrame(request));

  const goTo = (event: PointerEvent): void => {
    const rect = map.getBoundingClientRect();
    const { visible, transform } = canvas.viewport;
    const x = origin.x + (event.clientX - rect.left) / scale;
    const y = origin.y + (event.clientY - rect.top) / scale;
    canvas.viewport.set({
      k: transform.k,
      x: -(x - visible.width / 2) * transform.k,
      y: -(y - visible.height / 2) * transform.k,
    });
  };
  map.addEventListener('pointerdown', event => {
    event.stopPropagation();
    map.setPointerCapture(event.pointerId);
    goTo(event);
  });
  map.addEventListener('pointermove', event => {
    if (map.hasPointerCapture(event.pointerId)) goTo(event);
  });
  schedule();
}
