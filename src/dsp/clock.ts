// The one clock of the engine: how many frames every region has made when the patch has made `t`.
// Owns exact integer arithmetic on rates; must not know what a region, a block or a resampler is.

/** Greatest common divisor of two positive integers. */
export function gcd(a: number, b: number): number {
  while (b !== 0) {
    const remainder = a % b;
    a = b;
    b = remainder;
  }
  return a;
}

/** Least common multiple of two positive integers. */
export const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;

/** Items of spectra or tensors in so many frames: one a block, and none on a stream. */
export const itemsIn = (frames: number, blockFrames: number): number => (blockFrames === 0 ? 0 : frames / blockFrames);

/** A ratio of two positive integers in lowest terms. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

/** The fraction a/b in lowest terms; both are positive integers, usually rates in Hz. */
export function reduceRatio(a: number, b: number): Ratio {
  const divisor = gcd(a, b);
  return { numerator: a / divisor, denominator: b / divisor };
}

/**
 * Frames that a region of `rateHz` has produced once the patch has produced `patchFrames`: ceil(t·rate/patchRate), i.e. all
 * frames whose time lies before the patch's next frame. Exact for rates in whole Hz and for any frame count that a number
 * can hold; allocates nothing. A region's frames in one block are the difference of two calls, whatever the block.
 */
export function framesUntil(patchFrames: number, rateHz: number, patchRateHz: number): number {
  const divisor = gcd(rateHz, patchRateHz);
  const rate = rateHz / divisor;
  const patchRate = patchRateHz / divisor;
  // Whole periods first, so that no product exceeds 2^53.
  const rest = patchFrames % patchRate;
  const product = rest * rate;
  const remainder = product % patchRate;
  const partial = (product - remainder) / patchRate + (remainder > 0 ? 1 : 0);
  return ((patchFrames - rest) / patchRate) * rate + partial;
}
