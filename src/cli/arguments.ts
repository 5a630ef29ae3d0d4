// Arguments of the CLI: turns words into values. Owns what each option may be; what it means is the command's.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { ParamValue } from '../core/param.ts';
import { SAMPLE_RATES_HZ, sampleRateWords } from '../core/sample-rates.ts';
import { PASS_NAMES, type PassName } from '../plan/passes/pass-name.ts';
import { UsageError } from './output.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** Parses the words of one command; `count` positionals are expected, named in `names`. Throws UsageError. */
export function readArguments(
  words: readonly string[],
  options: Options,
  names: readonly string[],
): { values: Values; positionals: string[] } {
  let parsed: { values: Values; positionals: string[] };
  // `--seconds -1` means the number, whatever is then said of it.
  const args: string[] = [];
  for (const word of words) {
    const last = args.at(-1);
    if (/^-[\d.]/.test(word) && last?.startsWith('--') && !last.includes('='))
      args[args.length - 1] = `${last}=${word}`;
    else args.push(word);
  }
  try {
    parsed = parseArgs({
      args,
      options: { ...options, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    }) as never;
  } catch (error) {
    throw new UsageError(`expected the options that --help names, got ${(error as Error).message}`);
  }
  if (parsed.positionals.length !== names.length)
    throw new UsageError(
      `expected ${names.join(' ') || 'no further words'}, got ${parsed.positionals.join(' ') || 'nothing'}`,
    );
  return parsed;
}

export const listOf = (value: Values[string]): string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];

/** `NAME=FILE` pairs. */
export function readPairs(words: readonly string[], option: string): [string, string][] {
  return words.map(word => {
    const equals = word.indexOf('=');
    if (equals <= 0 || equals === word.length - 1)
      throw new UsageError(`${option}: expected NAME=VALUE, got "${word}"`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** A number within bounds. */
export function readNumber(text: string | undefined, option: string, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= min && value <= max))
    throw new UsageError(`${option}: expected a number from ${min} to ${max}, got "${text}"`);
  return value;
}

/** A whole number within bounds. */
export function readWhole(text: string | undefined, option: string, min: number, max: number): number | undefined {
  const value = readNumber(text, option, min, max);
  if (value !== undefined && !Number.isInteger(value))
    throw new UsageError(`${option}: expected a whole number, got "${text}"`);
  return value;
}

/** One of the product's sample rates. */
export function readRate(text: string | undefined, option: string): number | undefined {
  const rateHz = SAMPLE_RATES_HZ.find(known => String(known) === text);
  if (text !== undefined && rateHz === undefined)
    throw new UsageError(`${option}: expected ${sampleRateWords}, got "${text}"`);
  return rateHz;
}

/** `128` or `1,37,128`: frames per call, repeated. */
export function readSchedule(text: string | undefined): number[] {
  if (text === undefined) return [128];
  const schedule = text.split(',').map(Number);
  if (!schedule.every(n => Number.isInteger(n) && n >= 1 && n <= 65536))
    throw new UsageError(`--block: expected frames such as 128, or a schedule such as 1,37,128, got "${text}"`);
  return schedule;
}

/** A number where it reads as one, else a word. */
export const readValue = (text: string): ParamValue =>
  text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

/** Passes that stay when those named are left out. Throws UsageError for one that is not known. */
export function readPasses(without: readonly string[], option: string): ReadonlySet<PassName> {
  const unknown = without.find(name => !(PASS_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${option}: expected one of ${PASS_NAMES.join(', ')}, got ${JSON.stringify(unknown)}`);
  return new Set(PASS_NAMES.filter(name => !without.includes(name)));
}
