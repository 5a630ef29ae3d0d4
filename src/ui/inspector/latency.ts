// Latency as a bar in its parts, which always sum to its total. Owns the drawing and the rounding that keeps the sum true.
import type { LatencyParts } from '../../core/node-type.ts';
import { css, h } from '../dom.ts';
import { formatNumber, formatSamples, THIN_SPACE } from '../format.ts';

const PARTS = ['buffering', 'inference', 'model', 'filter'] as const;
const titleCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Shares of a total per part, 0–1; all 0 when there is no latency. */
export function latencyShares(
  parts: LatencyParts,
): { readonly name: (typeof PARTS)[number]; readonly samples: number; readonly share: number }[] {
  const total = PARTS.reduce((sum, name) => sum + parts[name], 0);
  return PARTS.map(name => ({ name, samples: parts[name], share: total > 0 ? parts[name] / total : 0 }));
}

/** "620 samples · 12.9 ms". */
export const formatLatency = (samples: number, rateHz: number): string =>
  `${formatSamples(samples)}${THIN_SPACE}samples · ${formatNumber((samples / rateHz) * 1000, 1)}${THIN_SPACE}ms`;

/** "buffering 448 · inference 0 · model 64 · filter 108", in samples. */
export const latencyText = (parts: LatencyParts): string =>
  PARTS.map(name => `${name} ${formatSamples(parts[name])}`).join(' · ');

/** The bar alone, its parts in their colours; empty when there is no latency. */
export function makeLatencyStrip(parts: LatencyParts): HTMLElement {
  const bar = h('div', { class: css('latencyBar'), 'aria-hidden': 'true' });
  for (const { name, share } of latencyShares(parts)) {
    if (share === 0) continue;
    const piece = h('i', { class: css(`latency-${name}`) });
    piece.style.flexGrow = String(share);
    bar.append(piece);
  }
  return bar;
}

/** The bar with its four parts and their sum in figures. */
export function makeLatencyBar(parts: LatencyParts): HTMLElement {
  const shares = latencyShares(parts);
  const total = shares.reduce((sum, part) => sum + part.samples, 0);
  const bar = makeLatencyStrip(parts);
  const cell = (label: string, samples: number): HTMLElement =>
    h('div', {}, h('small', {}, label), h('b', {}, formatSamples(samples)));
  return h(
    'div',
    {},
    bar,
    h(
      'div',
      { class: css('figures') },
      ...shares.map(part => cell(titleCase(part.name), part.samples)),
      cell('Sum', total),
    ),
  );
}
