// A delay line: a ring of a power of two frames, read at whole or fractional delays. Owns index arithmetic and interpolation.
// Must not know feedback, smoothing or which delay is allowed when: callers keep 0 ≤ delay ≤ the ring's largest.
//
// Frames are counted by their absolute index, so a ring has no counter of its own: frame n lies at n mod length. (The operator &
// takes its numbers mod 2^32, which the length divides: right for any index up to 2^53.)

/** Length of the ring that holds delays of 0…maxDelayFrames, whole and fractional: the cubic looks two frames further back. */
export function ringLength(maxDelayFrames: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, Math.ceil(maxDelayFrames)) + 3));
}

/** Stores frame `index`. Stores NaN as it is: in a loop the caller guards it (flushState), and so denormals. */
export function writeRing(ring: Float32Array | Float64Array, index: number, x: number): void {
  ring[index & (ring.length - 1)] = x;
}

/** The frame `delayFrames` (whole) before frame `index`; frames before 0 read what the ring was filled with (0). */
export function readRing(ring: Float32Array | Float64Array, index: number, delayFrames: number): number {
  return ring[(index - delayFrames) & (ring.length - 1)];
}

/**
 * The signal `delayFrames` before frame `index`, between frames by third-order Lagrange interpolation over two frames on either side
 * (T. I. Laakso et al., "Splitting the Unit Delay", IEEE SPM 1996); below one frame of delay, where there is no later frame, over
 * the frames 0…3 back. Whole delays are exact. The error against an ideal delay is at most (half-way between frames)
 * 3/128·ω⁴ with ω = 2πf/rate: at 48 kHz −103 dB at 1 kHz, −47 dB at 5 kHz, −24 dB at 10 kHz; 5/128·ω⁴ below one frame.
 */
export function readRingCubic(ring: Float32Array | Float64Array, index: number, delayFrames: number): number {
  const mask = ring.length - 1;
  const first = Math.max(0, Math.floor(delayFrames) - 1);
  // Place among the four frames, 0 (the latest) … 3; between 1 and 2 wherever there is a choice.
  const d = delayFrames - first;
  const x0 = ring[(index - first) & mask];
  const x1 = ring[(index - first - 1) & mask];
  const x2 = ring[(index - first - 2) & mask];
  const x3 = ring[(index - first - 3) & mask];
  const d1 = d - 1;
  const d2 = d - 2;
  const d3 = d - 3;
  return (d * d2 * d3 * x1 - d * d1 * d3 * x2) / 2 + (d * d1 * d2 * x3 - d1 * d2 * d3 * x0) / 6;
}
