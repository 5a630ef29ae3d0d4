// A profile in words and as a chart's content: what the command line, the page and Python's picture show alike.
// Owns the label that tells a profile from what is measured live.

import { runtimeText } from '../core/runtime-choice.ts';
import type { LoadVerdict } from './load-figures.ts';
import type { Profile } from './profile.ts';

export const VERDICT_WORDS: Readonly<Record<LoadVerdict, string>> = {
  safe: 'safe',
  tight: 'tight: above 80 % of the budget',
  misses: 'misses',
};

/** A clock that is finer than this measures every block well enough. */
const COARSE_MS = 0.001;

const wordsOf = (value: number): string => String(Math.round(value * 1e4) / 1e4);

/** "Profiled: offline on this machine, …" and how well times are known: stands wherever the figures do. */
export const profileNotes = ({ seconds, warmupSeconds, clockStepMs }: Profile): readonly string[] => [
  `Profiled: offline on this machine, without a sound card; ${wordsOf(seconds)} s of sound per row (at least 100 blocks) after ${wordsOf(warmupSeconds)} s of warm-up.`,
  ...(clockStepMs >= COARSE_MS
    ? [`The clock has steps of ${wordsOf(clockStepMs)} ms here: times below one step are known by their mean only.`]
    : []),
];

/** "amp runs on SIMD kernels."; where that changed between rows, each with the rows that it was in. */
export function runtimeNotes({ rows }: Profile): readonly string[] {
  const ids = new Set(rows.flatMap(({ runtimes }) => Object.keys(runtimes)));
  return [...ids].flatMap(id => {
    const blocks = new Map<string, string[]>();
    for (const { runtimes, blockFrames, sampleRateHz } of rows) {
      const text = runtimes[id] && runtimeText(runtimes[id]);
      if (text) blocks.set(text, [...(blocks.get(text) ?? []), `${blockFrames} at ${sampleRateHz} Hz`]);
    }
    return [...blocks].map(
      ([text, where]) => `${id} runs on ${text}${blocks.size > 1 ? `, in blocks of ${where.join(', ')}` : ''}.`,
    );
  });
}

/** What the chart shows: totals as shares of the budget, of all rows that have any. `name`: the patch's title. */
export const profileChart = (profile: Profile, name: string) => ({
  title: `Load of ${name || 'the patch'}, profiled`,
  notes: profileNotes(profile),
  safeShare: profile.safeShare,
  points: profile.rows.flatMap(({ sampleRateHz, blockFrames, budgetMs, blocks, total }) =>
    total
      ? [
          {
            sampleRateHz,
            blockFrames,
            blocks,
            p50: total.p50Ms / budgetMs,
            p95: total.p95Ms / budgetMs,
            p99: total.p99Ms / budgetMs,
            max: total.maxMs / budgetMs,
            misses: total.misses,
          },
        ]
      : [],
  ),
});
