// The spectrum of a window of 2B real frames as B complex numbers, so that products of spectra are convolutions of windows.
// Owns tables and the scalar twins of the kernels `hearWindow` and `playSum`; what is multiplied with what is partitions.ts's.
//
// S[k] = Σ x[n]·e^(−2πi·n·(k + ¼)/B), n < 2B, k < B: frequencies a quarter of a step beside those of a transform of B. The other numbers
// of a whole spectrum are the conjugates of these. With z[j] = (x[j] − i·x[j + B])·e^(−πi·j/(2B)) it is a complex transform of B numbers:
// e^(−2πi·(j + B)(k + ¼)/B) is −i times that of j. What leaves the window comes in again at its beginning with the other sign: an
// overlap-save keeps the second half and never hears of it ("right-angle" convolution: R. C. Agarwal, C. S. Burrus, 1974).
//
// In place by radix-4 passes of decimation in frequency (one of radix 2 first where log₂ B is odd), each of which leaves residues 0, 2, 1,
// 3 (mod 4) one after the other. The last one, over fours, leaves 16 numbers as [residue, four], the order that vectors of 4 come in. Nothing
// is sorted: products of spectra keep the order, and the way back undoes it.
import type { WindowTransform } from '../core/convolution-kernels.ts';

const LANES = 4;
const made = new Map<number, WindowTransform>();

/** Tables for windows of 2·size frames, 16 ≤ size a power of two; made once for each size. Calls share its room: one thread. */
export function windowTransform(size: number): WindowTransform {
  const known = made.get(size);
  if (known) return known;
  const turns: number[] = [];
  const addTurns = (count: number, step: number): void => {
    for (let j = 0; j < count; j++) turns.push(Math.cos(Math.PI * step * j));
    for (let j = 0; j < count; j++) turns.push(Math.sin(Math.PI * step * j));
  };
  addTurns(size, 1 / (2 * size));
  let span = size;
  if (Math.log2(size) % 2 === 1) {
    addTurns(size / 2, 2 / size);
    span = size / 2;
  }
  for (; span > LANES; span /= 4) for (const times of [1, 2, 3]) addTurns(span / 4, (2 * times) / span);
  const transform = {
    size,
    turns: Float32Array.from(turns),
    exactTurns: Float64Array.from(turns),
    room: new Float64Array(2 * size),
  };
  made.set(size, transform);
  return transform;
}

/** Twin of the kernel. */
export function hearWindow(
  { size, exactTurns: turns, room }: WindowTransform,
  line: Float32Array,
  beforeAt: number,
  at: number,
  spectra: Float32Array,
  to: number,
): void {
  for (let j = 0; j < size; j++) {
    const x = line[beforeAt + j];
    const y = line[at + j];
    room[j] = x * turns[j] - y * turns[size + j];
    room[size + j] = -(x * turns[size + j] + y * turns[j]);
  }
  let table = 2 * size;
  let span = size;
  if (Math.log2(size) % 2 === 1) {
    span = size / 2;
    for (let j = 0; j < span; j++) {
      const re = room[j] - room[span + j];
      const im = room[size + j] - room[size + span + j];
      room[j] += room[span + j];
      room[size + j] += room[size + span + j];
      const cos = turns[table + j];
      const sin = turns[table + span + j];
      room[span + j] = re * cos + im * sin;
      room[size + span + j] = im * cos - re * sin;
    }
    table += size;
  }
  for (; span > LANES; table += (6 * span) / 4, span /= 4) passForward(room, size, span, turns, table);
  passForward(room, size, LANES, ONES, 0);
  for (let i = 0; i < 2 * size; i++) spectra[to + ordered(i)] = room[i];
}

/** Twin of the kernel. */
export function playSum(
  { size, exactTurns: turns, room }: WindowTransform,
  sums: Float32Array,
  sumAt: number,
  late: Float32Array,
  to: number,
): void {
  for (let i = 0; i < 2 * size; i++) room[i] = sums[sumAt + ordered(i)];
  passBack(room, size, LANES, ONES, 0);
  const isOdd = Math.log2(size) % 2 === 1;
  const most = isOdd ? size / 2 : size;
  let table = turns.length;
  for (let span = 4 * LANES; span <= most; span *= 4) {
    table -= (6 * span) / 4;
    passBack(room, size, span, turns, table);
  }
  if (isOdd) {
    table -= size;
    for (let j = 0; j < most; j++) {
      const cos = turns[table + j];
      const sin = turns[table + most + j];
      const re = room[most + j] * cos - room[size + most + j] * sin;
      const im = room[size + most + j] * cos + room[most + j] * sin;
      room[most + j] = room[j] - re;
      room[size + most + j] = room[size + j] - im;
      room[j] += re;
      room[size + j] += im;
    }
  }
  for (let j = 0; j < size; j++) late[to + j] -= (room[j] * turns[size + j] + room[size + j] * turns[j]) / size;
}

/** One number of each factor of the last pass: no turn at all. */
const ONES = Float64Array.of(1, 0, 1, 0, 1, 0);

/** Where number i of a room goes: fours of fours change rows for columns. */
const ordered = (i: number): number => (i & ~15) | ((i & 3) << 2) | ((i >> 2) & 3);

// Written out: a function that takes numbers would put them on the heap where it is not compiled into its caller.
function passForward(room: Float64Array, size: number, span: number, turns: Float64Array, table: number): void {
  const q = span / 4;
  for (let j = 0; j < q; j++) {
    const at = table + j;
    for (let a = j; a < size; a += span) {
      const b = a + q;
      const c = b + q;
      const d = c + q;
      const sumRe = room[a] + room[c];
      const sumIm = room[size + a] + room[size + c];
      const lessRe = room[a] - room[c];
      const lessIm = room[size + a] - room[size + c];
      const otherRe = room[b] + room[d];
      const otherIm = room[size + b] + room[size + d];
      // −i times the difference.
      const turnedRe = room[size + b] - room[size + d];
      const turnedIm = room[d] - room[b];
      room[a] = sumRe + otherRe;
      room[size + a] = sumIm + otherIm;
      room[b] = (sumRe - otherRe) * turns[at + 2 * q] + (sumIm - otherIm) * turns[at + 3 * q];
      room[size + b] = (sumIm - otherIm) * turns[at + 2 * q] - (sumRe - otherRe) * turns[at + 3 * q];
      room[c] = (lessRe + turnedRe) * turns[at] + (lessIm + turnedIm) * turns[at + q];
      room[size + c] = (lessIm + turnedIm) * turns[at] - (lessRe + turnedRe) * turns[at + q];
      room[d] = (lessRe - turnedRe) * turns[at + 4 * q] + (lessIm - turnedIm) * turns[at + 5 * q];
      room[size + d] = (lessIm - turnedIm) * turns[at + 4 * q] - (lessRe - turnedRe) * turns[at + 5 * q];
    }
  }
}

/** Undoes passForward, but for a factor of 4. */
function passBack(room: Float64Array, size: number, span: number, turns: Float64Array, table: number): void {
  const q = span / 4;
  for (let j = 0; j < q; j++) {
    const at = table + j;
    for (let a = j; a < size; a += span) {
      const b = a + q;
      const c = b + q;
      const d = c + q;
      const bRe = room[b] * turns[at + 2 * q] - room[size + b] * turns[at + 3 * q];
      const bIm = room[size + b] * turns[at + 2 * q] + room[b] * turns[at + 3 * q];
      const cRe = room[c] * turns[at] - room[size + c] * turns[at + q];
      const cIm = room[size + c] * turns[at] + room[c] * turns[at + q];
      const dRe = room[d] * turns[at + 4 * q] - room[size + d] * turns[at + 5 * q];
      const dIm = room[size + d] * turns[at + 4 * q] + room[d] * turns[at + 5 * q];
      const sumRe = room[a] + bRe;
      const sumIm = room[size + a] + bIm;
      const otherRe = room[a] - bRe;
      const otherIm = room[size + a] - bIm;
      // i times the difference.
      const turnedRe = dIm - cIm;
      const turnedIm = cRe - dRe;
      room[a] = sumRe + cRe + dRe;
      room[size + a] = sumIm + cIm + dIm;
      room[c] = sumRe - cRe - dRe;
      room[size + c] = sumIm - cIm - dIm;
      room[b] = otherRe + turnedRe;
      room[size + b] = otherIm + turnedIm;
      room[d] = otherRe - turnedRe;
      room[size + d] = otherIm - turnedIm;
    }
  }
}
