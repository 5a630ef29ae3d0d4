// Load figures: percentiles, missed blocks and the verdict, from how long each block took. Pure arithmetic.
// Owns what the words mean; measuring is profile.ts's part, showing it that of the command line, the page and Python.

/** A block that takes longer than this share of its budget leaves no room for the machine's own work. */
export const SAFE_SHARE = 0.8;

/** Times of one block in ms. A miss is a block that alone took longer than the whole budget. */
export interface LoadFigures {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly misses: number;
}

/**
 * `safe`: no block missed and 99 in 100 stay within 80 % of the budget. `tight`: none missed, but fewer do. `misses`: some blocks
 * came too late, however low the mean is.
 */
export type LoadVerdict = 'safe' | 'tight' | 'misses';

/** Time that the sound of one block lasts, in ms: 1000·B/rate. */
export const budgetMs = (blockFrames: number, rateHz: number): number => (1000 * blockFrames) / rateHz;

/**
 * The value below which the share `share` (0–1) of `sorted` (ascending, not empty) lies; between two values a straight line
 * (Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, definition 7).
 */
export function percentileOf(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Figures of the blocks' times in ms; `times` is not empty and stays as it is. */
export function loadFigures(times: Float64Array, budget: number): LoadFigures {
  const sorted = times.slice().sort();
  let sum = 0;
  let misses = 0;
  for (const time of sorted) {
    sum += time;
    if (time > budget) misses++;
  }
  return {
    meanMs: sum / sorted.length,
    p50Ms: percentileOf(sorted, 0.5),
    p95Ms: percentileOf(sorted, 0.95),
    p99Ms: percentileOf(sorted, 0.99),
    maxMs: sorted[sorted.length - 1],
    misses,
  };
}

export const verdictOf = ({ p99Ms, misses }: LoadFigures, budget: number): LoadVerdict =>
  misses > 0 ? 'misses' : p99Ms > SAFE_SHARE * budget ? 'tight' : 'safe';
