// The gain law of cross-fades: when the engine swaps plans, and when a delay changes its length. A closed form of the frame's
// index, so that live, render and bundle agree whatever the block. No state; NaN in gives NaN out.

/** Length of the fade between two plans, in seconds. */
export const CROSSFADE_SECONDS = 0.01;

/** Frames of a cross-fade at a rate: 10 ms to the nearest whole frame, at least 1. */
export function crossfadeFrames(sampleRateHz: number, seconds = CROSSFADE_SECONDS): number {
  return Math.max(1, Math.round(seconds * sampleRateHz));
}

/**
 * Gain of what comes in at frame `frame` of `frames`: 0.5 − 0.5·cos(π·(frame + ½)/frames), 0 before and 1 after. What goes out has
 * exactly 1 − that (both sum to 1: the signals are alike). Taken at the middle of a frame, so the fade is its own mirror image.
 */
export function fadeInGain(frame: number, frames: number): number {
  if (frame < 0) return 0;
  if (frame >= frames) return 1;
  return 0.5 - 0.5 * Math.cos((Math.PI * (frame + 0.5)) / frames);
}
