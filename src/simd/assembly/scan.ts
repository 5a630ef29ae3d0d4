// Reading through buffers: their peak, which also tells silence and what is not a number. Without their sign the bits of two floats
// are in the order of their sizes, ∞ above all numbers and NaN above ∞.

const SIZE = 0x7fffffff;

@inline function greater(a: v128, mask: v128, x: v128): v128 { return i32x4.max_s(a, v128.and(mask, x)); }

/** Largest |x| of `count` numbers at each of so many addresses; ∞ or NaN where one of them is. */
export function peak(addresses: usize, channels: i32, count: i32): f32 {
  const mask = i32x4.splat(SIZE);
  const last = addresses + (<usize>channels << 2);
  let a = i32x4.splat(0), b = a, c = a, d = a;
  for (; addresses < last; addresses += 4) {
    let x = <usize>load<i32>(addresses);
    let i = 0;
    for (; i + 16 <= count; i += 16, x += 64) {
      a = greater(a, mask, v128.load(x));
      b = greater(b, mask, v128.load(x, 16));
      c = greater(c, mask, v128.load(x, 32));
      d = greater(d, mask, v128.load(x, 48));
    }
    for (; i + 4 <= count; i += 4, x += 16) a = greater(a, mask, v128.load(x));
    for (; i < count; i++, x += 4) b = greater(b, mask, v128.load32_zero(x));
  }
  a = i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d));
  a = i32x4.max_s(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  a = i32x4.max_s(a, i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return reinterpret<f32>(i32x4.extract_lane(a, 0));
}
