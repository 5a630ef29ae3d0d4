// A model in parts as one runner: each part has a runner and states of its own, and hands its results to those behind it. Owns the order
// and the copies between them. A call computes all parts, so nothing comes later than from the model as one.
import type { ModelRunner } from '../core/model-runner.ts';
import type { ModelPart } from '../core/resource.ts';
import { inputTensors } from '../inference/call-buffers.ts';

/** An input of a part: what it reads before it runs. */
interface Link {
  readonly from: ModelRunner;
  /** It is an input of that one as well, not a result. */
  readonly isInput: boolean;
  readonly tensor: string;
}

export class CutRunner implements ModelRunner {
  readonly runtime = 'SIMD kernels + ONNX Runtime';
  readonly lateCalls = 0;
  /** Called after the runner was let go. */
  onDispose: (() => void) | undefined;
  readonly #runners: readonly ModelRunner[];
  /** By part. */
  readonly #links: readonly (readonly Link[])[];
  readonly #inputs = new Map<string, ModelRunner>();
  readonly #outputs = new Map<string, ModelRunner>();

  constructor(parts: readonly ModelPart[], runners: readonly ModelRunner[]) {
    this.#runners = runners;
    this.#links = parts.map(({ contract }, part) => {
      const links: Link[] = [];
      for (const { tensor } of inputTensors(contract)) {
        const [maker, first] = [this.#outputs.get(tensor), this.#inputs.get(tensor)];
        if (maker) links.push({ from: maker, isInput: false, tensor });
        else if (first) links.push({ from: first, isInput: true, tensor });
        else this.#inputs.set(tensor, runners[part]);
      }
      for (const { tensor } of contract.outputs) this.#outputs.set(tensor, runners[part]);
      return links;
    });
  }

  /** A name that no part has is refused by the first one. */
  input(tensor: string, frames: number): Float32Array {
    return (this.#inputs.get(tensor) ?? this.#runners[0]).input(tensor, frames);
  }
  output(tensor: string, frames: number): Float32Array {
    return (this.#outputs.get(tensor) ?? this.#runners[0]).output(tensor, frames);
  }

  run(frames: number): void {
    for (let part = 0; part < this.#runners.length; part++) {
      const runner = this.#runners[part];
      const links = this.#links[part];
      for (let k = 0; k < links.length; k++) {
        const { from, isInput, tensor } = links[k];
        runner.input(tensor, frames).set(isInput ? from.input(tensor, frames) : from.output(tensor, frames));
      }
      runner.run(frames);
    }
  }

  reset(): void {
    for (const runner of this.#runners) runner.reset();
  }
  clearStates(): void {
    for (const runner of this.#runners) runner.clearStates();
  }
  carryFrom(before: ModelRunner): void {
    if (!(before instanceof CutRunner) || before.#runners.length !== this.#runners.length) return;
    for (const [part, runner] of this.#runners.entries()) runner.carryFrom(before.#runners[part]);
  }
  dispose(): void {
    for (const runner of this.#runners) runner.dispose();
    this.onDispose?.();
  }
}
