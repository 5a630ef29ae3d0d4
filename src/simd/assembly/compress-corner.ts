// A compressor whose level is followed and whose curve has a corner, two channels that each decide for themselves (dsp/dynamics.ts),
// in two passes: levels, where every frame waits for the one before, in f64, and gains in f32, which cost no power in a call whose levels
// all are below the threshold. AssemblyScript.
import { DB_PER_OCTAVE, ONE_4 } from './constants';
import { both, demoted, earlyFrames, finite4, flush, highOf, lateFrames, leftOf, pairAt, rightOf, storePair } from './lanes';
import { OCTAVES_PER_DB } from './numbers';
import { octaves4, power4 } from './quick4';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
@inline function mul4(a: v128, b: v128): v128 { return f32x4.mul(a, b); }

/** y ← size + pole·(y − size), with a1 = 1 − a and r1 = 1 − r; the greater one of attack and release. */
@inline function step(y: v128, size: v128, a: v128, a1: v128, r: v128, r1: v128): v128 {
  return f64x2.pmax(add(mul(a, y), mul(a1, size)), add(mul(r, y), mul(r1, size)));
}
/** Change of gain in octaves: 0 at and below a level of 1, exactly. `minus` is −slope. */
@inline function changeAt(level: v128, minus: v128): v128 {
  return f32x4.mul(octaves4(f32x4.pmax(level, ONE_4)), minus);
}

/** Levels of every frame into `room`, both channels of each in turn, f32; returns the greatest. */
@inline function follow(attack: f64, release: f64, least: f64, s0: usize, s1: usize, x0: usize, x1: usize, room: usize, end: usize): v128 {
  const a = both(attack), r = both(release), a1 = both((1 - attack) / least), r1 = both((1 - release) / least);
  let y = mul(pairAt(s0, s1), both(1 / least));
  let most = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const left = f32x4.abs(finite4(v128.load(x0 + i))), right = f32x4.abs(finite4(v128.load(x1 + i)));
    const early = earlyFrames(left, right), late = lateFrames(left, right);
    const y0 = step(y, f64x2.promote_low_f32x4(early), a, a1, r, r1);
    const y1 = step(y0, f64x2.promote_low_f32x4(highOf(early)), a, a1, r, r1);
    const y2 = step(y1, f64x2.promote_low_f32x4(late), a, a1, r, r1);
    y = step(y2, f64x2.promote_low_f32x4(highOf(late)), a, a1, r, r1);
    const first = f32x4.abs(demoted(y0, y1)), second = f32x4.abs(demoted(y2, y));
    most = f32x4.pmax(most, f32x4.pmax(first, second));
    v128.store(room + 2 * i, first);
    v128.store(room + 2 * i, second, 16);
  }
  for (; i < end; i += 4) {
    const x = f32x4.abs(finite4(v128.load32_lane(x1 + i, v128.load32_zero(x0 + i), 1)));
    y = step(y, f64x2.promote_low_f32x4(x), a, a1, r, r1);
    const level = f32x4.abs(f32x4.demote_f64x2_zero(y));
    most = f32x4.pmax(most, level);
    v128.store64_lane(room + 2 * i, level, 0);
  }
  storePair(s0, s1, flush(mul(y, both(least))));
  return most;
}

/**
 * Poles, threshold (linear), slope, make-up (dB); `s` are states of levels, `d` take the reductions. The channels may be one.
 * Of attack and release the longer one counts where the level falls, so that a step is the greater one of both; where attack is longer
 * it is the lesser one, which is the greater one with the other sign. Levels are parts of the threshold here. `room`: two f32 a frame.
 */
export function compressCorner(
  attack: f64, release: f64, threshold: f64, slope: f64, makeUp: f64,
  s0: usize, s1: usize, d0: usize, d1: usize, room: usize, x0: usize, x1: usize, y0: usize, y1: usize, frames: i32,
): void {
  const end = <usize>frames << 2;
  const minus = f32x4.splat(<f32>-slope), rest = power4(f32x4.splat(<f32>(makeUp * OCTAVES_PER_DB)));
  const most = follow(attack, release, attack <= release ? threshold : -threshold, s0, s1, x0, x1, room, end);
  const isQuiet = !v128.any_true(f32x4.gt(most, ONE_4));
  if (!isQuiet)
    for (let at = room, stop = room + 2 * end; at < stop; at += 16) v128.store(at, changeAt(v128.load(at), minus));
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const left = finite4(v128.load(x0 + i)), right = finite4(v128.load(x1 + i));
    let g = rest, h = rest;
    if (!isQuiet) {
      g = mul4(rest, power4(v128.load(room + 2 * i)));
      h = mul4(rest, power4(v128.load(room + 2 * i, 16)));
    }
    g = mul4(g, earlyFrames(left, right));
    h = mul4(h, lateFrames(left, right));
    v128.store(y0 + i, leftOf(g, h));
    v128.store(y1 + i, rightOf(g, h));
  }
  for (; i < end; i += 4) {
    const g = isQuiet ? rest : mul4(rest, power4(v128.load64_zero(room + 2 * i)));
    const y = mul4(g, finite4(v128.load32_lane(x1 + i, v128.load32_zero(x0 + i), 1)));
    v128.store32_lane(y0 + i, y, 0);
    v128.store32_lane(y1 + i, y, 1);
  }
  if (end === 0) return;
  const last = isQuiet ? f32x4.splat(0) : v128.load64_zero(room + 2 * end - 8);
  storePair(d0, d1, f64x2.neg(mul(f64x2.promote_low_f32x4(last), DB_PER_OCTAVE)));
}
