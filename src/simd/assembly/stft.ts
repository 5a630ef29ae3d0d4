// Spectra of two channels at once, one in each lane of f64: the transform of src/dsp/fft.ts, number by number. AssemblyScript;
// src/core/spectrum-kernels.ts says what each does. A complex number takes 32 bytes: both real parts, then both imaginary ones.
import { both, frameAt, pairAt, splatAt, storePair } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
@inline function reOf(z: usize, i: i32): v128 { return v128.load(z + (<usize>i << 5)); }
@inline function imOf(z: usize, i: i32): v128 { return v128.load(z + (<usize>i << 5), 16); }
@inline function put(z: usize, i: i32, re: v128, im: v128): void {
  const at = z + (<usize>i << 5);
  v128.store(at, re);
  v128.store(at, im, 16);
}
@inline function reversed(table: usize, i: i32): i32 { return load<i32>(table + (<usize>i << 2)); }

/** Four numbers, `span` apart, that are turned by c1 − i·s1, its square and its third power, and added up. */
@inline function butterfly(z: usize, i: i32, span: i32, c1: v128, s1: v128, c2: v128, s2: v128, c3: v128, s3: v128): void {
  const k = i + span, l = k + span, m = l + span;
  const aRe = reOf(z, i), aIm = imOf(z, i);
  const pRe = reOf(z, k), pIm = imOf(z, k), qRe = reOf(z, l), qIm = imOf(z, l), rRe = reOf(z, m), rIm = imOf(z, m);
  const bRe = add(mul(pRe, c2), mul(pIm, s2)), bIm = sub(mul(pIm, c2), mul(pRe, s2));
  const cRe = add(mul(qRe, c1), mul(qIm, s1)), cIm = sub(mul(qIm, c1), mul(qRe, s1));
  const dRe = add(mul(rRe, c3), mul(rIm, s3)), dIm = sub(mul(rIm, c3), mul(rRe, s3));
  const sumRe = add(aRe, bRe), sumIm = add(aIm, bIm), lessRe = sub(aRe, bRe), lessIm = sub(aIm, bIm);
  put(z, i, add(add(sumRe, cRe), dRe), add(add(sumIm, cIm), dIm));
  put(z, l, sub(sub(sumRe, cRe), dRe), sub(sub(sumIm, cIm), dIm));
  put(z, k, sub(add(lessRe, cIm), dIm), add(sub(lessIm, cRe), dRe));
  put(z, m, add(sub(lessRe, cIm), dIm), sub(add(lessIm, cRe), dRe));
}

/** Below it the same turns serve all blocks one after the other; from it on blocks are so long that the cache would lose them. */
const LONG_SPAN = 8;

/** In place, `half` numbers in bit-reversed order: a pass of radix 2 where log₂ of them is odd, then radix 4. */
function transform(z: usize, half: i32, cos: usize, sin: usize): void {
  let span = 1;
  if ((ctz(half) & 1) == 1) {
    for (let i = 0; i < half; i += 2) {
      const aRe = reOf(z, i), aIm = imOf(z, i), bRe = reOf(z, i + 1), bIm = imOf(z, i + 1);
      put(z, i, add(aRe, bRe), add(aIm, bIm));
      put(z, i + 1, sub(aRe, bRe), sub(aIm, bIm));
    }
    span = 2;
  }
  for (; span < half; span <<= 2) {
    const stride = <usize>(half / (2 * span)) << 3;
    if (span < LONG_SPAN) {
      for (let j = 0; j < span; j++) {
        const t = <usize>j * stride;
        const c1 = splatAt(cos + t), s1 = splatAt(sin + t), c2 = splatAt(cos + 2 * t), s2 = splatAt(sin + 2 * t);
        const c3 = sub(mul(c1, c2), mul(s1, s2)), s3 = add(mul(c1, s2), mul(s1, c2));
        for (let i = j; i < half; i += 4 * span) butterfly(z, i, span, c1, s1, c2, s2, c3, s3);
      }
    } else {
      for (let begin = 0; begin < half; begin += 4 * span) {
        for (let j = 0; j < span; j++) {
          const t = <usize>j * stride;
          const c1 = splatAt(cos + t), s1 = splatAt(sin + t), c2 = splatAt(cos + 2 * t), s2 = splatAt(sin + 2 * t);
          const c3 = sub(mul(c1, c2), mul(s1, s2)), s3 = add(mul(c1, s2), mul(s1, c2));
          butterfly(z, begin + j, span, c1, s1, c2, s2, c3, s3);
        }
      }
    }
  }
}

/** `mask`: frames of a line less 1. */
export function analyse(
  size: i32, cos: usize, sin: usize, order: usize, weights: usize, z: usize,
  line0: usize, line1: usize, first: i32, mask: i32, items0: usize, items1: usize,
): void {
  const half = size >> 1;
  for (let i = 0; i < half; i++) {
    const even = <usize>((first + 2 * i) & mask) << 2, odd = <usize>((first + 2 * i + 1) & mask) << 2;
    const w = weights + (<usize>i << 4);
    const re = mul(splatAt(w), frameAt(line0 + even, line1 + even)), im = mul(splatAt(w + 8), frameAt(line0 + odd, line1 + odd));
    put(z, reversed(order, i), re, im);
  }
  transform(z, half, cos, sin);
  const two = both(0.5);
  for (let k = 0; k <= half; k++) {
    const i = k == half ? 0 : k, j = k == 0 ? 0 : half - k;
    const iRe = reOf(z, i), iIm = imOf(z, i), jRe = reOf(z, j), jIm = imOf(z, j);
    const evenRe = mul(add(iRe, jRe), two), evenIm = mul(sub(iIm, jIm), two);
    const oddRe = mul(add(iIm, jIm), two), oddIm = mul(sub(jRe, iRe), two);
    const t = <usize>k << 3, c = splatAt(cos + t), s = splatAt(sin + t);
    const re = f32x4.demote_f64x2_zero(add(add(evenRe, mul(c, oddRe)), mul(s, oddIm)));
    const im = f32x4.demote_f64x2_zero(sub(add(evenIm, mul(c, oddIm)), mul(s, oddRe)));
    const numbers = i32x4.shuffle(re, im, 0, 4, 1, 5);
    v128.store64_lane(items0 + t, numbers, 0);
    v128.store64_lane(items1 + t, numbers, 1);
  }
}

/** A bin of both channels at byte `t` of their items. */
@inline function binRe(items0: usize, items1: usize, t: usize): v128 { return frameAt(items0 + t, items1 + t); }
@inline function binIm(items0: usize, items1: usize, t: usize): v128 { return frameAt(items0 + t + 4, items1 + t + 4); }

@inline function addTo(line0: usize, line1: usize, at: usize, x: v128): void {
  const finite = v128.and(x, f64x2.le(f64x2.abs(x), both(f64.MAX_VALUE)));
  storePair(line0 + at, line1 + at, add(pairAt(line0 + at, line1 + at), finite));
}

/** The lines may be one and the same: both lanes then hold the same. */
export function synthesise(
  size: i32, cos: usize, sin: usize, order: usize, weights: usize, z: usize,
  items0: usize, items1: usize, line0: usize, line1: usize, first: i32, mask: i32,
): void {
  const half = size >> 1;
  const two = both(0.5);
  for (let k = 0; k < half; k++) {
    const t = <usize>k << 3, u = <usize>(half - k) << 3;
    const kRe = binRe(items0, items1, t), jRe = binRe(items0, items1, u);
    const kIm = k == 0 ? both(0) : binIm(items0, items1, t), jIm = k == 0 ? both(0) : binIm(items0, items1, u);
    const evenRe = mul(add(kRe, jRe), two), evenIm = mul(sub(kIm, jIm), two);
    const turnedRe = mul(sub(kRe, jRe), two), turnedIm = mul(add(kIm, jIm), two);
    const c = splatAt(cos + t), s = splatAt(sin + t);
    const oddRe = sub(mul(turnedRe, c), mul(turnedIm, s)), oddIm = add(mul(turnedRe, s), mul(turnedIm, c));
    put(z, reversed(order, k), sub(evenRe, oddIm), f64x2.neg(add(evenIm, oddRe)));
  }
  transform(z, half, cos, sin);
  const scale = both(1 / <f64>half), back = both(-1 / <f64>half);
  for (let i = 0; i < half; i++) {
    const even = <usize>((first + 2 * i) & mask) << 3, odd = <usize>((first + 2 * i + 1) & mask) << 3;
    const w = weights + (<usize>i << 4);
    addTo(line0, line1, even, mul(splatAt(w), mul(reOf(z, i), scale)));
    addTo(line0, line1, odd, mul(splatAt(w + 8), mul(imOf(z, i), back)));
  }
}
