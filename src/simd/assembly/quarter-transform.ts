// Windows to spectra and back (src/dsp/quarter-transform.ts has the formulas and the order of tables and numbers). AssemblyScript.
// Planes of f32: `bytes` from a real part lies its imaginary part.
import { madd4, nmadd4 } from './lanes';

@inline function add(a: v128, b: v128): v128 { return f32x4.add(a, b); }
@inline function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b); }
@inline function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b); }
/** Real and imaginary part of (re + i·im)·(cos − i·sin), and of its way back. */
@inline function awayRe(re: v128, im: v128, cos: v128, sin: v128): v128 { return madd4(re, cos, mul(im, sin)); }
@inline function awayIm(re: v128, im: v128, cos: v128, sin: v128): v128 { return nmadd4(re, sin, mul(im, cos)); }
@inline function backRe(re: v128, im: v128, cos: v128, sin: v128): v128 { return nmadd4(im, sin, mul(re, cos)); }
@inline function backIm(re: v128, im: v128, cos: v128, sin: v128): v128 { return madd4(im, cos, mul(re, sin)); }

/** Rows for columns of four vectors: two steps of two. */
@inline function low32(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 0, 4, 1, 5); }
@inline function high32(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 2, 6, 3, 7); }
@inline function low64(a: v128, b: v128): v128 { return i64x2.shuffle(a, b, 0, 2); }
@inline function high64(a: v128, b: v128): v128 { return i64x2.shuffle(a, b, 1, 3); }

/** Bytes of a pass's tables: six for each quarter of its span. */
@inline function tablesOf(span: usize): usize { return span + (span >> 1); }

function passForward(z: usize, bytes: usize, span: usize, table: usize): void {
  const q = span >> 2;
  for (let j: usize = 0; j < q; j += 16) {
    const t = table + j;
    const c1 = v128.load(t), s1 = v128.load(t + q), c2 = v128.load(t + 2 * q), s2 = v128.load(t + 3 * q);
    const c3 = v128.load(t + 4 * q), s3 = v128.load(t + 5 * q);
    for (let a = z + j; a < z + bytes; a += span) {
      const b = a + q, c = b + q, d = c + q;
      const aRe = v128.load(a), bRe = v128.load(b), cRe = v128.load(c), dRe = v128.load(d);
      const aIm = v128.load(a + bytes), bIm = v128.load(b + bytes), cIm = v128.load(c + bytes), dIm = v128.load(d + bytes);
      const sumRe = add(aRe, cRe), sumIm = add(aIm, cIm), lessRe = sub(aRe, cRe), lessIm = sub(aIm, cIm);
      const otherRe = add(bRe, dRe), otherIm = add(bIm, dIm), turnedRe = sub(bIm, dIm), turnedIm = sub(dRe, bRe);
      v128.store(a, add(sumRe, otherRe));
      v128.store(a + bytes, add(sumIm, otherIm));
      const xRe = sub(sumRe, otherRe), xIm = sub(sumIm, otherIm);
      v128.store(b, awayRe(xRe, xIm, c2, s2));
      v128.store(b + bytes, awayIm(xRe, xIm, c2, s2));
      const yRe = add(lessRe, turnedRe), yIm = add(lessIm, turnedIm);
      v128.store(c, awayRe(yRe, yIm, c1, s1));
      v128.store(c + bytes, awayIm(yRe, yIm, c1, s1));
      const wRe = sub(lessRe, turnedRe), wIm = sub(lessIm, turnedIm);
      v128.store(d, awayRe(wRe, wIm, c3, s3));
      v128.store(d + bytes, awayIm(wRe, wIm, c3, s3));
    }
  }
}

function passBack(z: usize, bytes: usize, span: usize, table: usize): void {
  const q = span >> 2;
  for (let j: usize = 0; j < q; j += 16) {
    const t = table + j;
    const c1 = v128.load(t), s1 = v128.load(t + q), c2 = v128.load(t + 2 * q), s2 = v128.load(t + 3 * q);
    const c3 = v128.load(t + 4 * q), s3 = v128.load(t + 5 * q);
    for (let a = z + j; a < z + bytes; a += span) {
      const b = a + q, c = b + q, d = c + q;
      const aRe = v128.load(a), aIm = v128.load(a + bytes);
      const xRe = v128.load(b), xIm = v128.load(b + bytes);
      const bRe = backRe(xRe, xIm, c2, s2), bIm = backIm(xRe, xIm, c2, s2);
      const yRe = v128.load(c), yIm = v128.load(c + bytes);
      const cRe = backRe(yRe, yIm, c1, s1), cIm = backIm(yRe, yIm, c1, s1);
      const wRe = v128.load(d), wIm = v128.load(d + bytes);
      const dRe = backRe(wRe, wIm, c3, s3), dIm = backIm(wRe, wIm, c3, s3);
      const sumRe = add(aRe, bRe), sumIm = add(aIm, bIm), otherRe = sub(aRe, bRe), otherIm = sub(aIm, bIm);
      const moreRe = add(cRe, dRe), moreIm = add(cIm, dIm), turnedRe = sub(dIm, cIm), turnedIm = sub(cRe, dRe);
      v128.store(a, add(sumRe, moreRe));
      v128.store(a + bytes, add(sumIm, moreIm));
      v128.store(b, add(otherRe, turnedRe));
      v128.store(b + bytes, add(otherIm, turnedIm));
      v128.store(c, sub(sumRe, moreRe));
      v128.store(c + bytes, sub(sumIm, moreIm));
      v128.store(d, sub(otherRe, turnedRe));
      v128.store(d + bytes, sub(otherIm, turnedIm));
    }
  }
}

/** The last pass, over fours: four of them become columns, and stay so. */
function foursForward(z: usize, bytes: usize): void {
  for (let a = z; a < z + bytes; a += 64) {
    const p0 = v128.load(a), p1 = v128.load(a, 16), p2 = v128.load(a, 32), p3 = v128.load(a, 48);
    const q0 = low32(p0, p1), q1 = high32(p0, p1), q2 = low32(p2, p3), q3 = high32(p2, p3);
    const aRe = low64(q0, q2), bRe = high64(q0, q2), cRe = low64(q1, q3), dRe = high64(q1, q3);
    const b = a + bytes;
    const r0 = v128.load(b), r1 = v128.load(b, 16), r2 = v128.load(b, 32), r3 = v128.load(b, 48);
    const s0 = low32(r0, r1), s1 = high32(r0, r1), s2 = low32(r2, r3), s3 = high32(r2, r3);
    const aIm = low64(s0, s2), bIm = high64(s0, s2), cIm = low64(s1, s3), dIm = high64(s1, s3);
    const sumRe = add(aRe, cRe), sumIm = add(aIm, cIm), lessRe = sub(aRe, cRe), lessIm = sub(aIm, cIm);
    const otherRe = add(bRe, dRe), otherIm = add(bIm, dIm), turnedRe = sub(bIm, dIm), turnedIm = sub(dRe, bRe);
    v128.store(a, add(sumRe, otherRe));
    v128.store(a, sub(sumRe, otherRe), 16);
    v128.store(a, add(lessRe, turnedRe), 32);
    v128.store(a, sub(lessRe, turnedRe), 48);
    v128.store(b, add(sumIm, otherIm));
    v128.store(b, sub(sumIm, otherIm), 16);
    v128.store(b, add(lessIm, turnedIm), 32);
    v128.store(b, sub(lessIm, turnedIm), 48);
  }
}

@inline function storeColumns(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  const p = low32(a, b), q = high32(a, b), r = low32(c, d), s = high32(c, d);
  v128.store(at, low64(p, r));
  v128.store(at, high64(p, r), 16);
  v128.store(at, low64(q, s), 32);
  v128.store(at, high64(q, s), 48);
}

function foursBack(z: usize, bytes: usize): void {
  for (let a = z; a < z + bytes; a += 64) {
    const e = a + bytes;
    const aRe = v128.load(a), bRe = v128.load(a, 16), cRe = v128.load(a, 32), dRe = v128.load(a, 48);
    const aIm = v128.load(e), bIm = v128.load(e, 16), cIm = v128.load(e, 32), dIm = v128.load(e, 48);
    const sumRe = add(aRe, bRe), sumIm = add(aIm, bIm), otherRe = sub(aRe, bRe), otherIm = sub(aIm, bIm);
    const moreRe = add(cRe, dRe), moreIm = add(cIm, dIm), turnedRe = sub(dIm, cIm), turnedIm = sub(cRe, dRe);
    storeColumns(a, add(sumRe, moreRe), add(otherRe, turnedRe), sub(sumRe, moreRe), sub(otherRe, turnedRe));
    storeColumns(e, add(sumIm, moreIm), add(otherIm, turnedIm), sub(sumIm, moreIm), sub(otherIm, turnedIm));
  }
}

/** Whether log₂ of the numbers is odd: a bit at an odd place, bytes being four times as many. */
@inline function isOdd(bytes: usize): bool { return (bytes & 0xaaaaaaaa) != 0; }

export function hearWindow(bytes: usize, turns: usize, before: usize, now: usize, z: usize): void {
  for (let j: usize = 0; j < bytes; j += 16) {
    const x = v128.load(before + j), y = v128.load(now + j), cos = v128.load(turns + j), sin = v128.load(turns + bytes + j);
    v128.store(z + j, sub(mul(x, cos), mul(y, sin)));
    v128.store(z + bytes + j, f32x4.neg(add(mul(x, sin), mul(y, cos))));
  }
  let table = turns + 2 * bytes, span = bytes;
  if (isOdd(bytes)) {
    span >>= 1;
    for (let j: usize = 0; j < span; j += 16) {
      const a = z + j, b = a + span;
      const aRe = v128.load(a), aIm = v128.load(a + bytes), bRe = v128.load(b), bIm = v128.load(b + bytes);
      const cos = v128.load(table + j), sin = v128.load(table + span + j);
      v128.store(a, add(aRe, bRe));
      v128.store(a + bytes, add(aIm, bIm));
      const re = sub(aRe, bRe), im = sub(aIm, bIm);
      v128.store(b, awayRe(re, im, cos, sin));
      v128.store(b + bytes, awayIm(re, im, cos, sin));
    }
    table += bytes;
  }
  for (; span > 16; span >>= 2) {
    passForward(z, bytes, span, table);
    table += tablesOf(span);
  }
  foursForward(z, bytes);
}

/** `end` is the end of the tables. */
export function playSum(bytes: usize, turns: usize, end: usize, z: usize, late: usize): void {
  foursBack(z, bytes);
  const most = isOdd(bytes) ? bytes >> 1 : bytes;
  let table = end;
  for (let span: usize = 64; span <= most; span <<= 2) {
    table -= tablesOf(span);
    passBack(z, bytes, span, table);
  }
  if (most < bytes) {
    table -= bytes;
    for (let j: usize = 0; j < most; j += 16) {
      const a = z + j, b = a + most;
      const aRe = v128.load(a), aIm = v128.load(a + bytes), re = v128.load(b), im = v128.load(b + bytes);
      const cos = v128.load(table + j), sin = v128.load(table + most + j);
      const bRe = backRe(re, im, cos, sin), bIm = backIm(re, im, cos, sin);
      v128.store(a, add(aRe, bRe));
      v128.store(a + bytes, add(aIm, bIm));
      v128.store(b, sub(aRe, bRe));
      v128.store(b + bytes, sub(aIm, bIm));
    }
  }
  const scale = f32x4.splat(<f32>-4 / <f32>bytes);
  for (let j: usize = 0; j < bytes; j += 16) {
    const cos = v128.load(turns + j), sin = v128.load(turns + bytes + j);
    const half = backIm(v128.load(z + j), v128.load(z + bytes + j), cos, sin);
    v128.store(late + j, add(v128.load(late + j), mul(half, scale)));
  }
}
