// A text field for a number with its unit: in the inspector, and in place of a value that is double-clicked on a node.
// Owns typing a value and saying what was wrong with it; what a text means is format.ts's.
import { css, h, setText } from '../dom.ts';
import { formatParam, parseValue } from '../format.ts';
import { type ParamBinding, shownValue } from './binding.ts';

export interface NumberField {
  readonly element: HTMLElement;
  /** Draws the current value, unless somebody is typing. */
  update(): void;
  /** What assistive technology calls it from now on. */
  label(text: string): void;
}

/** A text field for a number with a unit. Enter or leaving it sets the value, Escape drops it; what is wrong is said below. */
export function makeNumberField(
  label: string,
  read: () => string,
  commit: (text: string) => string | undefined,
): NumberField {
  const field = h('input', {
    class: css('numberField'),
    type: 'text',
    inputmode: 'decimal',
    'aria-label': label,
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const fault = h('div', { class: css('fault'), role: 'alert' });
  fault.hidden = true;
  const update = (): void => {
    if (document.activeElement !== field) field.value = read();
  };
  const apply = (): void => {
    if (field.value === read()) return;
    const problem = commit(field.value);
    field.setAttribute('aria-invalid', problem === undefined ? 'false' : 'true');
    fault.hidden = problem === undefined;
    setText(fault, problem ?? '');
    if (problem === undefined) field.value = read();
  };
  const reset = (): void => {
    field.value = read();
    field.setAttribute('aria-invalid', 'false');
    fault.hidden = true;
  };
  field.addEventListener('focus', () => field.select());
  field.addEventListener('change', apply);
  field.addEventListener('keydown', event => {
    if (event.key === 'Enter') apply();
    else if (event.key === 'Escape') reset();
    else return;
    event.preventDefault();
  });
  update();
  return {
    element: h('div', { class: css('numberBox') }, field, fault),
    update,
    label: text => field.setAttribute('aria-label', text),
  };
}

/** What a control draws, as text. */
export function shownText(binding: ParamBinding): string {
  const value = shownValue(binding);
  return value === undefined ? 'wired' : formatParam(binding.definition(), value);
}

/** A number field for a param's own value. */
export const makeParamField = (binding: ParamBinding, label: string): NumberField =>
  makeNumberField(
    label,
    () => formatParam(binding.definition(), binding.value()),
    text => {
      const definition = binding.definition();
      // What wires are added to may be 0 whatever the range (PARAM-1).
      const isZero = binding.driven() !== undefined && parseValue(text, { ...definition, min: 0, max: 0 }) === 0;
      const value = isZero ? 0 : parseValue(text, definition);
      if (typeof value === 'string') return value;
      binding.set(value);
      binding.end();
      return undefined;
    },
  );

/**
 * Lets a double click on a shown value type another in its place: Enter or leaving the field sets it, Escape drops it. No key
 * that is typed reaches a shortcut. Nothing opens where wires drive the param.
 */
export function makeTypable(shown: HTMLElement, binding: ParamBinding, label: string): void {
  shown.addEventListener('dblclick', event => {
    event.stopPropagation();
    if (!binding.isTurnable()) return;
    const { element } = makeParamField(binding, label);
    const field = element.querySelector('input') as HTMLInputElement;
    // JupyterLab matches its shortcuts before a key comes here.
    element.setAttribute('data-lm-suppress-shortcuts', 'true');
    element.classList.add(css('mod-inPlace'));
    const canvas = shown.closest<HTMLElement>('[role=application]');
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      element.remove();
      shown.hidden = false;
    };
    element.addEventListener('pointerdown', at => at.stopPropagation());
    element.addEventListener('dblclick', at => at.stopPropagation());
    element.addEventListener('keydown', key => {
      key.stopPropagation();
      const isDone = key.key === 'Enter' && field.getAttribute('aria-invalid') !== 'true';
      // Taking the focus away closes the field.
      if (isDone || key.key === 'Escape') canvas?.focus({ preventScroll: true });
    });
    field.addEventListener('blur', close);
    shown.hidden = true;
    shown.after(element);
    field.focus({ preventScroll: true });
  });
}
