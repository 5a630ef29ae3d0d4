// `neuropatch bench`: measures the product beside its peers. Owns options and words; src/bench measures.
import { readFileSync } from 'node:fs';
import { runBench } from '../../bench/bench.ts';
import { mergeResults, writeDocs } from '../../bench/docs.ts';
import { marks } from '../../bench/marks/index.ts';
import type { BenchResult } from '../../bench/result.ts';
import { serveProcess } from '../../bench/serve-process.ts';
import { tellResult } from '../../bench/tell.ts';
import { stateOf } from '../../bench/words.ts';
import { readArguments } from '../arguments.ts';
import { cancelled, type ExitCode, say, sayJson, UsageError } from '../output.ts';

const HEATS_MAX = 100;

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
  if (values.list === true) return list(isJson);
  const result = typeof values.from === 'string' ? readResult(values.from) : await measure(values);
  if (values.docs === true)
    writeDocs(
      mergeResults(
        result,
        marks.map(({ id }) => id),
      ),
    );
  if (isJson) sayJson(result);
  else for (const line of tellResult(result)) say(line);
  return result.marks.every(mark => stateOf(mark) === 'reached') ? 0 : 1;
}

function list(isJson: boolean): ExitCode {
  if (isJson) sayJson(marks.map(({ id, title, text, peers, goals }) => ({ id, title, text, peers, goals })));
  else for (const { id, title } of marks) say(`${id.padEnd(18)}${title}`);
  return 0;
}

function measure({ only, quick, heats }: Readonly<Record<string, unknown>>): Promise<BenchResult> {
  const wanted = (only ?? []) as readonly string[];
  const ids = marks.map(mark => mark.id);
  const unknown = wanted.find(id => !ids.includes(id));
  if (unknown !== undefined) throw new UsageError(`--only: expected one of ${ids.join(', ')}, got "${unknown}"`);
  return runBench({
    marks: marks.filter(({ id }) => wanted.length === 0 || wanted.includes(id)),
    isQuick: quick === true,
    heats: heats === undefined ? undefined : heatsOf(String(heats)),
    signal: cancelled,
    tell: text => void process.stderr.write(`${text}\n`),
  });
}

function heatsOf(text: string): number {
  const heats = Number(text);
  if (!Number.isInteger(heats) || heats < 1 || heats > HEATS_MAX)
    throw new UsageError(`--heats: expected a whole number from 1 to ${HEATS_MAX}, got "${text}"`);
  return heats;
}

function readResult(path: string): BenchResult {
  const result = JSON.parse(readFileSync(path, 'utf8')) as BenchResult;
  if (result.format !== 'neuropatch-bench')
    throw new UsageError(`--from: expected results of the benchmark, got ${path}`);
  return result;
}

async function serve(name: string, options: string): Promise<ExitCode> {
  const [id, work] = name.split('/');
  const make = marks.find(mark => mark.id === id)?.works?.[work];
  if (!make) throw new UsageError(`--contestant: expected a work of a mark, got "${name}"`);
  await serveProcess(make, JSON.parse(options));
  return 0;
}
