// Gains, sums and products of one channel, frame by frame. AssemblyScript; src/core/effect-kernels.ts says what each does.
import { OCTAVES_PER_DB, OCTAVES_PER_DB_4 } from './constants';
import { both, demoted, finite4, splatAt } from './lanes';
import { power2 } from './quick';
import { power4 } from './quick4';

/** Two frames of one channel, as f64. */
@inline function twoAt(at: usize): v128 { return f64x2.promote_low_f32x4(v128.load64_zero(at)); }
/** One frame of one channel, as f64. */
@inline function oneAt(at: usize): v128 { return f64x2.promote_low_f32x4(v128.load32_zero(at)); }
@inline function storeTwo(at: usize, x: v128): void { v128.store64_lane(at, f32x4.demote_f64x2_zero(x), 0); }
@inline function storeOne(at: usize, x: v128): void { v128.store32_lane(at, f32x4.demote_f64x2_zero(x), 0); }

export function scale(gain: f32, x: usize, y: usize, frames: i32): void {
  const g = f32x4.splat(gain);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) v128.store(y + i, f32x4.mul(v128.load(x + i), g));
  for (; i < end; i += 4) store<f32>(y + i, load<f32>(x + i) * gain);
}

/** `g` holds f64. What is not finite becomes 0. */
export function multiply(g: usize, x: usize, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    let v = v128.load(x + i);
    v = v128.and(v, f32x4.le(f32x4.abs(v), f32x4.splat(f32.MAX_VALUE)));
    const low = f64x2.mul(f64x2.promote_low_f32x4(v), v128.load(g + 2 * i));
    const high = f64x2.mul(f64x2.promote_low_f32x4(i64x2.shuffle(v, v, 1, 1)), v128.load(g + 2 * i + 16));
    v128.store(y + i, i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
  }
  for (; i < end; i += 4) {
    const v = load<f32>(x + i);
    store<f32>(y + i, <f32>((abs(v) <= f32.MAX_VALUE ? <f64>v : 0) * load<f64>(g + 2 * i)));
  }
}

export function levelToGain(levels: usize, gains: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 3; i += 16)
    v128.store(gains + i, power2(f64x2.mul(v128.load(levels + i), OCTAVES_PER_DB)));
}

/** Levels (f64) to gains, times two channels, which may be one; f32 from the levels on. What is not finite becomes 0. */
export function amplify(levels: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const level = demoted(v128.load(levels + 2 * i), v128.load(levels + 2 * i, 16));
    const g = power4(f32x4.mul(level, OCTAVES_PER_DB_4));
    const left = f32x4.mul(g, finite4(v128.load(x0 + i))), right = f32x4.mul(g, finite4(v128.load(x1 + i)));
    v128.store(y0 + i, left);
    v128.store(y1 + i, right);
  }
  for (; i < end; i += 4) {
    const g = power4(f32x4.mul(f32x4.demote_f64x2_zero(splatAt(levels + 2 * i)), OCTAVES_PER_DB_4));
    const y = f32x4.mul(g, finite4(v128.load32_lane(x1 + i, v128.load32_zero(x0 + i), 1)));
    v128.store32_lane(y0 + i, y, 0);
    v128.store32_lane(y1 + i, y, 1);
  }
}

/** f32 throughout. */
export function blend(dryGain: f32, wetGain: f32, dry: usize, wet: usize, y: usize, frames: i32): void {
  const d = f32x4.splat(dryGain), w = f32x4.splat(wetGain);
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16)
    v128.store(y + i, f32x4.add(f32x4.mul(d, v128.load(dry + i)), f32x4.mul(w, v128.load(wet + i))));
  for (; i < end; i += 4) store<f32>(y + i, dryGain * load<f32>(dry + i) + wetGain * load<f32>(wet + i));
}

/** `mix` holds f64; both gains are rounded to f32. */
export function blendMoving(mix: usize, dry: usize, wet: usize, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const low = v128.load(mix + 2 * i), high = v128.load(mix + 2 * i + 16);
    const w = i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
    const dryLow = f32x4.demote_f64x2_zero(f64x2.sub(both(1), low)), dryHigh = f32x4.demote_f64x2_zero(f64x2.sub(both(1), high));
    const d = i64x2.shuffle(dryLow, dryHigh, 0, 2);
    v128.store(y + i, f32x4.add(f32x4.mul(d, v128.load(dry + i)), f32x4.mul(w, v128.load(wet + i))));
  }
  for (; i < end; i += 4) {
    const m = load<f64>(mix + 2 * i);
    store<f32>(y + i, <f32>(1 - m) * load<f32>(dry + i) + <f32>m * load<f32>(wet + i));
  }
}

/** Σ gains[k]·x[k] in f64; `inputs` holds `count` addresses (i32). Four frames a step: the sums stay in registers. */
export function sum(gains: usize, inputs: usize, count: i32, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    let low = both(0), high = both(0);
    for (let k: usize = 0; k < <usize>count; k++) {
      const g = splatAt(gains + 8 * k);
      const x = v128.load(<usize>load<u32>(inputs + 4 * k) + i);
      low = f64x2.add(low, f64x2.mul(g, f64x2.promote_low_f32x4(x)));
      high = f64x2.add(high, f64x2.mul(g, f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 1))));
    }
    v128.store(y + i, i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
  }
  for (; i < end; i += 4) {
    let total: f64 = 0;
    for (let k: usize = 0; k < <usize>count; k++)
      total += load<f64>(gains + 8 * k) * <f64>load<f32>(<usize>load<u32>(inputs + 4 * k) + i);
    store<f32>(y + i, <f32>total);
  }
}

/** The same with a gain for each frame: those of input k begin `stride` bytes behind those of the one before. */
export function sumMoving(gains: usize, stride: usize, inputs: usize, count: i32, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 8 <= end; i += 8) {
    let total = both(0);
    for (let k: usize = 0; k < <usize>count; k++)
      total = f64x2.add(total, f64x2.mul(v128.load(gains + k * stride + 2 * i), twoAt(<usize>load<u32>(inputs + 4 * k) + i)));
    storeTwo(y + i, total);
  }
  if (i < end) {
    let total = both(0);
    for (let k: usize = 0; k < <usize>count; k++)
      total = f64x2.add(total, f64x2.mul(splatAt(gains + k * stride + 2 * i), oneAt(<usize>load<u32>(inputs + 4 * k) + i)));
    storeOne(y + i, total);
  }
}

/** a + b + offset in f64; `offsets` < 0: the same in every frame. */
export function add(a: usize, b: usize, offset: f64, offsets: i32, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let o = both(offset);
  let i: usize = 0;
  for (; i + 8 <= end; i += 8) {
    if (offsets >= 0) o = v128.load(<usize>offsets + 2 * i);
    storeTwo(y + i, f64x2.add(f64x2.add(twoAt(a + i), twoAt(b + i)), o));
  }
  if (i < end) {
    if (offsets >= 0) o = splatAt(<usize>offsets + 2 * i);
    storeOne(y + i, f64x2.add(f64x2.add(oneAt(a + i), oneAt(b + i)), o));
  }
}

/** a·b·factor in f64. */
export function product(a: usize, b: usize, factor: f64, factors: i32, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let f = both(factor);
  let i: usize = 0;
  for (; i + 8 <= end; i += 8) {
    if (factors >= 0) f = v128.load(<usize>factors + 2 * i);
    storeTwo(y + i, f64x2.mul(f64x2.mul(twoAt(a + i), twoAt(b + i)), f));
  }
  if (i < end) {
    if (factors >= 0) f = splatAt(<usize>factors + 2 * i);
    storeOne(y + i, f64x2.mul(f64x2.mul(oneAt(a + i), oneAt(b + i)), f));
  }
}
