// Knob: a 270° arc with a pointer for one number param. Owns its drawing; turning is in turn.ts.
import { arc } from 'd3-shape';
import { paramToPosition } from '../../core/param.ts';
import { css, h, s } from '../dom.ts';
import { type ParamBinding, shownValue } from './binding.ts';
import type { ValueControl } from './slider.ts';
import { describeValue, makeTurnable } from './turn.ts';

const START = (-3 * Math.PI) / 4;
const SWEEP = (3 * Math.PI) / 2;
const RADIUS = 20;

const arcPath = (from: number, to: number): string =>
  arc()({ innerRadius: RADIUS - 1.5, outerRadius: RADIUS + 1.5, startAngle: from, endAngle: to }) ?? '';

export function makeKnob(binding: ParamBinding, label: string): ValueControl {
  const value = s('path', { class: css('knobValue') });
  const pointer = s('path', { class: css('knobPointer') });
  const element = h(
    'div',
    { class: css('knob') },
    s(
      'svg',
      { viewBox: '-24 -24 48 48', 'aria-hidden': 'true' },
      s('path', { class: css('knobTrack'), d: arcPath(START, START + SWEEP) }),
      value,
      pointer,
    ),
  );
  makeTurnable(element, binding, 'y', label);
  const update = (): void => {
    const definition = binding.definition();
    const shown = shownValue(binding);
    pointer.style.visibility = value.style.visibility = shown === undefined ? 'hidden' : '';
    const angle = START + SWEEP * paramToPosition(definition, shown ?? binding.value());
    const zero = definition.min < 0 && definition.max > 0 ? START + SWEEP * paramToPosition(definition, 0) : START;
    value.setAttribute('d', arcPath(Math.min(zero, angle), Math.max(zero, angle)));
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    pointer.setAttribute('d', `M${sin * 4} ${-cos * 4}L${sin * 13} ${-cos * 13}`);
    describeValue(element, binding);
  };
  update();
  return { element, update };
}
