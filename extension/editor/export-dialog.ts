// The report of an export with every check, its value and its limit.
// Owns what is shown; the work is in the engine's worker, writing the file is the caller's.
import type { CheckReport, CheckResult } from '../../src/check/report.ts';
import { css, h } from '../../src/ui/dom.ts';
import type { PatchSession } from './patch-session.ts';
import { runWithProgress, showReport } from './progress-dialog.ts';

/** Reports have no infinity: this stands for no difference at all. */
const EQUAL_DB = -400;

function figure(value: number | null, { unit }: CheckResult, prefix = ''): string {
  if (value === null) return '–';
  if (unit === 'dB' && value <= EQUAL_DB) return 'bit-equal';
  return `${prefix}${String(value).replace('-', '−')} ${unit}`.trim();
}

function reportTable({ checks, remarks }: CheckReport): HTMLElement {
  const row = (check: CheckResult): HTMLElement =>
    h(
      'tr',
      { 'data-ok': check.ok ? 'true' : 'false' },
      h('td', {}, check.ok ? '✓ passed' : '✗ failed'),
      h('td', {}, check.what),
      h('td', {}, check.runtime),
      h('td', { class: css('figure') }, figure(check.value, check)),
      h('td', { class: css('figure') }, figure(check.limit, check, '≤ ')),
    );
  const head = h('tr', {}, ...['Result', 'Check', 'Runtime', 'Measured', 'Limit'].map(text => h('th', {}, text)));
  return h(
    'div',
    {},
    h('table', { class: css('reportTable') }, h('thead', {}, head), h('tbody', {}, ...checks.map(row))),
    ...remarks.map(remark => h('p', {}, remark)),
  );
}

/** Exports with progress; `write` is called with the bytes of a bundle that passed, then the report is shown. */
export async function exportWithReport(
  session: PatchSession,
  name: string,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const title = `Export ${name}`;
  const exported = await runWithProgress(title, 'Not exported. Nothing was written.', options =>
    session.worker.exportBundle({ patch: session.store.patch, resources: session.resources }, options),
  );
  if (!exported) return;
  const { bytes, report } = exported;
  await write(bytes);
  const passed = report.checks.filter(check => check.ok).length;
  const verdict = h(
    'p',
    { class: css('verdict'), 'data-ok': report.ok ? 'true' : 'false' },
    `${report.ok ? 'Passed' : 'Failed'}: ${passed} of ${report.checks.length} checks. ${name} sounds like the engine.`,
  );
  await showReport(title, verdict, reportTable(report));
}
