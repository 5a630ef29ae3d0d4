// e to the x, logarithm and tangent of two numbers at once, each within 2.1 units of the last place of f64 (test/simd). Arguments are
// brought into a small interval, where a polynomial through Chebyshev nodes is within 2e-17; constants: src/simd/coefficients.py.
import { both } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
/** a + b·x. */
@inline function line(a: f64, b: f64, x: v128): v128 { return add(both(a), mul(both(b), x)); }

/** 1.5·2⁵²: added to a small number it leaves the nearest whole one in the low bits. */
const WHOLE: f64 = 6755399441055744;
/** ln 2 in two parts: the first has zeros at its end, so that small multiples of it are exact. */
const LN2: f64 = 0.693147180369123816490, LN2_REST: f64 = 1.90821492927058770002e-10;

/** |x| ≤ 700. */
@inline export function exp2(x: v128): v128 {
  const shifted = add(mul(x, both(1.4426950408889634)), both(WHOLE));
  const k = sub(shifted, both(WHOLE));
  const r = sub(sub(x, mul(k, both(LN2))), mul(k, both(LN2_REST)));
  const r2 = mul(r, r), r4 = mul(r2, r2);
  const low = add(line(0.5, 0.16666666666666669, r), mul(line(0.041666666666624164, 0.008333333333330065, r), r2));
  const middle = add(line(0.0013888888917196719, 0.00019841269863040545, r), mul(line(2.4801521322368692e-5, 2.7557268480310024e-6, r), r2));
  const high = line(2.7620075879983367e-7, 2.5100375832561234e-8, r);
  const tail = add(low, mul(add(middle, mul(high, r4)), r4));
  const power = add(add(mul(tail, r2), r), both(1));
  return mul(power, i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52));
}

/** Normal numbers > 0. With x = m·2ᵏ, √½ ≤ m < √2, and s = (m − 1)/(m + 1): ln x = k·ln 2 + 2·artanh s. */
@inline export function log2(x: v128): v128 {
  const k = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const m = i64x2.sub(x, i64x2.shl(k, 52));
  const exponent = sub(i64x2.add(k, i64x2.splat(0x4338000000000000)), both(WHOLE));
  const s = f64x2.div(sub(m, both(1)), add(m, both(1)));
  const z = mul(s, s), z2 = mul(z, z);
  const low = add(line(0.3333333333333333, 0.2000000000000044, z), mul(line(0.14285714285401807, 0.11111111195856958, z), z2));
  const high = add(line(0.09090897820066453, 0.07693119851407329, z), mul(line(0.06634386569328443, 0.06543313073920051, z), z2));
  const twice = add(s, s);
  const series = add(twice, mul(mul(twice, z), add(low, mul(high, mul(z2, z2)))));
  return add(mul(exponent, both(LN2)), add(series, mul(exponent, both(LN2_REST))));
}

/** 0 ≤ x < π/2; above π/4 as the cotangent of what is missing. */
@inline export function tan2(x: v128): v128 {
  const isHigh = f64x2.gt(x, both(0.7853981633974483));
  const y = v128.bitselect(add(sub(both(1.5707963267948966), x), both(6.123233995736766e-17)), x, isHigh);
  const z = mul(y, y), z2 = mul(z, z), z4 = mul(z2, z2);
  const s = add(add(line(-0.16666666666666666, 0.008333333333330948, z), mul(line(-0.00019841269836758574, 2.755731610255244e-6, z), z2)), mul(line(-2.5051131845003624e-8, 1.5918129294866608e-10, z), z4));
  const c = add(add(line(0.041666666666666664, -0.0013888888888887398, z), mul(line(2.480158729876569e-5, -2.7557317271729793e-7, z), z2)), mul(line(2.08761462684032e-9, -1.1382632425521717e-11, z), z4));
  const sine = add(y, mul(mul(y, z), s)), cosine = add(sub(both(1), mul(both(0.5), z)), mul(z2, c));
  return f64x2.div(v128.bitselect(cosine, sine, isHigh), v128.bitselect(sine, cosine, isHigh));
}

/** `count` numbers; one more may be read and written where it is odd: arrays of the arena end on 16 bytes. */
export function exp(x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 3; i += 16) v128.store(y + i, exp2(v128.load(x + i)));
}
export function log(x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 3; i += 16) v128.store(y + i, log2(v128.load(x + i)));
}
export function tan(x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 3; i += 16) v128.store(y + i, tan2(v128.load(x + i)));
}
