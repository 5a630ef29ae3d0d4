// From frames to levels per frequency: window, real FFT, scaled so that a full-scale sine reads 0 dB. Pure.
import { createRealFft, forwardRealFft, type RealFft } from '../../dsp/fft.ts';
import { fillHann } from '../../dsp/window.ts';

export type WindowShape = 'Hann' | 'Blackman' | 'rectangular';

interface Analysis {
  readonly fft: RealFft;
  readonly window: Float64Array;
  /** 2 / Σ window: turns |X| into the amplitude of a sine. */
  readonly gain: number;
  readonly windowed: Float64Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const analyses = new Map<string, Analysis>();

function analysisOf(size: number, shape: WindowShape): Analysis {
  const key = `${shape} ${size}`;
  const known = analyses.get(key);
  if (known) return known;
  const window = new Float64Array(size).fill(1);
  if (shape === 'Hann') fillHann(window);
  // Periodic Blackman: 0.42 − 0.5 cos + 0.08 cos 2 (Harris, "On the use of windows", 1978).
  else if (shape === 'Blackman')
    for (let n = 0; n < size; n++)
      window[n] = 0.42 - 0.5 * Math.cos((2 * Math.PI * n) / size) + 0.08 * Math.cos((4 * Math.PI * n) / size);
  let sum = 0;
  for (const value of window) sum += value;
  const half = size / 2 + 1;
  const analysis: Analysis = {
    fft: createRealFft(size),
    window,
    gain: 2 / sum,
    windowed: new Float64Array(size),
    re: new Float64Array(half),
    im: new Float64Array(half),
  };
  analyses.set(key, analysis);
  return analysis;
}

/** Squared amplitude per bin 0…N/2 of the sine that would be there; N (a power of two) is the length of `frames`. */
export function levelSpectrum(frames: Float32Array, shape: WindowShape): Float64Array {
  const { fft, window, gain, windowed, re, im } = analysisOf(frames.length, shape);
  for (let n = 0; n < windowed.length; n++) windowed[n] = (frames[n] as number) * (window[n] as number);
  forwardRealFft(fft, windowed, re, im);
  const power = new Float64Array(re.length);
  for (let k = 0; k < power.length; k++) power[k] = ((re[k] as number) ** 2 + (im[k] as number) ** 2) * gain * gain;
  return power;
}
