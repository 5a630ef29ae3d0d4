// What a scope shows, in words: peak and loudest frequency, for who hears instead of sees it. Pure.
import { formatPeak, formatValue } from '../format.ts';
import { levelSpectrum } from './level-spectrum.ts';

const SIZE = 4096;
/** Below this amplitude (−90 dBFS) a signal is called silent. */
const SILENCE = 10 ** (-90 / 20);

/**
 * Frequency of the strongest component of the last 4,096 frames in Hz: the strongest bin behind a Hann window, refined by a
 * parabola through its level and its neighbours' (Smith, "Spectral Audio Signal Processing", 2011). Undefined with fewer frames.
 */
export function loudestHz(signal: Float32Array, rateHz: number): number | undefined {
  if (signal.length < SIZE) return undefined;
  const power = levelSpectrum(signal.subarray(signal.length - SIZE), 'Hann');
  let best = 1;
  for (let bin = 2; bin < power.length - 1; bin++) if ((power[bin] as number) > (power[best] as number)) best = bin;
  const [left, middle, right] = [best - 1, best, best + 1].map(bin =>
    Math.log(Math.max(power[bin] as number, 1e-30)),
  ) as [number, number, number];
  const bend = left - 2 * middle + right;
  const shift = bend < 0 ? (0.5 * (left - right)) / bend : 0;
  return ((best + shift) * rateHz) / SIZE;
}

/** "peak −6.0 dBFS, loudest at 196 Hz", "silent", or that some of it is not a number. */
export function signalInWords(signal: Float32Array, rateHz: number): string {
  let peak = 0;
  for (const value of signal) {
    if (!Number.isFinite(value)) return 'not a number';
    peak = Math.max(peak, Math.abs(value));
  }
  if (peak < SILENCE) return 'silent';
  const hz = loudestHz(signal, rateHz);
  return `peak ${formatPeak(peak)}${hz === undefined ? '' : `, loudest at ${formatValue(hz, 'Hz')}`}`;
}
