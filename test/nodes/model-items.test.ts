// Models on spectra and tensors: the gallery's denoiser against numpy and onnxruntime, what an encoder and a decoder pass on, states
// that start elsewhere than at zero, inlets that nothing is wired to.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { ModelContract, ModelResource } from '../../src/core/resource.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { GALLERY } from '../builtin.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { hashed, noise, nullDb } from './signals.ts';

const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const runtime = createGraphRuntime(ort);
const load = (path: string, overrides: Partial<ModelContract> = {}): ModelResource =>
  loadModel(new Uint8Array(readFileSync(path)), path, overrides);
const fixture = (name: string, overrides: Partial<ModelContract> = {}): ModelResource =>
  load(new URL(`../fixtures/models/${name}.onnx`, import.meta.url).pathname, overrides);

/** Engine and bundle of a patch with one input and one output, and the latency that the plan tells. */
async function playBoth(patch: Patch, resources: ResourceBook, x: Float32Array, schedule = [480]) {
  const { plan, problems } = makePlan(patch, registry, resources);
  expect(problems).toEqual([]);
  const inputs = { input: [x] };
  const frames = x.length;
  const { outputs, faults } = await renderPatch({ patch, registry, resources, models, frames, inputs, schedule });
  expect(faults).toEqual([]);
  const player = new BundlePlayer(readBundle(packBundle(compileBundle(patch, plan!, registry, resources))), runtime);
  const played = playBundle(player, { inputs, frames, schedule });
  player.dispose();
  return { engine: outputs.out[0], bundle: played.out[0], latencySamples: plan!.latencySamples, plan: plan! };
}

const spectral = (window = '256'): Patch =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['stft', 'spectral/stft', { window }],
      ['model', 'neural/neural-model'],
      ['istft', 'spectral/istft'],
      ['out', 'output/audio-output'],
    ],
    ['input.out > stft.in', 'stft.out > model.in', 'model.out > istft.in', 'istft.out > out.in'],
  );

test('the speech denoiser is numpy’s and onnxruntime’s, at any rate that it is told', async () => {
  const { frames, at, out } = JSON.parse(
    readFileSync(new URL('./fixtures/denoiser.json', import.meta.url), 'utf8'),
  ) as { frames: number; at: number[]; out: number[] };
  const x = Float32Array.from(hashed(frames, 21), (v, n) => v * 0.25 * (n / (frames - 1)) ** 2);
  const resources = { model: { model: load(`${GALLERY}models/speech-denoiser-gru48.onnx`, { sampleRateHz: 48000 }) } };
  const { engine, bundle, latencySamples } = await playBoth(spectral('512'), resources, x, [37, 480]);
  expect(latencySamples).toBe(511);
  const there = at.filter(n => n + latencySamples < frames);
  const expected = [Float64Array.from(out.slice(0, there.length))];
  expect(there.length).toBeGreaterThan(190);
  for (const heard of [engine, bundle])
    expect(nullDb([there.map(n => heard[n + latencySamples])], expected)).toBeLessThan(-100);
});

describe('what stands for a block', () => {
  const coded = makePatch(
    [
      ['input', 'source/audio-input'],
      ['to-blocks', 'rate/block-adapter', { block: 128 }],
      ['encoder', 'neural/neural-model'],
      ['latents', 'neural/latent-transform', { scale1: 0.5, offset4: 0.25 }],
      ['decoder', 'neural/neural-model'],
      ['to-stream', 'rate/block-adapter', { block: 0 }],
      ['out', 'output/audio-output'],
    ],
    [
      'input.out > to-blocks.in',
      'to-blocks.out > encoder.in',
      'encoder.out > latents.in',
      'latents.out > decoder.in',
      'decoder.out > to-stream.in',
      'to-stream.out > out.in',
    ],
  );
  const resources = {
    encoder: { model: fixture('encoder-128') },
    decoder: { model: fixture('decoder-128') },
  };

  test('an encoder, a transform of its latents and a decoder: each number where it belongs', async () => {
    const x = noise(2000, 3, 0.5);
    const { engine, bundle, latencySamples } = await playBoth(coded, resources, x, [37, 200]);
    expect(latencySamples).toBe(127);
    // A block of 128 frames is four latents of 32 steps.
    const wanted = x.map((v, n) => (n % 128 < 32 ? 0.5 * v : n % 128 >= 96 ? v + 0.25 : v)).subarray(0, 2000 - 127);
    for (const heard of [engine, bundle]) expect(nullDb([heard.subarray(127)], [wanted])).toBeLessThan(-140);
  });

  test('tensors of other sizes are refused, with both sizes', () => {
    const patch = makePatch(
      [
        ['mask', 'neural/neural-model'],
        ['decoder', 'neural/neural-model'],
      ],
      ['mask.out > decoder.in'],
    );
    const book = { mask: { model: fixture('mask-129') }, decoder: { model: fixture('decoder-128') } };
    const { problems } = makePlan(patch, registry, book);
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toContain(
      'E-SHAPE decoder.in: expected tensors of [1, 4, 32], got tensors of [129]. Make both ends the same size.',
    );
  });

  test('spectra of another window or hop are refused, and one click each sets the STFT', () => {
    const book = { model: { model: load(`${GALLERY}models/speech-denoiser-gru48.onnx`, { sampleRateHz: 48000 }) } };
    let patch = spectral('2048');
    const told: string[] = [];
    for (let round = 0; round < 3; round++) {
      const { problems } = makePlan(patch, registry, book);
      const mended = problems.find(problem => problem.fix);
      told.push(...problems.map(({ code, message }) => `${code} ${message}`));
      if (mended?.fix) patch = applyTransaction(patch, mended.fix.transaction).patch;
    }
    expect(told).toEqual([
      'E-BLOCK model.in: expected blocks of 256 frames, got blocks of 1024 frames. Set the hop of the STFT to 256 frames.',
      'E-SHAPE model.in: expected spectra of 257 bins, got spectra of 1025 bins. Set the window of the STFT to 512 frames.',
      'E-SHAPE model.in: expected spectra of 257 bins, got spectra of 1025 bins. Set the window of the STFT to 512 frames.',
    ]);
    expect(patch.nodes.stft.params).toMatchObject({ window: '512', hop: 'frames', hopFrames: 256 });
  });

  test('a model whose file is not there says nothing of what its ports would be', () => {
    const { problems } = makePlan(spectral(), registry, {});
    expect(problems.map(({ code }) => code)).not.toContain('E-PORT-TYPE');
  });
});

describe('states that start elsewhere than at zero', () => {
  const x = noise(1000, 7, 0.5);
  /** Gains of items 0, 1, 2 … of settling-spectrum. */
  const gain = (item: number, start: number): number => 0.5 + (start - 0.5) * 0.5 ** item;

  test.each([
    ['as the file says', {}, 1],
    [
      'as a person says',
      { states: [{ input: 'memory', output: 'later', shape: [1, 1, 1], dtype: 'f32', init: [3] }] },
      3,
    ],
    ['at zero', { states: [{ input: 'memory', output: 'later', shape: [1, 1, 1], dtype: 'f32' }] }, 0],
  ] as const)('%s, in the engine and in the bundle', async (_name, overrides, start) => {
    const resources = { model: { model: fixture('settling-spectrum', overrides) } };
    const { engine, bundle, latencySamples } = await playBoth(spectral(), resources, x, [1, 127, 64]);
    // Frames of the first hop lie under items 0 and 1 with the weights of two periodic Hann windows.
    const wanted = Array.from({ length: 1000 - latencySamples }, (_, n) => {
      const item = Math.floor(n / 128);
      const later = 0.5 - 0.5 * Math.cos((2 * Math.PI * (n % 128)) / 256);
      return x[n] * ((1 - later) * gain(item, start) + later * gain(item + 1, start));
    });
    for (const heard of [engine, bundle]) expect(nullDb([heard.subarray(latencySamples)], [wanted])).toBeLessThan(-120);
  });

  test('and again after a reset', async () => {
    const runner = models.createRunner(fixture('settling-spectrum'), 128);
    const call = (): number => {
      runner.input('spectrum', 128).fill(1);
      runner.run(128);
      return runner.output('filtered', 128)[0];
    };
    const first = [call(), call(), call()];
    runner.reset();
    expect([call(), call(), call()]).toEqual(first);
    expect(first).toEqual([1, 0.75, 0.625]);
    runner.dispose();
  });
});

test('a model that hears spectra without a source is never called', async () => {
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['model', 'neural/neural-model'],
      ['mask', 'neural/neural-model'],
      ['istft', 'spectral/istft'],
      ['out', 'output/audio-output'],
    ],
    ['model.out > istft.in', 'istft.out > out.in', 'input.out > out.in'],
  );
  const resources = {
    model: { model: fixture('settling-spectrum') },
    mask: { model: fixture('mask-129') },
  };
  const x = noise(600, 5);
  const { engine, bundle, latencySamples } = await playBoth(patch, resources, x);
  expect(engine.subarray(latencySamples)).toEqual(x.subarray(0, 600 - latencySamples));
  expect(bundle).toEqual(engine);
});

test('spectra from a worker come later by whole hops that cover its slack', async () => {
  const resources = { model: { model: fixture('settling-spectrum') } };
  const x = noise(3000, 11, 0.5);
  const play = async (slackFrames: Record<string, number>) => {
    const patch = spectral();
    const options = { patch, registry, resources, models, frames: 3000, inputs: { input: [x] } };
    const { outputs, faults } = await renderPatch({ ...options, slackFrames, schedule: [37] });
    expect(faults).toEqual([]);
    return { heard: outputs.out[0], latency: makePlan(patch, registry, resources, { slackFrames }).plan!.latency };
  };
  const prompt = await play({});
  const late = await play({ model: 200 });
  expect([prompt.latency.inference, late.latency.inference]).toEqual([0, 256]);
  expect(late.heard.subarray(256)).toEqual(prompt.heard.subarray(0, 3000 - 256));
});

test('a loop through spectra sounds the same for every block', async () => {
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['stft', 'spectral/stft', { window: '256' }],
      ['model', 'neural/neural-model'],
      ['istft', 'spectral/istft'],
      ['gain', 'dynamics/gain', { level: -6 }],
      ['delay', 'time/delay', { time: 3, feedback: 0 }],
      ['out', 'output/audio-output'],
    ],
    [
      'input.out > stft.in',
      'delay.out > stft.in',
      'stft.out > model.in',
      'model.out > istft.in',
      'istft.out > gain.in',
      'gain.out > delay.in',
      'istft.out > out.in',
    ],
  );
  const resources = { model: { model: fixture('settling-spectrum') } };
  const x = noise(3000, 12, 0.5);
  const play = async (schedule: number[]): Promise<Float32Array> => {
    const options = { patch, registry, resources, models, frames: 3000, inputs: { input: [x] } };
    const { outputs, faults } = await renderPatch({ ...options, schedule });
    expect(faults).toEqual([]);
    return outputs.out[0];
  };
  const whole = await play([4096]);
  expect(Math.max(...whole.subarray(1500).map(Math.abs))).toBeGreaterThan(0.1);
  for (const schedule of [[1], [37], [128], [480]]) expect(nullDb([await play(schedule)], [whole])).toBeLessThan(-120);
});

test('bypassed, a model of spectra passes them on as late as itself, in whole hops', async () => {
  const model = fixture('settling-spectrum', { latencySamples: 256 });
  const patch = spectral();
  const bypassed: Patch = {
    ...patch,
    nodes: { ...patch.nodes, model: { ...patch.nodes.model, isBypassed: true } },
  };
  const x = noise(2000, 13, 0.5);
  const { engine, bundle } = await playBoth(bypassed, { model: { model } }, x, [100]);
  // 256 frames are two hops of 128; the spectra themselves wait 255. (What is no whole hop: test/plan/bypass.)
  for (const heard of [engine, bundle])
    expect(nullDb([heard.subarray(511)], [x.subarray(0, 2000 - 511)])).toBeLessThan(-120);
});
