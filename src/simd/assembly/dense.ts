// A matrix times a vector, by columns: what dense layers and the gates of recurrent ones are made of. Eight vectors of the result are
// held while the columns go by, so that no sum waits for another. Owns that loop. Padded columns are zeros.
import { at4 } from './activations';
import { madd4 } from './lanes';

/**
 * y = start + Σₖ column k · x[k], `bytes` of it, a multiple of 16; `count` columns, an even number, `pitch` bytes apart; x[k] are `step`
 * bytes apart. `y` may be `start`.
 */
@inline export function columns(y: usize, start: usize, bytes: usize, w: usize, pitch: usize, x: usize, step: usize, count: i32): void {
  let i: usize = 0;
  for (; i + 128 <= bytes; i += 128) {
      let a0 = v128.load(start + i, 0), a1 = v128.load(start + i, 16), a2 = v128.load(start + i, 32), a3 = v128.load(start + i, 48), a4 = v128.load(start + i, 64), a5 = v128.load(start + i, 80), a6 = v128.load(start + i, 96), a7 = v128.load(start + i, 112);
      for (let k = 0, m = w + i, at = x; k < count; k += 2, m += pitch << 1, at += step << 1) {
        const u = at4(at), v = at4(at + step), n = m + pitch;
        a0 = madd4(v128.load(m, 0), u, a0); a1 = madd4(v128.load(m, 16), u, a1); a2 = madd4(v128.load(m, 32), u, a2); a3 = madd4(v128.load(m, 48), u, a3); a4 = madd4(v128.load(m, 64), u, a4); a5 = madd4(v128.load(m, 80), u, a5); a6 = madd4(v128.load(m, 96), u, a6); a7 = madd4(v128.load(m, 112), u, a7);
        a0 = madd4(v128.load(n, 0), v, a0); a1 = madd4(v128.load(n, 16), v, a1); a2 = madd4(v128.load(n, 32), v, a2); a3 = madd4(v128.load(n, 48), v, a3); a4 = madd4(v128.load(n, 64), v, a4); a5 = madd4(v128.load(n, 80), v, a5); a6 = madd4(v128.load(n, 96), v, a6); a7 = madd4(v128.load(n, 112), v, a7);
      }
      v128.store(y + i, a0, 0); v128.store(y + i, a1, 16); v128.store(y + i, a2, 32); v128.store(y + i, a3, 48); v128.store(y + i, a4, 64); v128.store(y + i, a5, 80); v128.store(y + i, a6, 96); v128.store(y + i, a7, 112);
  }
  for (; i + 64 <= bytes; i += 64) {
      let a0 = v128.load(start + i, 0), a1 = v128.load(start + i, 16), a2 = v128.load(start + i, 32), a3 = v128.load(start + i, 48);
      for (let k = 0, m = w + i, at = x; k < count; k += 2, m += pitch << 1, at += step << 1) {
        const u = at4(at), v = at4(at + step), n = m + pitch;
        a0 = madd4(v128.load(m, 0), u, a0); a1 = madd4(v128.load(m, 16), u, a1); a2 = madd4(v128.load(m, 32), u, a2); a3 = madd4(v128.load(m, 48), u, a3);
        a0 = madd4(v128.load(n, 0), v, a0); a1 = madd4(v128.load(n, 16), v, a1); a2 = madd4(v128.load(n, 32), v, a2); a3 = madd4(v128.load(n, 48), v, a3);
      }
      v128.store(y + i, a0, 0); v128.store(y + i, a1, 16); v128.store(y + i, a2, 32); v128.store(y + i, a3, 48);
  }
  for (; i < bytes; i += 16) {
      let a0 = v128.load(start + i, 0);
      for (let k = 0, m = w + i, at = x; k < count; k += 2, m += pitch << 1, at += step << 1) {
        const u = at4(at), v = at4(at + step), n = m + pitch;
        a0 = madd4(v128.load(m, 0), u, a0);
        a0 = madd4(v128.load(n, 0), v, a0);
      }
      v128.store(y + i, a0, 0);
  }
}

/** Each of `rows` vectors times one matrix: y[t] = start + W · x[t]. All rows of y are whole vectors. */
export function dense(
  x: usize, xPitch: usize, step: usize, y: usize, yPitch: usize, bytes: usize, start: usize, w: usize, pitch: usize, count: i32, rows: i32,
): void {
  const even = count & ~1;
  for (let row = 0; row < rows; row++, x += xPitch, y += yPitch) {
    columns(y, start, bytes, w, pitch, x, step, even);
    if (even == count) continue;
    // The last one alone: what stands behind it is no number of ours.
    const last = at4(x + <usize>even * step), m = w + <usize>even * pitch;
    for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, madd4(v128.load(m + i), last, v128.load(y + i)));
  }
}

/** Few results from each of `rows` vectors, whose numbers lie side by side: y[t][o] = bias[o] + w[o] · x[t]; [bias, weights, zeros to 16 bytes]. */
export function dots(
  x: usize, xPitch: usize, y: usize, yPitch: usize, yStep: usize, w: usize, count: i32, outs: i32, rows: i32,
): void {
  const whole = <usize>(count & ~3) << 2, size = (<usize>(count + 3) & ~3) << 2;
  for (let row = 0; row < rows; row++, x += xPitch, y += yPitch) {
    for (let o = 0, m = w; o < outs; o++, m += size + 16) {
      let a = f32x4.replace_lane(f32x4.splat(0), 0, load<f32>(m)), b = f32x4.splat(0);
      let i: usize = 0;
      for (; i + 16 < whole; i += 32) {
        a = madd4(v128.load(m + i, 16), v128.load(x + i), a);
        b = madd4(v128.load(m + i, 32), v128.load(x + i, 16), b);
      }
      if (i < whole) a = madd4(v128.load(m + i, 16), v128.load(x + i), a);
      a = f32x4.add(a, b);
      a = f32x4.add(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
      let sum = f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1);
      for (i = whole; i < <usize>count << 2; i += 4) sum += load<f32>(m + 16 + i) * load<f32>(x + i);
      store<f32>(y + <usize>o * yStep, sum);
    }
  }
}
