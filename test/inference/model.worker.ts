// A worker that renders samples through one model in blocks of 128, for the worklet test.
import { loadOrt } from '../../src/inference/ort-glue.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import type { ModelOptions } from './model.worklet.ts';
import { play } from './play.ts';

globalThis.onmessage = async ({ data }: MessageEvent<ModelOptions & { samples: readonly number[] }>) => {
  const runner = withKernels(createInference(await loadOrt(data.module))).createRunner(data.model, 128);
  globalThis.postMessage([...play(runner, Float32Array.from(data.samples), [128])]);
};
