// Second-order sections in state space, one after the other, two lanes side by side: s ← A·s + B·x, y = C·s + D·x.
// Owns how their numbers lie and the scalar form. Must not know which filters they are. Two frames a step, as SIMD does it:
//   y₀ = C·s + D·x₀;  y₁ = C·A·s + C·B·x₀ + D·x₁;  s ← A²·s + A·B·x₀ + B·x₁.
import { flushState } from './safe.ts';

/** Places of one section's numbers (f64): what a node writes. */
export const SECTION = { a11: 0, a12: 1, a21: 2, a22: 3, b1: 4, b2: 5, c1: 6, c2: 7, d: 8 } as const;
export const SECTION_NUMBERS = 9;
/** Numbers of a section in the coefficients of a cascade, each for two lanes: those above, then A² (4), A·B (2), C·A (2), C·B. */
export const CASCADE_NUMBERS = 18;
export const LANES = 2;
/** Numbers of state of a section: s1 of both lanes, s2 of both lanes. */
export const CASCADE_STATES = 4;

/** Writes one section of one lane; allocates nothing. `section` as SECTION says. */
export function laySection(section: Float64Array, coefficients: Float64Array, at: number, lane: number): void {
  const base = CASCADE_NUMBERS * LANES * at + lane;
  const lay = (index: number, x: number): void => {
    coefficients[base + LANES * index] = x;
  };
  for (let k = 0; k < SECTION_NUMBERS; k++) lay(k, section[k]);
  const [a11, a12, a21, a22] = [section[0], section[1], section[2], section[3]];
  const [b1, b2, c1, c2] = [section[4], section[5], section[6], section[7]];
  lay(9, a11 * a11 + a12 * a21);
  lay(10, a12 * (a11 + a22));
  lay(11, a21 * (a11 + a22));
  lay(12, a22 * a22 + a12 * a21);
  lay(13, a11 * b1 + a12 * b2);
  lay(14, a21 * b1 + a22 * b2);
  lay(15, c1 * a11 + c2 * a21);
  lay(16, c1 * a12 + c2 * a22);
  lay(17, c1 * b1 + c2 * b2);
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
