// The functions of quick.ts for four numbers in f32 at once, where −120 dB is enough: levels and curves. Minimax polynomials; errors with
// the rounding of f32. AssemblyScript.
import {
  B1, B2, B3, B4, D1, D2, D3, E1, E2, E3, E4, E5, HALF_RIGHT_4, HUGE_4, LEAST_POWER_4, MINUS_ONE_4, MINUS_STEEP_4, ONE_4, RIGHT_4,
  ROOT_HALF_4, SIGN_4, STEEP_4, T1, T2, T3, T4, TAN_3_8TH_4, TAN_8TH_4, U1, U2, U3, U4, WHOLE_4,
} from './constants';
import { madd4 } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f32x4.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b); }

/**
 * log₂ x within 4e-8 and half a unit of the last place, and 0 for 1; normal numbers > 0. With x = m·2ᵏ, √½ ≤ m < √2 and
 * s = (m − 1)/(m + 1): k + a series in s.
 */
@inline export function octaves4(x: v128): v128 {
  const k = i32x4.shr_s(i32x4.sub(x, ROOT_HALF_4), 23);
  const m = i32x4.sub(x, i32x4.shl(k, 23));
  const s = f32x4.div(sub(m, ONE_4), add(m, ONE_4));
  const z = mul(s, s);
  return madd4(madd4(madd4(D3, z, D2), z, D1), s, f32x4.convert_i32x4_s(k));
}

/** 2ᵗ within 2e-7 of itself, and 1 for 0; what is below −126 counts as this, t < 127. */
@inline export function power4(t: v128): v128 {
  const bounded = f32x4.pmax(t, LEAST_POWER_4);
  const shifted = add(bounded, WHOLE_4);
  const r = sub(bounded, sub(shifted, WHOLE_4)), r2 = mul(r, r);
  const low = madd4(E2, r, E1), high = madd4(madd4(E5, r, E4), r, E3);
  return i32x4.add(madd4(madd4(high, r2, low), r, ONE_4), i32x4.shl(shifted, 23));
}

/** tanh v within 4e-7 of itself, odd, never above 1: v·P(v²)/Q(v²) on −8 … 8. NaN stays NaN. */
@inline export function tanh4(v: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(v, STEEP_4), MINUS_STEEP_4);
  const z = mul(x, x), z2 = mul(z, z);
  const over = madd4(madd4(T4, z2, madd4(T3, z, T2)), z2, madd4(T1, z, ONE_4));
  const under = madd4(madd4(U4, z2, madd4(U3, z, U2)), z2, madd4(U1, z, ONE_4));
  return f32x4.div(mul(x, over), under);
}

/** arctan w within 4e-7 of itself, odd; as arctan of quick.ts. */
@inline export function arctan4(w: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(w), HUGE_4);
  const isMiddle = f32x4.gt(a, TAN_8TH_4), isHigh = f32x4.gt(a, TAN_3_8TH_4);
  const over = v128.bitselect(MINUS_ONE_4, v128.bitselect(sub(a, ONE_4), a, isMiddle), isHigh);
  const under = v128.bitselect(a, v128.bitselect(add(a, ONE_4), ONE_4, isMiddle), isHigh);
  const turn = v128.bitselect(RIGHT_4, v128.and(HALF_RIGHT_4, isMiddle), isHigh);
  const q = f32x4.div(over, under), z = mul(q, q);
  const series = madd4(madd4(B4, z, B3), mul(z, z), madd4(B2, z, B1));
  return v128.bitselect(w, add(turn, madd4(mul(q, z), series, q)), SIGN_4);
}
