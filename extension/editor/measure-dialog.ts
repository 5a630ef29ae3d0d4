// "Measure Latency": every latency that the patch reports beside what the worker measured, as a table.
// Owns what is shown; measuring is src/check/measure.ts's.
import type { MeasureReport, MeasureRow } from '../../src/check/measure.ts';
import { css, h } from '../../src/ui/dom.ts';
import { formatCount, formatRate, formatSamples } from '../../src/ui/format.ts';
import type { OpenPatch } from './patch-editor.ts';
import { runWithProgress, showReport } from './progress-dialog.ts';

const TITLE = 'Measure Latency';
const HEADS = ['Buffering', 'Inference', 'Model', 'Filter', 'Reported', 'Measured', 'Off by'];

const resultOf = ({ ok }: MeasureRow): string => (ok === null ? 'not measured' : ok ? '✓ passed' : '✗ failed');

function rowOf(row: MeasureRow): HTMLElement {
  const { path, kind, rateHz, reported, measured, error, method, ok } = row;
  const { buffering, inference, model, filter } = reported;
  const parts = [buffering, inference, model, filter];
  const figures = [...parts, parts.reduce((a, b) => a + b), measured, error];
  return h(
    'tr',
    ok === null ? {} : { 'data-ok': String(ok) },
    h('td', { class: css('result') }, resultOf(row)),
    h('td', {}, kind === 'node' ? `${path}, ${formatRate(rateHz)}` : path),
    ...figures.map(samples => h('td', { class: css('figure') }, samples === null ? '–' : formatSamples(samples))),
    h('td', {}, method),
  );
}

function verdictOf({ ok, rows }: MeasureReport): HTMLElement {
  const measured = rows.filter(row => row.ok !== null);
  const right = measured.filter(row => row.ok).length;
  const rest = rows.length - measured.length;
  const text = `${right} of ${formatCount(measured.length, 'latency').replace(/ys$/, 'ies')} as reported${rest > 0 ? `, ${rest} not measured` : ''}.`;
  return h('p', { class: css('verdict'), ...(ok === null ? {} : { 'data-ok': String(ok) }) }, text);
}

/** Measures the open patch and shows the result. What plays goes on: nothing here is a matter of time. */
export async function measureLatency({ session }: OpenPatch): Promise<void> {
  await session.loaded;
  const hostBlockFrames = session.view.live?.blockFrames;
  const report = await runWithProgress(TITLE, 'Not measured.', options =>
    session.worker.measure(
      {
        patch: session.store.patch,
        resources: session.resources,
        slackFrames: session.host.slackFrames,
        ...(hostBlockFrames === undefined ? {} : { hostBlockFrames }),
      },
      options,
    ),
  );
  if (!report) return;
  const heads = [
    h('th', {}, 'Result'),
    h('th', {}, 'Path or node'),
    ...HEADS.map(text => h('th', { class: css('figure') }, text)),
    h('th', {}, 'Method'),
  ];
  const table = h(
    'table',
    { class: css('reportTable') },
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...report.rows.map(rowOf)),
  );
  const note = h('p', {}, 'In samples: paths at the patch’s rate, nodes at their own.');
  await showReport(TITLE, h('div', { class: css('profile') }, verdictOf(report), table, note));
}
