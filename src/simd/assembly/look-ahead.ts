// The limiter's look-ahead (dsp/look-ahead.ts). AssemblyScript.
import { both, demoted, finite4, highOf, splatAt } from './lanes';
import { QUANTA, RELEASE_FALL } from './numbers';

/** One channel through a line of `length` frames at `place`; y = what leaves it; `peaks` (f64) take up |what enters|. */
export function hold(line: usize, length: i32, place: i32, gain: f64, gains: i32, x: usize, y: usize, peaks: usize, isMore: i32, frames: i32): void {
  let low = both(gain), high = low;
  let i = 0;
  while (i < frames) {
    const span = min(frames - i, length - place);
    const at = line + (<usize>place << 2), from = x + (<usize>i << 2), to = y + (<usize>i << 2), peak0 = peaks + (<usize>i << 3);
    const gain0 = <usize>gains + (<usize>i << 3);
    const end = <usize>span << 2;
    let k: usize = 0;
    for (; k + 16 <= end; k += 16) {
      if (gains >= 0) {
        low = v128.load(gain0 + 2 * k);
        high = v128.load(gain0 + 2 * k + 16);
      }
      const v = v128.load(from + k);
      const a = f64x2.mul(low, f64x2.promote_low_f32x4(v)), b = f64x2.mul(high, f64x2.promote_low_f32x4(highOf(v)));
      const driven = finite4(demoted(a, b));
      v128.store(to + k, v128.load(at + k));
      v128.store(at + k, driven);
      const size = f32x4.abs(driven);
      let p = f64x2.promote_low_f32x4(size), q = f64x2.promote_low_f32x4(highOf(size));
      if (isMore) {
        p = f64x2.pmax(p, v128.load(peak0 + 2 * k));
        q = f64x2.pmax(q, v128.load(peak0 + 2 * k + 16));
      }
      v128.store(peak0 + 2 * k, p);
      v128.store(peak0 + 2 * k + 16, q);
    }
    for (; k < end; k += 4) {
      const g = gains >= 0 ? splatAt(gain0 + 2 * k) : both(gain);
      const driven = finite4(f32x4.demote_f64x2_zero(f64x2.mul(g, f64x2.promote_low_f32x4(v128.load32_zero(from + k)))));
      store<f32>(to + k, load<f32>(at + k));
      v128.store32_lane(at + k, driven, 0);
      const size = abs(<f64>f32x4.extract_lane(driven, 0));
      store<f64>(peak0 + 2 * k, isMore && load<f64>(peak0 + 2 * k) > size ? load<f64>(peak0 + 2 * k) : size);
    }
    i += span;
    place = place + span == length ? 0 : place + span;
  }
}

/** Peaks to gains: greatest need of the last frames, let go, smoothed by two moving sums of whole quanta. */
export function limit(
  lookAhead: i32, first: i32, second: i32, release: f64, target: f64, targets: i32,
  needs: usize, came: usize, queue: usize, firstRing: usize, secondRing: usize, places: usize, totals: usize,
  peaks: usize, gains: usize, frames: i32,
): f64 {
  let now = load<f64>(totals), released = load<f64>(totals, 8), firstSum = load<f64>(totals, 16), secondSum = load<f64>(totals, 24);
  let head = load<i32>(queue), count = load<i32>(queue, 4);
  let p1 = load<i32>(places, 4), p2 = load<i32>(places, 8);
  const capacity = lookAhead + 1;
  const area = QUANTA * <f64>first * <f64>second;
  let reduction: f64 = 0;
  for (let i: usize = 0; i < <usize>frames << 3; i += 8) {
    const peak = load<f64>(peaks + i);
    const top = targets >= 0 ? load<f64>(<usize>targets + i) : target;
    const need: f64 = peak > top ? 1 - top / peak : 0;
    if (count > 0 && load<f64>(came + (<usize>head << 3)) < now - <f64>lookAhead) {
      head = head + 1 == capacity ? 0 : head + 1;
      count--;
    }
    let end = head + count;
    if (end >= capacity) end -= capacity;
    while (count > 0) {
      const last = end == 0 ? lookAhead : end - 1;
      if (load<f64>(needs + (<usize>last << 3)) > need) break;
      end = last;
      count--;
    }
    store<f64>(needs + (<usize>end << 3), need);
    store<f64>(came + (<usize>end << 3), now);
    now += 1;
    count++;
    const most = load<f64>(needs + (<usize>head << 3)), fallen = release * released - RELEASE_FALL;
    released = most > fallen ? most : fallen;
    const quanta = ceil(QUANTA * released);
    const at1 = firstRing + (<usize>p1 << 3), at2 = secondRing + (<usize>p2 << 3);
    firstSum += quanta - load<f64>(at1);
    store<f64>(at1, quanta);
    secondSum += firstSum - load<f64>(at2);
    store<f64>(at2, firstSum);
    p1 = p1 + 1 == first ? 0 : p1 + 1;
    p2 = p2 + 1 == second ? 0 : p2 + 1;
    reduction = secondSum / area;
    store<f64>(gains + i, 1 - reduction);
  }
  store<f64>(totals, now);
  store<f64>(totals, released, 8);
  store<f64>(totals, firstSum, 16);
  store<f64>(totals, secondSum, 24);
  store<i32>(queue, head);
  store<i32>(queue, count, 4);
  store<i32>(places, p1, 4);
  store<i32>(places, p2, 8);
  return reduction;
}
