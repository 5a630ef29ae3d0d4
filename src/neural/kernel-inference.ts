// An inference runtime that stands in front of another one: runs on the SIMD kernels what is a net that they take, a graph that is cut
// in parts on both, and leaves the rest.
// Owns that choice. The heap is made with the first net.
import { PatchError } from '../core/errors.ts';
import type { Inference, ModelRunner } from '../core/model-runner.ts';
import type { Net } from '../core/net.ts';
import type { ModelResource } from '../core/resource.ts';
import { refuseKernels, runtimeOf } from '../core/runtime-choice.ts';
import { DelayedRunner } from '../inference/delayed-runner.ts';
import { CutRunner } from './cut-runner.ts';
import { Heap, type HeapForm } from './heap.ts';
import { KernelRunner } from './kernel-runner.ts';

class KernelInference implements Inference {
  readonly #others: Inference;
  readonly #form: HeapForm;
  /** Those that nobody let go. */
  readonly #runners = new Set<ModelRunner>();
  /** Undefined: not made yet, or there is no SIMD. */
  #heap: Heap | undefined;

  constructor(others: Inference, form: HeapForm) {
    this.#others = others;
    this.#form = form;
  }

  createRunner(model: ModelResource, maxFrames: number, slackFrames = 0): ModelRunner {
    refuseKernels(model);
    const { name } = runtimeOf(model);
    const runner =
      name === 'SIMD kernels'
        ? this.#create(model, maxFrames)
        : name === 'ONNX Runtime'
          ? undefined
          : this.#createCut(model, maxFrames);
    if (!runner) return this.#others.createRunner(model, maxFrames, slackFrames);
    this.#runners.add(runner);
    runner.onDispose = () => void this.#runners.delete(runner);
    return slackFrames > 0 ? new DelayedRunner(runner, model, maxFrames, slackFrames) : runner;
  }

  dispose(): void {
    for (const runner of this.#runners) runner.dispose();
    this.#runners.clear();
    this.#others.dispose();
  }

  #create(model: ModelResource, maxFrames: number): KernelRunner | undefined {
    const { kernels } = model;
    if (kernels === undefined || 'refusal' in kernels) return undefined;
    const runner = this.#run(kernels.net, model, maxFrames);
    if (!runner) refuseKernels(model, `more memory than there is, in calls of ${maxFrames} frames`);
    return runner;
  }

  /** Undefined where there is no memory for a part, or a runtime refuses it: then the model runs in one. Throws all else. */
  #createCut(model: ModelResource, maxFrames: number): CutRunner | undefined {
    const { parts = [], kernels: _, parts: __, ...whole } = model;
    const runners: ModelRunner[] = [];
    let cut: CutRunner | undefined;
    try {
      for (const part of parts) {
        const own = { ...whole, ...part };
        const runner = 'net' in part ? this.#run(part.net, own, maxFrames) : this.#others.createRunner(own, maxFrames);
        if (!runner) break;
        runners.push(runner);
      }
      if (runners.length === parts.length) cut = new CutRunner(parts, runners);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
    } finally {
      if (!cut) for (const runner of runners) runner.dispose();
    }
    return cut;
  }

  #run(net: Net, model: ModelResource, maxFrames: number): KernelRunner | undefined {
    this.#heap ??= Heap.create(this.#form);
    return this.#heap && KernelRunner.create(this.#heap, net, model, maxFrames);
  }
}

/** Kernels for what they take, `others` for the rest; disposes of both. What is compared with other machines keeps the plain form. */
export const withKernels = (others: Inference, form: HeapForm = 'simd'): Inference => new KernelInference(others, form);
