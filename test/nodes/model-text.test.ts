// Text of models: typed words as UTF-8 bytes in an int64 tensor, played, judged and exported.
// The reference is closed: the model multiplies by the sum of the bytes / 256, and the bytes are those of TextEncoder.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { readBundle } from '../../src/compile/bundle.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { ParamValue } from '../../src/core/param.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import type { ModelContract, ModelParam } from '../../src/core/resource.ts';
import { textNumbers, utf8Bytes } from '../../src/core/text.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { parseMoves } from '../../src/render/moves.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';

const bytes = new Uint8Array(readFileSync(new URL('../fixtures/models/spoken.onnx', import.meta.url)));
const model = loadModel(bytes, 'spoken.onnx');
const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const resources = { model: { model } };
const x = noise(600, 5);
const gainOf = (words: string): number => new TextEncoder().encode(words).reduce((sum, byte) => sum + byte, 0) / 256;
const expected = (words: string): Float32Array => x.map(s => s * gainOf(words));
const patchOf = (params: Record<string, ParamValue> = {}) =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['model', 'neural/neural-model', params],
      ['out', 'output/audio-output'],
    ],
    ['input.out > model.in', 'model.out > out.in'],
  );
const render = async (params: Record<string, ParamValue>, patch = patchOf(params)): Promise<Float32Array> =>
  (await renderPatch({ patch, registry, resources, models, frames: x.length, inputs: { input: [x] }, errors: 'play' }))
    .outputs.out[0];

describe('text of models', () => {
  it.each(['', 'plain', 'Grüße', '日本語', '😀 ~', 'é\u{10FFFF}߿ࠀ', '\ud83d', '\u0000\u007f\u0080'])(
    'bytes of %j',
    words => {
      expect(utf8Bytes(words)).toEqual([...new TextEncoder().encode(words)]);
      expect([...textNumbers(words, 20)].slice(0, utf8Bytes(words).length)).toEqual(utf8Bytes(words));
    },
  );

  it('is read from the file, with the bound and the default that it states', () => {
    expect(model.contract.params).toMatchObject([{ id: 'words', text: { default: 'A' }, shape: [16], dtype: 'i64' }]);
    const shape = { values: {}, resources: { model }, patchRateHz: 48000 };
    const param = registry.get('neural/neural-model')?.params(shape).words;
    expect(param).toMatchObject({ kind: 'text', default: 'A', maxBytes: 16, isStructural: true });
  });

  it.each(['hello', '日本', '', 'sixteen bytes !!'])('%j reaches the model, and the file keeps it', async words => {
    const heard = await render({ words });
    expect(nullDb(heard, expected(words))).toBeLessThan(-140);
    const kept = parsePatch(serializePatch(patchOf({ words }))).patch;
    expect(kept.nodes.model.params?.words).toBe(words);
    expect(validatePatch(kept, registry, resources)).toEqual([]);
  });

  it('what is too long, or no text, is told, and the default plays', async () => {
    for (const words of ['seventeen bytes!!', 'ää ää ää ää', 7]) {
      const params: Record<string, ParamValue> = { words };
      const problems = validatePatch(patchOf(params), registry, resources);
      const isFine = typeof words === 'string' && new TextEncoder().encode(words).length <= 16;
      expect(problems.map(({ code }) => code)).toEqual(isFine ? [] : ['E-PARAM']);
      expect(nullDb(await render(params), expected(isFine ? String(words) : 'A'))).toBeLessThan(-140);
    }
  });

  it('is fixed while it plays: no move takes it', () => {
    const move = 'frame,param,value\n0,model.words,hello\n';
    expect(() => parseMoves(move, patchOf(), registry, resources)).toThrow(/E-PARAM/);
  });

  it('the bundle has it inside', async () => {
    const runtime = createGraphRuntime(ort);
    const patch = patchOf({ words: 'Grüße' });
    const { bytes: packed } = await exportBundle({ patch, registry, resources, models, runtime });
    const bundle = readBundle(packed);
    expect(bundle.manifest.params).toEqual([]);
    const player = new BundlePlayer(bundle, runtime);
    const heard = playBundle(player, { frames: x.length, inputs: { input: [x] }, schedule: [100] });
    expect(nullDb(heard.out[0], expected('Grüße'))).toBeLessThan(-140);
  });

  it.each([
    ['no bound', {}],
    ['a bound of nothing', { maxBytes: 0 }],
    ['a default that is too long', { maxBytes: 16, default: 'x'.repeat(17) }],
    ['another bound than the tensor has', { maxBytes: 15 }],
  ])('refused: %s', (_what, text) => {
    const params = [{ tensor: 'words', id: 'words', text }] as unknown as readonly ModelParam[];
    const load = () => loadModel(bytes, 'spoken.onnx', { params } as Partial<ModelContract>);
    expect(load).toThrow(PatchError);
    expect(load).toThrow(/E-MODEL-CONTRACT/);
  });
});
