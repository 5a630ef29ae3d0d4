// Results of the benchmark as a file holds them → checked, field by field. Owns what a file of results has to look like.
// Must not know where it lies nor what becomes of it.
import { fail } from '../core/errors.ts';
import type { BenchResult } from './result.ts';

/** Says what a value should have been; undefined when it is. `at` is where it lies, e.g. "marks[0].id". */
type Check = (value: unknown, at: string) => Fault | undefined;
interface Fault {
  readonly at: string;
  readonly wanted: string;
  readonly got: unknown;
}

const is =
  (wanted: string, holds: (value: unknown) => boolean): Check =>
  (got, at) =>
    holds(got) ? undefined : { at, wanted, got };

const text = is('a text', value => typeof value === 'string');
const number = is('a number', value => typeof value === 'number' && Number.isFinite(value));
const whole = is('a whole number', value => Number.isInteger(value) && (value as number) >= 0);
const flag = is('true or false', value => typeof value === 'boolean');
const orNull =
  (check: Check): Check =>
  (value, at) => {
    const fault = value === null ? undefined : check(value, at);
    return fault && { ...fault, wanted: `${fault.wanted} or null` };
  };
const oneOf = (...words: readonly string[]): Check =>
  is(`one of ${words.join(', ')}`, value => words.includes(value as string));
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf =
  (check: Check, wanted = 'a list', holds = (_: readonly unknown[]): boolean => true): Check =>
  (value, at) => {
    if (!Array.isArray(value) || !holds(value)) return { at, wanted, got: value };
    return firstFault(value.map((item, index) => () => check(item, `${at}[${index}]`)));
  };
const recordOf =
  (check: Check): Check =>
  (value, at) =>
    isObject(value)
      ? firstFault(
          Object.entries(value).map(
            ([name, item]) =>
              () =>
                check(item, `${at}[${JSON.stringify(name)}]`),
          ),
        )
      : { at, wanted: 'an object', got: value };
const withFields =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, at) =>
    isObject(value)
      ? firstFault(
          Object.entries(fields).map(
            ([name, check]) =>
              () =>
                check(value[name], at === '' ? name : `${at}.${name}`),
          ),
        )
      : { at, wanted: 'an object', got: value };

function firstFault(checks: readonly (() => Fault | undefined)[]): Fault | undefined {
  for (const check of checks) {
    const fault = check();
    if (fault) return fault;
  }
  return undefined;
}

const goal = withFields({
  figure: text,
  words: text,
  atLeast: orNull(number),
  atMost: orNull(number),
  isSound: flag,
  state: oneOf('reached', 'missed', 'missing', 'void'),
  value: orNull(number),
  range: orNull(listOf(number, 'two numbers', ({ length }) => length === 2)),
  reason: orNull(text),
});
const line = withFields({
  contestant: text,
  variant: orNull(text),
  blockUs: number,
  p99Us: orNull(number),
  shareOfBudget: number,
});
const mark = withFields({
  id: text,
  title: text,
  text,
  date: orNull(text),
  heats: whole,
  goals: listOf(goal),
  lines: listOf(line),
  figures: recordOf(orNull(number)),
  notes: listOf(text),
});
const peer = withFields({
  title: text,
  version: text,
  state: oneOf('installed', 'missing'),
  reason: orNull(text),
});
const result = withFields({
  isQuick: flag,
  machine: withFields({ processor: text, cores: whole, memoryGiB: whole, system: text, node: text, v8: text }),
  browser: orNull(text),
  peers: recordOf(peer),
  marks: listOf(mark),
});

/** The results in the text of the file `path`. Throws PatchError E-JSON, E-VERSION-NEWER and E-SCHEMA, which names the field. */
export function readResult(json: string, path: string): BenchResult {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return fail('E-JSON', path, `${path}: expected JSON, got ${JSON.stringify((error as Error).message)}. ${MAKE_ONE}`);
  }
  if (!isObject(value) || value.format !== 'neuropatch-bench')
    return fail('E-SCHEMA', path, `${path}: expected results of the benchmark, got another file. ${MAKE_ONE}`);
  if (typeof value.version === 'number' && value.version > 1)
    return fail(
      'E-VERSION-NEWER',
      path,
      `${path}: expected results of version 1, got version ${value.version}. Read them with a newer neuropatch.`,
    );
  const fault = withFields({ version: is('1', it => it === 1) })(value, '') ?? result(value, '');
  if (fault) {
    const got = fault.got === undefined ? 'nothing' : JSON.stringify(fault.got).slice(0, 80);
    fail('E-SCHEMA', path, `${path}, ${fault.at}: expected ${fault.wanted}, got ${got}. ${MAKE_ONE}`);
  }
  return value as unknown as BenchResult;
}

const MAKE_ONE = 'Name a file that `neuropatch bench --json` wrote.';
