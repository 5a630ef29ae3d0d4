// `neuropatch compile PATCH -o FILE` and `neuropatch verify BUNDLE`: the way to a bundle, and the proof that it is sound.

import { exportBundle } from '../../check/export-bundle.ts';
import type { CheckReport } from '../../check/report.ts';
import { verifyBundle } from '../../check/verify-bundle.ts';
import { readBundle } from '../../compile/bundle.ts';
import { PatchError } from '../../core/errors.ts';
import { registry } from '../../generated/registry.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { mergeProblems } from '../../resources/merge-problems.ts';
import { readArguments } from '../arguments.ts';
import { openPatch, readNamed, writeWhole } from '../files.ts';
import { cancelled, type ExitCode, makeProgress, say, sayJson, stopWhenAsked, UsageError } from '../output.ts';
import { startRuntime } from '../runtime.ts';

function tellReport(report: CheckReport): void {
  for (const { ok, runtime, what, value, unit, limit } of report.checks) {
    say(
      `  ${ok ? 'passed' : 'FAILED'}  ${what} (${runtime})${value === null ? '' : `: ${value} ${unit}, limit ${limit} ${unit}`}`,
    );
  }
  for (const remark of report.remarks) say(`  note    ${remark}`);
}

export async function compile(words: readonly string[]): Promise<ExitCode> {
  const {
    values,
    positionals: [path],
  } = readArguments(words, { out: { type: 'string', short: 'o' } }, ['PATCH']);
  if (typeof values.out !== 'string') throw new UsageError('compile: expected -o FILE');
  const { patch, resources, problems } = await openPatch(path);
  const errors = mergeProblems(problems, makePlan(patch, registry, resources).problems).filter(
    problem => problem.severity === 'error',
  );
  if (errors.length > 0) throw new PatchError(errors);
  const { models, runtime } = await startRuntime();
  stopWhenAsked();
  const { bytes, report, bundle } = await exportBundle({
    patch,
    registry,
    resources,
    models,
    runtime,
    onProgress: makeProgress('export'),
    signal: cancelled,
  });
  await writeWhole(values.out, bytes);
  if (values.json === true)
    sayJson({
      ok: report.ok,
      file: values.out,
      bytes: bytes.length,
      latencySamples: bundle.manifest.latencySamples,
      checks: report.checks,
      remarks: report.remarks,
    });
  else {
    say(
      `${values.out}: ${(bytes.length / 1024).toFixed(0)} KiB, ${bundle.manifest.ops.length} operators, latency ${bundle.manifest.latencySamples} samples`,
    );
    tellReport(report);
  }
  return 0;
}

export async function verify(words: readonly string[]): Promise<ExitCode> {
  const {
    values,
    positionals: [path],
  } = readArguments(words, {}, ['BUNDLE']);
  const bundle = readBundle(await readNamed(path), path);
  const { runtime } = await startRuntime();
  stopWhenAsked();
  const report = await verifyBundle(bundle, runtime, {
    onProgress: makeProgress('verify'),
    signal: cancelled,
    isOtherMachine: true,
  });
  if (values.json === true) sayJson(report);
  else {
    say(`${path}: ${report.ok ? 'sound' : 'NOT sound'}`);
    tellReport(report);
  }
  return report.ok ? 0 : 1;
}
