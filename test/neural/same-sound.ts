// A model on the SIMD kernels and in ONNX Runtime: both are played alike, and have to sound the same within −100 dB.
// Owns that comparison only.
import { expect } from 'vitest';
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { runtimeOf } from '../../src/core/runtime-choice.ts';
import { inputTensors } from '../../src/inference/call-buffers.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { KernelRunner } from '../../src/neural/kernel-runner.ts';
import { WASM_PATH } from '../inference/models.ts';
import { noise } from '../simd/kernel-pair.ts';

const FRAMES = 8192;
const MOST = 512;

export interface Runtimes {
  readonly ort: Inference;
  readonly kernels: Inference;
}

export async function loadRuntimes(): Promise<Runtimes> {
  const ort = createInference(await loadOrtFromFile(WASM_PATH));
  return { ort, kernels: withKernels(ort) };
}

/** All outputs of a runner in calls of these lengths, fed with noise; params at their defaults. */
export function play(
  runner: ModelRunner,
  { contract }: ModelResource,
  lengths: readonly number[],
  from = 0,
  to = FRAMES,
): number[] {
  const audio = contract.inputs.length;
  const sources = contract.inputs.map((_, k) => noise(2 * to + 4096, 11 + k));
  const out: number[] = [];
  for (let at = from, call = 0; at < to; call++) {
    const frames = Math.min(lengths[call % lengths.length], to - at) || 1;
    for (const [k, { tensor }] of inputTensors(contract).entries()) {
      const input = runner.input(tensor, frames);
      if (k >= audio) input.fill(contract.params[k - audio].default);
      // Channels hear the same, some frames apart.
      else
        for (let i = 0; i < input.length; i++)
          input[i] = 0.5 * sources[k][at + (i % frames) + 7 * Math.floor(i / frames)];
    }
    runner.run(frames);
    for (const { tensor } of contract.outputs) for (const value of runner.output(tensor, frames)) out.push(value);
    at += frames;
  }
  return out;
}

export function differenceDb(actual: readonly number[], reference: readonly number[]): number {
  expect(actual.length).toBe(reference.length);
  let most = 0;
  for (const [at, value] of reference.entries()) {
    const difference = Math.abs(value - actual[at]);
    most = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }
  expect(reference.some(value => Math.abs(value) > 1e-3)).toBe(true);
  return 20 * Math.log10(most);
}

export function expectSameSound(
  { ort, kernels }: Runtimes,
  model: ModelResource,
  lengths: readonly number[] = [128, 1, 37, MOST, 64, 5],
): void {
  expect(runtimeOf(model)).toEqual({ name: 'SIMD kernels', reason: '' });
  const { blockFrames } = model.contract;
  const calls = typeof blockFrames === 'number' && blockFrames > 0 ? [blockFrames] : lengths;
  const [ours, theirs] = [kernels, ort].map(inference => inference.createRunner(model, Math.max(MOST, ...calls)));
  expect(ours).toBeInstanceOf(KernelRunner);
  const frames = calls.length === 1 ? Math.ceil(FRAMES / calls[0]) * calls[0] : FRAMES;
  expect(differenceDb(play(ours, model, calls, 0, frames), play(theirs, model, calls, 0, frames))).toBeLessThanOrEqual(
    -100,
  );
  ours.dispose();
  theirs.dispose();
}
