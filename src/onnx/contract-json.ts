// Reading a contract from outside: metadata of a file or a person's correction. Nothing in it is trusted.
// Owns types and ranges of every field. Whether it fits the model is judged in contract.ts.
import type { ModelContract } from '../core/resource.ts';
import { utf8Bytes } from '../core/text.ts';
import type { Report } from './report.ts';
import { quote } from './report.ts';

const MAX_ITEMS = 64;
type Fields = Record<string, unknown>;

/** What the model's tensors say by themselves, for fields that a stated port or param leaves out. */
export interface Suggestions {
  port(tensor: string): object | undefined;
  item(tensor: string, kind: string): object | undefined;
  param(tensor: string): object | undefined;
}

/**
 * The parts of a contract that are there and valid; each field that is not is reported (E-MODEL-CONTRACT) and left out. A
 * port or param may state its tensor only: `suggestions` fill in the rest.
 */
export function readContractJson(
  source: unknown,
  where: string,
  report: Report,
  suggestions: Suggestions,
): Partial<ModelContract> {
  if (source === undefined) return {};
  const refuse = (what: string): void =>
    report.add('E-MODEL-CONTRACT', `${where}: ${what}`, 'Correct it or leave it out.');
  const value = typeof source === 'string' ? parseJson(source) : source;
  if (!isFields(value)) {
    refuse(`expected an object of contract fields, got ${show(value)}`);
    return {};
  }
  const result: Fields = {};
  const rules = fieldRules(suggestions);
  for (const [name, content] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    // A newer product may write more than this one knows.
    if (rule === undefined || content === undefined) continue;
    const read = rule(content);
    if (typeof read === 'string') refuse(`${name}: ${read}`);
    else result[name] = read.value;
  }
  return result as Partial<ModelContract>;
}

/** The value as it will be kept, or what is wrong with it. */
type Rule = (value: unknown) => { readonly value: unknown } | string;

const show = (value: unknown): string => {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return text.length > 100_000 ? undefined : JSON.parse(text);
  } catch {
    return text.slice(0, 40);
  }
}

const number =
  (min: number, max: number, isInteger = false): Rule =>
  value =>
    typeof value === 'number' && value >= min && value <= max && (!isInteger || Number.isInteger(value))
      ? { value }
      : `expected ${isInteger ? 'a whole number' : 'a number'} from ${min} to ${max}, got ${show(value)}`;

const text =
  (pattern: RegExp, what: string): Rule =>
  value =>
    typeof value === 'string' && pattern.test(value) ? { value } : `expected ${what}, got ${show(value)}`;

const oneOf = (...choices: string[]): Rule => text(new RegExp(`^(${choices.join('|')})$`), choices.join(' or '));

const list =
  (rule: Rule): Rule =>
  value => {
    if (!Array.isArray(value) || value.length > MAX_ITEMS)
      return `expected a list of at most ${MAX_ITEMS}, got ${show(value)}`;
    const items: unknown[] = [];
    for (const [at, item] of value.entries()) {
      const read = rule(item);
      if (typeof read === 'string') return `${at}: ${read}`;
      items.push(read.value);
    }
    return { value: items };
  };

/** An object of these fields; those that `suggest` knows for its tensor may be left out; others are dropped. */
const fields =
  (rules: Readonly<Record<string, Rule>>, suggest?: (tensor: string) => object | undefined): Rule =>
  value => {
    if (!isFields(value)) return `expected an object, got ${show(value)}`;
    const result: Fields = {};
    const fallback = (suggest?.(String(value.tensor)) ?? {}) as Fields;
    for (const [name, rule] of Object.entries(rules)) {
      const content = Object.hasOwn(value, name) ? value[name] : fallback[name];
      const read = rule(content);
      if (typeof read === 'string') return `${name}: ${read}`;
      result[name] = read.value;
    }
    return { value: result };
  };

const tensorName = text(/^[^\u0000-\u001f]{1,200}$/, 'the name of a tensor');
const LARGEST = 1e9;

const PORT_FIELDS: Readonly<Record<string, Rule>> = {
  tensor: tensorName,
  channels: number(1, 64, true),
  layout: value =>
    typeof value === 'string' &&
    /^[bcn]{1,3}$/.test(value) &&
    new Set(value).size === value.length &&
    value.includes('n')
      ? { value }
      : `expected a layout of b, c and n, got ${show(value)}`,
};

const ITEM_FIELDS: Readonly<Record<string, Rule>> = {
  kind: oneOf('spectrum', 'magnitude', 'tensor'),
  tensor: tensorName,
  layout: text(/^[1kfpx]{1,6}$/, 'a layout of 1, k, f, p and x'),
  shape: value => list(number(1, 2 ** 20, true))(value),
};

/** Axes that say something about the item, sorted, by kind. */
const ITEM_AXES: Readonly<Record<string, RegExp>> = { spectrum: /^fp$/, magnitude: /^f$/, tensor: /^x*$/ };

const itemPort =
  (kind: string, suggestions: Suggestions): Rule =>
  value => {
    const read = fields(ITEM_FIELDS, tensor => suggestions.item(tensor, kind))(value);
    if (typeof read === 'string') return read;
    const { layout, shape } = read.value as { layout: string; shape: readonly number[] };
    const axes = [...layout.replaceAll(/[1k]/g, '')].sort().join('');
    if (!ITEM_AXES[kind]?.test(axes)) return `expected the axes of a ${kind}, got layout "${layout}"`;
    if (axes.replace('p', '').length !== shape.length)
      return `expected a size for each axis f and x, got layout "${layout}" and ${shape.length}`;
    return { value: { ...(read.value as object), channels: 1 } };
  };

const audioPort =
  (suggestions: Suggestions): Rule =>
  value => {
    const read = fields(PORT_FIELDS, tensor => suggestions.port(tensor))(value);
    if (typeof read === 'string') return read;
    const { channels, layout } = read.value as { channels: number; layout: string };
    const lacksAxis = channels > 1 && !layout.includes('c');
    return lacksAxis ? `expected a channel axis for ${channels} channels, got layout "${layout}"` : read;
  };

/** Audio, unless its kind says otherwise, or nothing but its name is stated and its shape does. */
const modelPort =
  (suggestions: Suggestions): Rule =>
  value => {
    if (!isFields(value)) return audioPort(suggestions)(value);
    const isBare = value.kind === undefined && value.layout === undefined && value.channels === undefined;
    const suggested = isBare ? (suggestions.port(String(value.tensor)) as Fields | undefined) : undefined;
    const kind = value.kind ?? suggested?.kind ?? 'audio';
    return kind === 'audio' ? audioPort(suggestions)(value) : itemPort(String(kind), suggestions)({ ...value, kind });
  };

const PARAM_FIELDS: Readonly<Record<string, Rule>> = {
  tensor: tensorName,
  id: text(/^[a-z][a-z0-9-]{0,63}$/, 'a kebab-case id'),
  label: text(/^[^\u0000-\u001f]{0,80}$/, 'a label'),
  unit: text(/^[^\u0000-\u001f]{0,16}$/, 'a unit'),
  min: number(-LARGEST, LARGEST),
  max: number(-LARGEST, LARGEST),
  default: number(-LARGEST, LARGEST),
  scale: oneOf('linear', 'log'),
  rate: oneOf('a', 'event'),
  layout: text(/^1{0,3}[nx]?1{0,3}$/, 'a layout of 1 and n'),
};

const CHOICES_MAX = 64;
const choiceWords = list(text(/^[^\u0000-\u001f]{1,40}$/, 'a word'));

/** A param with choices as the range of their indices; its default may be a word. */
function choiceParam(value: Fields): Fields | string {
  const read = choiceWords(value.choices);
  if (typeof read === 'string') return `choices: ${read}`;
  const words = read.value as readonly string[];
  if (words.length < 2 || words.length > CHOICES_MAX || new Set(words).size < words.length)
    return `choices: expected 2 to ${CHOICES_MAX} different words, got ${words.length}`;
  const { default: start = 0 } = value;
  const index = typeof start === 'string' ? words.indexOf(start) : start;
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= words.length)
    return `default: expected one of ${words.join(', ')}, got ${show(start)}`;
  return {
    ...value,
    choices: words,
    default: index,
    min: 0,
    max: words.length - 1,
    scale: 'linear',
    rate: 'event',
    unit: '',
  };
}

const TEXT_BYTES_MAX = 4096;

/** A param with text: {"maxBytes": 64, "default": "hello"} as the axis of its bytes. */
function textParam(value: Fields): Fields | string {
  const { maxBytes, default: start = '' } = isFields(value.text) ? value.text : {};
  const size = number(1, TEXT_BYTES_MAX, true)(maxBytes);
  if (typeof size === 'string') return `text: maxBytes: ${size}`;
  if (typeof start !== 'string' || utf8Bytes(start).length > (maxBytes as number))
    return `text: default: expected a text of at most ${maxBytes} bytes, got ${show(start)}`;
  const { label = '', layout = 'x' } = value;
  if (!/^1{0,3}x1{0,3}$/.test(String(layout))) return `layout: expected one of 1 and x, got ${show(layout)}`;
  const rest = { unit: '', min: 0, max: 255, default: 0, scale: 'linear', rate: 'event' };
  return { ...value, ...rest, label, layout, text: { default: start }, shape: [maxBytes] };
}

const param =
  (suggestions: Suggestions): Rule =>
  value => {
    const isText = isFields(value) && value.text !== undefined;
    const isChoice = isFields(value) && value.choices !== undefined;
    const stated = isText ? textParam(value) : isChoice ? choiceParam(value) : value;
    if (typeof stated === 'string') return stated;
    const read = fields(PARAM_FIELDS, tensor => suggestions.param(tensor))(stated);
    if (typeof read === 'string') return read;
    const { choices, text: words, shape, tensor, dtype: statedDtype } = stated as Fields;
    const suggested = suggestions.param(String(tensor)) as Fields | undefined;
    const dtype = statedDtype ?? suggested?.dtype ?? (isText ? 'i64' : undefined);
    if (dtype !== undefined && dtype !== 'f32' && dtype !== 'i64')
      return `dtype: expected f32 or i64, got ${show(dtype)}`;
    const {
      id,
      min,
      max,
      default: start,
      scale,
      rate,
      layout,
    } = read.value as Record<string, string> & Record<'min' | 'max' | 'default', number>;
    if (!(min < max)) return `${id}: expected min below max, got ${min} and ${max}`;
    if (start < min || start > max) return `${id}: expected a default from ${min} to ${max}, got ${start}`;
    if (scale === 'log' && min <= 0) return `${id}: expected min above 0 for a log scale, got ${min}`;
    if (!isText && String(layout).includes('x')) return `${id}: expected a layout of 1 and n, got "${layout}"`;
    if ((rate === 'a') !== String(layout).includes('n'))
      return `${id}: expected n in the layout of rate a only, got "${layout}" for ${rate}`;
    if (rate === 'a' && dtype === 'i64') return `${id}: expected f32 for rate a, got i64`;
    const more = {
      ...(isChoice ? { choices } : {}),
      ...(isText ? { text: words, shape } : {}),
      ...(dtype === 'i64' ? { dtype } : {}),
    };
    return { value: { ...(read.value as object), ...more } };
  };

/** A state's initial values: one number, or all. */
const state: Rule = value => {
  const read = fields({
    input: tensorName,
    output: tensorName,
    shape: stateShape,
    dtype: oneOf('f32', 'f64', 'i64'),
  })(value);
  const init = isFields(value) ? value.init : undefined;
  if (typeof read === 'string' || init === undefined) return read;
  const { shape } = read.value as { shape: readonly number[] };
  const count = shape.reduce((product, size) => product * size, 1);
  const isNumber = (x: unknown): boolean => typeof x === 'number' && Number.isFinite(x);
  if (isNumber(init) || (Array.isArray(init) && init.length === count && init.every(isNumber)))
    return { value: { ...(read.value as object), init } };
  return `init: expected a number or ${count} numbers, got ${show(init)}`;
};

const stft: Rule = fields({
  windowFrames: number(2, 2 ** 20, true),
  hopFrames: number(1, 2 ** 20, true),
  window: oneOf('hann', 'root-hann', 'none'),
  isPeriodic: value => (typeof value === 'boolean' ? { value } : `expected true or false, got ${show(value)}`),
  scaling: oneOf('none', 'amplitude', 'power', 'unitary'),
});

const stateShape: Rule = value => {
  const read = list(number(0, 2 ** 26, true))(value);
  if (typeof read === 'string') return read;
  const elements = (read.value as number[]).reduce((product, size) => product * size, 1);
  return elements <= 2 ** 26 ? read : `expected at most ${2 ** 26} elements, got ${elements}`;
};

const BLOCK_FRAMES_MAX = 2 ** 20;

/** 0 or a number of frames, a list of them, {"multipleOf": frames}, or "whole". */
const blockRule: Rule = value => {
  const frames = number(1, BLOCK_FRAMES_MAX, true);
  if (value === 'whole') return { value };
  if (Array.isArray(value) && value.length > 0) return list(frames)(value);
  if (isFields(value)) return fields({ multipleOf: frames })(value);
  return number(0, BLOCK_FRAMES_MAX, true)(value);
};

const fieldRules = (suggestions: Suggestions): Readonly<Record<string, Rule>> => ({
  inputs: list(modelPort(suggestions)),
  outputs: list(modelPort(suggestions)),
  params: list(param(suggestions)),
  states: list(state),
  sampleRateHz: value => (value === 0 ? { value } : number(1000, 768_000)(value)),
  blockFrames: blockRule,
  latencySamples: number(0, 2 ** 24),
  stft,
});
