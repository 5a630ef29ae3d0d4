// The curves of dsp/shape.ts. AssemblyScript; one function per curve, so that none is chosen in a loop.
import { CUBIC, CUBIC_KNEE, FOUR, HALF, MINUS_ONE, ONE, PER_RIGHT, QUARTER, RIGHT } from './constants';
import { both, splatAt } from './lanes';
import { arctan, tanh } from './quick';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
/** NaN stays NaN. */
@inline function clip(v: v128, limit: v128, low: v128): v128 { return f64x2.pmax(f64x2.pmin(v, limit), low); }

/** `curve` is a constant wherever this is compiled into a loop. */
@inline function bent(curve: i32, v: v128): v128 {
  if (curve == 0) return tanh(v);
  if (curve == 1) return mul(arctan(mul(v, RIGHT)), PER_RIGHT);
  if (curve == 2) {
    const c = clip(v, CUBIC_KNEE, f64x2.neg(CUBIC_KNEE));
    return sub(c, mul(mul(mul(CUBIC, c), c), c));
  }
  if (curve == 3) return clip(v, ONE, MINUS_ONE);
  const quarter = sub(mul(v, QUARTER), QUARTER);
  const distance = sub(quarter, f64x2.floor(add(quarter, HALF)));
  return sub(ONE, mul(FOUR, f64x2.abs(distance)));
}

@inline function bendWith(curve: i32, x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 3; i += 16) v128.store(y + i, bent(curve, v128.load(x + i)));
}
/** `count` numbers (f64) through a curve; one more may be read and written where it is odd. */
export function bend(curve: i32, x: usize, y: usize, count: i32): void {
  if (curve == 0) bendWith(0, x, y, count);
  else if (curve == 1) bendWith(1, x, y, count);
  else if (curve == 2) bendWith(2, x, y, count);
  else if (curve == 3) bendWith(3, x, y, count);
  else bendWith(4, x, y, count);
}

@inline function shapeWith(curve: i32, drive: f64, bias: f64, gain: f64, x: usize, y: usize, frames: i32): void {
  const d = both(drive), b = both(bias), r = bent(curve, b), g = both(gain);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const v = v128.load(x + i);
    const low = mul(g, sub(bent(curve, add(mul(d, f64x2.promote_low_f32x4(v)), b)), r));
    const high = mul(g, sub(bent(curve, add(mul(d, f64x2.promote_low_f32x4(i64x2.shuffle(v, v, 1, 1))), b)), r));
    v128.store(y + i, i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
  }
  for (; i < end; i += 4) {
    const u = mul(g, sub(bent(curve, add(mul(d, f64x2.promote_low_f32x4(v128.load32_zero(x + i))), b)), r));
    v128.store32_lane(y + i, f32x4.demote_f64x2_zero(u), 0);
  }
}
/** gain·(f(drive·x + bias) − f(bias)). */
export function shape(curve: i32, drive: f64, bias: f64, gain: f64, x: usize, y: usize, frames: i32): void {
  if (curve == 0) shapeWith(0, drive, bias, gain, x, y, frames);
  else if (curve == 1) shapeWith(1, drive, bias, gain, x, y, frames);
  else if (curve == 2) shapeWith(2, drive, bias, gain, x, y, frames);
  else if (curve == 3) shapeWith(3, drive, bias, gain, x, y, frames);
  else shapeWith(4, drive, bias, gain, x, y, frames);
}

@inline function shapeMovingWith(curve: i32, drives: usize, biases: usize, rests: usize, gains: usize, x: usize, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 8 <= end; i += 8) {
    const j = 2 * i;
    const v = add(mul(v128.load(drives + j), f64x2.promote_low_f32x4(v128.load64_zero(x + i))), v128.load(biases + j));
    const u = mul(v128.load(gains + j), sub(bent(curve, v), v128.load(rests + j)));
    v128.store64_lane(y + i, f32x4.demote_f64x2_zero(u), 0);
  }
  if (i < end) {
    const j = 2 * i;
    const v = add(mul(splatAt(drives + j), f64x2.promote_low_f32x4(v128.load32_zero(x + i))), splatAt(biases + j));
    const u = mul(splatAt(gains + j), sub(bent(curve, v), splatAt(rests + j)));
    v128.store32_lane(y + i, f32x4.demote_f64x2_zero(u), 0);
  }
}
/** The same with one number (f64) a frame. */
export function shapeMoving(curve: i32, drives: usize, biases: usize, rests: usize, gains: usize, x: usize, y: usize, frames: i32): void {
  if (curve == 0) shapeMovingWith(0, drives, biases, rests, gains, x, y, frames);
  else if (curve == 1) shapeMovingWith(1, drives, biases, rests, gains, x, y, frames);
  else if (curve == 2) shapeMovingWith(2, drives, biases, rests, gains, x, y, frames);
  else if (curve == 3) shapeMovingWith(3, drives, biases, rests, gains, x, y, frames);
  else shapeMovingWith(4, drives, biases, rests, gains, x, y, frames);
}
