// White noise in the graph: the twin of src/dsp/noise.ts in 64-bit integers, equal to the last bit. Owns its operators only.
import type { GraphBuilder, Value } from './lower.ts';

const WORD_MASK = 2 ** 32 - 1;

const shiftRight = (g: GraphBuilder, x: Value, bits: number): Value => g.div(x, g.i64(2 ** bits));
const xor = (g: GraphBuilder, a: Value, b: Value): Value => g.op('BitwiseXor', [a, b]);
const word = (g: GraphBuilder, x: Value): Value => g.op('BitwiseAnd', [x, g.i64(WORD_MASK)]);

/** x·factor mod 2^32; the factor is taken as −2^31…2^31, so that no product leaves 63 bits. */
const multiply = (g: GraphBuilder, x: Value, factor: number): Value => word(g, g.mul(x, g.i64(factor | 0)));

/** hash32 of src/dsp/noise.ts, i64 in 0…2^32 − 1. */
export function lowerHash32(g: GraphBuilder, x: Value): Value {
  const first = multiply(g, xor(g, x, shiftRight(g, x, 16)), 0x85ebca6b);
  const second = multiply(g, xor(g, first, shiftRight(g, first, 13)), 0xc2b2ae35);
  return xor(g, second, shiftRight(g, second, 16));
}

/** noiseAt of src/dsp/noise.ts: f64, −1 ≤ x < 1. `seed` i64 in 0…2^32 − 1, `frame` i64 ≥ 0; their shapes are broadcast. */
export function lowerNoise(g: GraphBuilder, seed: Value, frame: Value): Value {
  const mixed = lowerHash32(g, word(g, g.add(frame, g.i64(0x9e3779b9))));
  const hashed = shiftRight(g, lowerHash32(g, xor(g, mixed, seed)), 8);
  return g.sub(g.mul(g.cast(hashed, 'f64'), g.f64(2 ** -23)), g.f64(1));
}
