// The dialogs of an export: progress with a way to stop, then the report with every check, its value and its limit.
// Owns what is shown; the work is in the engine's worker, writing the file is the caller's.
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import type { CheckReport, CheckResult } from '../../src/check/report.ts';
import { PatchError } from '../../src/core/errors.ts';
import { css, h } from '../../src/ui/dom.ts';
import type { PatchSession } from './patch-session.ts';

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

async function showReport(name: string, report: CheckReport): Promise<void> {
  const passed = report.checks.filter(check => check.ok).length;
  const verdict = h(
    'p',
    { class: css('verdict'), 'data-ok': report.ok ? 'true' : 'false' },
    `${report.ok ? 'Passed' : 'Failed'}: ${passed} of ${report.checks.length} checks. ${name} sounds like the engine.`,
  );
  await showDialog({
    title: `Export ${name}`,
    body: new Widget({ node: h('div', { class: css('report') }, verdict, reportTable(report)) }),
    buttons: [Dialog.okButton()],
  });
}

async function showFailure(name: string, error: PatchError): Promise<void> {
  const lines = error.problems.map(problem => h('p', {}, h('code', {}, problem.code), ` ${problem.message}`));
  const verdict = h('p', { class: css('verdict'), 'data-ok': 'false' }, 'Not exported. Nothing was written.');
  await showDialog({
    title: `Export ${name}`,
    body: new Widget({ node: h('div', { class: css('report'), role: 'alert' }, verdict, ...lines) }),
    buttons: [Dialog.okButton()],
  });
}

/** Exports with progress; `write` is called with the bytes of a bundle that passed, then the report is shown. */
export async function exportWithReport(
  session: PatchSession,
  name: string,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const control = new AbortController();
  const bar = h('progress', { max: 1, value: 0, 'aria-label': 'Export' });
  const what = h('p', { 'aria-live': 'polite' }, 'compile');
  const dialog = new Dialog({
    title: `Export ${name}`,
    body: new Widget({ node: h('div', { class: css('report') }, bar, what) }),
    buttons: [Dialog.cancelButton()],
  });
  void dialog.launch().then(() => control.abort());
  const onProgress = (share: number, step: string): void => {
    bar.value = share;
    what.textContent = `${Math.round(share * 100)} % · ${step}`;
  };
  try {
    const { bytes, report } = await session.worker.exportBundle(
      { patch: session.store.patch, resources: session.resources },
      { onProgress, signal: control.signal },
    );
    if (control.signal.aborted) return;
    dialog.reject();
    await write(bytes);
    await showReport(name, report);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    dialog.reject();
    if (error.code !== 'E-CANCELLED') await showFailure(name, error);
  } finally {
    if (!dialog.isDisposed) dialog.dispose();
  }
}
