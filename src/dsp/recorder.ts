// Keeps the last frames of several channels, for scopes. Owns writing them down; showing them is the interface's work.
import { finiteOrZero } from './safe.ts';

/** Frames that an oscilloscope keeps per channel: 8192 at 48 kHz, twice and four times as many at rates twice and four times as high. */
export const scopeFrames = (rateHz: number): number => 8192 * 2 ** Math.max(0, Math.ceil(Math.log2(rateHz / 51_200)));

/**
 * Writes `frames` frames of `input` into the row of one channel, `recording` being [channels × length], from `position` on
 * (0…length−1, from the end back to 0). A frame that is not a finite number becomes 0. No allocation.
 */
export function record(
  recording: Float32Array,
  length: number,
  channel: number,
  position: number,
  input: Float32Array,
  frames: number,
): void {
  const first = channel * length;
  for (let i = 0, at = position; i < frames; i++) {
    recording[first + at] = finiteOrZero(input[i]);
    at = at + 1 === length ? 0 : at + 1;
  }
}
