// What a runner held is free again once it is let go: a patch that is edited for hours makes thousands of them.
import { expect, it } from 'vitest';
import type { ModelResource } from '../../src/core/resource.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { CutRunner } from '../../src/neural/cut-runner.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { KernelRunner } from '../../src/neural/kernel-runner.ts';
import { collectUntil } from '../garbage.ts';
import { WASM_PATH } from '../inference/models.ts';
import { Graph, tcn } from './models.ts';

const RUNNERS = 40;

/** Arrays and the memories of WebAssembly, in which a net has its weights. */
const heldBytes = (): number => process.memoryUsage().external;

/** Convolutions of 160 KB behind an operator that only ONNX Runtime has. */
function cut(): ModelResource {
  const g = new Graph();
  const wide = g.op('Conv', [g.op('Erf', ['x']), g.weight([200, 1, 1])]);
  const bent = g.op('Tanh', [g.op('Conv', [wide, g.weight([200, 200, 1])])]);
  g.op('Conv', [bent, g.weight([1, 200, 1])], {}, 'y');
  return g.load('cut');
}

it.each([
  ['a net', tcn(32, 10).load('tcn'), KernelRunner],
  ['a model in parts', cut(), CutRunner],
])('%s', async (_name, model, kind) => {
  const inference = withKernels(createInference(await loadOrtFromFile(WASM_PATH)));
  const make = (): void => {
    const runner = inference.createRunner(model, 128, 64);
    runner.dispose();
    runner.dispose();
  };
  expect(model.bytes.length).toBeGreaterThan(150_000);
  const runner = inference.createRunner(model, 128);
  expect(runner).toBeInstanceOf(kind);
  make();
  await collectUntil(() => true);
  const limit = heldBytes() + 3 * model.bytes.length;
  for (let k = 0; k < RUNNERS; k++) make();
  // Held runners would be forty times a net's weights.
  await collectUntil(() => heldBytes() < limit);
  expect(heldBytes()).toBeLessThan(limit);
  // The runtime lets go of what nobody did.
  inference.dispose();
  expect(() => runner.input('x', 64)).toThrow('a disposed one');
});
