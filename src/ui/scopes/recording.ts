// Recorded signals on their way to a picture: the circular rows of scope nodes in order of time, the trigger, bins and paths.
// Pure; must not know the DOM.

/** Frames that the kernel of the spectrum writes down per channel. */
export const RECORDING_FRAMES = 8192;

/** The first channel of rows of `frames` in order of time, oldest first. `position` is where the next frame would go. */
export function unrollRecording(recording: Float32Array, position: number, frames = RECORDING_FRAMES): Float32Array {
  const row = recording.subarray(0, frames);
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
export function findTrigger(
  signal: Float32Array,
  level: number,
  isRising: boolean,
  frames: number,
): number | undefined {
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

/** Bars of the first channel as one SVG path. */
export function waveformPath(signal: Float32Array, width: number, height: number, bars: number): string {
  const bins = minMaxBins(signal, bars);
  let peak = 0;
  for (const value of bins) peak = Math.max(peak, Math.abs(value));
  const gain = peak > 0 ? (height / 2 - 1) / peak : 0;
  let path = '';
  for (let bar = 0; bar < bars; bar++) {
    const x = ((bar + 0.5) * width) / bars;
    const low = height / 2 - (bins[bar * 2] as number) * gain;
    const high = height / 2 - (bins[bar * 2 + 1] as number) * gain;
    path += `M${x.toFixed(1)} ${Math.max(low, height / 2 + 0.4).toFixed(1)}V${Math.min(high, height / 2 - 0.4).toFixed(1)}`;
  }
  return path;
}

/** A signal as one line, scaled to its peak; at least −60 dBFS fills the height, so that silence stays flat. */
export function waveformLine(signal: Float32Array, width: number, height: number): string {
  let peak = 1e-3;
  for (const value of signal) if (Number.isFinite(value)) peak = Math.max(peak, Math.abs(value));
  let path = '';
  const step = Math.max(1, Math.floor(signal.length / width));
  for (let i = 0; i < signal.length; i += step) {
    const value = Number.isFinite(signal[i]) ? (signal[i] as number) : 0;
    path += `${i === 0 ? 'M' : 'L'}${((i / Math.max(1, signal.length - 1)) * width).toFixed(1)} ${(height / 2 - (value / peak) * (height / 2 - 2)).toFixed(1)}`;
  }
  return path;
}
