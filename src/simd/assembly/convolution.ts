// Convolution with a long response: its head frame by frame, its tail as products of spectra. AssemblyScript;
// src/core/convolution-kernels.ts says what each does, the passes over spectra are ./quarter-transform.
import { madd4, nmadd4 } from './lanes';
import { LEAST } from './numbers';

/** Bytes of taps after which a sum of products is added to what was there: short sums are more exact. */
const STRETCH: usize = 128;

export function takeFrames(x: usize, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const v = v128.load(x + i), size = f32x4.abs(v);
    const isSound = v128.and(f32x4.ge(size, f32x4.splat(LEAST)), f32x4.le(size, f32x4.splat(f32.MAX_VALUE)));
    v128.store(y + i, v128.and(v, isSound));
  }
  for (; i < end; i += 4) {
    const v = load<f32>(x + i);
    store<f32>(y + i, abs(v) >= LEAST && abs(v) <= f32.MAX_VALUE ? v : 0);
  }
}

/** One tap for each of 32 frames: what `tap` takes from the line at `p`. */
@inline function tile(h: usize, taps: usize, x: usize, y: usize): void {
  for (let begin: usize = 0; begin < taps; begin += STRETCH) {
    let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, i = a;
    for (let k = begin; k < begin + STRETCH; k += 4) {
      const tap = v128.load32_splat(h + k), p = x + k;
      a = madd4(tap, v128.load(p), a);
      b = madd4(tap, v128.load(p, 16), b);
      c = madd4(tap, v128.load(p, 32), c);
      d = madd4(tap, v128.load(p, 48), d);
      e = madd4(tap, v128.load(p, 64), e);
      f = madd4(tap, v128.load(p, 80), f);
      g = madd4(tap, v128.load(p, 96), g);
      i = madd4(tap, v128.load(p, 112), i);
    }
    v128.store(y, f32x4.add(v128.load(y), a));
    v128.store(y, f32x4.add(v128.load(y, 16), b), 16);
    v128.store(y, f32x4.add(v128.load(y, 32), c), 32);
    v128.store(y, f32x4.add(v128.load(y, 48), d), 48);
    v128.store(y, f32x4.add(v128.load(y, 64), e), 64);
    v128.store(y, f32x4.add(v128.load(y, 80), f), 80);
    v128.store(y, f32x4.add(v128.load(y, 96), g), 96);
    v128.store(y, f32x4.add(v128.load(y, 112), i), 112);
  }
}

/** One frame in the order of a tile; the other lanes are not kept. `taps` counts bytes, as everywhere here. */
@inline function single(h: usize, taps: usize, x: usize, y: usize): void {
  let sum = v128.load32_zero(y);
  for (let begin: usize = 0; begin < taps; begin += STRETCH) {
    let a = f32x4.splat(0);
    for (let k = begin; k < begin + STRETCH; k += 4) a = madd4(v128.load32_splat(h + k), v128.load(x + k), a);
    sum = f32x4.add(sum, a);
  }
  v128.store32_lane(y, sum, 0);
}

/** `taps` counts bytes. */
export function playHead(h: usize, taps: usize, x: usize, late: usize, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  memory.copy(y, late, end);
  memory.fill(late, 0, end);
  let i: usize = 0;
  for (; i + 128 <= end; i += 128) tile(h, taps, x + i, y + i);
  for (; i < end; i += 4) single(h, taps, x + i, y + i);
}

/** Adds spectra times parts begin … end − 1; `bytes` of one half of a spectrum. */
export function addProducts(
  bytes: usize, heard: usize, count: i32, newest: i32, parts: usize, begin: i32, end: i32, sum: usize,
): void {
  if (begin == 0) memory.fill(sum, 0, 2 * bytes);
  let k = begin;
  for (; k + 1 < end; k += 2) {
    const slot = (newest - k + count) % count, next = slot == 0 ? count - 1 : slot - 1;
    const x = heard + 2 * bytes * <usize>slot, u = heard + 2 * bytes * <usize>next;
    const h = parts + 2 * bytes * <usize>k, g = h + 2 * bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      const a = v128.load(x + i), b = v128.load(x + bytes + i), c = v128.load(h + i), d = v128.load(h + bytes + i);
      const p = v128.load(u + i), q = v128.load(u + bytes + i), r = v128.load(g + i), s = v128.load(g + bytes + i);
      const re = f32x4.add(nmadd4(b, d, madd4(a, c, v128.load(sum + i))), nmadd4(q, s, f32x4.mul(p, r)));
      const im = f32x4.add(madd4(b, c, madd4(a, d, v128.load(sum + bytes + i))), madd4(q, r, f32x4.mul(p, s)));
      v128.store(sum + i, re);
      v128.store(sum + bytes + i, im);
    }
  }
  if (k < end) {
    const x = heard + 2 * bytes * <usize>((newest - k + count) % count), h = parts + 2 * bytes * <usize>k;
    for (let i: usize = 0; i < bytes; i += 16) {
      const a = v128.load(x + i), b = v128.load(x + bytes + i), c = v128.load(h + i), d = v128.load(h + bytes + i);
      v128.store(sum + i, nmadd4(b, d, madd4(a, c, v128.load(sum + i))));
      v128.store(sum + bytes + i, madd4(b, c, madd4(a, d, v128.load(sum + bytes + i))));
    }
  }
}
