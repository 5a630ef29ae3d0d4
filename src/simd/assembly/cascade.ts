// Second-order sections one after the other (dsp/cascade.ts), two lanes, two frames a step. What a section waits for in itself
// is hidden behind the work of its neighbours.
import { flush, frameAt, lowFrame0, lowFrame1, storeFrame, storeTwoFrames } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
/** Number k of a section for both lanes. */
@inline function at(c: usize, k: usize): v128 { return v128.load(c + (k << 4)); }
/** |bits| of two numbers of each lane, where they are greater than those before. */
@inline function greater(most: v128, first: v128, second: v128): v128 {
  const sizes = i32x4.splat(0x7fffffff);
  const a = v128.and(sizes, f32x4.demote_f64x2_zero(first)), b = v128.and(sizes, f32x4.demote_f64x2_zero(second));
  return i32x4.max_s(most, i32x4.max_s(a, b));
}

/** Returns the greatest |y|, ∞ or NaN where one is not finite. */
export function cascade(c: usize, s: usize, sections: i32, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32): f32 {
  const end = <usize>frames << 2;
  const last = c + <usize>sections * 288;
  let most = i32x4.splat(0);
  let i: usize = 0;
  for (; i + 4 < end; i += 8) {
    const left = v128.load64_zero(x0 + i), right = v128.load64_zero(x1 + i);
    let u = lowFrame0(left, right), v = lowFrame1(left, right);
    let state = s;
    for (let m = c; m < last; m += 288, state += 32) {
      const s1 = v128.load(state), s2 = v128.load(state, 16);
      const d = at(m, 8);
      const first = add(add(mul(at(m, 6), s1), mul(at(m, 7), s2)), mul(d, u));
      const second = add(add(mul(at(m, 15), s1), mul(at(m, 16), s2)), add(mul(at(m, 17), u), mul(d, v)));
      v128.store(state, add(mul(at(m, 9), s1), add(mul(at(m, 10), s2), add(mul(at(m, 13), u), mul(at(m, 4), v)))));
      v128.store(state, add(mul(at(m, 11), s1), add(mul(at(m, 12), s2), add(mul(at(m, 14), u), mul(at(m, 5), v)))), 16);
      u = first;
      v = second;
    }
    storeTwoFrames(y0 + i, y1 + i, u, v);
    most = greater(most, u, v);
  }
  if (i < end) {
    let u = frameAt(x0 + i, x1 + i);
    let state = s;
    for (let m = c; m < last; m += 288, state += 32) {
      const s1 = v128.load(state), s2 = v128.load(state, 16);
      v128.store(state, add(mul(at(m, 0), s1), add(mul(at(m, 1), s2), mul(at(m, 4), u))));
      v128.store(state, add(mul(at(m, 2), s1), add(mul(at(m, 3), s2), mul(at(m, 5), u))), 16);
      u = add(add(mul(at(m, 6), s1), mul(at(m, 7), s2)), mul(at(m, 8), u));
    }
    storeFrame(y0 + i, y1 + i, u);
    most = greater(most, u, u);
  }
  for (let state = s, stop = s + (<usize>sections << 5); state < stop; state += 16) v128.store(state, flush(v128.load(state)));
  most = i32x4.max_s(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return reinterpret<f32>(i32x4.extract_lane(most, 0));
}
