// The way of a param to its target: target + distance·poleⁿ, n = 1, 2, … Eight numbers a step, so that few wait for each other.
import { both } from './lanes';

/** Writes frames from … to−1 of `values`; returns the distance after the last of them. */
export function ramp(values: usize, from: i32, to: i32, target: f64, distance: f64, pole: f64): f64 {
  const p2 = pole * pole, p4 = p2 * p2;
  const step = both(p4 * p4), t = both(target);
  let at = values + (<usize>from << 3);
  let left = to - from;
  if (left >= 8) {
    let a = f64x2.replace_lane(both(distance * pole), 1, distance * p2);
    let b = f64x2.mul(a, both(p2)), c = f64x2.mul(a, both(p4)), d = f64x2.mul(b, both(p4));
    for (; left >= 8; left -= 8, at += 64) {
      v128.store(at, f64x2.add(t, a));
      v128.store(at, f64x2.add(t, b), 16);
      v128.store(at, f64x2.add(t, c), 32);
      v128.store(at, f64x2.add(t, d), 48);
      distance = f64x2.extract_lane(d, 1);
      a = f64x2.mul(a, step);
      b = f64x2.mul(b, step);
      c = f64x2.mul(c, step);
      d = f64x2.mul(d, step);
    }
  }
  for (; left > 0; left--, at += 8) {
    distance *= pole;
    store<f64>(at, target + distance);
  }
  return distance;
}
