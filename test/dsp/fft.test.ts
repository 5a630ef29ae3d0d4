// The transform against numpy.fft and closed forms.
import { describe, expect, it } from 'vitest';
import { createRealFft, forwardRealFft, inverseRealFft } from '../../src/dsp/fft.ts';
import { readJson, seededNoise } from './helpers.ts';

function forward(x: Float32Array | Float64Array) {
  const fft = createRealFft(x.length);
  const re = new Float64Array(x.length / 2 + 1);
  const im = new Float64Array(x.length / 2 + 1);
  forwardRealFft(fft, x, re, im);
  return { fft, re, im };
}

describe('real FFT', () => {
  it.each(readJson<{ x: number[]; re: number[]; im: number[] }[]>('fft.json'))(
    '= numpy.fft.rfft ($x.length frames)',
    c => {
      const { re, im } = forward(Float64Array.from(c.x));
      re.forEach((_, k) => {
        expect(Math.abs(re[k] - c.re[k])).toBeLessThan(1e-13);
        expect(Math.abs(im[k] - c.im[k])).toBeLessThan(1e-13);
      });
    },
  );

  it('puts a cosine of any bin into that bin alone, sizes to 2^15', () => {
    for (let bits = 1; bits <= 15; bits++) {
      const size = 2 ** bits;
      const bin = Math.floor(size / 3);
      const { re, im } = forward(
        Float64Array.from({ length: size }, (_, n) => Math.cos((2 * Math.PI * ((bin * n) % size)) / size + 1)),
      );
      const isOwnMirror = bin === 0 || bin === size / 2;
      let worst = 0;
      re.forEach((_, k) => {
        const expectedRe = k !== bin ? 0 : isOwnMirror ? size * Math.cos(1) : (size / 2) * Math.cos(1);
        const expectedIm = k !== bin || isOwnMirror ? 0 : (size / 2) * Math.sin(1);
        worst = Math.max(worst, Math.hypot(re[k] - expectedRe, im[k] - expectedIm));
      });
      expect(worst).toBeLessThan(1e-15 * size * bits);
    }
  });

  it('comes back, also into f32', () => {
    for (let bits = 1; bits <= 14; bits++) {
      const x = seededNoise(2 ** bits, bits);
      const { fft, re, im } = forward(x);
      const y = new Float64Array(x.length);
      inverseRealFft(fft, re, im, y);
      expect(y.reduce((worst, v, n) => Math.max(worst, Math.abs(v - x[n])), 0)).toBeLessThan(1e-14);
      const rounded = new Float32Array(x.length);
      inverseRealFft(fft, re, im, rounded);
      expect(rounded).toEqual(x);
    }
  });

  it('refuses other sizes', () => {
    for (const size of [0, 1, 3, 12, 2 ** 25, NaN]) expect(() => createRealFft(size)).toThrow(RangeError);
  });
});
