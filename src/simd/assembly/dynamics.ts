// Levels, their ballistics and the gain of a compressor (dsp/dynamics.ts). AssemblyScript.
import { both, flush, highOf, pairAt, splatAt, storePair } from './lanes';
import { DB_PER_NEPER, DB_PER_OCTAVE, HALF, KNEE_MIN, LOG2_E, OCTAVES_PER_DB, ONE, PEAK_MIN, RELEASE_FALL } from './constants';
import { ln, power2 } from './quick';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }

@inline function magnitude(at: usize): v128 {
  const size = f32x4.abs(v128.load(at));
  return v128.and(size, f32x4.le(size, f32x4.splat(f32.MAX_VALUE)));
}
/** Greater |x| of two channels, which may be one; `isMore`: nor below what `y` holds. Gives the greatest. */
export function peaks(isMore: i32, x0: usize, x1: usize, y: usize, frames: i32): f64 {
  let most = f32x4.splat(0);
  const end = <usize>frames << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const p = f32x4.pmax(magnitude(x0 + i), magnitude(x1 + i));
    let low = f64x2.promote_low_f32x4(p), high = f64x2.promote_low_f32x4(highOf(p));
    if (isMore) {
      low = f64x2.pmax(low, v128.load(y + 2 * i));
      if (i + 8 < end) high = f64x2.pmax(high, v128.load(y + 2 * i + 16));
    }
    v128.store(y + 2 * i, low);
    if (i + 8 < end) v128.store(y + 2 * i + 16, high);
    if (i + 16 <= end) most = f32x4.pmax(most, p);
  }
  let greatest: f64 = max(
    max(<f64>f32x4.extract_lane(most, 0), <f64>f32x4.extract_lane(most, 1)),
    max(<f64>f32x4.extract_lane(most, 2), <f64>f32x4.extract_lane(most, 3)),
  );
  for (let i: usize = end & ~(<usize>15); i < end; i += 4) greatest = max(greatest, load<f64>(y + 2 * i));
  return greatest;
}

/** y ← x + pole·(y − x) on two channels of levels (f64) in place; the pole is `attack` where x rises above y, else `release`. */
export function follow(attack: f64, release: f64, s0: usize, s1: usize, p0: usize, p1: usize, frames: i32): void {
  const a = both(attack), r = both(release), a1 = both(1 - attack), r1 = both(1 - release);
  let y = pairAt(s0, s1);
  for (let i: usize = 0; i < <usize>frames << 3; i += 8) {
    const x = pairAt(p0 + i, p1 + i);
    y = v128.bitselect(add(mul(a1, x), mul(a, y)), add(mul(r1, x), mul(r, y)), f64x2.gt(x, y));
    storePair(p0 + i, p1 + i, y);
  }
  storePair(s0, s1, flush(y));
}

/** Each of threshold, ratio, knee, make-up: an address of f64 < 0 means the same number in every frame. */
export function compress(
  attack: f64, release: f64, released: usize, reduction: usize,
  threshold: f64, thresholds: i32, ratio: f64, ratios: i32, knee: f64, knees: i32, makeUp: f64, makeUps: i32,
  levels: usize, changes: usize, gains: usize, frames: i32,
): void {
  const a = both(attack), a1 = both(1 - attack), r = both(release), r1 = both(1 - release);
  const one = ONE, half = HALF, zero = both(0);
  let t = both(threshold), slope = sub(one, f64x2.div(one, both(ratio))), up = both(makeUp);
  let width = f64x2.pmax(both(knee), KNEE_MIN);
  let bend = f64x2.div(half, width);
  let y = splatAt(released), z = splatAt(reduction);
  const end = <usize>frames << 3;
  for (let i: usize = 0; i < end; i += 16) {
    if (thresholds >= 0) t = v128.load(<usize>thresholds + i);
    if (ratios >= 0) slope = sub(one, f64x2.div(one, v128.load(<usize>ratios + i)));
    if (makeUps >= 0) up = v128.load(<usize>makeUps + i);
    if (knees >= 0) {
      width = f64x2.pmax(v128.load(<usize>knees + i), KNEE_MIN);
      bend = f64x2.div(half, width);
    }
    const over = sub(mul(ln(f64x2.pmax(v128.load(levels + i), PEAK_MIN)), DB_PER_NEPER), t);
    const margin = mul(half, width);
    const inKnee = f64x2.pmin(width, f64x2.pmax(zero, add(over, margin)));
    const wanted = mul(slope, add(mul(mul(inKnee, inKnee), bend), f64x2.pmax(zero, sub(over, margin))));
    const towards = sub(mul(r1, wanted), RELEASE_FALL);
    const y0 = f64x2.pmax(wanted, add(mul(r, y), towards));
    const y1 = f64x2.pmax(highOf(wanted), add(mul(r, y0), highOf(towards)));
    const let0 = mul(a1, i64x2.shuffle(y0, y1, 0, 2));
    const z0 = add(mul(a, z), let0);
    const z1 = add(mul(a, z0), highOf(let0));
    const now = i64x2.shuffle(z0, z1, 0, 2);
    v128.store(changes + i, f64x2.neg(now));
    v128.store(gains + i, power2(mul(sub(up, now), OCTAVES_PER_DB)));
    if (i + 8 < end) {
      y = y1;
      z = z1;
    } else {
      y = y0;
      z = z0;
    }
  }
  v128.store64_lane(released, flush(y), 0);
  v128.store64_lane(reduction, flush(z), 0);
}

/**
 * A corner instead of a knee, and no ballistics: gains = make-up·(level/threshold)^−slope above the threshold. No frame waits for
 * another, and pairs below the threshold cost nothing.
 */
export function reduce(threshold: f64, slope: f64, makeUp: f64, reduction: usize, levels: usize, changes: usize, gains: usize, frames: i32): void {
  const up = mul(both(makeUp), OCTAVES_PER_DB), rest = power2(up), t = both(threshold), zero = both(0);
  // In octaves from here on.
  const down = mul(both(slope), LOG2_E), start = mul(down, ln(t));
  let change = zero;
  const end = <usize>frames << 3;
  for (let i: usize = 0; i < end; i += 16) {
    const level = v128.load(levels + i);
    if (v128.any_true(f64x2.gt(level, t))) {
      change = f64x2.pmin(sub(start, mul(down, ln(f64x2.pmax(level, t)))), zero);
      v128.store(gains + i, power2(add(up, change)));
      change = mul(change, DB_PER_OCTAVE);
    } else {
      change = zero;
      v128.store(gains + i, rest);
    }
    v128.store(changes + i, change);
  }
  if (end > 0) store<f64>(reduction, -(end & 8 ? f64x2.extract_lane(change, 0) : f64x2.extract_lane(change, 1)));
}
