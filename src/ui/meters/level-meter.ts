// Level meter: one bar per channel, RMS as the bar and the held peak as a line, −60 to 0 dBFS.
// The ballistics are the node's (its states `peak` and `meanSquare`); here they are only drawn.
import { scaleLinear } from 'd3-scale';
import type { PatchNode } from '../../core/patch.ts';
import type { NodeBody } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { css, h, setText } from '../dom.ts';
import { formatPeak } from '../format.ts';

const FLOOR_DB = -60;
const toShare = scaleLinear().domain([FLOOR_DB, 0]).range([0, 1]).clamp(true);
const toDb = (amplitude: number): number => (amplitude > 0 ? 20 * Math.log10(amplitude) : -Infinity);
const shareOf = (amplitude: number): number => (amplitude > 0 ? toShare(toDb(amplitude)) : 0);
const CHANNEL_NAMES = ['L', 'R'];

export function makeMeterBody(context: EditorContext, node: PatchNode): NodeBody {
  const bars = h('div', { class: css('meterBars') });
  let fact = '';
  const rows: { fill: HTMLElement; peak: HTMLElement }[] = [];
  const setChannels = (count: number): void => {
    while (rows.length > count) {
      rows.pop();
      bars.lastElementChild?.remove();
    }
    while (rows.length < count) {
      const row = { fill: h('i'), peak: h('u') };
      rows.push(row);
      bars.append(
        h('div', { class: css('meterRow') }, h('span', {}, ''), h('div', { class: css('meter') }, row.fill, row.peak)),
      );
    }
    [...bars.children].forEach((row, index) =>
      setText(row.firstElementChild as Element, count > 1 ? (CHANNEL_NAMES[index] ?? String(index + 1)) : ''),
    );
  };
  setChannels(1);
  const live = (): void => {
    // Paused, the node keeps its last levels, but nothing is heard.
    const isHeard = context.isPlaying;
    const peaks = context.engine.readProbe(node.id, 'peak');
    const squares = context.engine.readProbe(node.id, 'meanSquare');
    if (peaks && peaks.length !== rows.length) setChannels(Math.max(1, Math.min(8, peaks.length)));
    let loudest = 0;
    rows.forEach((row, channel) => {
      const peak = isHeard ? (peaks?.[channel] ?? 0) : 0;
      loudest = Math.max(loudest, peak);
      row.fill.style.transform = `scaleX(${shareOf(Math.sqrt(isHeard ? (squares?.[channel] ?? 0) : 0))})`;
      row.peak.style.left = `${shareOf(peak) * 100}%`;
      row.peak.hidden = !(peak > 0);
      row.peak.classList.toggle(css('mod-over'), peak >= 1);
    });
    fact = peaks ? formatPeak(loudest) : '';
  };
  live();
  return { element: h('div', { class: css('meterBody') }, bars), live, fact: () => fact };
}
