// Params that control nodes share: an amount in the unit of what the node is wired to, and the choice of that unit.
// The range of an amount is a setting of the patch, so that one node serves any param.
import type { ShapeContext } from './node-type.ts';
import { type ChoiceParam, choice, type NumberParam, type Params, type ParamValue, param, type Unit } from './param.ts';

/** Choices of the unit setting; "none" stands for a bare number. */
export const UNIT_CHOICES = ['none', 'Hz', 'dB', 'ms', 's', 'samples', '%', 'semitones', 'Q', '×'] as const;
/** Largest magnitude of a control value that a person can set. */
export const CONTROL_LIMIT = 100_000;

export const unitOf = ({ unit }: ShapeContext['values']): Unit =>
  unit === undefined || unit === 'none' ? '' : (unit as Unit);

const positiveOr = (value: ParamValue | undefined, fallback: number): number =>
  typeof value === 'number' && value > 0 ? value : fallback;

/** The unit setting. */
export const unitParam = (): ChoiceParam =>
  choice({
    label: 'Unit',
    choices: UNIT_CHOICES,
    default: 'none',
    isStructural: true,
    help: 'Unit shown beside the values: that of the setting it is wired to.',
  });

/** `amount` from −most to most, the setting `most` that limits it, and its unit. */
export function amountParams({ values }: Pick<ShapeContext, 'values'>, help: string): Params {
  const most = Math.min(CONTROL_LIMIT, positiveOr(values.most, 1));
  const unit = unitOf(values);
  return {
    amount: param({ label: 'Amount', unit, min: -most, max: most, default: most, help }),
    most: param({
      label: 'Most',
      unit,
      min: 1e-6,
      max: CONTROL_LIMIT,
      default: 1,
      rate: 'event',
      isStructural: true,
      help: 'Largest Amount that can be set.',
    }),
    unit: unitParam(),
  };
}

/** A value of a control signal, typed in: any number, moved by steps. */
export const controlValue = (options: Pick<NumberParam, 'label' | 'unit' | 'default' | 'help'>): NumberParam =>
  param({ ...options, min: -CONTROL_LIMIT, max: CONTROL_LIMIT, rate: 'event' });

const numberOr = (value: ParamValue | undefined, fallback: number): number =>
  typeof value === 'number' ? value : fallback;

/**
 * The value of a knob with the settings `values`: `min` and `max` in order, equal ones widened, so that there is always a range. It
 * starts in the middle.
 */
export function knobValue(values: ShapeContext['values'], label: string, help: string): NumberParam {
  const [min, max] = [numberOr(values.min, 0), numberOr(values.max, 1)];
  const low = Math.min(min, max);
  const high = min === max ? low + 1 : Math.max(min, max);
  const isLog = values.scale === 'log' && low > 0;
  return param({
    label,
    unit: unitOf(values),
    min: low,
    max: high,
    default: isLog ? Math.sqrt(low * high) : (low + high) / 2,
    scale: isLog ? 'log' : 'linear',
    help,
  });
}
