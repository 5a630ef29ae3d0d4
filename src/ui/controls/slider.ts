// Slider: a thin track with a thumb for one number param. Owns its drawing; turning is in turn.ts.
import { paramToPosition } from '../../core/param.ts';
import { css, h } from '../dom.ts';
import { type ParamBinding, shownValue } from './binding.ts';
import { describeValue, makeTurnable } from './turn.ts';

export interface ValueControl {
  readonly element: HTMLElement;
  /** Draws the current value. */
  update(): void;
}

/** Draws what is heard of a param that wires drive, and no thumb where that is not known. */
export function makeSlider(binding: ParamBinding, label: string): ValueControl {
  const fill = h('i');
  const thumb = h('b');
  const element = h('div', { class: css('slider') }, h('span', {}, fill, thumb));
  makeTurnable(element, binding, 'x', label);
  let drawn = -1;
  const update = (): void => {
    const definition = binding.definition();
    const value = shownValue(binding);
    fill.hidden = thumb.hidden = value === undefined;
    const position = value === undefined ? 0 : paramToPosition(definition, value);
    if (position !== drawn) {
      drawn = position;
      // A range around zero fills from zero, so that boost and cut look different.
      const zero =
        definition.min < 0 && definition.max > 0 && definition.unit !== 'dB' ? paramToPosition(definition, 0) : 0;
      fill.style.left = `${Math.min(zero, position) * 100}%`;
      fill.style.width = `${Math.abs(position - zero) * 100}%`;
      thumb.style.left = `${position * 100}%`;
    }
    describeValue(element, binding);
  };
  update();
  return { element, update };
}
