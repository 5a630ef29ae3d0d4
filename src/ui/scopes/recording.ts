// Recordings of scope nodes: circular rows of frames as the kernels write them. Owns putting them in order of time.
// Pure; must not know how they are drawn.

/** Frames that the kernels of scopes write down per channel. */
export const RECORDING_FRAMES = 8192;

/** One channel in order of time, oldest first. `position` is where the next frame would go. */
export function unrollRecording(recording: Float32Array, position: number, channel = 0): Float32Array {
  const row = recording.subarray(channel * RECORDING_FRAMES, (channel + 1) * RECORDING_FRAMES);
  const ordered = new Float32Array(row.length);
  const at = Math.max(0, Math.min(row.length, Math.round(position)));
  ordered.set(row.subarray(at), 0);
  ordered.set(row.subarray(0, at), row.length - at);
  return ordered;
}

/**
 * The last place where the signal crosses `level` and `frames` values still follow, as a fraction of an index; undefined when
 * it never crosses.
 */
export function findTrigger(signal: Float32Array, level: number, isRising: boolean, frames: number): number | undefined {
  for (let i = Math.floor(signal.length - frames - 1); i > 0; i--) {
    const before = (signal[i - 1] as number) - level;
    const after = (signal[i] as number) - level;
    const isCrossing = isRising ? before < 0 && after >= 0 : before > 0 && after <= 0;
    if (isCrossing) return i - 1 + before / (before - after);
  }
  return undefined;
}

/** Smallest and largest value per bin, interleaved, for `bins` pixels. */
export function minMaxBins(signal: Float32Array, bins: number): Float32Array {
  const result = new Float32Array(bins * 2);
  for (let bin = 0; bin < bins; bin++) {
    const start = Math.floor((bin * signal.length) / bins);
    const end = Math.max(start + 1, Math.floor(((bin + 1) * signal.length) / bins));
    let low = Infinity;
    let high = -Infinity;
    for (let i = start; i < end && i < signal.length; i++) {
      const value = signal[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    result[bin * 2] = Number.isFinite(low) ? low : 0;
    result[bin * 2 + 1] = Number.isFinite(high) ? high : 0;
  }
  return result;
}
