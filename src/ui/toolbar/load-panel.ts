// What the Dropouts cell opens: mean load of every node, blocks that came too late, models that did, what the device itself missed.
// Owns its words. Live there are means and counts only; percentiles come from a profile, which it leads to.
import type { EditorContext } from '../context.ts';
import { button, css, h } from '../dom.ts';
import { LATE_ADVICE, lateModels, lateText } from '../dropouts.ts';
import type { LiveFacts } from '../engine-view.ts';
import { formatNumber, formatTime, THIN_SPACE } from '../format.ts';
import { icon } from '../icons.ts';

/** Late blocks that are listed, the latest first. */
const LISTED = 5;

const percent = (share: number): string => {
  const value = share * 100;
  return `${formatNumber(value, value < 10 ? 1 : 0)}${THIN_SPACE}%`;
};
/** Where nothing is said, plain SIMD plays. */
const FORMS = { scalar: 'no SIMD', relaxed: 'SIMD, relaxed', simd: 'SIMD' };

const row = (name: string, figure: string): HTMLElement =>
  h('tr', {}, h('td', {}, name), h('td', { class: css('figure') }, figure));

/** "2 (35 ms in all)", or that this browser does not tell. */
const underrunText = (underruns: LiveFacts['underruns']): string =>
  underruns
    ? `${underruns.events} (${formatNumber(underruns.seconds * 1000, 0)}${THIN_SPACE}ms in all)`
    : 'not told by this browser';

/** What the figure in the toolbar is made of, in one line. */
export const dropoutsInWords = (context: EditorContext, live: LiveFacts): string =>
  [
    `Late blocks: ${live.dropouts}`,
    ...lateModels(live).map(([id, count]) => `${context.nameOf(id)}: ${lateText(count)}`),
    `Gaps of the device: ${underrunText(live.underruns)}`,
  ].join('. ');

export interface LoadPanel {
  readonly elements: readonly Node[];
  update(): void;
}

export function makeLoadPanel(context: EditorContext): LoadPanel {
  const figures = h('div');
  const profile = button(css('button'), 'Profile load', () => context.callbacks.profileLoad?.(), 'Profile load…');
  const update = (): void => {
    const { live, plan } = context.engine;
    if (!live) {
      figures.replaceChildren(h('p', {}, 'Nothing plays.'));
      return;
    }
    const rateHz = plan?.sampleRateHz ?? context.store.patch.sampleRateHz;
    const loads = Object.entries(live.nodeLoads).sort(([, a], [, b]) => b - a);
    const isInWorker = (id: string): boolean => context.engine.transports[id]?.place === 'worker';
    const models = lateModels(live);
    const late = live.lastDropouts.slice(-LISTED).reverse();
    figures.replaceChildren(
      h('h3', {}, 'Since the start'),
      h(
        'table',
        { class: css('loadTable') },
        row('Blocks that came too late', String(live.dropouts)),
        ...late.map(({ frame, lateMs }) =>
          row(`  at ${formatTime(frame / rateHz)}`, `${formatNumber(lateMs, 0)}${THIN_SPACE}ms late`),
        ),
        row('Gaps of the device', underrunText(live.underruns)),
      ),
      ...models.map(([id, count]) =>
        h(
          'p',
          { class: css('lateModel') },
          icon('warning'),
          h('span', {}, h('b', {}, context.nameOf(id)), `: ${lateText(count)}`),
        ),
      ),
      ...(models.length > 0 ? [h('p', { class: css('second') }, LATE_ADVICE)] : []),
      h('h3', {}, 'Load, mean of the last second'),
      h(
        'table',
        { class: css('loadTable') },
        row('Whole patch', percent(live.loadMean)),
        ...loads.map(([id, share]) =>
          row(`${context.nameOf(id)}${isInWorker(id) ? ', hand-over to the worker' : ''}`, percent(share)),
        ),
      ),
      h(
        'p',
        { class: css('second') },
        `Of the time that a block of ${live.blockFrames} frames lasts. Kernels: ${FORMS[live.kernelForm ?? 'simd']}.`,
      ),
    );
  };
  return { elements: context.callbacks.profileLoad ? [figures, profile] : [figures], update };
}
