// The warm-up measurement: how long a model takes for one call as the engine calls it, in the scope that this runs in.
// Owns what is measured. It also warms the compiled runtime and the model up, which the audio thread then finds so.
import { percentileOf } from '../../check/load-figures.ts';
import { fail } from '../../core/errors.ts';
import type { Inference, ModelRunner } from '../../core/model-runner.ts';
import type { ModelResource } from '../../core/resource.ts';
import { inputTensors } from '../../inference/call-buffers.ts';

/** Of one call, in ms; `loadMs`: of making session and runner once the runtime is warm, which blocks the thread that does it. */
export interface ModelTiming {
  readonly meanMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly loadMs: number;
}

const WARM_CALLS = 10;
const TIMED_CALLS = 50;
/** A model so slow that its calls take longer than this in all is known well enough by fewer. */
const ENOUGH_MS = 3000;
const TIMED_CALLS_MIN = 5;
/** Calls between two looks at whether it was cancelled. */
const CALLS_AT_ONCE = 10;

export interface TimeOptions {
  readonly now: () => number;
  readonly signal?: { readonly aborted: boolean };
  readonly onProgress?: (share: number) => Promise<void>;
}

/** Times calls of `callFrames` frames. Throws PatchError: what the runtime refused, E-CANCELLED. */
export async function timeModel(
  models: Inference,
  model: ModelResource,
  callFrames: number,
  { now, signal, onProgress }: TimeOptions,
): Promise<ModelTiming> {
  models.createRunner(model, callFrames).dispose();
  const begin = now();
  const runner = models.createRunner(model, callFrames);
  const loadMs = now() - begin;
  try {
    const times: number[] = [];
    const calls = WARM_CALLS + TIMED_CALLS;
    let totalMs = 0;
    for (let call = 0; call < calls; call++) {
      if (totalMs > ENOUGH_MS && times.length >= TIMED_CALLS_MIN) break;
      if (call % CALLS_AT_ONCE === 0 || totalMs > ENOUGH_MS / 2) {
        await onProgress?.(Math.max(call / calls, Math.min(0.99, totalMs / ENOUGH_MS)));
        if (signal?.aborted)
          fail('E-CANCELLED', model.path, `${model.path}: expected ${calls} timed calls, got ${call}. Start again.`);
      }
      fillInputs(runner, model, callFrames, call);
      const start = now();
      runner.run(callFrames);
      const elapsed = now() - start;
      totalMs += elapsed;
      if (call >= WARM_CALLS) times.push(elapsed);
    }
    times.sort((a, b) => a - b);
    return {
      meanMs: times.reduce((sum, time) => sum + time, 0) / times.length,
      p95Ms: percentileOf(times, 0.95),
      p99Ms: percentileOf(times, 0.99),
      loadMs,
    };
  } finally {
    runner.dispose();
  }
}

/** A sound that never repeats in step with the calls; silence would time a network's easy way. */
function fillInputs(runner: ModelRunner, { contract }: ModelResource, frames: number, call: number): void {
  const audio = contract.inputs.length;
  for (const [at, { tensor }] of inputTensors(contract).entries()) {
    const input = runner.input(tensor, frames);
    if (at >= audio) input.fill(contract.params[at - audio].default);
    else for (let i = 0; i < input.length; i++) input[i] = 0.3 * Math.sin(0.07 * (call * frames + i) + at);
  }
}
