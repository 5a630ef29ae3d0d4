// Second-order sections one after the other (dsp/cascade.ts), two lanes, four frames a step. What a section waits for in itself
// is hidden behind the work of its neighbours. AssemblyScript.
import { demoted, earlyFrames, flush, frameAt, highOf, lateFrames, leftOf, rightOf, storeFrame } from './lanes';
import { SECTION_BYTES, STATE_BYTES } from './numbers';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
/** Number k of a section for both lanes. */
@inline function at(c: usize, k: usize): v128 { return v128.load(c + (k << 4)); }
/** |bits| of the numbers of each lane, where they are greater than those before. */
@inline function greater(most: v128, x: v128): v128 { return i32x4.max_s(most, f32x4.abs(x)); }

/** The states of all sections times the numbers from `k` on: from s to w and back. */
@inline function turn(c: usize, s: usize, sections: i32, k: usize): void {
  for (let m = c, last = c + <usize>sections * SECTION_BYTES; m < last; m += SECTION_BYTES, s += STATE_BYTES) {
    const s1 = v128.load(s), s2 = v128.load(s, 16);
    v128.store(s, add(mul(at(m, k), s1), mul(at(m, k + 1), s2)));
    v128.store(s, add(mul(at(m, k + 2), s1), mul(at(m, k + 3), s2)), 16);
  }
}

/** Returns the greatest |y|, ∞ or NaN where one is not finite. */
export function cascade(c: usize, s: usize, sections: i32, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32): f32 {
  const end = <usize>frames << 2, last = c + <usize>sections * SECTION_BYTES;
  let most = i32x4.splat(0);
  // No frame, no rounding.
  if (frames > 0) turn(c, s, sections, 17);
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    let left = v128.load(x0 + i), right = v128.load(x1 + i);
    let early = earlyFrames(left, right), late = lateFrames(left, right);
    let x = f64x2.promote_low_f32x4(early), y = f64x2.promote_low_f32x4(highOf(early));
    let z = f64x2.promote_low_f32x4(late), w = f64x2.promote_low_f32x4(highOf(late));
    for (let m = c, state = s; m < last; m += SECTION_BYTES, state += STATE_BYTES) {
      const w1 = v128.load(state), w2 = v128.load(state, 16);
      const p = at(m, 9), q = at(m, 10), k1 = at(m, 11), k2 = at(m, 12), d = at(m, 8);
      const n0 = add(add(x, mul(q, w2)), mul(p, w1));
      x = add(mul(d, x), add(mul(k1, w1), mul(k2, w2)));
      const n1 = add(add(y, mul(q, w1)), mul(p, n0));
      y = add(mul(d, y), add(mul(k1, n0), mul(k2, w1)));
      const n2 = add(add(z, mul(q, n0)), mul(p, n1));
      z = add(mul(d, z), add(mul(k1, n1), mul(k2, n0)));
      const n3 = add(add(w, mul(q, n1)), mul(p, n2));
      w = add(mul(d, w), add(mul(k1, n2), mul(k2, n1)));
      v128.store(state, n3);
      v128.store(state, n2, 16);
    }
    early = demoted(x, y);
    late = demoted(z, w);
    left = leftOf(early, late);
    right = rightOf(early, late);
    v128.store(y0 + i, left);
    v128.store(y1 + i, right);
    most = greater(greater(most, left), right);
  }
  for (; i < end; i += 4) {
    let x = frameAt(x0 + i, x1 + i);
    for (let m = c, state = s; m < last; m += SECTION_BYTES, state += STATE_BYTES) {
      const w1 = v128.load(state), w2 = v128.load(state, 16);
      v128.store(state, add(add(x, mul(at(m, 10), w2)), mul(at(m, 9), w1)));
      v128.store(state, w1, 16);
      x = add(mul(at(m, 8), x), add(mul(at(m, 11), w1), mul(at(m, 12), w2)));
    }
    storeFrame(y0 + i, y1 + i, x);
    most = greater(most, f32x4.demote_f64x2_zero(x));
  }
  if (frames > 0) turn(c, s, sections, 13);
  for (let state = s, stop = s + <usize>sections * STATE_BYTES; state < stop; state += 16) v128.store(state, flush(v128.load(state)));
  most = i32x4.max_s(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = i32x4.max_s(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return reinterpret<f32>(i32x4.extract_lane(most, 0));
}
