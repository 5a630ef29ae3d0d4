// The curves of dsp/shape.ts. AssemblyScript; one function per curve, so that none is chosen in a loop.
import {
  CUBIC, CUBIC_4, CUBIC_KNEE, CUBIC_KNEE_4, FOUR, HALF, MINUS_CUBIC_KNEE_4, MINUS_ONE, MINUS_ONE_4, ONE, ONE_4, PER_RIGHT, PER_RIGHT_4,
  OCTAVES_PER_DB, OCTAVES_PER_DB_4, QUARTER, RIGHT, RIGHT_4, TINY_4,
} from './constants';
import { both, demoted, madd4, splatAt } from './lanes';
import { arctan, power2, tanh } from './quick';
import { arctan4, power4, tanh4 } from './quick4';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
@inline function mul4(a: v128, b: v128): v128 { return f32x4.mul(a, b); }
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

/** The curves but the last one in f32, where what is folded far from the origin would lose too much. */
@inline function bent4(curve: i32, v: v128): v128 {
  if (curve == 0) return tanh4(v);
  if (curve == 1) return mul4(arctan4(mul4(v, RIGHT_4)), PER_RIGHT_4);
  if (curve == 3) return f32x4.pmax(f32x4.pmin(v, ONE_4), MINUS_ONE_4);
  const c = f32x4.pmax(f32x4.pmin(v, CUBIC_KNEE_4), MINUS_CUBIC_KNEE_4);
  return f32x4.sub(c, mul4(mul4(mul4(CUBIC_4, c), c), c));
}
/**
 * g·(f(d·x + b) − r), where `b` is a bias to which TINY_4 was added: what is taken off again leaves multiples of 2⁻⁹⁹, so that a fade ends
 * in 0 instead of in denormals.
 */
@inline function shaped4(curve: i32, d: v128, b: v128, r: v128, g: v128, x: v128): v128 {
  return mul4(g, f32x4.sub(bent4(curve, f32x4.sub(madd4(d, x, b), TINY_4)), r));
}
@inline function restOf(curve: i32, b: v128): v128 { return bent4(curve, f32x4.sub(b, TINY_4)); }
@inline function folded(d: v128, b: v128, r: v128, g: v128, x: v128): v128 {
  return f32x4.demote_f64x2_zero(mul(g, sub(bent(4, add(mul(d, f64x2.promote_low_f32x4(x)), b)), r)));
}

@inline function shapeWith(curve: i32, drive: f64, bias: f64, gain: f64, x: usize, y: usize, frames: i32): void {
  const d = f32x4.splat(<f32>drive), b = f32x4.add(f32x4.splat(<f32>bias), TINY_4), r = restOf(curve, b), g = f32x4.splat(<f32>gain);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 32 <= end; i += 32) {
    const u = shaped4(curve, d, b, r, g, v128.load(x + i)), v = shaped4(curve, d, b, r, g, v128.load(x + i, 16));
    v128.store(y + i, u);
    v128.store(y + i, v, 16);
  }
  for (; i < end; i += 4) v128.store32_lane(y + i, shaped4(curve, d, b, r, g, v128.load32_zero(x + i)), 0);
}
function fold(drive: f64, bias: f64, gain: f64, x: usize, y: usize, frames: i32): void {
  const d = both(drive), b = both(bias), r = bent(4, b), g = both(gain);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 8 <= end; i += 8) v128.store64_lane(y + i, folded(d, b, r, g, v128.load64_zero(x + i)), 0);
  if (i < end) v128.store32_lane(y + i, folded(d, b, r, g, v128.load32_zero(x + i)), 0);
}
/** gain·(f(drive·x + bias) − f(bias)). */
export function shape(curve: i32, drive: f64, bias: f64, gain: f64, x: usize, y: usize, frames: i32): void {
  if (curve == 0) shapeWith(0, drive, bias, gain, x, y, frames);
  else if (curve == 1) shapeWith(1, drive, bias, gain, x, y, frames);
  else if (curve == 2) shapeWith(2, drive, bias, gain, x, y, frames);
  else if (curve == 3) shapeWith(3, drive, bias, gain, x, y, frames);
  else fold(drive, bias, gain, x, y, frames);
}

/** Four numbers (f64) of a signal from byte 2·i on, or one for each lane; `at` < 0: it stands still. */
@inline function fourOf(steady: v128, at: i32, i: usize): v128 {
  return at < 0 ? steady : demoted(v128.load(<usize>at + 2 * i), v128.load(<usize>at + 2 * i, 16));
}
@inline function oneOf(steady: v128, at: i32, i: usize): v128 {
  return at < 0 ? steady : f32x4.demote_f64x2_zero(splatAt(<usize>at + 2 * i));
}
@inline function gain4(levels: v128): v128 { return power4(mul4(levels, OCTAVES_PER_DB_4)); }
@inline function gain2(levels: v128): v128 { return power2(mul(levels, OCTAVES_PER_DB)); }

@inline function shapeMovingWith(
  curve: i32, drive: f64, drives: i32, bias: f64, biases: i32, level: f64, levels: i32,
  x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  let d = gain4(f32x4.splat(<f32>drive)), b = f32x4.add(f32x4.splat(<f32>bias), TINY_4), r = restOf(curve, b), g = gain4(f32x4.splat(<f32>level));
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    if (drives >= 0) d = gain4(fourOf(d, drives, i));
    if (levels >= 0) g = gain4(fourOf(g, levels, i));
    if (biases >= 0) {
      b = f32x4.add(fourOf(b, biases, i), TINY_4);
      r = restOf(curve, b);
    }
    const left = shaped4(curve, d, b, r, g, v128.load(x0 + i)), right = shaped4(curve, d, b, r, g, v128.load(x1 + i));
    v128.store(y0 + i, left);
    v128.store(y1 + i, right);
  }
  for (; i < end; i += 4) {
    if (drives >= 0) d = gain4(oneOf(d, drives, i));
    if (levels >= 0) g = gain4(oneOf(g, levels, i));
    if (biases >= 0) {
      b = f32x4.add(oneOf(b, biases, i), TINY_4);
      r = restOf(curve, b);
    }
    const y = shaped4(curve, d, b, r, g, v128.load32_lane(x1 + i, v128.load32_zero(x0 + i), 1));
    v128.store32_lane(y0 + i, y, 0);
    v128.store32_lane(y1 + i, y, 1);
  }
}
/** In each lane another channel. */
function foldMoving(
  drive: f64, drives: i32, bias: f64, biases: i32, level: f64, levels: i32, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  let d = gain2(both(drive)), b = both(bias), r = bent(4, b), g = gain2(both(level));
  for (let i: usize = 0; i < <usize>frames << 2; i += 4) {
    if (drives >= 0) d = gain2(splatAt(<usize>drives + 2 * i));
    if (levels >= 0) g = gain2(splatAt(<usize>levels + 2 * i));
    if (biases >= 0) {
      b = splatAt(<usize>biases + 2 * i);
      r = bent(4, b);
    }
    const y = folded(d, b, r, g, v128.load32_lane(x1 + i, v128.load32_zero(x0 + i), 1));
    v128.store32_lane(y0 + i, y, 0);
    v128.store32_lane(y1 + i, y, 1);
  }
}
/** The same with drive and level in dB; `drives`, `biases`, `levels`: addresses of one number (f64) a frame, < 0: it stands still. */
export function shapeMoving(
  curve: i32, drive: f64, drives: i32, bias: f64, biases: i32, level: f64, levels: i32,
  x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  if (curve == 0) shapeMovingWith(0, drive, drives, bias, biases, level, levels, x0, x1, y0, y1, frames);
  else if (curve == 1) shapeMovingWith(1, drive, drives, bias, biases, level, levels, x0, x1, y0, y1, frames);
  else if (curve == 2) shapeMovingWith(2, drive, drives, bias, biases, level, levels, x0, x1, y0, y1, frames);
  else if (curve == 3) shapeMovingWith(3, drive, drives, bias, biases, level, levels, x0, x1, y0, y1, frames);
  else foldMoving(drive, drives, bias, biases, level, levels, x0, x1, y0, y1, frames);
}
