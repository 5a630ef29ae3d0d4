// The hash in the graph against the one in the kernels, to the last bit.
import { expect, it } from 'vitest';
import { lowerHash32, lowerNoise } from '../../src/core/lower-noise.ts';
import { hash32, noiseAt } from '../../src/dsp/noise.ts';
import { OnnxGraphBuilder } from '../../src/onnx/builder.ts';
import { i64, open } from '../onnx/ort.ts';

const NUMBERS = [0, 1, 2, 7, 65535, 65536, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 123456789, 3735928559];

it('hashes and makes noise as src/dsp/noise.ts does', async () => {
  const builder = new OnnxGraphBuilder();
  const x = builder.input('x', 'i64', ['N']);
  const seed = builder.input('seed', 'i64', [1]);
  builder.output('hash', lowerHash32(builder.scope('a'), x), 'i64', ['N']);
  builder.output('noise', lowerNoise(builder.scope('b'), seed, x), 'f64', ['N']);
  const run = await open(builder.toBytes());
  for (const s of [0, 1, 9999, 0xffffffff]) {
    const { hash, noise } = await run({ x: i64(NUMBERS), seed: i64([s]) });
    expect(Array.from(hash.data, Number)).toEqual(NUMBERS.map(hash32));
    expect([...noise.data]).toEqual(NUMBERS.map(n => noiseAt(s, n)));
  }
});
