// Filters without feedback over frames that lie one after the other in f32. AssemblyScript; src/core/fir-kernels.ts says what each does.
// Every output is summed in an order of its own, wherever a call begins. Sums run from both ends of a window to its middle, where the
// greatest taps are: what is added first is small, and so is its rounding.
import { madd, madd4 } from './lanes';

/** Copies frames; what is not finite becomes 0. */
@inline function copyFinite(x: usize, y: usize, frames: i32): void {
  const end = <usize>frames << 2;
  let i: usize = 0;
  for (; i + 16 <= end; i += 16) {
    const v = v128.load(x + i);
    v128.store(y + i, v128.and(v, f32x4.le(f32x4.abs(v), f32x4.splat(f32.MAX_VALUE))));
  }
  for (; i < end; i += 4) {
    const v = load<f32>(x + i);
    store<f32>(y + i, abs(v) <= f32.MAX_VALUE ? v : 0);
  }
}

/** A channel's window, then its call. */
export function fillLine(line: usize, history: usize, window: i32, x: usize, frames: i32): void {
  memory.copy(line, history, <usize>window << 2);
  copyFinite(x, line + (<usize>window << 2), frames);
}

/** The last frames of a line are the channel's window for the next call. */
export function saveLine(line: usize, history: usize, window: i32, frames: i32): void {
  memory.copy(history, line + (<usize>frames << 2), <usize>window << 2);
}

@inline function partOf(a: v128, b: v128, room: usize, first: i32, count: i32, y: usize): void {
  v128.store(room, a);
  v128.store(room, b, 16);
  for (let k = 0; k < count; k++) store<f32>(y + (<usize>k << 2), load<f32>(room + (<usize>(first + k) << 2)));
}

/**
 * `frames` outputs of one channel, from the output number `first` of a group on whose window begins at `x`. `room` holds 8 numbers;
 * `windowBytes` counts f32.
 */
export function polyphase(
  taps: usize, starts: usize, outputs: i32, windowBytes: usize, group: i32, first: i32, x: usize, y: usize, frames: i32, room: usize,
): void {
  const half = windowBytes >> 1, groupBytes = windowBytes << 3;
  const groups = (outputs + 7) >> 3;
  while (frames > 0) {
    let l0 = f32x4.splat(0), l1 = l0, r0 = l0, r1 = l0;
    const left = taps + <usize>group * groupBytes;
    let c = left, d = left + groupBytes;
    let p = x, q = x + windowBytes;
    for (const middle = x + half; p < middle; p += 8) {
      q -= 8;
      d -= 64;
      const a = v128.load32_splat(p), b = v128.load32_splat(q, 4);
      l0 = madd4(a, v128.load(c), l0);
      l1 = madd4(a, v128.load(c, 16), l1);
      r0 = madd4(b, v128.load(d, 32), r0);
      r1 = madd4(b, v128.load(d, 48), r1);
      const e = v128.load32_splat(p, 4), f = v128.load32_splat(q);
      l0 = madd4(e, v128.load(c, 32), l0);
      l1 = madd4(e, v128.load(c, 48), l1);
      r0 = madd4(f, v128.load(d), r0);
      r1 = madd4(f, v128.load(d, 16), r1);
      c += 64;
    }
    const low = f32x4.add(l0, r0), high = f32x4.add(l1, r1);
    const count = min(min(8, outputs - (group << 3)) - first, frames);
    if (count == 8) {
      v128.store(y, low);
      v128.store(y, high, 16);
    } else partOf(low, high, room, first, count, y);
    y += <usize>count << 2;
    frames -= count;
    first = 0;
    const at = starts + (<usize>group << 2);
    x += <usize>(load<i32>(at, 4) - load<i32>(at)) << 2;
    group = group + 1 == groups ? 0 : group + 1;
  }
}

/** The same for two channels, which share the taps. */
export function polyphase2(
  taps: usize, starts: usize, outputs: i32, windowBytes: usize, group: i32, first: i32,
  x: usize, u: usize, y: usize, v: usize, frames: i32, room: usize,
): void {
  const half = windowBytes >> 1, groupBytes = windowBytes << 3;
  const groups = (outputs + 7) >> 3;
  // From a frame of one channel to the same frame of the other.
  const other = u - x;
  while (frames > 0) {
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, a2 = a0, a3 = a0, b2 = a0, b3 = a0;
    const left = taps + <usize>group * groupBytes;
    let c = left, d = left + groupBytes, p = x, q = x + windowBytes;
    for (const middle = x + half; p < middle; p += 4) {
      q -= 4;
      d -= 32;
      const s = v128.load32_splat(p), t = v128.load32_splat(p + other);
      let low = v128.load(c), high = v128.load(c, 16);
      a0 = madd4(s, low, a0);
      b0 = madd4(t, low, b0);
      a1 = madd4(s, high, a1);
      b1 = madd4(t, high, b1);
      const e = v128.load32_splat(q), f = v128.load32_splat(q + other);
      low = v128.load(d);
      high = v128.load(d, 16);
      a2 = madd4(e, low, a2);
      b2 = madd4(f, low, b2);
      a3 = madd4(e, high, a3);
      b3 = madd4(f, high, b3);
      c += 32;
    }
    a0 = f32x4.add(a0, a2);
    a1 = f32x4.add(a1, a3);
    b0 = f32x4.add(b0, b2);
    b1 = f32x4.add(b1, b3);
    const count = min(min(8, outputs - (group << 3)) - first, frames);
    if (count == 8) {
      v128.store(y, a0);
      v128.store(y, a1, 16);
      v128.store(v, b0);
      v128.store(v, b1, 16);
    } else {
      partOf(a0, a1, room, first, count, y);
      partOf(b0, b1, room, first, count, v);
    }
    y += <usize>count << 2;
    v += <usize>count << 2;
    frames -= count;
    first = 0;
    const at = starts + (<usize>group << 2);
    x += <usize>(load<i32>(at, 4) - load<i32>(at)) << 2;
    group = group + 1 == groups ? 0 : group + 1;
  }
}

/** Two outputs at `y`. */
@inline function put(y: usize, x: v128, adds: bool): void {
  v128.store(y, adds ? f64x2.add(v128.load(y), x) : x);
}

/** `taps` counts bytes of f64. */
export function fir(h: usize, taps: usize, x: usize, y: usize, frames: i32, adds: bool): void {
  const end = <usize>frames << 3;
  let i: usize = 0;
  for (; i + 128 <= end; i += 128) {
    let a = f64x2.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, j = a;
    for (let k: usize = 0; k < taps; k += 8) {
      const tap = v128.load64_splat(h + k), p = x + i + k;
      a = madd(tap, v128.load(p), a);
      b = madd(tap, v128.load(p, 16), b);
      c = madd(tap, v128.load(p, 32), c);
      d = madd(tap, v128.load(p, 48), d);
      e = madd(tap, v128.load(p, 64), e);
      f = madd(tap, v128.load(p, 80), f);
      g = madd(tap, v128.load(p, 96), g);
      j = madd(tap, v128.load(p, 112), j);
    }
    const q = y + i;
    put(q, a, adds);
    put(q + 16, b, adds);
    put(q + 32, c, adds);
    put(q + 48, d, adds);
    put(q + 64, e, adds);
    put(q + 80, f, adds);
    put(q + 96, g, adds);
    put(q + 112, j, adds);
  }
  // One by one, in the same order; the other lane is not kept.
  for (; i < end; i += 8) {
    let a = f64x2.splat(0);
    for (let k: usize = 0; k < taps; k += 8) a = madd(v128.load64_splat(h + k), v128.load(x + i + k), a);
    const sum = f64x2.extract_lane(a, 0);
    store<f64>(y + i, adds ? load<f64>(y + i) + sum : sum);
  }
}
