// How a value is turned: pointer drag (Shift = fine), double click = default, keys, wheel when focused. Shared by knob and
// slider. Owns gestures and the slider role, and that a param which wires drive takes none and says
// what drives it; must not know how the value is drawn.
import { paramFromPosition, paramToPosition } from '../../core/param.ts';
import { css } from '../dom.ts';
import { speakValue } from '../format.ts';
import { type ParamBinding, shownValue } from './binding.ts';

const FINE = 0.1;
const KNOB_TRAVEL_PX = 160;
const KEY_STEPS: Readonly<Record<string, number>> = {
  ArrowUp: 0.01,
  ArrowRight: 0.01,
  ArrowDown: -0.01,
  ArrowLeft: -0.01,
  PageUp: 0.1,
  PageDown: -0.1,
};

/** Writes what is heard, and who drives it, where assistive technology reads it and where a pointer rests or the focus is. */
export function describeValue(element: HTMLElement, binding: ParamBinding): void {
  const { min, max, unit } = binding.definition();
  const driven = binding.driven();
  const isTurnable = binding.isTurnable();
  const value = shownValue(binding);
  const by = driven ? `${isTurnable ? 'plus' : 'driven by'} ${driven.by}` : '';
  element.setAttribute('aria-valuemin', String(min));
  element.setAttribute('aria-valuemax', String(max));
  // A slider has to have a number; where a signal moves it, the text is read instead.
  element.setAttribute('aria-valuenow', String(Math.min(max, Math.max(min, value ?? binding.value()))));
  const texts = [value === undefined ? '' : speakValue(value, unit), by];
  element.setAttribute('aria-valuetext', texts.filter(text => text !== '').join(', '));
  element.setAttribute('aria-disabled', String(!isTurnable));
  element.classList.toggle(css('mod-wired'), !isTurnable);
  if (driven && !isTurnable) element.dataset.hint = element.title = `Driven by ${driven.by}`;
  else {
    delete element.dataset.hint;
    element.removeAttribute('title');
  }
}

/** Makes an element turn a param. `axis`: 'y' for knobs (relative), 'x' for sliders (relative to their width). */
export function makeTurnable(element: HTMLElement, binding: ParamBinding, axis: 'x' | 'y', label: string): void {
  element.setAttribute('role', 'slider');
  element.setAttribute('aria-label', label);
  element.setAttribute('aria-orientation', axis === 'x' ? 'horizontal' : 'vertical');
  element.tabIndex = -1;
  const position = (): number => paramToPosition(binding.definition(), binding.value());
  const turnTo = (next: number): void => {
    if (binding.isTurnable()) binding.set(paramFromPosition(binding.definition(), Math.min(1, Math.max(0, next))));
  };

  let drag: { at: number; position: number; travel: number } | undefined;
  element.addEventListener('pointerdown', event => {
    // What can't be turned is held like the rest of its node.
    if (event.button !== 0 || !binding.isTurnable()) return;
    event.stopPropagation();
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const box = element.getBoundingClientRect();
    const travel = axis === 'x' ? box.width : KNOB_TRAVEL_PX;
    if (axis === 'x' && event.detail < 2) turnTo((event.clientX - box.left) / box.width);
    drag = { at: axis === 'x' ? event.clientX : event.clientY, position: position(), travel };
  });
  element.addEventListener('pointermove', event => {
    if (!drag) return;
    const at = axis === 'x' ? event.clientX : event.clientY;
    const moved = ((axis === 'x' ? at - drag.at : drag.at - at) / drag.travel) * (event.shiftKey ? FINE : 1);
    // Kept apart from the value, which is rounded and clamped.
    drag = { ...drag, at, position: Math.min(1, Math.max(0, drag.position + moved)) };
    turnTo(drag.position);
  });
  const end = (): void => {
    if (!drag) return;
    drag = undefined;
    binding.end();
  };
  element.addEventListener('pointerup', end);
  element.addEventListener('lostpointercapture', end);
  element.addEventListener('dblclick', event => {
    event.stopPropagation();
    if (!binding.isTurnable()) return;
    binding.set(binding.definition().default);
    binding.end();
  });
  element.addEventListener(
    'wheel',
    event => {
      if (document.activeElement !== element || !binding.isTurnable() || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      turnTo(position() - Math.sign(event.deltaY) * (event.shiftKey ? 0.001 : 0.01));
    },
    { passive: false },
  );
  element.addEventListener('keydown', event => {
    const step = KEY_STEPS[event.key];
    // Also where they do nothing they are the slider's own, so that no command runs instead.
    if (step !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey)
      turnTo(position() + step * (event.shiftKey ? FINE : 1));
    else if (event.key === 'Home') turnTo(0);
    else if (event.key === 'End') turnTo(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  element.addEventListener('blur', () => binding.end());
}
