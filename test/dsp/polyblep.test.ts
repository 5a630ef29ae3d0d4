// Band-limited waves: their harmonics against Fourier's closed forms, their aliases against the naive waves.
import { describe, expect, it } from 'vitest';
import { createRealFft, forwardRealFft } from '../../src/dsp/fft.ts';
import { polyBlamp, polyBlep, sawAt, squareAt, triangleAt } from '../../src/dsp/polyblep.ts';

const SIZE = 8192;

/** Amplitudes of all bins of a wave that turns `cycles` times in SIZE frames. */
function amplitudes(wave: (phase: number, increment: number) => number, cycles: number): Float64Array {
  const x = Float64Array.from({ length: SIZE }, (_, n) => wave(((n * cycles) % SIZE) / SIZE, cycles / SIZE));
  const re = new Float64Array(SIZE / 2 + 1);
  const im = new Float64Array(SIZE / 2 + 1);
  forwardRealFft(createRealFft(SIZE), x, re, im);
  return re.map((v, k) => (2 * Math.hypot(v, im[k])) / SIZE);
}

/** Power in bins that are no harmonic, over the whole power, in dB. With an odd number of cycles every alias falls between. */
function aliasDb(spectrum: Float64Array, cycles: number, belowBin: number): number {
  let alias = 0;
  let whole = 0;
  spectrum.forEach((a, k) => {
    whole += a * a;
    if (k > 0 && k < belowBin && k % cycles !== 0) alias += a * a;
  });
  return 10 * Math.log10(alias / whole);
}

describe.each([
  { name: 'saw', wave: sawAt, naive: (p: number) => 2 * p - 1, harmonic: (n: number) => 2 / (Math.PI * n), gain: 18 },
  {
    name: 'square',
    wave: squareAt,
    naive: (p: number) => (p < 0.5 ? 1 : -1),
    harmonic: (n: number) => (n % 2 ? 4 / (Math.PI * n) : 0),
    gain: 18,
  },
  {
    name: 'triangle',
    wave: triangleAt,
    naive: (p: number) => 1 - 4 * Math.abs(p - 0.5),
    harmonic: (n: number) => (n % 2 ? 8 / (Math.PI * n) ** 2 : 0),
    gain: 18,
  },
])('$name', ({ wave, naive, harmonic, gain }) => {
  it('has the harmonics of Fourier at low pitch', () => {
    const spectrum = amplitudes(wave, 17);
    for (let n = 1; n <= 12; n++) expect(Math.abs(spectrum[17 * n] - harmonic(n))).toBeLessThan(2e-3);
    expect(spectrum[0]).toBeLessThan(1e-3);
  });

  it('has fewer aliases than the naive wave, in the lower half of the band', () => {
    const better = aliasDb(amplitudes(naive, 251), 251, SIZE / 4) - aliasDb(amplitudes(wave, 251), 251, SIZE / 4);
    expect(better).toBeGreaterThan(gain);
  });

  it('stays within −1…1 and is continuous in phase around the turn', () => {
    for (const increment of [0.001, 0.03, 0.2]) {
      let peak = 0;
      for (let i = 0; i < 2000; i++) peak = Math.max(peak, Math.abs(wave(i / 2000, increment)));
      expect(peak).toBeLessThanOrEqual(1 + 1e-12);
      expect(Math.abs(wave(1 - 1e-12, increment) - wave(0, increment))).toBeLessThan(1e-8);
    }
  });
});

describe('residuals', () => {
  it('polyBlep is the slope of polyBlamp', () => {
    const increment = 0.05;
    for (let phase = 0.0013; phase < 1; phase += 0.0037) {
      const h = 1e-6;
      const slope = (polyBlamp(phase + h, increment) - polyBlamp(phase - h, increment)) / ((2 * h) / increment);
      expect(Math.abs(slope - polyBlep(phase, increment))).toBeLessThan(1e-4);
    }
  });
});
