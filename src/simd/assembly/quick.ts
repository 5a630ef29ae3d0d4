// Powers, logarithms and curves of two numbers at once with fewer terms than elementary.ts: what sound needs, and no more.
// Polynomials through Chebyshev nodes; errors as said. AssemblyScript.
import { both, madd } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
/** a + b·x. */
@inline function line(a: f64, b: f64, x: v128): v128 { return madd(both(b), x, both(a)); }

/** 1.5·2⁵²: added to a small number it leaves the nearest whole one in the low bits. */
const WHOLE: f64 = 6755399441055744;
/** Powers of 2 in one dB, dB in one neper, and 1/ln 2. */
export const OCTAVES_PER_DB: f64 = 0.16609640474436813;
export const DB_PER_NEPER: f64 = 8.685889638065037;
export const LOG2_E: f64 = 1.4426950408889634;

/** 2ᵗ within 9e-11 of itself, and 1 for 0; |t| ≤ 1000. NaN stays NaN. */
@inline export function power2(t: v128): v128 {
  const shifted = add(t, both(WHOLE));
  const r = sub(t, sub(shifted, both(WHOLE)));
  const r2 = mul(r, r), r4 = mul(r2, r2);
  const low = madd(line(0.05550410115183072, 0.009618056678504582, r), r2, line(0.6931471808001719, 0.24022650922288893, r));
  const high = madd(both(1.5156756374352188e-05), r2, line(0.0013334117368014084, 0.00015461444703927793, r));
  const power = madd(madd(high, r4, low), r, both(1));
  return mul(power, i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52));
}

/** ln x within 6e-12; normal numbers > 0. As in elementary.ts: with s = (m − 1)/(m + 1), ln x = k·ln 2 + 2·artanh s. */
@inline export function ln(x: v128): v128 {
  const k = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const m = i64x2.sub(x, i64x2.shl(k, 52));
  const exponent = sub(i64x2.add(k, i64x2.splat(0x4338000000000000)), both(WHOLE));
  const s = f64x2.div(sub(m, both(1)), add(m, both(1)));
  const z = mul(s, s);
  const series = madd(line(0.14275410392052626, 0.11665233796240518, z), mul(z, z), line(0.33333333277246935, 0.20000060920270726, z));
  const twice = add(s, s);
  return madd(exponent, both(0.6931471805599453), madd(mul(twice, z), series, twice));
}

/** tanh v within 1e-10, and 0 for 0: 1 − 2/(e²ᵛ + 1). */
@inline export function tanh(v: v128): v128 {
  const t = f64x2.pmax(f64x2.pmin(mul(v, both(2 * LOG2_E)), both(60)), both(-60));
  return sub(both(1), f64x2.div(both(2), add(power2(t), both(1))));
}

/** arctan w within 1e-10 of itself: by arctan a = π/4 + arctan (a − 1)/(a + 1) and π/2 − arctan 1/a into ±tan π/8. */
@inline export function arctan(w: v128): v128 {
  const a = f64x2.pmin(f64x2.abs(w), both(1e18));
  const isMiddle = f64x2.gt(a, both(0.41421356237309503)), isHigh = f64x2.gt(a, both(2.414213562373095));
  const over = v128.bitselect(both(-1), v128.bitselect(sub(a, both(1)), a, isMiddle), isHigh);
  const under = v128.bitselect(a, v128.bitselect(add(a, both(1)), both(1), isMiddle), isHigh);
  const turn = v128.bitselect(both(1.5707963267948966), v128.and(both(0.7853981633974483), isMiddle), isHigh);
  const q = f64x2.div(over, under);
  const z = mul(q, q), z2 = mul(z, z);
  const high = madd(line(-0.08624675797805673, 0.0504813781616982, z), z2, line(-0.14284151188195127, 0.11071364957289613, z));
  const series = madd(high, z2, line(-0.33333333279252947, 0.1999997725849445, z));
  const angle = add(turn, madd(mul(q, z), series, q));
  return v128.bitselect(w, angle, both(-0.0));
}
