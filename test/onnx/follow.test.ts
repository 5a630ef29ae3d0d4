// GraphBuilder.follow against its defining loop: rising by one pole, falling by another.
import { expect, it } from 'vitest';
import { OnnxGraphBuilder } from '../../src/onnx/builder.ts';
import { f64, noise, open } from './ort.ts';

const FRAMES = 3000;
const STEPS = Float64Array.from({ length: FRAMES }, (_, n) => (n % 700 < 90 ? 5 : n % 3 === 0 ? -20_000 : 0.25));
const SLOW = Float64Array.from({ length: FRAMES }, (_, n) => Math.sin((n * n) / 60_000));

const builder = new OnnxGraphBuilder();
const [x, up, down] = [
  builder.input('x', 'f64', ['N']),
  builder.input('up', 'f64', [1]),
  builder.input('down', 'f64', [1]),
];
builder.output('y', builder.scope('node').follow('y', up, down, x), 'f64', ['N']);
const run = await open(builder.toBytes());

it.each([
  [0.9, 0.999],
  [0.9999, 0.5],
  [0.99, 0.99],
  [0, 0.9],
  [0.99999, 0],
])('poles %d up and %d down, for calls of any length', async (upPole, downPole) => {
  for (const input of [noise(FRAMES, 3), STEPS, SLOW]) {
    let level = 0.5;
    const expected = input.map(value => (level = value + (value > level ? upPole : downPole) * (level - value)));
    for (const schedule of [[FRAMES], [1, 0, 127, 3, 480, 64]]) {
      const heard: number[] = [];
      let state = f64([0.5]);
      const from = schedule.length > 1 ? 1500 : FRAMES;
      for (let at = 0, call = 0; at < from; call++) {
        const frames = Math.min(from - at, schedule[call % schedule.length] as number);
        const outputs = await run({
          x: f64(input.slice(at, at + frames)),
          up: f64([upPole]),
          down: f64([downPole]),
          'node/y_in': state,
        });
        heard.push(...(outputs.y.data as Float64Array));
        state = outputs['node/y_out'] as typeof state;
        at += frames;
      }
      const scale = Math.max(1, ...input.map(Math.abs));
      heard.forEach((value, n) => expect(Math.abs(value - (expected[n] as number)) / scale).toBeLessThan(1e-11));
    }
  }
});
