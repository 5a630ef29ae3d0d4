// State-variable filters that move at every frame, two channels (dsp/svf.ts). AssemblyScript. The design is worked out for two frames
// at once, before the recursion needs it.
import { HALF, OCTAVES_PER_DB, ONE } from './constants';
import { tan2 } from './elementary';
import { both, flush, frameAt, pairAt, storeFrame, storePair } from './lanes';
import { power2 } from './quick';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
@inline function term(t: usize, at: i32): v128 { return v128.load_splat<f64>(t + (<usize>at << 3)); }
@inline function lowOf(x: v128): v128 { return i64x2.shuffle(x, x, 0, 0); }
@inline function highOf(x: v128): v128 { return i64x2.shuffle(x, x, 1, 1); }
/** 0 for what is not finite. */
@inline function finite(x: v128): v128 { return v128.and(x, f64x2.le(f64x2.abs(x), both(f64.MAX_VALUE))); }

/**
 * `t` holds the 12 terms of a kind (dsp/svf.ts), `scale` is π/rate, and angles lie between `least` and `most`. Each of cutoff, q and
 * gain: an address of f64 < 0 means the same number in every frame. The channels may be one and the same.
 */
export function svfMoving(
  t: usize, scale: f64, least: f64, most: f64, cutoff: f64, cutoffs: i32, q: f64, qs: i32, gain: f64, gains: i32,
  s0: usize, s1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  let tangent = tan2(both(min(max(cutoff * scale, least), most)));
  let a = power2(mul(both(0.5 * gain), OCTAVES_PER_DB)), width = both(q);
  const perHertz = both(scale), bottom = both(least), top = both(most);
  let i1 = pairAt(s0, s1), i2 = pairAt(s0 + 8, s1 + 8);
  const end = <usize>frames << 2;
  for (let i: usize = 0; i < end; i += 8) {
    const at = 2 * i;
    if (cutoffs >= 0) tangent = tan2(f64x2.pmin(f64x2.pmax(mul(v128.load(<usize>cutoffs + at), perHertz), bottom), top));
    if (gains >= 0) a = power2(mul(mul(v128.load(<usize>gains + at), HALF), OCTAVES_PER_DB));
    if (qs >= 0) width = v128.load(<usize>qs + at);
    const square = mul(a, a), root = f64x2.sqrt(a);
    const g = mul(tangent, add(term(t, 0), add(mul(term(t, 1), root), f64x2.div(term(t, 2), root))));
    const k = f64x2.div(add(term(t, 3), f64x2.div(term(t, 4), a)), width);
    const m0 = add(term(t, 5), mul(term(t, 6), square));
    const m1 = mul(k, add(term(t, 7), add(mul(term(t, 8), a), mul(term(t, 9), square))));
    const m2 = add(term(t, 10), mul(term(t, 11), square));
    const a1 = f64x2.div(ONE, add(ONE, mul(g, add(g, k))));
    const a2 = mul(g, a1), a3 = mul(g, a2);
    let x = finite(frameAt(x0 + i, x1 + i));
    let v3 = sub(x, i2);
    let v1 = add(mul(lowOf(a1), i1), mul(lowOf(a2), v3));
    let v2 = add(i2, add(mul(lowOf(a2), i1), mul(lowOf(a3), v3)));
    i1 = sub(add(v1, v1), i1);
    i2 = sub(add(v2, v2), i2);
    storeFrame(y0 + i, y1 + i, add(mul(lowOf(m0), x), add(mul(lowOf(m1), v1), mul(lowOf(m2), v2))));
    if (i + 4 >= end) break;
    x = finite(frameAt(x0 + i + 4, x1 + i + 4));
    v3 = sub(x, i2);
    v1 = add(mul(highOf(a1), i1), mul(highOf(a2), v3));
    v2 = add(i2, add(mul(highOf(a2), i1), mul(highOf(a3), v3)));
    i1 = sub(add(v1, v1), i1);
    i2 = sub(add(v2, v2), i2);
    storeFrame(y0 + i + 4, y1 + i + 4, add(mul(highOf(m0), x), add(mul(highOf(m1), v1), mul(highOf(m2), v2))));
  }
  storePair(s0, s1, flush(i1));
  storePair(s0 + 8, s1 + 8, flush(i2));
}
