// A net as a work, in Node and in the audio thread: the same calls on the kernels and on onnxruntime-web's wasm, called directly.
import type { Inference } from '../../core/model-runner.ts';
import type { ModelResource } from '../../core/resource.ts';
import { noiseAt } from '../../dsp/noise.ts';
import { loadOrt } from '../../inference/ort-glue.ts';
import { createInference } from '../../inference/ort-inference.ts';
import type { HeapForm } from '../../neural/heap.ts';
import { withKernels } from '../../neural/kernel-inference.ts';
import type { Work } from '../mark.ts';

export const BLOCK = 128;
const BLOCKS = 64;

export interface NetOptions {
  readonly model: ModelResource;
  readonly isKernels: boolean;
  /** In which form the kernels run, default the product's. */
  readonly form?: HeapForm;
}

/** `ortWasm`: the runtime's file. */
export async function playNet({ model, isKernels, form }: NetOptions, ortWasm: Uint8Array<ArrayBuffer>): Promise<Work> {
  const ort = createInference(await loadOrt(new WebAssembly.Module(ortWasm)));
  const models: Inference = isKernels ? withKernels(ort, form) : ort;
  const runtime = isKernels ? 'kernels' : 'ONNX Runtime';
  const runner = models.createRunner({ ...model, runtime }, BLOCK);
  const blocks = Array.from({ length: BLOCKS }, (_, block) =>
    Float32Array.from({ length: BLOCK }, (_, at) => 0.3 * noiseAt(0, block * BLOCK + at)),
  );
  let block = 0;
  const play = (input: Float32Array): Float32Array => {
    runner.input('x', BLOCK).set(input);
    runner.run(BLOCK);
    return runner.output('y', BLOCK);
  };
  return {
    unit: () => void play(blocks[block++ % BLOCKS]),
    sound([input]) {
      runner.reset();
      const heard = new Float32Array(input.length);
      for (let at = 0; at + BLOCK <= input.length; at += BLOCK) heard.set(play(input.subarray(at, at + BLOCK)), at);
      return [heard];
    },
  };
}
