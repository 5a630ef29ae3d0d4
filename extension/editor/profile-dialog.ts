// "Profile": the load of a patch for all block sizes and both rates, measured by the worker, as a chart and tables.
// Owns what is shown and chosen; measuring is src/check/profile.ts's. These are not the figures of what plays.
import type { LoadFigures } from '../../src/check/load-figures.ts';
import type { Profile, ProfileRow } from '../../src/check/profile.ts';
import { profileChart, VERDICT_WORDS } from '../../src/check/profile-words.ts';
import { loadChartSvg } from '../../src/ui/charts/load-chart.ts';
import { css, h } from '../../src/ui/dom.ts';
import { formatNumber, formatRate, THIN_SPACE } from '../../src/ui/format.ts';
import type { OpenPatch } from './patch-editor.ts';
import { runWithProgress, showReport } from './progress-dialog.ts';

const TITLE = 'Profile Load';
const HEADS = ['Mean', 'p50', 'p95', 'p99', 'Longest', 'Missed'];

/** Times below the clock's step are only known to be below it; a mean of many is better known. */
const timeText = (ms: number, stepMs: number): string =>
  ms < stepMs ? `< ${formatNumber(stepMs, 2)}` : formatNumber(ms, ms < 1 ? 3 : 2);

function cells({ meanMs, p50Ms, p95Ms, p99Ms, maxMs, misses }: LoadFigures, blocks: number, stepMs: number): Node[] {
  const times = [formatNumber(meanMs, meanMs < 1 ? 3 : 2)].concat(
    [p50Ms, p95Ms, p99Ms, maxMs].map(ms => timeText(ms, stepMs)),
  );
  return [...times, `${misses} of ${blocks}`].map(text => h('td', { class: css('figure') }, text));
}

const table = (heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement =>
  h(
    'table',
    { class: css('reportTable') },
    h('thead', {}, h('tr', {}, ...heads.map((text, n) => h('th', n === 0 ? {} : { class: css('figure') }, text)))),
    h('tbody', {}, ...rows),
  );

const nameOf = ({ sampleRateHz, blockFrames }: ProfileRow): string =>
  `${formatRate(sampleRateHz)}, ${blockFrames}${THIN_SPACE}frames`;

function totalsTable({ rows, clockStepMs }: Profile): HTMLElement {
  return table(
    ['Whole patch, times in ms', 'Budget', ...HEADS, 'Result'],
    rows.map(row =>
      row.total && row.verdict
        ? h(
            'tr',
            { 'data-ok': String(row.verdict === 'safe') },
            h('td', {}, nameOf(row)),
            h('td', { class: css('figure') }, formatNumber(row.budgetMs, 2)),
            ...cells(row.total, row.blocks, clockStepMs),
            h('td', { class: css('figure') }, VERDICT_WORDS[row.verdict]),
          )
        : h('tr', {}, h('td', {}, nameOf(row)), h('td', { colspan: HEADS.length + 2 }, row.problems[0]?.message ?? '')),
    ),
  );
}

/** The nodes of one row, the most expensive first; a person chooses which row. */
function nodesTable({ rows, clockStepMs }: Profile, chosen: ProfileRow, titleOf: (id: string) => string): HTMLElement {
  const measured = rows.filter(row => row.blocks > 0);
  const place = h('div');
  const options = measured.map((row, n) => h('option', { value: n, selected: row === chosen }, nameOf(row)));
  const select = h('select', { class: 'jp-mod-styled', 'aria-label': 'Rate and block' }, ...options);
  const draw = (): void => {
    const row = measured[select.selectedIndex];
    if (!row?.rest) return;
    const nodes = Object.entries(row.nodes).sort(([, a], [, b]) => b.meanMs - a.meanMs);
    const figures = [...nodes.map(([id, of]) => [titleOf(id), of] as const), ['Between nodes', row.rest] as const];
    place.replaceChildren(
      table(
        ['Node, times in ms', ...HEADS],
        figures.map(([name, of]) => h('tr', {}, h('td', {}, name), ...cells(of, row.blocks, clockStepMs))),
      ),
      ...row.problems.map(({ code, message }) => h('p', {}, h('code', {}, code), ` ${message}`)),
    );
  };
  select.addEventListener('change', draw);
  draw();
  return h('div', {}, h('p', {}, select), place);
}

/** Profiles the open patch and shows the result. What plays is paused, since the two would disturb each other. */
export async function profileLoad({ session }: OpenPatch): Promise<void> {
  if (session.view.state === 'playing') session.view.pause();
  await session.loaded;
  const { patch } = session.store;
  const result = await runWithProgress(TITLE, 'Not profiled.', options =>
    session.worker.profile({ patch, resources: session.resources }, options),
  );
  const usual = session.view.live?.blockFrames ?? 128;
  const measured = result?.rows.filter(row => row.blocks > 0 && row.sampleRateHz === patch.sampleRateHz) ?? [];
  const chosen = measured.find(row => row.blockFrames === usual) ?? result?.rows.find(row => row.blocks > 0);
  if (!result || !chosen) return;
  const svg = loadChartSvg(profileChart(result, patch.name));
  const chart = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  const titleOf = (id: string): string => patch.nodes[id]?.label || id;
  await showReport(
    TITLE,
    h('div', { class: css('profile') }, chart, totalsTable(result), nodesTable(result, chosen, titleOf)),
  );
}
