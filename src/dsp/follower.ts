// Followers of levels: how fast a gain falls and comes back. Owns the recursions that compressor, limiter and gate share, one
// frame each, in f64. Must not know what is followed. Every recursion is max(c, a·y + b) or linear, so that a bundle has it exactly.

/**
 * Taken off per frame from what is released, so that it reaches its floor for good after a finite time instead of wasting away into
 * denormals. A release of 5 s at 192 kHz bends down at −80 dB; shorter ones lower.
 */
export const RELEASE_FALL = 1e-10;

/**
 * One frame of a peak that rises at once to `x` and falls back towards it with the pole `release`: the first half of the smooth
 * decoupled detector of D. Giannoulis, M. Massberg and J. D. Reiss, "Digital Dynamic Range Compressor Design", JAES 60(6), 2012,
 * eq. 17. The second half, the attack, is a plain one-pole on the result.
 */
export function stepRelease(y: number, x: number, release: number): number {
  return Math.max(x, release * y + (1 - release) * x - RELEASE_FALL);
}
