// A processor that plays one model, in the audio thread of the worklet test. Owns nothing that the product has not.
import type { ModelRunner } from '../../src/core/model-runner.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { loadOrt } from '../../src/inference/ort-glue.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';

// Declared here and not shared: the tests see the DOM, whose types have no audio thread.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { readonly processorOptions: ModelOptions }) => AudioWorkletProcessor,
): void;

export interface ModelOptions {
  readonly module: WebAssembly.Module;
  readonly model: ModelResource;
}

class ModelProcessor extends AudioWorkletProcessor {
  #runner: ModelRunner | undefined;

  constructor({ processorOptions: { module, model } }: { readonly processorOptions: ModelOptions }) {
    super();
    loadOrt(module)
      .then(ort => {
        this.#runner = withKernels(createInference(ort)).createRunner(model, 128);
        this.port.postMessage('ready');
      })
      .catch((error: unknown) => this.port.postMessage(String(error)));
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const x = input?.[0];
    const y = output?.[0];
    const runner = this.#runner;
    if (runner === undefined || x === undefined || y === undefined) return true;
    runner.input('x', y.length).set(x);
    runner.run(y.length);
    y.set(runner.output('y', y.length));
    return true;
  }
}

registerProcessor('model', ModelProcessor);
