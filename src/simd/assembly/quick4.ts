// The functions of quick.ts for four numbers in f32 at once, where −120 dB is enough: levels and curves. Minimax polynomials; errors with
// the rounding of f32. AssemblyScript.
import { D1, D2, D3, E1, E2, E3, E4, E5, LEAST_POWER_4, ONE_4, ROOT_HALF_4, WHOLE_4 } from './constants';
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
