// Convolutions along frames, a row for each channel: four rows of the result by eight frames at a time, so that each number that is
// loaded is used several times. Owns the order of the weights in memory (src/neural/pack.ts writes them).
import { all4, at4 } from './activations';
import { madd4 } from './lanes';

/**
 * y[o][t] = start[o][t] + bias[o] + Σ w[o][c][k] · x[c][t + k·dilation], for `rows` rows. Weights for each four rows: 4 biases, then by
 * channel and tap 4 numbers. `start` and its pitch 0: none. Pitches and dilation in bytes. Up to 7 frames more are read and written.
 */
export function conv(
  x: usize, xPitch: usize, y: usize, yPitch: usize, w: usize, channels: i32, taps: i32, dilation: usize, rows: i32, frames: i32,
  start: usize, startPitch: usize,
): void {
  const end = <usize>frames << 2, size = 16 + (<usize>(channels * taps) << 4);
  for (; rows > 0; rows -= 4, w += size, y += yPitch << 2, start += startPitch << 2) {
    const two = rows > 1, three = rows > 2, four = rows > 3;
    for (let t: usize = 0; t < end; t += 32) {
      let a0 = at4(w), b0 = at4(w + 4), c0 = at4(w + 8), d0 = at4(w + 12), a1 = a0, b1 = b0, c1 = c0, d1 = d0;
      let p = w + 16, q = x + t;
      if (taps == 3) {
        for (let c = 0; c < channels; c++, p += 48, q += xPitch) {
          {
            const u = v128.load(q), v = v128.load(q, 16);
            let m = v128.load_splat<f32>(p, 0); a0 = madd4(u, m, a0); a1 = madd4(v, m, a1);
            m = v128.load_splat<f32>(p, 4); b0 = madd4(u, m, b0); b1 = madd4(v, m, b1);
            m = v128.load_splat<f32>(p, 8); c0 = madd4(u, m, c0); c1 = madd4(v, m, c1);
            m = v128.load_splat<f32>(p, 12); d0 = madd4(u, m, d0); d1 = madd4(v, m, d1);
          }
          {
            const u = v128.load(q + dilation), v = v128.load(q + dilation, 16);
            let m = v128.load_splat<f32>(p, 16); a0 = madd4(u, m, a0); a1 = madd4(v, m, a1);
            m = v128.load_splat<f32>(p, 20); b0 = madd4(u, m, b0); b1 = madd4(v, m, b1);
            m = v128.load_splat<f32>(p, 24); c0 = madd4(u, m, c0); c1 = madd4(v, m, c1);
            m = v128.load_splat<f32>(p, 28); d0 = madd4(u, m, d0); d1 = madd4(v, m, d1);
          }
          {
            const u = v128.load(q + (dilation << 1)), v = v128.load(q + (dilation << 1), 16);
            let m = v128.load_splat<f32>(p, 32); a0 = madd4(u, m, a0); a1 = madd4(v, m, a1);
            m = v128.load_splat<f32>(p, 36); b0 = madd4(u, m, b0); b1 = madd4(v, m, b1);
            m = v128.load_splat<f32>(p, 40); c0 = madd4(u, m, c0); c1 = madd4(v, m, c1);
            m = v128.load_splat<f32>(p, 44); d0 = madd4(u, m, d0); d1 = madd4(v, m, d1);
          }
        }
      } else if (taps == 1) {
        for (let c = 0; c < channels; c++, p += 16, q += xPitch) {
          const u = v128.load(q), v = v128.load(q, 16);
          let m = v128.load_splat<f32>(p); a0 = madd4(u, m, a0); a1 = madd4(v, m, a1);
          m = v128.load_splat<f32>(p, 4); b0 = madd4(u, m, b0); b1 = madd4(v, m, b1);
          m = v128.load_splat<f32>(p, 8); c0 = madd4(u, m, c0); c1 = madd4(v, m, c1);
          m = v128.load_splat<f32>(p, 12); d0 = madd4(u, m, d0); d1 = madd4(v, m, d1);
        }
      } else {
        for (let c = 0; c < channels; c++, q += xPitch) {
          for (let k = 0, s = q; k < taps; k++, p += 16, s += dilation) {
            const u = v128.load(s), v = v128.load(s, 16);
            let m = v128.load_splat<f32>(p); a0 = madd4(u, m, a0); a1 = madd4(v, m, a1);
            m = v128.load_splat<f32>(p, 4); b0 = madd4(u, m, b0); b1 = madd4(v, m, b1);
            m = v128.load_splat<f32>(p, 8); c0 = madd4(u, m, c0); c1 = madd4(v, m, c1);
            m = v128.load_splat<f32>(p, 12); d0 = madd4(u, m, d0); d1 = madd4(v, m, d1);
          }
        }
      }
      storeRow(a0, a1, y + t, start, start + t);
      if (two) storeRow(b0, b1, y + yPitch + t, start, start + startPitch + t);
      if (three) storeRow(c0, c1, y + (yPitch << 1) + t, start, start + (startPitch << 1) + t);
      if (four) storeRow(d0, d1, y + yPitch * 3 + t, start, start + startPitch * 3 + t);
    }
  }
}
@inline function storeRow(low: v128, high: v128, y: usize, hasStart: usize, start: usize): void {
  if (hasStart) {
    v128.store(y, f32x4.add(low, v128.load(start)));
    v128.store(y, f32x4.add(high, v128.load(start, 16)), 16);
  } else {
    v128.store(y, low);
    v128.store(y, high, 16);
  }
}

/** The same for one row of the result, sixteen frames at a time: [bias, then by channel and tap one number]. Up to 15 frames more. */
export function convRow(
  x: usize, xPitch: usize, y: usize, w: usize, channels: i32, taps: i32, dilation: usize, frames: i32, start: usize,
): void {
  for (let t: usize = 0, end = <usize>frames << 2; t < end; t += 64) {
    let a = at4(w), b = a, c = a, d = a, p = w + 4, q = x + t;
    for (let channel = 0; channel < channels; channel++, q += xPitch) {
      for (let k = 0, s = q; k < taps; k++, p += 4, s += dilation) {
        const m = at4(p);
        a = madd4(v128.load(s), m, a);
        b = madd4(v128.load(s, 16), m, b);
        c = madd4(v128.load(s, 32), m, c);
        d = madd4(v128.load(s, 48), m, d);
      }
    }
    if (start) {
      a = f32x4.add(a, v128.load(start + t));
      b = f32x4.add(b, v128.load(start + t, 16));
      c = f32x4.add(c, v128.load(start + t, 32));
      d = f32x4.add(d, v128.load(start + t, 48));
    }
    v128.store(y + t, a);
    v128.store(y + t, b, 16);
    v128.store(y + t, c, 32);
    v128.store(y + t, d, 48);
  }
}

/** Frame by frame, for strides above 1: four rows at once, weights as `conv` has them. Steps and stride in bytes. */
export function convStrided(
  x: usize, xPitch: usize, y: usize, yPitch: usize, w: usize, channels: i32, taps: i32, dilation: usize, rows: i32, frames: i32, stride: usize,
): void {
  const size = 16 + (<usize>(channels * taps) << 4);
  for (; rows > 0; rows -= 4, w += size, y += yPitch << 2) {
    for (let t = 0, from = x, to = y; t < frames; t++, from += stride, to += 4) {
      let sum = v128.load(w), other = all4(0), p = w + 16, q = from;
      for (let c = 0; c < channels; c++, q += xPitch) {
        for (let k = 0, s = q; k < taps; k++, p += 16, s += dilation) {
          const product = f32x4.mul(v128.load(p), at4(s));
          if (k & 1) other = f32x4.add(other, product);
          else sum = f32x4.add(sum, product);
        }
      }
      sum = f32x4.add(sum, other);
      store<f32>(to, f32x4.extract_lane(sum, 0));
      if (rows > 1) store<f32>(to + yPitch, f32x4.extract_lane(sum, 1));
      if (rows > 2) store<f32>(to + (yPitch << 1), f32x4.extract_lane(sum, 2));
      if (rows > 3) store<f32>(to + yPitch * 3, f32x4.extract_lane(sum, 3));
    }
  }
}
