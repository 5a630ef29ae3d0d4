// The direct call gives the samples of the package's public interface, of native ONNX Runtime in Python, and of itself
// in any block.
import * as ortWeb from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Inference } from '../../src/core/model-runner.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { differenceDb, readGolden, readModel, WASM_PATH } from './models.ts';
import { play } from './play.ts';

const SAMPLES = 8192;
const BLOCK = 128;
let inference: Inference;

beforeAll(async () => {
  inference = createInference(await loadOrtFromFile(WASM_PATH));
});

/** x through the public interface of onnxruntime-web, in blocks of 128. */
async function playPublic(model: ModelResource, x: Float32Array): Promise<Float32Array> {
  const { states } = model.contract;
  ortWeb.env.wasm.numThreads = 1;
  const session = await ortWeb.InferenceSession.create(model.bytes);
  let kept = states.map(
    ({ shape }) => new ortWeb.Tensor('float32', new Float32Array(shape.reduce((a, b) => a * b)), shape),
  );
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += BLOCK) {
    const feeds: Record<string, ortWeb.Tensor> = {
      x: new ortWeb.Tensor('float32', x.slice(at, at + BLOCK), [1, 1, BLOCK]),
    };
    for (const [i, { input }] of states.entries()) feeds[input] = kept[i]!;
    const results = await session.run(feeds);
    y.set(results['y']!.data as Float32Array, at);
    kept = states.map(({ output }) => results[output] as (typeof kept)[number]);
  }
  await session.release();
  return y;
}

describe.each(['gru', 'conv'] as const)('%s with state', name => {
  const x = readGolden('noise');
  const golden = readGolden(name);

  it('equals the public interface of onnxruntime-web within −120 dB', async () => {
    const direct = play(inference.createRunner(readModel(name), BLOCK), x, [BLOCK]);
    expect(x.length).toBe(SAMPLES);
    expect(differenceDb(direct, await playPublic(readModel(name), x))).toBeLessThanOrEqual(-120);
  });

  it('equals native ONNX Runtime within −110 dB', () => {
    const direct = play(inference.createRunner(readModel(name), BLOCK), x, [BLOCK]);
    expect(differenceDb(direct, golden)).toBeLessThanOrEqual(-110);
  });

  it.each([[[1]], [[37]], [[480]], [[4096]], [[1, 37, 128, 480, 4096]]])('does not depend on the block: %j', sizes => {
    const runner = inference.createRunner(readModel(name), 4096);
    expect(differenceDb(play(runner, x, sizes), golden)).toBeLessThanOrEqual(-110);
    runner.dispose();
  });

  it('repeats itself bit for bit, after reset and in a second runner of the same session', () => {
    const sizes = [128, 37];
    const first = inference.createRunner(readModel(name), BLOCK);
    const second = inference.createRunner(readModel(name), BLOCK);
    const once = play(first, x, sizes);
    first.reset();
    expect(play(first, x, sizes)).toEqual(once);
    expect(play(second, x, sizes)).toEqual(once);
  });

  it('carries its state over to another runner', () => {
    const half = SAMPLES / 2 + 37;
    const first = inference.createRunner(readModel(name), BLOCK);
    const whole = play(first, x, [BLOCK, 37]);
    first.reset();
    play(first, x.subarray(0, half), [37]);
    const second = inference.createRunner(readModel(name), BLOCK);
    second.carryFrom(first);
    expect(differenceDb(play(second, x.subarray(half), [BLOCK]), whole.subarray(half))).toBeLessThanOrEqual(-110);
  });
});

it('adds no latency: an impulse through an identity comes out at the frame where it went in', () => {
  const runner = inference.createRunner(readModel('identity'), BLOCK);
  const x = new Float32Array(1024);
  for (const at of [0, 127, 128, 700]) x[at] = 1;
  expect(play(runner, x, [BLOCK])).toEqual(x);
});

it('splits a call at events without a trace', () => {
  const runner = inference.createRunner(readModel('identity'), BLOCK);
  const x = readGolden('noise');
  expect(play(runner, x, [1, 127, 64, 63, 0, 1, 90])).toEqual(x);
});
