// Windows and the Bessel function they need. Owns closed forms in f64 and nothing else. A NaN argument gives NaN.

/**
 * Modified Bessel function of the first kind, order zero, by its power series Σ ((x/2)^n / n!)² (Abramowitz & Stegun 9.6.12).
 * All terms are positive, so nothing cancels: relative error below 2e-15 for |x| ≤ 20.
 */
export function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= quarter / (n * n);
    sum += term;
  }
  return sum;
}

/** Kaiser's β for a stop-band of `attenuationDb` (J. F. Kaiser, "Nonrecursive digital filter design", 1974). */
export function kaiserBeta(attenuationDb: number): number {
  if (attenuationDb > 50) return 0.1102 * (attenuationDb - 8.7);
  if (attenuationDb >= 21) return 0.5842 * (attenuationDb - 21) ** 0.4 + 0.07886 * (attenuationDb - 21);
  return 0;
}

/**
 * The Kaiser window I₀(β√(1 − x²)) / I₀(β) as a function of x, −1…1 from edge to edge; 0 outside. It is Σ c[n]·(1 − x²)^n with
 * c[n] = (β/2)^(2n) / (n!)² / I₀(β): all positive, so nothing cancels. The terms are made once, for the thousands of taps of a filter.
 */
export function kaiserWindow(beta: number): (x: number) => number {
  const terms = [1 / besselI0(beta)];
  for (let n = 1, most = 0; terms[n - 1] > most * 1e-17; n++) {
    terms.push((terms[n - 1] * beta * beta) / (4 * n * n));
    most = Math.max(most, terms[n]);
  }
  const coefficients = Float64Array.from(terms);
  return x => {
    const inside = 1 - x * x;
    if (inside < 0) return 0;
    let sum = 0;
    for (let n = coefficients.length - 1; n >= 0; n--) sum = sum * inside + coefficients[n];
    return sum;
  };
}

/** Fills `window` with a symmetric Kaiser window (both ends included), f32 or f64 as the array is. */
export function fillKaiser(window: Float32Array | Float64Array, beta: number): void {
  const kaiser = kaiserWindow(beta);
  const last = window.length - 1;
  for (let n = 0; n <= last; n++) window[n] = last === 0 ? 1 : kaiser((2 * n) / last - 1);
}

/** Fills `window` with a periodic Hann window 0.5 − 0.5·cos(2πn/N): shifted copies at hop N/2 sum to exactly 1. */
export function fillHann(window: Float32Array | Float64Array): void {
  const frames = window.length;
  for (let n = 0; n < frames; n++) window[n] = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / frames);
}
