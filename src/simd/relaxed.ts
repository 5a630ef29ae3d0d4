// Whether relaxed SIMD gains anything here. Owns the small module that is asked. Must not know the kernels: a page that asks has no use
// for their bytes.

/** One function of three numbers: x·y + z by `f64x2.relaxed_madd`. */
const RELAXED_MADD = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // (f64, f64, f64) → f64, exported as "f".
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7c, 0x7c, 0x7c, 0x01, 0x7c],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  // Each number in both lanes, relaxed_madd, the first lane.
  ...[0x0a, 0x16, 0x01, 0x14, 0x00],
  ...[0x20, 0x00, 0xfd, 0x14, 0x20, 0x01, 0xfd, 0x14, 0x20, 0x02, 0xfd, 0x14],
  ...[0xfd, 0x87, 0x02, 0xfd, 0x21, 0x00, 0x0b],
]);

/** The engine takes relaxed SIMD, and its processor multiplies and adds with one rounding. Needs some 0.1 ms. */
export function hasFusedMultiplyAdd(): boolean {
  if (!WebAssembly.validate(RELAXED_MADD)) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(RELAXED_MADD));
  const madd = exports.f as (x: number, y: number, z: number) => number;
  // x² = 1 + 2⁻²⁹ + 2⁻⁶⁰: with a rounding in between the last term is lost.
  const x = 1 + 2 ** -30;
  return madd(x, x, -(x * x)) !== 0;
}
