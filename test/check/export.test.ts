// A patch that no bundle can equal is refused with its cause: a model that gives no numbers, one that depends on how time is cut.
import { expect, it } from 'vitest';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { PatchError, type Problem } from '../../src/core/errors.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { WASM_PATH } from '../inference/models.ts';
import { file, ints, node, type Parts } from '../onnx/models.ts';
import { makePatch, registry } from '../render/helpers.ts';

const ort = await loadOrtFromFile(WASM_PATH);
const patch = makePatch(
  [
    ['input', 'source/audio-input'],
    ['amp', 'neural/neural-model'],
    ['out', 'output/audio-output'],
  ],
  ['input.out > amp.in', 'amp.out > out.in'],
);

async function refusalOf(parts: Parts): Promise<Problem> {
  const model = loadModel(file(parts), 'a.onnx', { sampleRateHz: 48000 });
  try {
    await exportBundle({
      patch,
      registry,
      resources: { amp: { model } },
      models: withKernels(createInference(ort)),
      runtime: createGraphRuntime(ort),
    });
  } catch (error) {
    if (error instanceof PatchError) return error.problems[0];
    throw error;
  }
  throw new Error('expected a refusal');
}

it('BUNDLE-3 a model that gives no numbers: named with the fault of the engine', async () => {
  // x / x where x is silence.
  const problem = await refusalOf({ nodes: [node('Div', ['x', 'x'], ['y'])] });
  expect([problem.code, problem.nodeId]).toEqual(['E-NAN', 'amp']);
});

it('BUNDLE-3 a model that plays each call backwards: the engine differs from itself, which is said, with its name', async () => {
  const problem = await refusalOf({
    nodes: [node('Slice', ['x', 'last', 'before', 'axis', 'step'], ['y'])],
    tensors: [ints('last', [-1]), ints('before', [-1_000_000]), ints('axis', [2]), ints('step', [-1])],
  });
  expect(problem.code).toBe('E-BUNDLE-DIFFERS');
  expect(problem.message).toMatch(
    /and \d+ more\. It was not written: the engine itself .* A model \(amp\) may forget its state/,
  );
});
