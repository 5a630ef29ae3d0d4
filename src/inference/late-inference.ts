// A runtime that may come later, or never: most patches need no ONNX Runtime, whose program takes its time to arrive.
// Owns what is told until then. Must not know who fetches it.
import { fail } from '../core/errors.ts';
import type { Inference, ModelRunner } from '../core/model-runner.ts';
import type { ModelResource } from '../core/resource.ts';

export class LateInference implements Inference {
  #inference: Inference | undefined;

  get isThere(): boolean {
    return this.#inference !== undefined;
  }

  arrive(inference: Inference): void {
    this.#inference = inference;
  }

  /** Throws E-MODEL-RUN before the runtime is there. */
  createRunner(model: ModelResource, maxFrames: number, slackFrames?: number): ModelRunner {
    if (this.#inference) return this.#inference.createRunner(model, maxFrames, slackFrames);
    const expected = `${model.path}: expected ONNX Runtime for a model that the SIMD kernels do not run`;
    return fail('E-MODEL-RUN', model.path, `${expected}, got none. Choose the runtime “ONNX Runtime” on its node.`);
  }

  dispose(): void {
    this.#inference?.dispose();
  }
}
