// Medians, percentiles and straight lines: all the statistics of the benchmark. Must not know what the numbers are.

const sorted = (values: ArrayLike<number>): number[] => Array.from(values).sort((a, b) => a - b);

/** Middle value, the mean of both for an even count; NaN without values. */
export const median = (values: ArrayLike<number>): number => {
  const order = sorted(values);
  const middle = order.length >> 1;
  return order.length % 2 === 1 ? order[middle] : (order[middle - 1] + order[middle]) / 2;
};

/** The value that a share (0–1) of all values does not exceed, by nearest rank; NaN without values. */
export const percentile = (values: ArrayLike<number>, share: number): number =>
  sorted(values)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN;

/**
 * Between which two of the values the median of all that could have been measured lies with at least 95 %, whatever their distribution:
 * the sign test turned round (Thompson, "On confidence ranges for the median", 1936). The extremes for fewer than 6 values.
 */
export function medianBounds(values: ArrayLike<number>): readonly [low: number, high: number] {
  const order = sorted(values);
  const count = order.length;
  // P(fewer than `rank` of `count` fair coins show heads), for growing ranks.
  let chance = 0.5 ** count;
  let tail = chance;
  let rank = 0;
  while (2 * tail <= 0.05) {
    rank++;
    chance *= (count - rank + 1) / rank;
    tail += chance;
  }
  const outer = Math.max(0, rank - 1);
  return [order[outer] ?? Number.NaN, order[count - 1 - outer] ?? Number.NaN];
}

export const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};

/** y ≈ intercept + slope·x by least squares, and the share of the variance of y that it explains. */
export interface StraightLine {
  readonly slope: number;
  readonly intercept: number;
  readonly rSquared: number;
}

export function fitLine(xs: readonly number[], ys: readonly number[]): StraightLine {
  const xMean = mean(xs);
  const yMean = mean(ys);
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let i = 0; i < xs.length; i++) {
    xx += (xs[i] - xMean) ** 2;
    xy += (xs[i] - xMean) * (ys[i] - yMean);
    yy += (ys[i] - yMean) ** 2;
  }
  const slope = xy / xx;
  return { slope, intercept: yMean - slope * xMean, rSquared: yy === 0 ? 1 : (xy * xy) / (xx * yy) };
}
