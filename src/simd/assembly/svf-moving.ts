// State-variable filters that move at every frame, two channels (dsp/svf.ts). AssemblyScript. The design is worked out for two frames
// at once, before the recursion needs it, and what stands still only once. With tan = n/d and w·n = m all of it needs one division:
// a₁ = d²/e, a₂ = d·m/e, a₃ = m²/e, where e = d² + m·(m + k·d). Designs first, then the recursion,
// so that neither fills the processor's window with waiting for the other.
import { C1, C2, C3, HALF_RIGHT, N1, N2, OCTAVES_PER_DB, ONE, QUARTER, RIGHT } from './constants';
import {
  both, demoted, earlyFrames, finite4, flush, highOf, leftOf, madd, pairAt, rightOf, storeFrame, storePair,
} from './lanes';
import { power2 } from './quick';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
@inline function term(t: usize, at: i32): v128 { return v128.load_splat<f64>(t + (<usize>at << 3)); }

/** tan x = over/under, 0 ≤ x < π/2; within 3e-14 of itself. Above π/4 as the cotangent of what is missing. */
@inline function nearest(x: v128): v128 { return f64x2.pmin(x, sub(RIGHT, x)); }
@inline function overOf(y: v128, z: v128): v128 { return mul(y, madd(madd(N2, z, N1), z, ONE)); }
@inline function underOf(z: v128): v128 { return madd(madd(madd(C3, z, C2), z, C1), z, ONE); }

/** Frames that are designed at once, and bytes of the design of two: a11, b1, b2, c1, c2, m0, m2, each of both. */
const CHUNK_BYTES: usize = 64, PAIR_BYTES: usize = 112;

/** Number k of frame `lane` of two, for both channels. */
@inline function at(design: usize, k: usize, lane: usize): v128 { return v128.load_splat<f64>(design + (k << 4) + (lane << 3)); }

/**
 * `t` holds the 12 terms of a kind (dsp/svf.ts), `scale` is π/rate, and angles lie between `least` and `most`. Each of cutoff, q and
 * gain: an address of f64 < 0 means the same number in every frame. `room`: PAIR_BYTES for every two of CHUNK_BYTES / 4 frames.
 * The channels may be one and the same.
 */
export function svfMoving(
  t: usize, room: usize, scale: f64, least: f64, most: f64, cutoff: f64, cutoffs: i32, q: f64, qs: i32, gain: f64, gains: i32,
  s0: usize, s1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  const perHertz = both(scale), bottom = both(least), top = both(most);
  let hertz = both(cutoff), level = both(gain), width = both(1 / q);
  let n = ONE, d = ONE, warp = ONE, k = ONE, m0 = ONE, m1 = ONE, m2 = ONE;
  let i1 = pairAt(s0, s1), i2 = pairAt(s0 + 8, s1 + 8);
  const end = <usize>frames << 2;
  for (let chunk: usize = 0; chunk < end; chunk += CHUNK_BYTES) {
    const stop = min(end, chunk + CHUNK_BYTES);
    let design = room;
    for (let i = chunk; i < stop; i += 8, design += PAIR_BYTES) {
      if (cutoffs >= 0 || i == 0) {
        if (cutoffs >= 0) hertz = v128.load(<usize>cutoffs + 2 * i);
        const angle = f64x2.pmin(f64x2.pmax(mul(hertz, perHertz), bottom), top);
        const y = nearest(angle), z = mul(y, y), over = overOf(y, z), under = underOf(z);
        const isHigh = f64x2.gt(angle, HALF_RIGHT);
        n = v128.bitselect(under, over, isHigh);
        d = v128.bitselect(over, under, isHigh);
      }
      if (gains >= 0 || qs >= 0 || i == 0) {
        if (gains >= 0) level = v128.load(<usize>gains + 2 * i);
        if (qs >= 0) width = f64x2.div(ONE, v128.load(<usize>qs + 2 * i));
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
      v128.store(design, sub(add(a1, a1), ONE));
      v128.store(design, add(a2, a2), 16);
      v128.store(design, add(a3, a3), 32);
      v128.store(design, add(mul(m1, a1), mul(m2, a2)), 48);
      v128.store(design, add(mul(m1, a2), mul(m2, a3)), 64);
      v128.store(design, m0, 80);
      v128.store(design, m2, 96);
    }
    // With v = x − i₂: i₁ ← a11·i₁ + b1·v, i₂ ← i₂ + b1·i₁ + b2·v, y = m₀·x + m₂·i₂ + c1·i₁ + c2·v.
    design = room;
    for (let i = chunk; i < stop; i += 8, design += PAIR_BYTES) {
      const isWhole = i + 8 <= stop;
      const left = isWhole ? v128.load64_zero(x0 + i) : v128.load32_zero(x0 + i);
      const right = isWhole ? v128.load64_zero(x1 + i) : v128.load32_zero(x1 + i);
      const pairs = finite4(earlyFrames(left, right));
      let x = f64x2.promote_low_f32x4(pairs), v = sub(x, i2), b1 = at(design, 1, 0);
      const first = add(add(mul(at(design, 5, 0), x), mul(at(design, 6, 0), i2)), add(mul(at(design, 3, 0), i1), mul(at(design, 4, 0), v)));
      i2 = add(add(i2, mul(b1, i1)), mul(at(design, 2, 0), v));
      i1 = add(mul(at(design, 0, 0), i1), mul(b1, v));
      if (!isWhole) {
        storeFrame(y0 + i, y1 + i, first);
        break;
      }
      x = f64x2.promote_low_f32x4(highOf(pairs));
      v = sub(x, i2);
      b1 = at(design, 1, 1);
      const second = add(add(mul(at(design, 5, 1), x), mul(at(design, 6, 1), i2)), add(mul(at(design, 3, 1), i1), mul(at(design, 4, 1), v)));
      i2 = add(add(i2, mul(b1, i1)), mul(at(design, 2, 1), v));
      i1 = add(mul(at(design, 0, 1), i1), mul(b1, v));
      const heard = demoted(first, second);
      v128.store64_lane(y0 + i, leftOf(heard, heard), 0);
      v128.store64_lane(y1 + i, rightOf(heard, heard), 0);
    }
  }
  storePair(s0, s1, flush(i1));
  storePair(s0 + 8, s1 + 8, flush(i2));
}
