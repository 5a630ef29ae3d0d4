// The same code in the AudioWorklet (rendered offline) and in a Worker of a real browser: the samples of Node, each time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelResource } from '../../src/core/resource.ts';
import { runtimeOf } from '../../src/core/runtime-choice.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { type BrowserPage, bundleForBrowser, openPage } from '../browser/harness.ts';
import { differenceDb, type ModelName, readGolden, readModel, WASM_PATH } from './models.ts';
import { play } from './play.ts';

const QUANTUM = 128;
const noise = readGolden('noise');
let browser: BrowserPage;

beforeAll(async () => {
  const [main, worklet, worker] = await Promise.all(
    ['model.page.ts', 'model.worklet.ts', 'model.worker.ts'].map(name =>
      bundleForBrowser(join(import.meta.dirname, name)),
    ),
  );
  browser = await openPage({
    '/main.js': main!,
    '/worklet.js': worklet!,
    '/worker.js': worker!,
    '/ort-wasm-simd-threaded.wasm': readFileSync(WASM_PATH),
  });
}, 60_000);
afterAll(() => browser?.close());

async function renderIn(scope: 'worklet' | 'worker', model: ModelResource): Promise<Float32Array> {
  const samples = await browser.page.evaluate(
    // Bytes and samples cross as plain arrays; a number keeps every bit of a float.
    ([scope, model, bytes, samples]) =>
      globalThis.renderIn[scope]({ ...model, bytes: Uint8Array.from(bytes) }, samples),
    [scope, { ...model, bytes: new Uint8Array(0) }, [...model.bytes], [...noise]] as const,
  );
  return Float32Array.from(samples);
}

async function renderInNode(model: ModelResource): Promise<Float32Array> {
  const inference = withKernels(createInference(await loadOrtFromFile(WASM_PATH)));
  return play(inference.createRunner(model, QUANTUM), noise, [QUANTUM]);
}

/** Loaded from its file, so that the kernels know it. */
const loaded = (name: ModelName): ModelResource => loadModel(readModel(name).bytes, `${name}.onnx`);

it.each([
  ['gru', 'ONNX Runtime', readModel],
  ['conv', 'ONNX Runtime', readModel],
  ['gru', 'SIMD kernels', loaded],
  ['conv', 'SIMD kernels', loaded],
] as const)('%s on %s: the same bits in worklet, worker and Node, twice', async (name, runtime, read) => {
  const model = read(name);
  expect(runtimeOf(model).name).toBe(runtime);
  const first = await renderIn('worklet', model);
  expect(first).toEqual(await renderInNode(model));
  expect(await renderIn('worklet', model)).toEqual(first);
  expect(await renderIn('worker', model)).toEqual(first);
  expect(differenceDb(first, readGolden(name))).toBeLessThanOrEqual(-110);
});

it('identity: no sample of delay in the render quantum', async () => {
  expect(await renderIn('worklet', readModel('identity'))).toEqual(noise);
});

it('a refused model is reported with the message of the runtime', async () => {
  await expect(renderIn('worklet', readModel('halves'))).rejects.toThrow(
    /E-MODEL-RUN halves\.onnx: .*got \[1,1,64\]\. A model must return/,
  );
});
