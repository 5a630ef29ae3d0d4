// A delay of whole frames with feedback, one channel (dsp/delay-line.ts). AssemblyScript.
import { LEAST_4 } from './constants';
import { both, demoted, finite4, highOf, splatAt } from './lanes';

/** x + g·y rounded to f32; 0 where that is tiny or not finite (dsp/safe.ts flushState). */
@inline function kept(w: v128): v128 {
  return v128.and(finite4(w), f32x4.ge(f32x4.abs(w), LEAST_4));
}

/** `line` holds `mask` + 1 frames, a power of two; `gains` < 0: the same feedback in every frame. */
export function delay(line: usize, mask: u32, now: u32, length: u32, gain: f64, gains: i32, x: usize, y: usize, frames: i32): void {
  let write = now & mask, read = (now - length) & mask;
  let low = both(gain), high = low;
  let i: u32 = 0;
  while (i < <u32>frames) {
    let span = <u32>frames - i;
    span = min(span, min(mask + 1 - write, mask + 1 - read));
    const from = line + (<usize>read << 2), to = line + (<usize>write << 2);
    const in0 = x + (<usize>i << 2), out0 = y + (<usize>i << 2), gain0 = <usize>gains + (<usize>i << 3);
    const end = <usize>span << 2;
    let k: usize = 0;
    // Four frames at once only where none of them depends on another of them.
    if (length >= 4)
      for (; k + 16 <= end; k += 16) {
        const old = v128.load(from + k), v = v128.load(in0 + k);
        if (gains >= 0) {
          low = v128.load(gain0 + 2 * k);
          high = v128.load(gain0 + 2 * k + 16);
        }
        const a = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.mul(low, f64x2.promote_low_f32x4(old)));
        const b = f64x2.add(f64x2.promote_low_f32x4(highOf(v)), f64x2.mul(high, f64x2.promote_low_f32x4(highOf(old))));
        v128.store(out0 + k, old);
        v128.store(to + k, kept(demoted(a, b)));
      }
    for (; k < end; k += 4) {
      const old = v128.load32_zero(from + k);
      const g = gains >= 0 ? splatAt(gain0 + 2 * k) : both(gain);
      const a = f64x2.add(f64x2.promote_low_f32x4(v128.load32_zero(in0 + k)), f64x2.mul(g, f64x2.promote_low_f32x4(old)));
      v128.store32_lane(out0 + k, old, 0);
      v128.store32_lane(to + k, kept(f32x4.demote_f64x2_zero(a)), 0);
    }
    i += span;
    write = (write + span) & mask;
    read = (read + span) & mask;
  }
}
