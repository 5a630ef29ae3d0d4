// A runner whose results come a fixed number of frames late: offline the twin of transport B, which needs that time to compute.
// Owns nothing but the pairing of a runner with its slack.
import type { ModelRunner } from '../core/model-runner.ts';
import type { ModelResource } from '../core/resource.ts';
import type { RuntimeName } from '../core/runtime-choice.ts';
import { callSize } from './call-buffers.ts';
import { SlackLine } from './slack-line.ts';

export class DelayedRunner implements ModelRunner {
  readonly lateCalls = 0;
  readonly #runner: ModelRunner;
  readonly #model: ModelResource;
  readonly #line: SlackLine;
  readonly #results: Float32Array;

  constructor(runner: ModelRunner, model: ModelResource, maxFrames: number, slackFrames: number) {
    this.#runner = runner;
    this.#model = model;
    this.#line = new SlackLine(model, maxFrames, slackFrames);
    this.#results = new Float32Array(callSize(model.contract.outputs, maxFrames));
  }

  get runtime(): RuntimeName | undefined {
    return this.#runner.runtime;
  }

  input(tensor: string, frames: number): Float32Array {
    return this.#runner.input(tensor, frames);
  }

  run(frames: number): void {
    this.#runner.run(frames);
    let offset = 0;
    for (const { tensor } of this.#model.contract.outputs) {
      const result = this.#runner.output(tensor, frames);
      this.#results.set(result, offset);
      offset += result.length;
    }
    this.#line.write(this.#line.position, frames, this.#results, 0);
    this.#line.read(frames);
  }

  output(tensor: string, frames: number): Float32Array {
    return this.#line.output(tensor, frames);
  }

  reset(): void {
    this.#runner.reset();
    this.#line.reset();
  }

  clearStates(): void {
    this.#runner.clearStates();
  }

  carryFrom(before: ModelRunner): void {
    if (!(before instanceof DelayedRunner)) return;
    this.#runner.carryFrom(before.#runner);
    this.#line.carryFrom(before.#line);
  }

  dispose(): void {
    this.#runner.dispose();
  }
}
