// Convolution by matrices and products: what a graph of stock operators needs to convolve a long response block by block.
// Owns the packing of spectra, its matrices and weights. The kernel's own way is convolver.ts; the two share nothing.
//
// The spectrum of a real window of W frames is packed into W numbers: bin 0 and the real parts of bins 1 … W/2 − 1, then bin W/2
// and the imaginary parts of bins 1 … W/2 − 1.

/** cos and sin of `steps` steps of `perTurn` round the circle; whole turns are taken off first, so that exact values are exact. */
function wave(steps: number, perTurn: number): readonly [number, number] {
  const turn = (2 * Math.PI * (steps % perTurn)) / perTurn;
  return [Math.cos(turn), Math.sin(turn)];
}

/** [W, W]: a row of frames times this is the packed spectrum. */
export function packedDft(windowFrames: number): Float64Array {
  const half = windowFrames / 2;
  const matrix = new Float64Array(windowFrames * windowFrames);
  for (let n = 0; n < windowFrames; n++) {
    const row = n * windowFrames;
    matrix[row] = 1;
    matrix[row + half] = n % 2 === 0 ? 1 : -1;
    for (let k = 1; k < half; k++) {
      const [cos, sin] = wave(n * k, windowFrames);
      matrix[row + k] = cos;
      matrix[row + half + k] = -sin;
    }
  }
  return matrix;
}

/** [W, W/2]: a packed spectrum times this is the second half of its window. */
export function packedInverse(windowFrames: number): Float64Array {
  const half = windowFrames / 2;
  const matrix = new Float64Array(windowFrames * half);
  for (let n = 0; n < half; n++) {
    matrix[n] = 1 / windowFrames;
    matrix[half * half + n] = ((n + half) % 2 === 0 ? 1 : -1) / windowFrames;
    for (let k = 1; k < half; k++) {
      const [cos, sin] = wave((n + half) * k, windowFrames);
      matrix[k * half + n] = cos / half;
      matrix[(half + k) * half + n] = -sin / half;
    }
  }
  return matrix;
}

/** Weights of a response in parts, each [parts, W], the oldest part first. */
export interface PackedParts {
  readonly parts: number;
  /** Times a packed spectrum: what stays in its half (re·re, im·im). */
  readonly straight: Float64Array;
  /** Times a packed spectrum: what goes to the other half (re·im, −im·im of the other). */
  readonly crossed: Float64Array;
}

/** Taps from … in parts of W/2 taps, the last filled up with zeros; with x, y packed spectra: y = Σ x·straight + swap(Σ x·crossed). */
export function packedParts(taps: ArrayLike<number>, from: number, windowFrames: number): PackedParts {
  const half = windowFrames / 2;
  const parts = Math.max(0, Math.ceil((taps.length - from) / half));
  const dft = packedDft(windowFrames);
  const straight = new Float64Array(parts * windowFrames);
  const crossed = new Float64Array(parts * windowFrames);
  const packed = new Float64Array(windowFrames);
  for (let part = 0; part < parts; part++) {
    packed.fill(0);
    const begin = from + part * half;
    for (let n = 0; n < Math.min(half, taps.length - begin); n++)
      for (let i = 0; i < windowFrames; i++) packed[i] += taps[begin + n] * dft[n * windowFrames + i];
    const row = (parts - 1 - part) * windowFrames;
    straight[row] = packed[0];
    straight[row + half] = packed[half];
    for (let k = 1; k < half; k++) {
      straight[row + k] = packed[k];
      straight[row + half + k] = packed[k];
      crossed[row + k] = packed[half + k];
      crossed[row + half + k] = -packed[half + k];
    }
  }
  return { parts, straight, crossed };
}
