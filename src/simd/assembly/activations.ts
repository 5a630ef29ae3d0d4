// Functions of four f32 at once that networks are made of. Owns their approximations; src/neural says which run over what.
import { HALF_4 } from './constants';
import { exp2, log2 } from './elementary';
import { demoted, highOf, madd4 } from './lanes';
import { tanh4 } from './quick4';

@inline export function all4(x: f32): v128 { return f32x4.splat(x); }
/** The number at an address in all lanes. */
@inline export function at4(at: usize): v128 { return v128.load_splat<f32>(at); }
@inline function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b); }

/** 1 / (1 + e⁻²ˣ) = ½ + ½·tanh x: a sigmoid whose argument was halved before. */
@inline export function sigmoidOfTwice4(x: v128): v128 { return madd4(tanh4(x), HALF_4, HALF_4); }
@inline export function sigmoid4(x: v128): v128 { return sigmoidOfTwice4(mul(x, HALF_4)); }

/** Powers and logarithms in f64, two lanes each, so that they are as exact as f32 is. */
@inline function bounded(x: v128): v128 { return f64x2.pmin(f64x2.splat(700), f64x2.pmax(f64x2.splat(-700), x)); }
@inline function exp4(x: v128): v128 {
  return demoted(exp2(bounded(f64x2.promote_low_f32x4(x))), exp2(bounded(f64x2.promote_low_f32x4(highOf(x)))));
}
/** −∞ at 0 and NaN below, as the runtime has it. */
@inline function log4(x: v128): v128 {
  const y = demoted(log2(f64x2.promote_low_f32x4(x)), log2(f64x2.promote_low_f32x4(highOf(x))));
  const zero = f32x4.eq(x, all4(0)), negative = f32x4.lt(x, all4(0));
  return v128.bitselect(all4(-Infinity), v128.bitselect(all4(NaN), v128.bitselect(x, y, f32x4.eq(x, all4(Infinity))), negative), zero);
}
/** ln(1 + eˣ) without the loss of small results, since f64 has room. */
@inline function softplusOfHalf(x: v128): v128 {
  const wide = bounded(x);
  const y = log2(f64x2.add(f64x2.splat(1), exp2(wide)));
  return v128.bitselect(x, y, f64x2.gt(x, f64x2.splat(40)));
}
@inline function softplus4(x: v128): v128 {
  return demoted(softplusOfHalf(f64x2.promote_low_f32x4(x)), softplusOfHalf(f64x2.promote_low_f32x4(highOf(x))));
}
@inline function elu4(x: v128, alpha: v128): v128 {
  const low = f64x2.sub(exp2(bounded(f64x2.promote_low_f32x4(x))), f64x2.splat(1));
  const above = f64x2.sub(exp2(bounded(f64x2.promote_low_f32x4(highOf(x)))), f64x2.splat(1));
  return v128.bitselect(mul(alpha, demoted(low, above)), x, f32x4.lt(x, all4(0)));
}
@inline function leaky4(x: v128, alpha: v128): v128 { return v128.bitselect(mul(alpha, x), x, f32x4.lt(x, all4(0))); }

/** Rows of `count` numbers; up to 15 more are written behind each. `y` may be `x`. */
export function tanhRows(x: usize, xPitch: usize, y: usize, yPitch: usize, rows: i32, count: i32): void {
  for (let row = 0; row < rows; row++, x += xPitch, y += yPitch) {
    for (let i: usize = 0; i < <usize>count << 2; i += 16) v128.store(y + i, tanh4(v128.load(x + i)));
  }
}
export function sigmoidRows(x: usize, xPitch: usize, y: usize, yPitch: usize, rows: i32, count: i32): void {
  for (let row = 0; row < rows; row++, x += xPitch, y += yPitch)
    for (let i: usize = 0; i < <usize>count << 2; i += 16) v128.store(y + i, sigmoid4(v128.load(x + i)));
}
/** tanh a · sigmoid b: a gated layer. */
export function gateRows(a: usize, aPitch: usize, b: usize, bPitch: usize, y: usize, yPitch: usize, rows: i32, count: i32): void {
  for (let row = 0; row < rows; row++, a += aPitch, b += bPitch, y += yPitch)
    for (let i: usize = 0; i < <usize>count << 2; i += 16)
      v128.store(y + i, mul(tanh4(v128.load(a + i)), sigmoid4(v128.load(b + i))));
}
/** 0 relu, 1 leaky-relu, 2 elu, 3 softplus, 4 exp, 5 log, 6 sqrt, 7 abs, 8 neg. */
export function unaryRows(kind: i32, alpha: f32, x: usize, xPitch: usize, y: usize, yPitch: usize, rows: i32, count: i32): void {
  const a = all4(alpha);
  for (let row = 0; row < rows; row++, x += xPitch, y += yPitch) {
    for (let i: usize = 0; i < <usize>count << 2; i += 16) {
      const v = v128.load(x + i);
      let r = v;
      if (kind == 0) r = f32x4.pmax(v, all4(0));
      else if (kind == 1) r = leaky4(v, a);
      else if (kind == 2) r = elu4(v, a);
      else if (kind == 3) r = softplus4(v);
      else if (kind == 4) r = exp4(v);
      else if (kind == 5) r = log4(v);
      else if (kind == 6) r = f32x4.sqrt(v);
      else if (kind == 7) r = f32x4.abs(v);
      else r = f32x4.neg(v);
      v128.store(y + i, r);
    }
  }
}
@inline function apply(kind: i32, a: v128, b: v128): v128 {
  if (kind == 0) return f32x4.add(a, b);
  if (kind == 1) return f32x4.sub(a, b);
  if (kind == 2) return mul(a, b);
  if (kind == 3) return f32x4.div(a, b);
  if (kind == 4) return f32x4.pmin(a, b);
  return f32x4.pmax(a, b);
}
/** 0 add, 1 sub, 2 mul, 3 div, 4 min, 5 max. A step of 0 instead of 16 spreads one number over the row. */
export function binaryRows(
  kind: i32, a: usize, aPitch: usize, aStep: usize, b: usize, bPitch: usize, bStep: usize, y: usize, yPitch: usize, rows: i32, count: i32,
): void {
  for (let row = 0; row < rows; row++, a += aPitch, b += bPitch, y += yPitch) {
    const end = <usize>count << 2;
    if (aStep == 0) {
      const v = at4(a);
      for (let i: usize = 0; i < end; i += 16) v128.store(y + i, apply(kind, v, v128.load(b + i)));
    } else if (bStep == 0) {
      const v = at4(b);
      for (let i: usize = 0; i < end; i += 16) v128.store(y + i, apply(kind, v128.load(a + i), v));
    } else {
      for (let i: usize = 0; i < end; i += 16) v128.store(y + i, apply(kind, v128.load(a + i), v128.load(b + i)));
    }
  }
}
/** Numbers from one order to another: steps in bytes along three axes. Where both last steps are 4, whole rows at once. */
export function copy3(
  x: usize, x0: usize, x1: usize, x2: usize, y: usize, y0: usize, y1: usize, y2: usize, n0: i32, n1: i32, n2: i32,
): void {
  for (let i = 0; i < n0; i++, x += x0, y += y0) {
    let xr = x, yr = y;
    for (let j = 0; j < n1; j++, xr += x1, yr += y1) {
      if (x2 == 4 && y2 == 4) memory.copy(yr, xr, <usize>n2 << 2);
      else for (let k = 0, a = xr, b = yr; k < n2; k++, a += x2, b += y2) store<f32>(b, load<f32>(a));
    }
  }
}
/** Adds along one axis: y[i, j] = factor · Σₖ x[i, j, k]. Steps in bytes. */
export function sumAxis(
  x: usize, x0: usize, x1: usize, x2: usize, y: usize, y0: usize, y1: usize, n0: i32, n1: i32, n2: i32, factor: f32,
): void {
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      let sum: f32 = 0;
      for (let k = 0; k < n2; k++) sum += load<f32>(x + <usize>i * x0 + <usize>j * x1 + <usize>k * x2);
      store<f32>(y + <usize>i * y0 + <usize>j * y1, sum * factor);
    }
  }
}
