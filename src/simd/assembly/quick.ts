// Powers, logarithms and curves of two numbers at once with fewer terms than elementary.ts: what sound needs, and no more.
// Polynomials through Chebyshev nodes; errors as said. AssemblyScript.
import {
  A1, A2, A3, A4, A5, A6, BIAS, EXPONENT, EXPONENT_0, HALF_RIGHT, HUGE, L1, L2, L3, L4, LN_2, MINUS_ONE, MINUS_STEEP, ONE, P1, P2, P3,
  P4, P5, P6, P7, RIGHT, ROOT_HALF_BIASED, SIGN, STEEP, TAN_3_8TH, TAN_8TH, TWICE_LOG2_E, TWO, WHOLE,
} from './constants';
import { madd } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
/** a + b·x. */
@inline function line(a: v128, b: v128, x: v128): v128 { return madd(b, x, a); }

/** 2ᵗ within 9e-11 of itself, and 1 for 0; |t| ≤ 1000. NaN stays NaN. WHOLE leaves the nearest whole number in the low bits. */
@inline export function power2(t: v128): v128 {
  const shifted = add(t, WHOLE);
  const r = sub(t, sub(shifted, WHOLE));
  const r2 = mul(r, r), r4 = mul(r2, r2);
  const low = madd(line(P3, P4, r), r2, line(P1, P2, r));
  const high = madd(P7, r2, line(P5, P6, r));
  const power = madd(madd(high, r4, low), r, ONE);
  return mul(power, i64x2.shl(i64x2.add(shifted, BIAS), 52));
}

/** ln x within 6e-12; normal numbers > 0. With x = m·2ᵏ, √½ ≤ m < √2, s = (m − 1)/(m + 1): ln x = k·ln 2 + 2·artanh s. */
@inline export function ln(x: v128): v128 {
  // Biased, so that it is positive: there is no instruction for a shift with a sign.
  const k = i64x2.shr_u(i64x2.sub(x, ROOT_HALF_BIASED), 52);
  const m = i64x2.sub(x, i64x2.shl(i64x2.sub(k, BIAS), 52));
  const exponent = sub(v128.or(k, EXPONENT), EXPONENT_0);
  const s = f64x2.div(sub(m, ONE), add(m, ONE));
  const z = mul(s, s);
  const series = madd(line(L3, L4, z), mul(z, z), line(L1, L2, z));
  const twice = add(s, s);
  return madd(exponent, LN_2, madd(mul(twice, z), series, twice));
}

/** tanh v within 1e-10, and 0 for 0: 1 − 2/(e²ᵛ + 1). */
@inline export function tanh(v: v128): v128 {
  const t = f64x2.pmax(f64x2.pmin(mul(v, TWICE_LOG2_E), STEEP), MINUS_STEEP);
  return sub(ONE, f64x2.div(TWO, add(power2(t), ONE)));
}

/** arctan w within 1e-10 of itself: by arctan a = π/4 + arctan (a − 1)/(a + 1) and π/2 − arctan 1/a into ±tan π/8. */
@inline export function arctan(w: v128): v128 {
  const a = f64x2.pmin(f64x2.abs(w), HUGE);
  const isMiddle = f64x2.gt(a, TAN_8TH), isHigh = f64x2.gt(a, TAN_3_8TH);
  const over = v128.bitselect(MINUS_ONE, v128.bitselect(sub(a, ONE), a, isMiddle), isHigh);
  const under = v128.bitselect(a, v128.bitselect(add(a, ONE), ONE, isMiddle), isHigh);
  const turn = v128.bitselect(RIGHT, v128.and(HALF_RIGHT, isMiddle), isHigh);
  const q = f64x2.div(over, under);
  const z = mul(q, q), z2 = mul(z, z);
  const series = madd(madd(line(A5, A6, z), z2, line(A3, A4, z)), z2, line(A1, A2, z));
  const angle = add(turn, madd(mul(q, z), series, q));
  return v128.bitselect(w, angle, SIGN);
}
