// The switch on a wire that must wait: its badge and its words. On: by how many samples the wire waits; off: by how many it comes
// early. Owns how alignment is drawn and said; what a click on it does is in commands.ts.

import { css, h, setText } from '../dom.ts';
import type { ConnectionFacts } from '../engine-view.ts';
import { formatCount, formatSamples } from '../format.ts';
import { icon } from '../icons.ts';

/** Whether a wire is aligned and by how many samples at its rate it waits, or would have to. */
export interface Alignment {
  readonly isOn: boolean;
  readonly samples: number;
}

/** Undefined where paths of one latency meet, so that there is nothing to align. */
export function alignmentOf(facts: ConnectionFacts | undefined): Alignment | undefined {
  if (!facts) return undefined;
  if (facts.unalignedSamples > 0) return { isOn: false, samples: facts.unalignedSamples };
  return facts.alignSamples > 0 ? { isOn: true, samples: facts.alignSamples } : undefined;
}

const samplesText = (samples: number): string =>
  samples === 1 ? formatCount(1, 'sample') : `${formatSamples(samples)} samples`;

/** "waits 70 samples so that both paths arrive together", "comes 70 samples early: alignment is off". */
export const alignmentWords = ({ isOn, samples }: Alignment): string =>
  isOn
    ? `waits ${samplesText(samples)} so that both paths arrive together`
    : `comes ${samplesText(samples)} early: alignment is off`;

/** What a switch does next, for menus: "Switch alignment off (70 samples)". */
export const switchWords = ({ isOn, samples }: Alignment): string =>
  `Switch alignment ${isOn ? 'off' : 'on'} (${samplesText(samples)})`;

/** The badge of the wire with that id; `data-align` says whose it is. */
export const makeAlignBadge = (connectionId: string): HTMLButtonElement =>
  h(
    'button',
    { class: css('badge'), type: 'button', role: 'switch', 'data-align': connectionId },
    icon('align'),
    h('span'),
    h('em'),
  );

/** Draws the alignment on its badge. */
export function drawAlignBadge(badge: HTMLElement, alignment: Alignment): void {
  const { isOn, samples } = alignment;
  const words = alignmentWords(alignment);
  badge.classList.toggle(css('mod-off'), !isOn);
  badge.setAttribute('aria-checked', String(isOn));
  badge.setAttribute('aria-label', `Alignment of ${badge.dataset.align}: ${words}`);
  const next = isOn ? 'click to hear the comb' : 'click to let them arrive together';
  badge.title = `${words.charAt(0).toUpperCase()}${words.slice(1)}; ${next}`;
  setText(badge.children[1] as Element, `+${samplesText(samples)}`);
  setText(badge.children[2] as Element, isOn ? 'auto' : 'alignment off');
}
