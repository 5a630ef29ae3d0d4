// `neuropatch measure PATCH`: every latency that the product reports, beside what is measured.
import { type MeasureReport, measurePatch } from '../../check/measure.ts';
import { PatchError } from '../../core/errors.ts';
import { pinnedSlack } from '../../core/transport.ts';
import { registry } from '../../generated/registry.ts';
import { sumLatency } from '../../plan/latency.ts';
import { MAX_FRAMES_DEFAULT, makePlan } from '../../plan/make-plan.ts';
import { mergeProblems } from '../../resources/merge-problems.ts';
import { listOf, readArguments, readWhole } from '../arguments.ts';
import { openPatch } from '../files.ts';
import { cancelled, type ExitCode, makeProgress, say, sayJson, stopWhenAsked } from '../output.ts';
import { startRuntime } from '../runtime.ts';
import { readSlack } from '../transport-slack.ts';

/** Whole numbers as they are, fractions with two decimals. */
const figure = (samples: number | null): string =>
  samples === null ? '–' : Number.isInteger(samples) ? String(samples) : samples.toFixed(2);

function tellReport({ rows, ok }: MeasureReport): void {
  const head = ['', 'path', 'buffering', 'inference', 'model', 'filter', 'reported', 'measured', 'error', 'method'];
  const lines = rows.map(({ path, rateHz, kind, reported, measured, error, method, ok: isRight }) => [
    isRight === null ? '–' : isRight ? 'passed' : 'FAILED',
    kind === 'node' ? `${path} (${rateHz / 1000} kHz)` : path,
    ...[
      reported.buffering,
      reported.inference,
      reported.model,
      reported.filter,
      sumLatency(reported),
      measured,
      error,
    ].map(figure),
    method,
  ]);
  const widths = head.map((word, column) => Math.max(word.length, ...lines.map(line => line[column].length)));
  const isNumber = (column: number): boolean => column >= 2 && column <= 8;
  for (const line of [head, ...lines])
    say(
      line
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    );
  const measured = rows.filter(row => row.ok !== null);
  const right = measured.filter(row => row.ok).length;
  if (measured.length === 0) {
    say(`nothing measured: ${rows.length} ways that an impulse can't be followed on`);
    return;
  }
  say(
    `${ok ? 'sound' : 'NOT sound'}: ${right} of ${measured.length} latencies as reported, ${rows.length - measured.length} not measured (samples)`,
  );
}

export async function measure(words: readonly string[]): Promise<ExitCode> {
  const {
    values,
    positionals: [path],
  } = readArguments(
    words,
    { 'host-block': { type: 'string' }, 'transport-slack': { type: 'string', multiple: true } },
    ['PATCH'],
  );
  const hostBlockFrames = readWhole(values['host-block'] as string | undefined, '--host-block', 1, MAX_FRAMES_DEFAULT);
  const { patch, resources, problems } = await openPatch(path);
  const slackFrames = { ...pinnedSlack(patch), ...readSlack(listOf(values['transport-slack']), patch) };
  const options = { slackFrames, ...(hostBlockFrames === undefined ? {} : { hostBlockFrames }) };
  const errors = mergeProblems(problems, makePlan(patch, registry, resources, options).problems).filter(
    problem => problem.severity === 'error',
  );
  if (errors.length > 0) throw new PatchError(errors);
  const { models } = await startRuntime();
  stopWhenAsked();
  const report = await measurePatch({
    patch,
    registry,
    resources,
    models,
    ...options,
    onProgress: makeProgress('measure'),
    signal: cancelled,
  });
  if (values.json === true) sayJson(report);
  else tellReport(report);
  return report.ok === false ? 1 : 0;
}
