// The discrete Fourier transform of real signals whose length is a power of two, in f64.
// Owns tables and work arrays, made once per size; must not know what a spectrum is shown or used for.
//
// A real signal of N frames is packed as N/2 complex numbers (even frames real, odd frames imaginary), transformed by an iterative
// radix-4 decimation in time with one radix-2 pass where log2(N/2) is odd, and unpacked (Press et al., "Numerical
// Recipes", §12.3). Error of a bin below 1e-15·N·log2(N) for full scale. A NaN or infinity in makes every bin NaN, nothing later.

/** Tables and scratch for one size. Calls share the scratch: one instance per thread, none nested. */
export interface RealFft {
  /** N, a power of two ≥ 2. */
  readonly size: number;
  /** cos and sin of 2πk/N, k = 0…N/2. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  readonly bitReversed: Int32Array;
  readonly workRe: Float64Array;
  readonly workIm: Float64Array;
}

type RealArray = Float32Array | Float64Array;

/** Makes the tables for N frames. Throws RangeError if N is not a power of two in 2…2^24. */
export function createRealFft(size: number): RealFft {
  const bits = Math.log2(size);
  if (!Number.isInteger(bits) || bits < 1 || bits > 24) {
    throw new RangeError(`fft: expected a power of two from 2 to 2^24, got ${size}.`);
  }
  const half = size / 2;
  const cos = new Float64Array(half + 1);
  const sin = new Float64Array(half + 1);
  for (let k = 0; k <= half; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / size);
    sin[k] = Math.sin((2 * Math.PI * k) / size);
  }
  const bitReversed = new Int32Array(half);
  for (let i = 1; i < half; i++) bitReversed[i] = (bitReversed[i >> 1] >> 1) | (i & 1 ? half >> 1 : 0);
  return { size, cos, sin, bitReversed, workRe: new Float64Array(half), workIm: new Float64Array(half) };
}

/** X[k] = Σ_n x[n]·e^(−2πi·kn/N) for k = 0…N/2, into `re` and `im` (N/2 + 1 each). Allocates nothing. */
export function forwardRealFft(fft: RealFft, input: RealArray, re: Float64Array, im: Float64Array): void {
  const { size, cos, sin, bitReversed, workRe, workIm } = fft;
  const half = size / 2;
  for (let i = 0; i < half; i++) {
    const to = bitReversed[i];
    workRe[to] = input[2 * i];
    workIm[to] = input[2 * i + 1];
  }
  transform(fft);
  for (let k = 0; k <= half; k++) {
    const i = k === half ? 0 : k;
    const j = k === 0 ? 0 : half - k;
    const evenRe = (workRe[i] + workRe[j]) / 2;
    const evenIm = (workIm[i] - workIm[j]) / 2;
    const oddRe = (workIm[i] + workIm[j]) / 2;
    const oddIm = (workRe[j] - workRe[i]) / 2;
    re[k] = evenRe + cos[k] * oddRe + sin[k] * oddIm;
    im[k] = evenIm + cos[k] * oddIm - sin[k] * oddRe;
  }
}

/** The inverse of forwardRealFft, scaled so that both give the signal back; `im` of bins 0 and N/2 is taken as 0. */
export function inverseRealFft(fft: RealFft, re: Float64Array, im: Float64Array, output: RealArray): void {
  const { size, cos, sin, bitReversed, workRe, workIm } = fft;
  const half = size / 2;
  for (let k = 0; k < half; k++) {
    const j = half - k;
    const imK = k === 0 ? 0 : im[k];
    const imJ = k === 0 ? 0 : im[j];
    const evenRe = (re[k] + re[j]) / 2;
    const evenIm = (imK - imJ) / 2;
    const turnedRe = (re[k] - re[j]) / 2;
    const turnedIm = (imK + imJ) / 2;
    const oddRe = turnedRe * cos[k] - turnedIm * sin[k];
    const oddIm = turnedRe * sin[k] + turnedIm * cos[k];
    // The inverse is the forward transform of the conjugate, conjugated.
    const to = bitReversed[k];
    workRe[to] = evenRe - oddIm;
    workIm[to] = -(evenIm + oddRe);
  }
  transform(fft);
  for (let i = 0; i < half; i++) {
    output[2 * i] = workRe[i] / half;
    output[2 * i + 1] = -workIm[i] / half;
  }
}

/** Complex forward transform of the N/2 numbers in the work arrays, which stand in bit-reversed order. */
function transform(fft: RealFft): void {
  const { size, cos, sin, workRe: re, workIm: im } = fft;
  const half = size / 2;
  let span = 1;
  if (Math.log2(half) % 2 === 1) {
    for (let i = 0; i < half; i += 2) {
      const bRe = re[i + 1];
      const bIm = im[i + 1];
      re[i + 1] = re[i] - bRe;
      im[i + 1] = im[i] - bIm;
      re[i] += bRe;
      im[i] += bIm;
    }
    span = 2;
  }
  for (; span < half; span *= 4) {
    // Tables hold N steps per turn; a butterfly over 4·span points turns by N/(4·span) steps per j.
    const stride = size / (4 * span);
    for (let j = 0; j < span; j++) {
      const t = j * stride;
      const c1 = cos[t];
      const s1 = sin[t];
      const c2 = cos[2 * t];
      const s2 = sin[2 * t];
      const c3 = c1 * c2 - s1 * s2;
      const s3 = c1 * s2 + s1 * c2;
      for (let i = j; i < half; i += 4 * span) {
        const i1 = i + span;
        const i2 = i1 + span;
        const i3 = i2 + span;
        // Bit-reversed order puts the residues 0, 2, 1, 3 (mod 4) one after the other.
        const bRe = re[i1] * c2 + im[i1] * s2;
        const bIm = im[i1] * c2 - re[i1] * s2;
        const cRe = re[i2] * c1 + im[i2] * s1;
        const cIm = im[i2] * c1 - re[i2] * s1;
        const dRe = re[i3] * c3 + im[i3] * s3;
        const dIm = im[i3] * c3 - re[i3] * s3;
        const sumRe = re[i] + bRe;
        const sumIm = im[i] + bIm;
        const differenceRe = re[i] - bRe;
        const differenceIm = im[i] - bIm;
        re[i] = sumRe + cRe + dRe;
        im[i] = sumIm + cIm + dIm;
        re[i2] = sumRe - cRe - dRe;
        im[i2] = sumIm - cIm - dIm;
        re[i1] = differenceRe + cIm - dIm;
        im[i1] = differenceIm - cRe + dRe;
        re[i3] = differenceRe - cIm + dIm;
        im[i3] = differenceIm + cRe - dRe;
      }
    }
  }
}
