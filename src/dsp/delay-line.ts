// A delay line: a ring of a power of two frames, read at whole or fractional delays. Owns index arithmetic and interpolation.
// Must not know feedback, fades or which delay is allowed when: callers keep 0 ≤ delay ≤ the longest delay of their line.
//
// Frames are counted by their absolute index, so a line has no counter of its own: frame n lies at n mod length.

/** Length of the line that holds delays of 0…maxDelayFrames, also fractional ones. */
export function delayLineLength(maxDelayFrames: number): number {
  // Three more: the frame itself and the two on the far side of a fractional delay.
  return 2 ** Math.ceil(Math.log2(Math.max(1, Math.ceil(maxDelayFrames)) + 3));
}

/** Stores frame `index` (an integer from 0 to 2^53). A value that is not finite is the caller's to guard. */
export function writeLine(line: Float32Array, index: number, x: number): void {
  line[index % line.length] = x;
}

/** The frame `delayFrames` whole frames before frame `index` ≥ −1; frames before 0 read what the line was filled with (0). */
export function readLine(line: Float32Array, index: number, delayFrames: number): number {
  const length = line.length;
  return line[(index + length - delayFrames) % length];
}

/**
 * The signal `delayFrames` before frame `index` ≥ −1, between frames by third-order Lagrange interpolation over the two frames on
 * either side (T. I. Laakso et al., "Splitting the Unit Delay", 1996); below one frame, where no later frame exists, over the
 * frames 0…3 back. Whole delays are exact. Half-way between frames, its worst place, it damps 10 kHz at 48 kHz by 0.5 dB.
 */
export function readLineCubic(line: Float32Array, index: number, delayFrames: number): number {
  const length = line.length;
  const whole = Math.floor(delayFrames);
  const first = whole > 0 ? whole - 1 : 0;
  // Position among the four frames, 0…3 from the latest to the oldest; 1…2 wherever there is a choice.
  const d = delayFrames - first;
  const at = index + length - first;
  const d1 = d - 1;
  const d2 = d - 2;
  const d3 = d - 3;
  return (
    (-d1 * d2 * d3 * line[at % length]) / 6 +
    (d * d2 * d3 * line[(at - 1) % length]) / 2 -
    (d * d1 * d3 * line[(at - 2) % length]) / 2 +
    (d * d1 * d2 * line[(at - 3) % length]) / 6
  );
}
