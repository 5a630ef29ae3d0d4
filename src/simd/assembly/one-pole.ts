// One-pole filters of two channels side by side (dsp/one-pole-filter.ts). AssemblyScript.
import {
  both, demoted, earlyFrames, finite, finite4, flush, frameAt, highOf, lateFrames, leftOf, pairAt, rightOf, splatAt, storeFrame, storePair,
} from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }

/**
 * With s the integrator and G the share: y = direct·x + filtered·(s + G·(x − s)), s ← s + 2·G·(x − s). Four frames a step, of which
 * the second and the fourth wait for one before only. The channels may be one and the same.
 */
export function onePole(share: f64, direct: f64, filtered: f64, s0: usize, s1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32): void {
  const g = both(2 * share), p = both(1 - 2 * share);
  const c = both(filtered * (1 - share)), d = both(direct + filtered * share);
  const p2 = mul(p, p), pg = mul(p, g);
  let s = pairAt(s0, s1);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const left = finite4(v128.load(x0 + i)), right = finite4(v128.load(x1 + i));
    const early = earlyFrames(left, right), late = lateFrames(left, right);
    const u = f64x2.promote_low_f32x4(early), v = f64x2.promote_low_f32x4(highOf(early));
    const w = f64x2.promote_low_f32x4(late), z = f64x2.promote_low_f32x4(highOf(late));
    const t1 = add(mul(p, s), mul(g, u)), t2 = add(mul(p2, s), add(mul(pg, u), mul(g, v)));
    const t3 = add(mul(p, t2), mul(g, w));
    const first = demoted(add(mul(c, s), mul(d, u)), add(mul(c, t1), mul(d, v)));
    const second = demoted(add(mul(c, t2), mul(d, w)), add(mul(c, t3), mul(d, z)));
    s = add(mul(p2, t2), add(mul(pg, w), mul(g, z)));
    v128.store(y0 + i, leftOf(first, second));
    v128.store(y1 + i, rightOf(first, second));
  }
  for (; i < end; i += 4) {
    const u = finite(frameAt(x0 + i, x1 + i));
    storeFrame(y0 + i, y1 + i, add(mul(c, s), mul(d, u)));
    s = add(mul(p, s), mul(g, u));
  }
  storePair(s0, s1, flush(s));
}

/** The same with one share (f64) a frame. */
export function onePoleMoving(shares: usize, direct: f64, filtered: f64, s0: usize, s1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32): void {
  const d = both(direct), f = both(filtered);
  let s = pairAt(s0, s1);
  const end = <usize>frames << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const x = finite(frameAt(x0 + i, x1 + i));
    const v = mul(splatAt(shares + 2 * i), f64x2.sub(x, s));
    storeFrame(y0 + i, y1 + i, add(mul(d, x), mul(f, add(s, v))));
    s = add(s, add(v, v));
  }
  storePair(s0, s1, flush(s));
}

/** y = x − before + pole·y; `poles` < 0: the same in every frame. `b0`, `b1`: the frame before; `s0`, `s1`: the last output. */
export function blockDc(pole: f64, poles: i32, b0: usize, b1: usize, s0: usize, s1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32): void {
  let p = both(pole), before = pairAt(b0, b1), y = pairAt(s0, s1);
  const end = <usize>frames << 2;
  for (let i: usize = 0; i < end; i += 4) {
    if (poles >= 0) p = splatAt(<usize>poles + 2 * i);
    const x = finite(frameAt(x0 + i, x1 + i));
    y = add(f64x2.sub(x, before), mul(p, y));
    before = x;
    storeFrame(y0 + i, y1 + i, y);
  }
  storePair(b0, b1, before);
  storePair(s0, s1, flush(y));
}
