// State-variable filters that move at every frame, two channels (dsp/svf.ts). AssemblyScript. The design is worked out for two frames
// at once, before the recursion needs it, and what stands still only once. With tan = n/d and w·n = m all of it needs one division:
// a₁ = d²/e, a₂ = d·m/e, a₃ = m²/e, where e = d² + m·(m + k·d).
import { C1, C2, C3, HALF_RIGHT, N1, N2, OCTAVES_PER_DB, ONE, QUARTER, RIGHT } from './constants';
import {
  both, demoted, earlyFrames, finite4, flush, highOf, leftOf, madd, pairAt, rightOf, storeFrame, storePair,
} from './lanes';
import { power2 } from './quick';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
@inline function term(t: usize, at: i32): v128 { return v128.load_splat<f64>(t + (<usize>at << 3)); }
@inline function lowOf(x: v128): v128 { return i64x2.shuffle(x, x, 0, 0); }

/** tan x = over/under, 0 ≤ x < π/2; within 3e-14 of itself. Above π/4 as the cotangent of what is missing. */
@inline function nearest(x: v128): v128 { return f64x2.pmin(x, sub(RIGHT, x)); }
@inline function overOf(y: v128, z: v128): v128 { return mul(y, madd(madd(N2, z, N1), z, ONE)); }
@inline function underOf(z: v128): v128 { return madd(madd(madd(C3, z, C2), z, C1), z, ONE); }

/**
 * `t` holds the 12 terms of a kind (dsp/svf.ts), `scale` is π/rate, and angles lie between `least` and `most`. Each of cutoff, q and
 * gain: an address of f64 < 0 means the same number in every frame. The channels may be one and the same.
 */
export function svfMoving(
  t: usize, scale: f64, least: f64, most: f64, cutoff: f64, cutoffs: i32, q: f64, qs: i32, gain: f64, gains: i32,
  s0: usize, s1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  const perHertz = both(scale), bottom = both(least), top = both(most);
  let hertz = both(cutoff), level = both(gain), width = both(1 / q);
  let n = ONE, d = ONE, warp = ONE, k = ONE, m0 = ONE, m1 = ONE, m2 = ONE;
  let i1 = pairAt(s0, s1), i2 = pairAt(s0 + 8, s1 + 8);
  const end = <usize>frames << 2;
  for (let i: usize = 0; i < end; i += 8) {
    const at = 2 * i;
    if (cutoffs >= 0 || i == 0) {
      if (cutoffs >= 0) hertz = v128.load(<usize>cutoffs + at);
      const angle = f64x2.pmin(f64x2.pmax(mul(hertz, perHertz), bottom), top);
      const y = nearest(angle), z = mul(y, y), over = overOf(y, z), under = underOf(z);
      const isHigh = f64x2.gt(angle, HALF_RIGHT);
      n = v128.bitselect(under, over, isHigh);
      d = v128.bitselect(over, under, isHigh);
    }
    if (gains >= 0 || qs >= 0 || i == 0) {
      if (gains >= 0) level = v128.load(<usize>gains + at);
      if (qs >= 0) width = f64x2.div(ONE, v128.load(<usize>qs + at));
      const root = power2(mul(mul(level, OCTAVES_PER_DB), QUARTER)), inverse = f64x2.div(ONE, root);
      const a = mul(root, root), square = mul(a, a);
      warp = add(term(t, 0), add(mul(term(t, 1), root), mul(term(t, 2), inverse)));
      k = mul(add(term(t, 3), mul(term(t, 4), mul(inverse, inverse))), width);
      m0 = add(term(t, 5), mul(term(t, 6), square));
      m1 = mul(k, add(term(t, 7), add(mul(term(t, 8), a), mul(term(t, 9), square))));
      m2 = add(term(t, 10), mul(term(t, 11), square));
    }
    const m = mul(n, warp), dd = mul(d, d);
    const whole = f64x2.div(ONE, add(dd, mul(m, add(m, mul(k, d)))));
    const a1 = mul(dd, whole), a2 = mul(mul(m, d), whole), a3 = mul(mul(m, m), whole);
    // In state space, with v = x − i₂: one product and one sum less to wait for.
    const b1 = add(a2, a2), b2 = add(a3, a3), a11 = sub(add(a1, a1), ONE);
    const c1 = add(mul(m1, a1), mul(m2, a2)), c2 = add(mul(m1, a2), mul(m2, a3));
    const isWhole = i + 8 <= end;
    const left = isWhole ? v128.load64_zero(x0 + i) : v128.load32_zero(x0 + i);
    const right = isWhole ? v128.load64_zero(x1 + i) : v128.load32_zero(x1 + i);
    const pairs = finite4(earlyFrames(left, right));
    let x = f64x2.promote_low_f32x4(pairs), v = sub(x, i2);
    const first = add(add(mul(lowOf(m0), x), mul(lowOf(m2), i2)), add(mul(lowOf(c1), i1), mul(lowOf(c2), v)));
    let next = add(mul(lowOf(a11), i1), mul(lowOf(b1), v));
    i2 = add(add(i2, mul(lowOf(b1), i1)), mul(lowOf(b2), v));
    i1 = next;
    if (!isWhole) {
      storeFrame(y0 + i, y1 + i, first);
      break;
    }
    x = f64x2.promote_low_f32x4(highOf(pairs));
    v = sub(x, i2);
    const second = add(add(mul(highOf(m0), x), mul(highOf(m2), i2)), add(mul(highOf(c1), i1), mul(highOf(c2), v)));
    next = add(mul(highOf(a11), i1), mul(highOf(b1), v));
    i2 = add(add(i2, mul(highOf(b1), i1)), mul(highOf(b2), v));
    i1 = next;
    const heard = demoted(first, second);
    v128.store64_lane(y0 + i, leftOf(heard, heard), 0);
    v128.store64_lane(y1 + i, rightOf(heard, heard), 0);
  }
  storePair(s0, s1, flush(i1));
  storePair(s0 + 8, s1 + 8, flush(i2));
}
