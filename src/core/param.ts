// Params: named, ranged, unit-bearing values of a node type.
// Owns their definition and the rules for a single value. Smoothing lives in src/render, its lowering in src/compile.
import { utf8Bytes } from './text.ts';

export type ParamValue = number | string;
export type ParamValues = Readonly<Record<string, ParamValue>>;
export type Unit = 'Hz' | 'dB' | 'ms' | 's' | 'samples' | '%' | 'semitones' | 'Q' | '×' | '';

/**
 * A number with a unit. Rate `a`: one value per frame, smoothed when moved, may be wired to a control signal.
 * Rate `event`: changes at a stamped frame, can't be wired. `isStructural`: changing it makes a new plan (it decides ports,
 * rates, latency or memory) and a bundle fixes it.
 */
export interface NumberParam {
  readonly kind: 'number';
  readonly label: string;
  readonly help: string;
  readonly unit: Unit;
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly scale: 'linear' | 'log';
  readonly rate: 'a' | 'event';
  readonly isStructural: boolean;
  /** Default time constant of the one-pole smoothing in ms; 0 = steps. Only for rate `a`. */
  readonly smoothingMs: number;
}

/** One of a list of words. Kernels and bundles see its index. Always `event`. */
export interface ChoiceParam {
  readonly kind: 'choice';
  readonly label: string;
  readonly help: string;
  readonly choices: readonly string[];
  readonly default: string;
  readonly rate: 'event';
  readonly isStructural: boolean;
}

/** Words that a person types. Nodes find them in their context; kernels and bundles see 0. Always fixed in a plan. */
export interface TextParam {
  readonly kind: 'text';
  readonly label: string;
  readonly help: string;
  readonly default: string;
  /** Most bytes in UTF-8. */
  readonly maxBytes: number;
  readonly rate: 'event';
  readonly isStructural: true;
}

export type Param = NumberParam | ChoiceParam | TextParam;
/** A param whose values are numbers to a kernel. */
export type ValueParam = NumberParam | ChoiceParam;
/** May move while it plays; a text never does. */
export const isMovable = (definition: Param): definition is ValueParam =>
  definition.kind !== 'text' && !definition.isStructural;
export type Params = Readonly<Record<string, Param>>;

type NumberOptions = Pick<NumberParam, 'unit' | 'min' | 'max' | 'default'> &
  Partial<Pick<NumberParam, 'label' | 'help' | 'scale' | 'rate' | 'isStructural' | 'smoothingMs'>>;
type ChoiceOptions = Pick<ChoiceParam, 'choices' | 'default'> &
  Partial<Pick<ChoiceParam, 'label' | 'help' | 'isStructural'>>;

export const SMOOTHING_MS_DEFAULT = 20;
export const SMOOTHING_MS_MAX = 10_000;

/** A number param; rate `a`, linear, smoothed over 20 ms unless said otherwise. */
export const param = (options: NumberOptions): NumberParam => ({
  kind: 'number',
  label: '',
  help: '',
  scale: 'linear',
  rate: 'a',
  isStructural: false,
  smoothingMs: SMOOTHING_MS_DEFAULT,
  ...options,
});

/** A choice param. */
export const choice = (options: ChoiceOptions): ChoiceParam => ({
  kind: 'choice',
  label: '',
  help: '',
  rate: 'event',
  isStructural: false,
  ...options,
});

/** A text param. */
export const text = (
  options: Pick<TextParam, 'default' | 'maxBytes'> & Partial<Pick<TextParam, 'label' | 'help'>>,
): TextParam => ({
  kind: 'text',
  label: '',
  help: '',
  rate: 'event',
  isStructural: true,
  ...options,
});

/** Whether a value is a text that the param holds. */
export const fitsText = (definition: TextParam, value: unknown): value is string =>
  typeof value === 'string' && utf8Bytes(value).length <= definition.maxBytes;

/** The number that kernels see: the value itself, or the index of a choice. Falls back to the default. */
export function paramNumber(definition: Param, value: ParamValue | undefined): number {
  if (definition.kind === 'number') return Number.isFinite(value) ? (value as number) : definition.default;
  if (definition.kind === 'text') return 0;
  const index = definition.choices.indexOf(typeof value === 'string' ? value : definition.default);
  return index < 0 ? definition.choices.indexOf(definition.default) : index;
}

/** Position of a value in its range, 0–1, along the param's scale: for knobs and sliders. */
export function paramToPosition(definition: NumberParam, value: number): number {
  const { min, max, scale } = definition;
  if (max <= min) return 0;
  const position = scale === 'log' ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.min(1, Math.max(0, position));
}

/** Inverse of paramToPosition. */
export function paramFromPosition(definition: NumberParam, position: number): number {
  const { min, max, scale } = definition;
  const clamped = Math.min(1, Math.max(0, position));
  return scale === 'log' ? min * (max / min) ** clamped : min + (max - min) * clamped;
}
