// A ring of the last frames of several channels: what scopes show. Owns writing into it; reading is the viewer's.
import { finiteOrZero } from './safe.ts';

/**
 * Appends `frames` of `input` to the ring of one channel, `ring` being [channels × length], from position `write` on
 * (0…length−1). A frame that is not a finite number is written as 0. No allocation.
 */
export function writeScopeRing(
  ring: Float32Array,
  length: number,
  channel: number,
  write: number,
  input: Float32Array,
  frames: number,
): void {
  const first = channel * length;
  for (let i = 0, position = write; i < frames; i++) {
    ring[first + position] = finiteOrZero(input[i]);
    position = position + 1 === length ? 0 : position + 1;
  }
}
