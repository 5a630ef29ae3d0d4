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

export function makeLatencyBar(parts: LatencyParts): HTMLElement {
  const shares = latencyShares(parts);
  const total = shares.reduce((sum, part) => sum + part.samples, 0);
  const bar = h('div', { class: css('latencyBar'), 'aria-hidden': 'true' });
  for (const { name, share } of shares) {
    if (share === 0) continue;
    const piece = h('i', { class: css(`latency-${name}`) });
    piece.style.flexGrow = String(share);
    bar.append(piece);
  }
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
