// Guards for numbers that a patch may meet: not-a-number, infinity, denormals. Owns the thresholds of the whole engine.

/** States smaller than this are set to zero: inaudible (−600 dB), far above the denormals of f32 that slow a processor down. */
export const TINY = 1e-30;

/** The value itself if it is finite, else 0. NaN-safe by purpose. */
export function finiteOrZero(x: number): number {
  return x - x === 0 ? x : 0;
}

/** A state worth keeping: 0 if its magnitude is below TINY, not a number or infinite, else the value itself. */
export function flushState(x: number): number {
  return (x >= TINY || x <= -TINY) && x - x === 0 ? x : 0;
}
