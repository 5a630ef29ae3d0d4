// `neuropatch bench`: measures the product beside its peers. Owns options and words; src/bench measures.
import { runBench } from '../../bench/bench.ts';
import { docFiles, documented, merge } from '../../bench/docs.ts';
import { complete } from '../../bench/judge.ts';
import type { Mark } from '../../bench/mark.ts';
import { marks } from '../../bench/marks/index.ts';
import { cloneFolder } from '../../bench/places.ts';
import { readResult } from '../../bench/read-result.ts';
import type { BenchResult } from '../../bench/result.ts';
import { serveProcess } from '../../bench/serve-process.ts';
import { tellResult } from '../../bench/tell.ts';
import { stateOf } from '../../bench/words.ts';
import { PatchError } from '../../core/errors.ts';
import { listOf, readArguments, readWhole } from '../arguments.ts';
import { readNamed, writeAllWhole } from '../files.ts';
import { cancelled, type ExitCode, say, sayJson, stopWhenAsked, tellError, UsageError } from '../output.ts';

const HEATS_MAX = 100;

const note = (text: string): void => void process.stderr.write(`${text}\n`);

export async function bench(words: readonly string[]): Promise<ExitCode> {
  // How the benchmark starts itself again for each contestant; not for people.
  if (words[0] === '--contestant') return serve(words[1], words[2]);
  const flag = { type: 'boolean' } as const;
  const single = { type: 'string' } as const;
  const several = { type: 'string', multiple: true } as const;
  const { values } = readArguments(
    words,
    { only: several, list: flag, quick: flag, heats: single, docs: flag, from: single },
    [],
  );
  const isJson = values.json === true;
  keepApart(values, 'list', ['only', 'quick', 'heats', 'docs', 'from']);
  keepApart(values, 'from', ['only', 'quick', 'heats']);
  keepApart(values, 'quick', ['heats']);
  if (values.list === true) return list(isJson);
  const wanted = wantedMarks(listOf(values.only));
  const heats = readWhole(values.heats as string | undefined, '--heats', 1, HEATS_MAX);
  if (values.docs === true && !cloneFolder)
    throw new UsageError('--docs: expected a clone to write the documentation into, got an installed package');
  let result: BenchResult;
  let before: BenchResult | undefined;
  try {
    // Looked at before hours of measuring.
    before = values.docs === true ? documented() : undefined;
    result =
      values.from === undefined
        ? await measure(wanted, values.quick === true, heats)
        : await readFrom(`${values.from}`);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    tellError(error, isJson);
    return 2;
  }
  if (isJson) sayJson(result);
  else for (const line of tellResult(result)) say(line);
  if (cancelled.aborted) {
    note(`bench: cancelled${values.docs === true ? '; the documentation is as it was' : ''}.`);
    return 130;
  }
  if (values.docs === true)
    await writeAllWhole(
      docFiles(complete(before ? merge(before, result) : result, marks, 'it was not measured on this machine')),
    );
  return result.marks.length > 0 && result.marks.every(mark => stateOf(mark) === 'reached') ? 0 : 1;
}

/** Throws UsageError where one option makes others pointless. */
function keepApart(values: Readonly<Record<string, unknown>>, name: string, others: readonly string[]): void {
  const other = others.find(candidate => values[candidate] !== undefined);
  if (values[name] !== undefined && other !== undefined)
    throw new UsageError(`--${name}: expected no --${other} beside it`);
}

function list(isJson: boolean): ExitCode {
  if (isJson) sayJson(marks.map(({ id, title, text, peers, goals }) => ({ id, title, text, peers, goals })));
  else for (const { id, title } of marks) say(`${id.padEnd(18)}${title}`);
  return 0;
}

function wantedMarks(ids: readonly string[]): readonly Mark[] {
  const known = marks.map(({ id }) => id);
  const unknown = ids.find(id => !known.includes(id));
  if (unknown !== undefined) throw new UsageError(`--only: expected one of ${known.join(', ')}, got "${unknown}"`);
  return marks.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

async function measure(wanted: readonly Mark[], isQuick: boolean, heats: number | undefined): Promise<BenchResult> {
  stopWhenAsked();
  cancelled.addEventListener('abort', () => note('bench: ending what was started …'));
  const result = await runBench({ marks: wanted, isQuick, heats, signal: cancelled, tell: note });
  return complete(result, wanted, 'it was cancelled before it was measured');
}

async function readFrom(path: string): Promise<BenchResult> {
  const result = readResult(new TextDecoder().decode(await readNamed(path)), path);
  const absent = marks.filter(({ id }) => !result.marks.some(mark => mark.id === id));
  if (absent.length > 0) note(`${path} has no results of ${absent.map(({ id }) => id).join(', ')}.`);
  return result;
}

async function serve(name: string, options: string): Promise<ExitCode> {
  const [id, work] = String(name).split('/');
  const make = marks.find(mark => mark.id === id)?.works?.[work];
  if (!make) throw new UsageError(`--contestant: expected a work of a mark, got "${name}"`);
  let made: unknown;
  try {
    made = JSON.parse(options);
  } catch {
    throw new UsageError(`--contestant: expected options as JSON, got ${options}`);
  }
  await serveProcess(make, made);
  return 0;
}
