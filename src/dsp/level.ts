// Levels in dB, gains, peaks and RMS. Owns the conversion between gain (linear) and level (dB) for the whole product; no state.

/** gain = exp(level · LN10_OVER_20); in this form kernels and lowerings (ONNX Exp) round alike. */
export const LN10_OVER_20 = Math.LN10 / 20;

/** Linear gain of a level in dB: 10^(L/20). */
export const levelToGain = (levelDb: number): number => Math.exp(levelDb * LN10_OVER_20);

/** Level in dB of a linear gain: 20·log10|gain|; −Infinity for 0, NaN for NaN. */
export const gainToLevel = (gain: number): number => 20 * Math.log10(Math.abs(gain));

/** Largest magnitude of frames begin…end−1 (default: all); 0 for none. NaN counts as Infinity: a meter must not hide it. */
export function peakOf(signal: Float32Array | Float64Array, begin = 0, end = signal.length): number {
  let peak = 0;
  for (let n = begin; n < end; n++) {
    const magnitude = Math.abs(signal[n]);
    if (!(magnitude <= peak)) peak = Number.isNaN(magnitude) ? Infinity : magnitude;
  }
  return peak;
}

/** Root of the mean square of frames begin…end−1 (default: all); 0 for none; a sine of amplitude 1 has 0.7071. NaN gives NaN. */
export function rmsOf(signal: Float32Array | Float64Array, begin = 0, end = signal.length): number {
  let sum = 0;
  for (let n = begin; n < end; n++) sum += signal[n] * signal[n];
  return end > begin ? Math.sqrt(sum / (end - begin)) : 0;
}
