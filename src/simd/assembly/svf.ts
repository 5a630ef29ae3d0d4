// Steady state-variable filters (dsp/svf.ts) of two channels, two frames a step. As a matrix the filter is s ← A·s + B·x,
// y = C·s + D·x; two frames at once, s ← A²·s + A·B·x₀ + B·x₁, have half as many steps that wait for each other.
import { both, flush, frameAt, lowFrame0, lowFrame1, pairAt, splatAt, storeFrame, storePair, storeTwoFrames } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }

/** Coefficients as in dsp/svf.ts, two states at each of `s0` and `s1`. The channels may be one and the same. */
export function svf(c: usize, s0: usize, s1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32): void {
  const m0 = splatAt(c + 16), m1 = splatAt(c + 24), m2 = splatAt(c + 32);
  const a1 = splatAt(c + 40), a2 = splatAt(c + 48), a3 = splatAt(c + 56);
  const b1 = add(a2, a2), b2 = add(a3, a3);
  const a11 = sub(add(a1, a1), both(1)), a12 = f64x2.neg(b1), a21 = b1, a22 = sub(both(1), b2);
  const d = add(m0, add(mul(m1, a2), mul(m2, a3)));
  const c1 = add(mul(m1, a1), mul(m2, a2)), c2 = sub(sub(m2, mul(m1, a2)), mul(m2, a3));
  const cross = mul(a12, a21), trace = add(a11, a22);
  const q11 = add(mul(a11, a11), cross), q12 = mul(a12, trace), q21 = mul(a21, trace), q22 = add(mul(a22, a22), cross);
  const p1 = add(mul(a11, b1), mul(a12, b2)), p2 = add(mul(a21, b1), mul(a22, b2));
  const e1 = add(mul(c1, a11), mul(c2, a21)), e2 = add(mul(c1, a12), mul(c2, a22)), e0 = add(mul(c1, b1), mul(c2, b2));
  let i1 = pairAt(s0, s1), i2 = pairAt(s0 + 8, s1 + 8);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 4 < end; i += 8) {
    const left = v128.load64_zero(x0 + i), right = v128.load64_zero(x1 + i);
    const u = lowFrame0(left, right), v = lowFrame1(left, right);
    const first = add(add(mul(c1, i1), mul(c2, i2)), mul(d, u));
    const second = add(add(mul(e1, i1), mul(e2, i2)), add(mul(e0, u), mul(d, v)));
    const next = add(mul(q11, i1), add(mul(q12, i2), add(mul(p1, u), mul(b1, v))));
    i2 = add(mul(q21, i1), add(mul(q22, i2), add(mul(p2, u), mul(b2, v))));
    i1 = next;
    storeTwoFrames(y0 + i, y1 + i, first, second);
  }
  if (i < end) {
    const u = frameAt(x0 + i, x1 + i);
    storeFrame(y0 + i, y1 + i, add(add(mul(c1, i1), mul(c2, i2)), mul(d, u)));
    const next = add(mul(a11, i1), add(mul(a12, i2), mul(b1, u)));
    i2 = add(mul(a21, i1), add(mul(a22, i2), mul(b2, u)));
    i1 = next;
  }
  storePair(s0, s1, flush(i1));
  storePair(s0 + 8, s1 + 8, flush(i2));
}
