// A second-order filter that may be moved at every frame: the trapezoidal state-variable filter, all responses in one form.
// Source: Andrew Simper (Cytomic), "Solving the continuous SVF equations using trapezoidal integration", 2013, and Vadim
// Zavalishin, "The Art of VA Filter Design", ch. 4. Owns coefficients and one step; must not know smoothing or channels.
//
// One form for all:  v3 = x − i2;  v1 = a1·i1 + a2·v3;  v2 = i2 + a2·i1 + a3·v3;  i1 ← 2·v1 − i1;  i2 ← 2·v2 − i2;
//                    y = m0·x + m1·v1 + m2·v2      with a1 = 1/(1 + g·(g + k)), a2 = g·a1, a3 = g·a2.
// As the bilinear transform of the same analogue filters it has exactly the response of the cookbook's biquads (R. Bristow-Johnson).
import { SECTION } from './cascade.ts';
import { flushState } from './safe.ts';

export type SvfKind = 'low' | 'high' | 'band' | 'notch' | 'peak' | 'low-shelf' | 'high-shelf';

/**
 * What the kinds have in common, as numbers: with A = 10^(gainDb/40),
 *   g = tan(π·cutoff/rate)·(g[0] + g[1]·√A + g[2]/√A)      k = (k[0] + k[1]/A)/q
 *   m0 = m0[0] + m0[1]·A²      m1 = k·(m1[0] + m1[1]·A + m1[2]·A²)      m2 = m2[0] + m2[1]·A²
 * Flat, SVF_TERMS numbers a kind, in the order g, k, m0, m1, m2: a kernel reads it, a lowering gathers its row.
 */
export const SVF_KINDS: readonly SvfKind[] = ['low', 'high', 'band', 'notch', 'peak', 'low-shelf', 'high-shelf'];
export const SVF_TERMS = 12;
// biome-ignore format: a table
export const SVF_TABLE = Float64Array.of(
  // g      k     m0    m1        m2
  1, 0, 0,  1, 0, 0, 0, 0, 0, 0,  1, 0,
  1, 0, 0,  1, 0, 1, 0, -1, 0, 0, -1, 0,
  1, 0, 0,  1, 0, 0, 0, 1, 0, 0,  0, 0,
  1, 0, 0,  1, 0, 1, 0, -1, 0, 0, 0, 0,
  1, 0, 0,  0, 1, 1, 0, -1, 0, 1, 0, 0,
  0, 0, 1,  1, 0, 1, 0, -1, 1, 0, -1, 1,
  0, 1, 0,  1, 0, 0, 1, 0, 1, -1, 1, -1,
);

/** Places in a coefficient array of SVF_COEFFICIENTS numbers (f64). */
export const SVF = { g: 0, k: 1, m0: 2, m1: 3, m2: 4, a1: 5, a2: 6, a3: 7 } as const;
export const SVF_COEFFICIENTS = 8;
/** Numbers in which the kernel of moving filters works out its coefficients: those of 16 frames, or one of them in the twin. */
export const SVF_ROOM = 112;
/** Numbers of state per channel (f64): i1, i2. */
export const SVF_STATE = 2;

/** The lowest and highest cut-off as parts of the sample rate; above it tan(π·f/rate) runs away. */
export const MIN_CUTOFF_RATIO = 1e-6;
export const MAX_CUTOFF_RATIO = 0.4999;

/**
 * Writes the coefficients of one response. `cutoffHz` is the corner, centre or shelf midpoint, clamped to the bounds above; `q` > 0 (0.7071 is
 * the flattest low-pass; for shelves it is the slope, for band and notch the centre over the width); `gainDb` counts for peak and
 * shelves only. Band has gain 1 at its centre. f64, no allocation. NaN in any argument gives NaN coefficients.
 */
export function designSvf(
  kind: SvfKind,
  cutoffHz: number,
  q: number,
  gainDb: number,
  sampleRateHz: number,
  coefficients: Float64Array,
): void {
  // A table instead of branches keeps this small enough to be compiled into a kernel's loop, where no number lands on the heap.
  const row = SVF_KINDS.indexOf(kind) * SVF_TERMS;
  const t = SVF_TABLE;
  const amplitude = 10 ** (gainDb / 40);
  const square = amplitude * amplitude;
  const root = Math.sqrt(amplitude);
  const warped = Math.tan(Math.PI * Math.min(Math.max(cutoffHz / sampleRateHz, MIN_CUTOFF_RATIO), MAX_CUTOFF_RATIO));
  const g = warped * (t[row] + t[row + 1] * root + t[row + 2] / root);
  const k = (t[row + 3] + t[row + 4] / amplitude) / q;
  const a1 = 1 / (1 + g * (g + k));
  coefficients[SVF.g] = g;
  coefficients[SVF.k] = k;
  coefficients[SVF.m0] = t[row + 5] + t[row + 6] * square;
  coefficients[SVF.m1] = k * (t[row + 7] + t[row + 8] * amplitude + t[row + 9] * square);
  coefficients[SVF.m2] = t[row + 10] + t[row + 11] * square;
  coefficients[SVF.a1] = a1;
  coefficients[SVF.a2] = g * a1;
  coefficients[SVF.a3] = g * g * a1;
}

/** The same filter in state space (dsp/cascade.ts): writes its section, whose states are i1 and i2. */
export function sectionOfSvf(c: Float64Array, section: Float64Array): void {
  const [m0, m1, m2, a1, a2, a3] = [c[SVF.m0], c[SVF.m1], c[SVF.m2], c[SVF.a1], c[SVF.a2], c[SVF.a3]];
  section[SECTION.a11] = 2 * a1 - 1;
  section[SECTION.a12] = -2 * a2;
  section[SECTION.a21] = 2 * a2;
  section[SECTION.a22] = 1 - 2 * a3;
  section[SECTION.b1] = 2 * a2;
  section[SECTION.b2] = 2 * a3;
  section[SECTION.c1] = m1 * a1 + m2 * a2;
  section[SECTION.c2] = m2 - m1 * a2 - m2 * a3;
  section[SECTION.d] = m0 + m1 * a2 + m2 * a3;
}

/**
 * One frame of one channel: returns y and moves `state` (i1, i2). For filters that move; call designSvf before it as often as needed.
 * Passes NaN on into the state: guard the input (finiteOrZero) or flush afterwards.
 */
export function stepSvf(c: Float64Array, state: Float64Array, x: number, at = 0): number {
  const i1 = state[at];
  const i2 = state[at + 1];
  const v3 = x - i2;
  const v1 = c[SVF.a1] * i1 + c[SVF.a2] * v3;
  const v2 = i2 + c[SVF.a2] * i1 + c[SVF.a3] * v3;
  state[at] = 2 * v1 - i1;
  state[at + 1] = 2 * v2 - i2;
  return c[SVF.m0] * x + c[SVF.m1] * v1 + c[SVF.m2] * v2;
}

/**
 * Many frames of one channel with steady coefficients; the same numbers as stepSvf. `output` may be `input`. No allocation. At
 * the end a state that is tiny or not finite becomes 0, so that silence costs nothing and one NaN ends with its block.
 */
export function processSvf(
  c: Float64Array,
  state: Float64Array,
  input: Float32Array,
  output: Float32Array,
  frames: number,
  at = 0,
): void {
  const m0 = c[SVF.m0];
  const m1 = c[SVF.m1];
  const m2 = c[SVF.m2];
  const a1 = c[SVF.a1];
  const a2 = c[SVF.a2];
  const a3 = c[SVF.a3];
  let i1 = state[at];
  let i2 = state[at + 1];
  for (let n = 0; n < frames; n++) {
    const x = input[n];
    const v3 = x - i2;
    const v1 = a1 * i1 + a2 * v3;
    const v2 = i2 + a2 * i1 + a3 * v3;
    i1 = 2 * v1 - i1;
    i2 = 2 * v2 - i2;
    output[n] = m0 * x + m1 * v1 + m2 * v2;
  }
  state[at] = flushState(i1);
  state[at + 1] = flushState(i2);
}
