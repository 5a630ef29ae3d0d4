// A profile in words and as a chart's content: what the command line, the page and Python's picture show alike.
// Owns the label that tells a profile from what is measured live.
import type { LoadVerdict } from './load-figures.ts';
import type { Profile } from './profile.ts';

export const VERDICT_WORDS: Readonly<Record<LoadVerdict, string>> = {
  safe: 'safe',
  tight: 'tight: above 80 % of the budget',
  misses: 'misses',
};

const wordsOf = (value: number): string => String(Math.round(value * 1e4) / 1e4);

/** "Profiled: offline, without a sound card, …": stands wherever the figures do. */
export const profileNote = ({ seconds, warmupSeconds, clockStepMs }: Profile): string =>
  `Profiled: offline on this machine, without a sound card; ${wordsOf(seconds)} s of sound per row (at least 100 blocks) after ${wordsOf(warmupSeconds)} s of warm-up` +
  (clockStepMs >= 0.001 ? `; the clock has steps of ${wordsOf(clockStepMs)} ms.` : '.');

/** What the chart shows: totals as shares of the budget, of all rows that have any. `name`: the patch's title. */
export const profileChart = (profile: Profile, name: string) => ({
  title: `Load of ${name || 'the patch'}, profiled`,
  note: profileNote(profile),
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
