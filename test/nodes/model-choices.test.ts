// Choices of models: words that a contract gives an index of int64, played, moved, told and exported.
// References are closed forms: the model multiplies by 1, 0.5 or −1.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { readBundle } from '../../src/compile/bundle.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { ParamValue } from '../../src/core/param.ts';
import type { ModelContract, ModelParam } from '../../src/core/resource.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';

const bytes = new Uint8Array(readFileSync(new URL('../fixtures/models/choice.onnx', import.meta.url)));
const model = loadModel(bytes, 'choice.onnx');
const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const GAINS: Readonly<Record<string, number>> = { 'as it is': 1, half: 0.5, turned: -1 };

const patchOf = (params: Record<string, ParamValue> = {}) =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['model', 'neural/neural-model', params],
      ['out', 'output/audio-output'],
    ],
    ['input.out > model.in', 'model.out > out.in'],
  );
const resources = { model: { model } };
const x = noise(2000, 5);
const scaled = (gainAt: (n: number) => number): Float32Array => x.map((s, n) => s * gainAt(n));
const play = (params: Record<string, ParamValue>, move?: { frame: number; value: string }, block = 128) =>
  renderPatch({
    patch: patchOf(params),
    registry,
    resources,
    models,
    frames: x.length,
    schedule: [block],
    inputs: { input: [x] },
    events: move ? [{ kind: 'param', nodeId: 'model', param: 'way', ...move }] : [],
  });

describe('a model’s choices are words', () => {
  it('are read from the file, with the words and the default that it states', () => {
    expect(model.contract.params).toMatchObject([
      { id: 'way', choices: Object.keys(GAINS), default: 1, min: 0, max: 2, rate: 'event', dtype: 'i64', layout: '1' },
    ]);
    const shape = { values: {}, resources: { model }, patchRateHz: 48000 };
    expect(registry.get('neural/neural-model')?.params(shape).way).toMatchObject({
      kind: 'choice',
      choices: Object.keys(GAINS),
      default: 'half',
    });
  });

  it.each(Object.keys(GAINS))('"%s" sounds as its gain', async word => {
    const { outputs } = await play({ way: word });
    expect(
      nullDb(
        outputs.out[0],
        scaled(() => GAINS[word]),
      ),
    ).toBe(-Infinity);
  });

  it('the default plays without a word, and a move takes effect at its frame', async () => {
    for (const block of [1, 37, 480]) {
      const { outputs } = await play({}, { frame: 701, value: 'turned' }, block);
      expect(
        nullDb(
          outputs.out[0],
          scaled(n => (n < 701 ? 0.5 : -1)),
        ),
      ).toBe(-Infinity);
    }
  });

  it('a word that it lacks is told', () => {
    expect(validatePatch(patchOf({ way: 'louder' }), registry, resources).map(({ code }) => code)).toEqual(['E-PARAM']);
  });

  it.each([
    [0.4, 1],
    [0.5, 0.5],
    [1.6, -1],
  ])('a whole number that is given as %d is the nearest one, in the engine and in the bundle', async (way, gain) => {
    const param = { tensor: 'way', id: 'way', dtype: 'i64', min: 0, max: 2, default: 1, rate: 'event', layout: '1' };
    const whole = loadModel(bytes, 'choice.onnx', { params: [param as ModelParam] });
    const patch = patchOf({ way });
    const request = { patch, registry, resources: { model: { model: whole } }, models };
    const { outputs } = await renderPatch({ ...request, frames: x.length, inputs: { input: [x] } });
    const expected = scaled(() => gain);
    expect(nullDb(outputs.out[0], expected)).toBe(-Infinity);
    const runtime = createGraphRuntime(ort);
    const player = new BundlePlayer(readBundle((await exportBundle({ ...request, runtime })).bytes), runtime);
    const played = playBundle(player, { frames: x.length, inputs: { input: [x] }, schedule: [200] });
    expect(nullDb(played.out[0], expected)).toBe(-Infinity);
  });

  it('the bundle sounds the same, and moves', async () => {
    const runtime = createGraphRuntime(ort);
    const { bytes: packed } = await exportBundle({
      patch: patchOf({ way: 'turned' }),
      registry,
      resources,
      models,
      runtime,
    });
    const player = new BundlePlayer(readBundle(packed), runtime);
    const events = [{ frame: 800, param: 'model.way', value: 'half' }];
    const outputs = playBundle(player, { frames: x.length, inputs: { input: [x] }, schedule: [200], events });
    expect(
      nullDb(
        outputs.out[0],
        scaled(n => (n < 800 ? -1 : 0.5)),
      ),
    ).toBe(-Infinity);
  });

  it.each([
    ['one word', { choices: ['only'] }],
    ['the same word twice', { choices: ['a', 'a'] }],
    ['a default that is none of them', { choices: ['a', 'b'], default: 'c' }],
    ['a number for a word', { choices: ['a', 2] }],
    ['another kind of number', { choices: ['a', 'b'], dtype: 'f64' }],
    ['not what the tensor is', { choices: ['a', 'b'], dtype: 'f32' }],
  ])('refused: %s', (_what, given) => {
    const params = [{ tensor: 'way', ...given }] as unknown as readonly ModelParam[];
    const load = () => loadModel(bytes, 'choice.onnx', { params } as Partial<ModelContract>);
    expect(load).toThrow(PatchError);
    expect(load).toThrow(/E-MODEL-CONTRACT/);
  });
});
