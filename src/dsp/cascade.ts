// Second-order sections in state space, one after the other, two lanes side by side: s ← A·s + B·x, y = C·s + D·x.
// Owns how their numbers lie and the scalar form. Must not know which filters they are. SIMD plays them in the form that needs the fewest
// products, and whose frames wait for two operations only, with states w and s = T·w:
//   w₀ = x + p·w₁ + q·w₂;  y = D·x + k₁·w₁ + k₂·w₂;  w₂ ← w₁;  w₁ ← w₀
// with p = trace A, q = −det A, T = [B, A·B − p·B], [k₁, k₂] = C·T (the controllable canonical form).
import { flushState } from './safe.ts';

/** Places of one section's numbers (f64): what a node writes. */
export const SECTION = { a11: 0, a12: 1, a21: 2, a22: 3, b1: 4, b2: 5, c1: 6, c2: 7, d: 8 } as const;
export const SECTION_NUMBERS = 9;
/** Numbers of a section in the coefficients of a cascade, each for two lanes: those above, then p, q, k₁, k₂, T (4), T⁻¹ (4). */
export const CASCADE_NUMBERS = 21;
export const LANES = 2;
/** Numbers of state of a section: s1 of both lanes, s2 of both lanes. */
export const CASCADE_STATES = 4;

/**
 * Writes section `at` of one lane; allocates nothing. `section` as SECTION says, of `order` 1 (its second state is not used and stays 0)
 * or 2. What comes in has to reach all states that are used: else SIMD plays NaN, which says so.
 */
export function laySection(
  section: Float64Array,
  order: number,
  coefficients: Float64Array,
  at: number,
  lane: number,
): void {
  const base = CASCADE_NUMBERS * LANES * at + lane;
  const lay = (index: number, x: number): void => {
    coefficients[base + LANES * index] = x;
  };
  for (let k = 0; k < SECTION_NUMBERS; k++) lay(k, section[k]);
  const [a11, a12, a21, a22] = [section[0], section[1], section[2], section[3]];
  const [b1, b2, c1, c2] = [section[4], section[5], section[6], section[7]];
  const t1 = a12 * b2 - a22 * b1;
  const t2 = a21 * b1 - a11 * b2;
  const size = b1 * t2 - b2 * t1;
  lay(9, a11 + a22);
  lay(10, a12 * a21 - a11 * a22);
  lay(11, c1 * b1 + c2 * b2);
  lay(12, c1 * t1 + c2 * t2);
  lay(13, b1);
  lay(14, t1);
  lay(15, b2);
  lay(16, t2);
  const isFirstOrder = order === 1;
  lay(17, isFirstOrder ? 1 / b1 : t2 / size);
  lay(18, isFirstOrder ? 0 : -t1 / size);
  lay(19, isFirstOrder ? 0 : -b2 / size);
  lay(20, isFirstOrder ? 0 : b1 / size);
}

/**
 * Plays `frames` frames of two lanes; an output may be its input. Returns the greatest |y|, ∞ or NaN where one is not finite. States
 * that are tiny or not finite become 0 at the end.
 */
export function playCascade(
  coefficients: Float64Array,
  states: Float64Array,
  inputs: readonly Float32Array[],
  outputs: readonly Float32Array[],
  frames: number,
): number {
  const sections = states.length / CASCADE_STATES;
  let peak = 0;
  let sum = 0;
  for (let lane = 0; lane < LANES; lane++) {
    const [input, output] = [inputs[lane], outputs[lane]];
    for (let i = 0; i < frames; i++) {
      let x = input[i];
      for (let k = 0; k < sections; k++) {
        const c = (index: number): number => coefficients[(CASCADE_NUMBERS * k + index) * LANES + lane];
        const at = CASCADE_STATES * k + lane;
        const [s1, s2] = [states[at], states[at + LANES]];
        states[at] = c(SECTION.a11) * s1 + c(SECTION.a12) * s2 + c(SECTION.b1) * x;
        states[at + LANES] = c(SECTION.a21) * s1 + c(SECTION.a22) * s2 + c(SECTION.b2) * x;
        x = c(SECTION.c1) * s1 + c(SECTION.c2) * s2 + c(SECTION.d) * x;
      }
      output[i] = x;
      peak = Math.max(peak, Math.abs(output[i]));
      sum += output[i] * 0;
    }
  }
  for (let k = 0; k < states.length; k++) states[k] = flushState(states[k]);
  return peak + sum;
}
