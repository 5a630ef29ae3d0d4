// The monitor's protection of ears and loudspeakers: no output above the ceiling, and no start with a bang. It adds no latency.
// Stands after the patch's output, is neither exported nor part of a null. Must not know what it protects.
import { fadeInGain } from './crossfade.ts';
import { onePoleCoefficient } from './one-pole.ts';

/** How a limiter acts, from its rate. */
export interface LimiterDesign {
  /** Largest magnitude that leaves it; the default −0.3 dBFS. */
  readonly ceiling: number;
  /** The release's pole: 100 ms time constant by default. */
  readonly release: number;
  /** Length of the raised-cosine fade after a start. */
  readonly fadeFrames: number;
}

/** Makes a limiter for a rate; ceiling in dBFS, times in seconds. */
export function designLimiter(
  sampleRateHz: number,
  ceilingDb = -0.3,
  releaseSeconds = 0.1,
  fadeSeconds = 0.02,
): LimiterDesign {
  return {
    ceiling: Math.fround(10 ** (ceilingDb / 20)),
    release: onePoleCoefficient(releaseSeconds, sampleRateHz),
    fadeFrames: Math.max(1, Math.round(fadeSeconds * sampleRateHz)),
  };
}

/** [reduction = 1 − gain of the limiter, frames since the start]. Zeros at the start, and to fade in again. */
export function createLimiterState(): Float64Array {
  return new Float64Array(2);
}

/**
 * Limits all channels together, in place: a frame above the ceiling lowers the gain at once to just what it needs, then the gain
 * returns with the release. Below the ceiling, after the fade and the release, samples pass bit by bit. Returns the lowest gain of
 * the block without the fade; below 1 it acted. NaN-safe: a sample that is not a number or infinite becomes 0. No allocation.
 */
export function processLimiter(
  design: LimiterDesign,
  state: Float64Array,
  channels: readonly Float32Array[],
  frames: number,
): number {
  const { ceiling, release, fadeFrames } = design;
  let reduction = state[0];
  let sinceStart = state[1];
  let lowest = 1;
  for (let n = 0; n < frames; n++) {
    const fade = fadeInGain(sinceStart, fadeFrames);
    let peak = 0;
    for (let c = 0; c < channels.length; c++) {
      const x = channels[c][n] * fade;
      channels[c][n] = x - x === 0 ? x : 0;
      peak = Math.max(peak, Math.abs(channels[c][n]));
    }
    reduction *= release;
    // −180 dB of reduction is none: the samples then pass untouched.
    if (reduction < 1e-9) reduction = 0;
    if (peak * (1 - reduction) > ceiling) reduction = 1 - ceiling / peak;
    if (reduction > 0) {
      const gain = 1 - reduction;
      lowest = Math.min(lowest, gain);
      for (let c = 0; c < channels.length; c++) {
        const y = channels[c][n] * gain;
        // f32 rounds up as often as down; the ceiling holds all the same.
        channels[c][n] = Math.max(-ceiling, Math.min(ceiling, y));
      }
    }
    if (sinceStart < fadeFrames) sinceStart++;
  }
  state[0] = reduction;
  state[1] = sinceStart;
  return lowest;
}
