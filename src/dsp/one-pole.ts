// The one-pole smoother of parameters: y ← target + a·(y − target). Owns its coefficient, step and closed form, all in f64.
// Source: Julius O. Smith, "Introduction to Digital Filters", one-pole. Must not know which parameter it smooths.
import { TINY } from './safe.ts';

/** Below this distance from its target, relative to max(1, |target|), a smoothed value is the target: −240 dB. */
export const SETTLED = 1e-12;

/**
 * The pole a = exp(−1/(τ·rate)) for a time constant τ in seconds (63 % of the way; 5·τ for 99.3 %). τ ≤ 0 or NaN gives 0: no
 * smoothing.
 */
export function onePoleCoefficient(timeConstantSeconds: number, sampleRateHz: number): number {
  return timeConstantSeconds > 0 ? Math.exp(-1 / (timeConstantSeconds * sampleRateHz)) : 0;
}

/** One frame towards the target. The first frame after a move has already moved. NaN in value or target gives NaN. */
export function stepOnePole(value: number, target: number, coefficient: number): number {
  return target + coefficient * (value - target);
}

/** One frame of a glide towards the target that ends: within 1e-12 of it, relative to max(1, |target|), it is the target. */
export function glide(value: number, target: number, coefficient: number): number {
  const y = target + coefficient * (value - target);
  return Math.abs(y - target) < SETTLED * Math.max(1, Math.abs(target)) ? target : y;
}

/** The value after `frames` steps at a steady target: target + a^frames·(value − target), what a lowering computes. */
export function onePoleAfter(value: number, target: number, coefficient: number, frames: number): number {
  return target + coefficient ** frames * (value - target);
}

/**
 * Fills `output` with the smoothed values of `frames` frames and returns the value to start the next block from: once it is within
 * 1e-12 of the target it is the target itself, so that a kernel can use a scalar again. That test is made per frame, so the block
 * doesn't matter. No allocation. A value that is not finite jumps to the target.
 */
export function smoothOnePole(
  value: number,
  target: number,
  coefficient: number,
  output: Float32Array | Float64Array,
  frames: number,
): number {
  let y = value - value === 0 ? value : target;
  const near = SETTLED * Math.max(1, Math.abs(target)) + TINY;
  for (let n = 0; n < frames; n++) {
    y = target + coefficient * (y - target);
    if (Math.abs(y - target) < near) y = target;
    output[n] = y;
  }
  return y;
}
