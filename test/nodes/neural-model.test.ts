// What is special about neural/neural-model: a contract's ports and params, layouts, memory, and what may be exported.
import { beforeAll, describe, expect, test } from 'vitest';
import neuralModel from '../../nodes/neural/neural-model.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { Inference } from '../../src/core/model-runner.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { type ModelName, readModel, WASM_PATH } from '../inference/models.ts';
import { nodeContext, runNode } from './kernel-harness.ts';
import { openLowered } from './lower-harness.ts';
import { isFiniteArray, noise, nullDb } from './signals.ts';

const type = neuralModel.withId('neural/neural-model');
let inference: Inference;
beforeAll(async () => {
  inference = createInference(await loadOrtFromFile(WASM_PATH));
});

const setup = (name: ModelName) => ({ resources: { model: readModel(name) }, inference });

describe('contract', () => {
  test('a model with one inlet and outlet has `in` and `out`, mono, at its own rate', () => {
    const model = readModel('gru', { sampleRateHz: 44100, latencySamples: 7 });
    const { shape, ctx } = nodeContext(type, { resources: { model } });
    expect(Object.entries(shape.ports).map(([name, { channels, rateHz }]) => [name, channels, rateHz])).toEqual([
      ['in', 1, 44100],
      ['out', 1, 44100],
    ]);
    expect(ctx.rateHz).toBe(44100);
    expect(type.latency(ctx)).toEqual({ buffering: 0, inference: 0, model: 7, filter: 0 });
  });

  test('several are called after their tensors; params come as the contract says', () => {
    const { shape } = nodeContext(type, { resources: { model: readModel('many') } });
    expect(
      Object.entries(shape.ports).map(([name, { direction, channels }]) => `${direction} ${name} ${channels}`),
    ).toEqual(['inlet main 2', 'inlet side 2', 'inlet mono 1', 'outlet sum 2', 'outlet meter 1']);
    expect(Object.entries(shape.params).map(([name, { rate }]) => `${name} ${rate}`)).toEqual([
      'gain event',
      'offset event',
      'curve a',
      'keepState event',
      'runsIn event',
      'runtime event',
      'slack event',
    ]);
  });

  test('a param and a port never share a name', () => {
    const { contract } = readModel('many');
    const model = readModel('many', { params: contract.params.map(param => ({ ...param, id: 'main' })) });
    const { shape } = nodeContext(type, { resources: { model } });
    const names = [...Object.keys(shape.ports), ...Object.keys(shape.params)];
    expect(new Set(names).size).toBe(12);
    expect(names).toContain('main');
  });
});

describe('three inlets in three layouts, three params in three shapes, two states', () => {
  const FRAMES = 96;
  const run = {
    params: { gain: 0.5, offset: -2 },
    audio: {
      main: [noise(FRAMES, 1), noise(FRAMES, 2)],
      side: [noise(FRAMES, 3), noise(FRAMES, 4)],
      mono: [noise(FRAMES, 5)],
    },
    signals: { curve: Float64Array.from({ length: FRAMES }, (_, i) => i / 8) },
    frames: FRAMES,
    schedule: [32],
  };

  test('each reaches its tensor: the formula of the model in f64', () => {
    const { sum, meter } = runNode(type, { ...setup('many'), ...run }).audio;
    const { main, side, mono } = run.audio;
    const expected = main.map((values, channel) =>
      Float64Array.from(values, (x, i) => x * 0.5 * (i / 8) + side[channel][i]),
    );
    expect(nullDb(sum, expected)).toBeLessThanOrEqual(-120);
    // count and total move once a call.
    let total = 0;
    for (let call = 0; call < 3; call++) {
      total += mono[0][call * 32 + 31];
      for (let i = call * 32; i < call * 32 + 32; i++)
        expect(meter[0][i]).toBeCloseTo(-2 * mono[0][i] + call + 1 + total, 5);
    }
  });

  test('the graph is the kernel', async () => {
    const lowered = setup('many');
    const play = await openLowered(type, { ...lowered, params: run.params, inChannels: { main: 2, side: 2, mono: 1 } });
    const kernel = runNode(type, { ...lowered, ...run }).audio;
    const { sum, meter } = (await play({ ...lowered, ...run })).audio;
    expect(nullDb([...sum, ...meter], [...kernel.sum, ...kernel.meter])).toBeLessThanOrEqual(-120);
  });
});

describe('memory', () => {
  const audio = { in: [noise(960, 6, 0.5)] };

  test.each(['gru', 'conv'] as const)('%s: the same sound for every block, in kernel and graph', async name => {
    const play = await openLowered(type, { ...setup(name), inChannels: { in: 1 } });
    const reference = runNode(type, { ...setup(name), audio, frames: 960, schedule: [960] }).audio.out;
    for (const schedule of [[128], [1, 37, 200]]) {
      expect(
        nullDb(runNode(type, { ...setup(name), audio, frames: 960, schedule }).audio.out, reference),
      ).toBeLessThanOrEqual(-110);
      expect(nullDb((await play({ audio, frames: 960, schedule })).audio.out, reference)).toBeLessThanOrEqual(-110);
    }
  });

  test('off: every block starts from nothing, so blocks differ', () => {
    const off = { ...setup('gru'), params: { keepState: 'off' }, audio, frames: 960 };
    const output = runNode(type, { ...off, schedule: [480] }).audio.out[0];
    const second = runNode(type, {
      ...setup('gru'),
      audio: { in: [audio.in[0].subarray(480)] },
      frames: 480,
      schedule: [480],
    }).audio.out[0];
    expect(output.subarray(480)).toEqual(second);
    expect(nullDb(runNode(type, { ...off, schedule: [96] }).audio.out, [output])).toBeGreaterThan(-60);
  });

  test('off cannot be exported, and says why', async () => {
    const refused = openLowered(type, { ...setup('gru'), params: { keepState: 'off' }, inChannels: { in: 1 } });
    await expect(refused).rejects.toThrow(PatchError);
    await expect(refused).rejects.toThrow(/E-LOWER .*depends on the block size/);
  });

  test('what is not a number does not stay in it', () => {
    const input = noise(960, 7);
    input[3] = Number.NaN;
    expect(
      isFiniteArray(
        runNode(type, { ...setup('gru'), audio: { in: [input] }, frames: 960, schedule: [96] }).audio.out[0],
      ),
    ).toBe(true);
  });
});

test('without a runtime the sound passes, each outlet from the inlet beside it', () => {
  const audio = { main: [noise(8, 1), noise(8, 2)], side: [noise(8, 3), noise(8, 4)], mono: [noise(8, 5)] };
  const { sum, meter } = runNode(type, { resources: { model: readModel('many') }, audio, frames: 8 }).audio;
  expect(sum).toEqual(audio.main);
  expect(meter).toEqual([audio.side[0]]);
});
