// Peak with hold and mean square of one channel (dsp/meter.ts). AssemblyScript.
import { both, finite4, flush, highOf } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
@inline function lowSquares(x: v128): v128 {
  const low = f64x2.promote_low_f32x4(x);
  return mul(low, low);
}
@inline function highSquares(x: v128): v128 { return lowSquares(highOf(x)); }
@inline function sizeAt(x: usize): f64 {
  return abs(<f64>f32x4.extract_lane(finite4(v128.load32_zero(x)), 0));
}
@inline function kept(x: f64): f64 { return f64x2.extract_lane(flush(both(x)), 0); }

/**
 * Peak and hold are followed frame by frame only where they do more than stand still. The mean square is taken in every eighth frame apart, so
 * that none waits for the one before.
 */
export function meter(holdFrames: i32, fall: f64, weight: f64, peak: usize, hold: usize, mean: usize, x: usize, frames: i32): void {
  const q = 1 - weight, q2 = q * q, q4 = q2 * q2;
  const decay = both(q4 * q4);
  let top = f32x4.splat(0), bottom = top;
  // The last frame before: what was heard until then.
  let a = f64x2.splat(0), b = a, c = a, d = f64x2.replace_lane(a, 1, load<f64>(mean) / weight);
  let i = 0;
  for (let at = x; i + 8 <= frames; i += 8, at += 32) {
    const early = finite4(v128.load(at)), late = finite4(v128.load(at, 16));
    top = f32x4.pmax(top, f32x4.pmax(early, late));
    bottom = f32x4.pmin(bottom, f32x4.pmin(early, late));
    a = add(mul(a, decay), lowSquares(early));
    b = add(mul(b, decay), highSquares(early));
    c = add(mul(c, decay), lowSquares(late));
    d = add(mul(d, decay), highSquares(late));
  }
  const squares = add(mul(add(mul(add(mul(a, both(q2)), b), both(q2)), c), both(q2)), d);
  let square = weight * (f64x2.extract_lane(squares, 0) * q + f64x2.extract_lane(squares, 1));
  const most = f32x4.pmax(top, f32x4.neg(bottom));
  let greatest: f64 = max(
    max(<f64>f32x4.extract_lane(most, 0), <f64>f32x4.extract_lane(most, 1)),
    max(<f64>f32x4.extract_lane(most, 2), <f64>f32x4.extract_lane(most, 3)),
  );
  for (let at = x + (<usize>i << 2); i < frames; i++, at += 4) {
    const size = sizeAt(at);
    greatest = max(greatest, size);
    square += (size * size - square) * weight;
  }
  store<f64>(mean, kept(square));
  const stands = load<i32>(hold);
  if (greatest < load<f64>(peak) && stands >= frames) store<i32>(hold, stands - frames);
  else follow(holdFrames, fall, peak, hold, x, frames);
}

function follow(holdFrames: i32, fall: f64, peak: usize, hold: usize, x: usize, frames: i32): void {
  let top = load<f64>(peak);
  let stands = load<i32>(hold);
  for (const end = x + (<usize>frames << 2); x < end; x += 4) {
    const size = sizeAt(x);
    if (size >= top) {
      top = size;
      stands = holdFrames;
    } else if (stands > 0) stands--;
    else top *= fall;
  }
  store<f64>(peak, kept(top));
  store<i32>(hold, stands);
}
