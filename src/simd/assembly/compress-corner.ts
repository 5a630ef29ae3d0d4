// A compressor whose level is followed and whose curve has a corner, two channels that each decide for themselves (dsp/dynamics.ts),
// in one pass: no array between level and gain. Four frames a step, which cost no power while all are below the threshold. AssemblyScript.
import { DB_PER_OCTAVE, LOG2_E } from './constants';
import { both, flush, frameAt, pairAt, storeFrame, storePair } from './lanes';
import { ln, power2 } from './quick';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }

@inline function finite4(x: v128): v128 {
  return v128.and(x, f32x4.le(f32x4.abs(x), f32x4.splat(f32.MAX_VALUE)));
}
/** y ← size + pole·(y − size) of dsp/dynamics.ts. */
@inline function step(y: v128, size: v128, a: v128, a1: v128, r: v128, r1: v128): v128 {
  return v128.bitselect(add(mul(a1, size), mul(a, y)), add(mul(r1, size), mul(r, y)), f64x2.gt(size, y));
}
/** Change of gain in octaves: 0 at and below the threshold t, exactly. */
@inline function changeAt(level: v128, t: v128, start: v128, down: v128): v128 {
  return f64x2.pmin(sub(start, mul(down, ln(f64x2.pmax(level, t)))), both(0));
}
@inline function highOf(x: v128): v128 { return i64x2.shuffle(x, x, 1, 1); }

/** Poles, threshold (linear), slope, make-up (dB); `s` are states of levels, `d` take the reductions. The channels may be one. */
export function compressCorner(
  attack: f64, release: f64, threshold: f64, slope: f64, makeUp: f64,
  s0: usize, s1: usize, d0: usize, d1: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  const a = both(attack), a1 = both(1 - attack), r = both(release), r1 = both(1 - release), t = both(threshold);
  const up = both(makeUp * 0.16609640474436813), rest = power2(up);
  const down = mul(both(slope), LOG2_E), start = mul(down, ln(t));
  let y = pairAt(s0, s1);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const left = finite4(v128.load(x0 + i)), right = finite4(v128.load(x1 + i));
    const early = i32x4.shuffle(left, right, 0, 4, 1, 5), late = i32x4.shuffle(left, right, 2, 6, 3, 7);
    const u0 = f64x2.promote_low_f32x4(early), u1 = f64x2.promote_low_f32x4(highOf(early));
    const u2 = f64x2.promote_low_f32x4(late), u3 = f64x2.promote_low_f32x4(highOf(late));
    const l0 = step(y, f64x2.abs(u0), a, a1, r, r1), l1 = step(l0, f64x2.abs(u1), a, a1, r, r1);
    const l2 = step(l1, f64x2.abs(u2), a, a1, r, r1), l3 = step(l2, f64x2.abs(u3), a, a1, r, r1);
    y = l3;
    let g0 = rest, g1 = rest, g2 = rest, g3 = rest;
    const most = f64x2.pmax(f64x2.pmax(l0, l1), f64x2.pmax(l2, l3));
    if (v128.any_true(f64x2.gt(most, t))) {
      g0 = power2(add(up, changeAt(l0, t, start, down)));
      g1 = power2(add(up, changeAt(l1, t, start, down)));
      g2 = power2(add(up, changeAt(l2, t, start, down)));
      g3 = power2(add(up, changeAt(l3, t, start, down)));
    }
    const p0 = f32x4.demote_f64x2_zero(mul(g0, u0)), p1 = f32x4.demote_f64x2_zero(mul(g1, u1));
    const p2 = f32x4.demote_f64x2_zero(mul(g2, u2)), p3 = f32x4.demote_f64x2_zero(mul(g3, u3));
    const first = i32x4.shuffle(p0, p1, 0, 4, 1, 5), second = i32x4.shuffle(p2, p3, 0, 4, 1, 5);
    v128.store(y0 + i, i64x2.shuffle(first, second, 0, 2));
    v128.store(y1 + i, i64x2.shuffle(first, second, 1, 3));
  }
  for (; i < end; i += 4) {
    const raw = frameAt(x0 + i, x1 + i);
    const u = v128.and(raw, f64x2.le(f64x2.abs(raw), both(f64.MAX_VALUE)));
    y = step(y, f64x2.abs(u), a, a1, r, r1);
    storeFrame(y0 + i, y1 + i, mul(power2(add(up, changeAt(y, t, start, down))), u));
  }
  if (end > 0) storePair(d0, d1, f64x2.neg(mul(changeAt(y, t, start, down), DB_PER_OCTAVE)));
  storePair(s0, s1, flush(y));
}
