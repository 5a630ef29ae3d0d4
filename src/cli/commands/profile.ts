// `neuropatch profile PATCH`: how long blocks take, offline, as a table, a chart and JSON. Owns options and words.
import { PROFILE_BLOCKS, type Profile, type ProfileRow, profilePatch } from '../../check/profile.ts';
import { profileChart, profileNotes, runtimeNotes, VERDICT_WORDS } from '../../check/profile-words.ts';
import { PatchError } from '../../core/errors.ts';
import { registry } from '../../generated/registry.ts';
import { loadChartSvg } from '../../ui/charts/load-chart.ts';
import { readArguments, readNumber, readRate, readSchedule } from '../arguments.ts';
import { openPatch, writeWhole } from '../files.ts';
import { cancelled, type ExitCode, makeProgress, problemJson, say, sayJson, stopWhenAsked } from '../output.ts';
import { startRuntime } from '../runtime.ts';

const SECONDS_MIN = 0.1;
const SECONDS_MAX = 600;
const COLUMNS = ['budget', 'mean', 'p50', 'p95', 'p99', 'max'] as const;

const ms = (value: number): string => value.toFixed(value < 0.1 ? 4 : value < 10 ? 3 : 1).padStart(9);

function tellRow(row: ProfileRow): void {
  const { total, rest } = row;
  if (!total || !rest || row.verdict === undefined) return;
  const figures: [string, typeof total][] = [
    ['all', total],
    ...Object.entries(row.nodes).sort(([, a], [, b]) => b.meanMs - a.meanMs),
    ['between nodes', rest],
  ];
  for (const [name, { meanMs, p50Ms, p95Ms, p99Ms, maxMs, misses }] of figures) {
    const head = name === 'all' ? `${String(row.blockFrames).padStart(6)}  all` : `${' '.repeat(8)}${name}`;
    const budget = name === 'all' ? ms(row.budgetMs) : ' '.repeat(9);
    const verdict = name === 'all' ? `  ${VERDICT_WORDS[row.verdict]}` : '';
    say(
      `${head.padEnd(30)}${budget}${[meanMs, p50Ms, p95Ms, p99Ms, maxMs].map(ms).join('')}${`${misses} of ${row.blocks}`.padStart(16)}${verdict}`,
    );
  }
}

function tell(profile: Profile): void {
  for (const note of profileNotes(profile)) say(note);
  for (const note of runtimeNotes(profile)) say(note);
  say('Times of one block in ms. Missed: blocks that took longer than the budget, a node alone or all together.');
  say('A few that even nodes without work miss are pauses of the machine: profile again while it does nothing else.');
  for (const rateHz of [...new Set(profile.rows.map(row => row.sampleRateHz))]) {
    say('');
    const head = `${rateHz} Hz`.padEnd(30);
    say(`${head}${COLUMNS.map(name => name.padStart(9)).join('')}${'missed'.padStart(16)}`);
    const told = new Set<string>();
    for (const row of profile.rows) {
      if (row.sampleRateHz !== rateHz) continue;
      for (const { code, message } of row.problems) {
        const text = `  ${row.blocks === 0 ? 'not played' : 'error'}  ${code}  ${message}`;
        if (!told.has(text)) say(text);
        told.add(text);
      }
      tellRow(row);
    }
  }
}

export async function profile(words: readonly string[]): Promise<ExitCode> {
  const single = { type: 'string' } as const;
  const { values, positionals } = readArguments(words, { seconds: single, block: single, rate: single, plot: single }, [
    'PATCH',
  ]);
  const seconds = readNumber(values.seconds as string | undefined, '--seconds', SECONDS_MIN, SECONDS_MAX);
  const rateHz = readRate(values.rate as string | undefined, '--rate');
  const blocks = values.block === undefined ? PROFILE_BLOCKS : readSchedule(String(values.block));
  const { patch, resources, problems } = await openPatch(positionals[0]);
  const errors = problems.filter(problem => problem.severity === 'error');
  if (errors.length > 0) throw new PatchError(errors);
  const { models } = await startRuntime();
  stopWhenAsked();
  const result = await profilePatch({
    patch,
    registry,
    resources,
    models,
    clock: () => performance.now(),
    blocks,
    ...(rateHz === undefined ? {} : { ratesHz: [rateHz] }),
    ...(seconds === undefined ? {} : { seconds }),
    onProgress: makeProgress('profile'),
    signal: cancelled,
  });
  if (typeof values.plot === 'string') await writeWhole(values.plot, loadChartSvg(profileChart(result, patch.name)));
  if (values.json === true)
    sayJson({
      ok: true,
      ...result,
      rows: result.rows.map(row => ({ ...row, problems: row.problems.map(problemJson) })),
      plot: values.plot ?? null,
    });
  else {
    tell(result);
    if (typeof values.plot === 'string') say(`\n${values.plot}: the chart`);
  }
  return 0;
}
