// A runtime that counts: how many runners live, and how many did at once. Its models give zeros.
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';

export class CountingRuntime implements Inference {
  alive = 0;
  most = 0;
  /** Runners that were asked for, the refused ones included. */
  asked = 0;

  /** A model whose hash is "broken" is refused. */
  createRunner(model: { readonly sha256: string }): ModelRunner {
    this.asked++;
    if (model.sha256 === 'broken') throw new RangeError('broken model');
    this.alive++;
    this.most = Math.max(this.most, this.alive);
    const buffer = new Float32Array(8192);
    return {
      input: (_tensor, frames) => buffer.subarray(0, frames),
      run: () => undefined,
      output: (_tensor, frames) => buffer.subarray(0, frames).fill(0),
      reset: () => undefined,
      clearStates: () => undefined,
      carryFrom: () => undefined,
      runtime: undefined,
      lateCalls: 0,
      dispose: () => {
        this.alive--;
      },
    };
  }
  dispose(): void {}
}
