// Two lanes of f64 (four of f32) at once: loads, stores and guards that the kernels share. AssemblyScript; owns no arithmetic of its own.

/** The same number in both lanes. */
@inline export function both(x: f64): v128 {
  return f64x2.splat(x);
}
/** The number at an address in both lanes. */
@inline export function splatAt(at: usize): v128 {
  return v128.load_splat<f64>(at);
}
/** One f64 from each of two addresses. */
@inline export function pairAt(first: usize, second: usize): v128 {
  return f64x2.replace_lane(v128.load_splat<f64>(first), 1, load<f64>(second));
}
@inline export function storePair(first: usize, second: usize, x: v128): void {
  v128.store64_lane(first, x, 0);
  v128.store64_lane(second, x, 1);
}
/** One f32 from each of two addresses, as f64. */
@inline export function frameAt(first: usize, second: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_lane(second, v128.load32_zero(first), 1));
}
@inline export function storeFrame(first: usize, second: usize, x: v128): void {
  const rounded = f32x4.demote_f64x2_zero(x);
  v128.store32_lane(first, rounded, 0);
  v128.store32_lane(second, rounded, 1);
}
/** Frames k of two channels that each fill a vector of f32, as f64: k = 0 or 1 of the low halves. */
@inline export function lowFrame0(left: v128, right: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(left, right, 0, 1, 2, 3, 16, 17, 18, 19, 0, 0, 0, 0, 0, 0, 0, 0));
}
@inline export function lowFrame1(left: v128, right: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(left, right, 4, 5, 6, 7, 20, 21, 22, 23, 0, 0, 0, 0, 0, 0, 0, 0));
}
/** Writes two frames of two channels. */
@inline export function storeTwoFrames(left: usize, right: usize, first: v128, second: v128): void {
  const a = f32x4.demote_f64x2_zero(first);
  const b = f32x4.demote_f64x2_zero(second);
  const ordered = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  v128.store64_lane(left, ordered, 0);
  v128.store64_lane(right, ordered, 1);
}
/** 0 in lanes that are tiny or not finite (dsp/safe.ts flushState). */
@inline export function flush(x: v128): v128 {
  const size = f64x2.abs(x);
  return v128.and(x, v128.and(f64x2.ge(size, both(1e-30)), f64x2.le(size, both(f64.MAX_VALUE))));
}
/** a·b + c: fused in the relaxed build. */
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}
/** The same in four lanes of f32. */
@inline export function madd4(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
/** c − a·b in four lanes of f32: fused in the relaxed build. */
@inline export function nmadd4(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}
/** 0 for what is not finite: two lanes of f64. */
@inline export function finite(x: v128): v128 {
  return v128.and(x, f64x2.le(f64x2.abs(x), both(f64.MAX_VALUE)));
}
/** The same in four lanes of f32: x − x is NaN there. */
@inline export function finite4(x: v128): v128 {
  const nothing = f32x4.sub(x, x);
  return v128.and(x, f32x4.eq(nothing, nothing));
}
/** The same guard for `bytes` of f32, once a call: states that fade must not reach the denormals, which are many times slower. */
export function flush4(at: usize, bytes: usize): void {
  const least = f32x4.splat(1e-30);
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = v128.load(at + i);
    v128.store(at + i, v128.and(finite4(x), f32x4.ge(f32x4.abs(x), least)));
  }
}
/** Four frames of two channels as two and two, and back. */
@inline export function earlyFrames(left: v128, right: v128): v128 { return i32x4.shuffle(left, right, 0, 4, 1, 5); }
@inline export function lateFrames(left: v128, right: v128): v128 { return i32x4.shuffle(left, right, 2, 6, 3, 7); }
@inline export function leftOf(early: v128, late: v128): v128 { return i32x4.shuffle(early, late, 0, 2, 4, 6); }
@inline export function rightOf(early: v128, late: v128): v128 { return i32x4.shuffle(early, late, 1, 3, 5, 7); }
/** The upper half in both halves. */
@inline export function highOf(x: v128): v128 { return i64x2.shuffle(x, x, 1, 1); }
/** Two and two f64 as four f32. */
@inline export function demoted(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
