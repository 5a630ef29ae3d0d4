// White noise as a function of a seed and a frame's number: no state to keep, the same on every machine and for every block.
// Owns an integer hash, built of 32-bit multiplications, shifts and exclusive-ors only, so that it can be lowered exactly.

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): a one-to-one mixing of 32 bits, 0 ≤ result < 2^32. */
export function hash32(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Uniform noise −1 ≤ x < 1 for frame `frame` (0…2^32 − 1, then it repeats: a day at 48 kHz). Steps of 2^−23, exact in f32. RMS 1/√3.
 * Frame and seed are mixed one after the other, so two seeds are no shifted or permuted copies of each other.
 */
export function noiseAt(seed: number, frame: number): number {
  // The golden ratio's constant moves the hash's only fixed point, 0, away from the first frame.
  return (hash32(hash32(frame + 0x9e3779b9) ^ seed) >>> 8) / 8388608 - 1;
}
