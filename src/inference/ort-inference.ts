// The inference interface on ONNX Runtime, all synchronous: one session per model, shared; one runner per use, with a
// state of its own. Owns when sessions and bindings live and die. Must not know threads, files, the plan or kernels.
import { fail } from '../core/errors.ts';
import type { Inference, ModelRunner } from '../core/model-runner.ts';
import type { BlockRule } from '../core/port.ts';
import type { ModelResource } from '../core/resource.ts';
import { blockText, leastBlock, takesBlock } from '../core/signal-rules.ts';
import { DelayedRunner } from './delayed-runner.ts';
import type { OrtModule } from './ort-glue.ts';
import type { OrtSession } from './ort-session.ts';
import { createSession, refuse, releaseSession } from './ort-session.ts';
import type { Binding } from './ort-tensors.ts';
import { OrtTensors } from './ort-tensors.ts';

/** Frame counts whose bindings are kept; calls split at events bring any count, and the oldest one makes room. */
export const MAX_BINDINGS = 64;

/** Longest first call, on silence: a model that is given minutes at once must not compute them twice. */
const WARM_UP_FRAMES_MAX = 4096;

const EMPTY = new Float32Array(0);

/** An inference runtime in this thread. Models with equal sha256 share one session until their last runner is disposed. */
export function createInference(ort: OrtModule): Inference {
  const sessions = new Map<string, OrtSession>();
  const runners = new Map<ModelRunner, string>();

  const releaseUnused = (sha256: string): void => {
    const session = sessions.get(sha256);
    if (session === undefined || [...runners.values()].includes(sha256)) return;
    sessions.delete(sha256);
    releaseSession(ort, session);
  };

  return {
    createRunner(model, maxFrames, slackFrames = 0) {
      const { sha256 } = model;
      const session = sessions.get(sha256) ?? createSession(ort, model);
      sessions.set(sha256, session);
      try {
        const runner = new OrtRunner(ort, session, model, maxFrames, () => {
          runners.delete(runner);
          releaseUnused(sha256);
        });
        runners.set(runner, sha256);
        return slackFrames > 0 ? new DelayedRunner(runner, model, maxFrames, slackFrames) : runner;
      } catch (error) {
        releaseUnused(sha256);
        throw error;
      }
    },
    dispose() {
      for (const runner of [...runners.keys()]) runner.dispose();
    },
  };
}

class OrtRunner implements ModelRunner {
  readonly runtime = 'ONNX Runtime';
  readonly lateCalls = 0;
  readonly #ort: OrtModule;
  readonly #session: OrtSession;
  readonly #path: string;
  readonly #blockRule: BlockRule;
  readonly #maxFrames: number;
  readonly #tensors: OrtTensors;
  readonly #release: () => void;
  readonly #bindings = new Map<number, Binding>();
  #current: Binding | undefined;
  #turn: 0 | 1 = 0;
  #isDisposed = false;

  constructor(ort: OrtModule, session: OrtSession, model: ModelResource, maxFrames: number, release: () => void) {
    const { blockFrames } = model.contract;
    const least = leastBlock(blockFrames);
    if (least > maxFrames) failBlock(model.path, blockFrames, maxFrames);
    this.#ort = ort;
    this.#session = session;
    this.#path = model.path;
    this.#blockRule = blockFrames;
    this.#maxFrames = typeof blockFrames === 'number' && blockFrames > 0 ? blockFrames : maxFrames;
    this.#tensors = new OrtTensors(ort, model, this.#maxFrames);
    this.#release = release;
    // A first call on silence finds a wrong contract now instead of in the audio thread, and warms the model up.
    try {
      const most = isAnyNumber(blockFrames) ? Math.min(this.#maxFrames, WARM_UP_FRAMES_MAX) : this.#maxFrames;
      this.run(isAnyNumber(blockFrames) || takesBlock(blockFrames, most) ? most : least || maxFrames);
    } catch (error) {
      this.#free();
      throw error;
    }
    this.reset();
  }

  input(tensor: string, frames: number): Float32Array {
    return this.#find(this.#tensors.inputIndex, 'input', tensor, frames);
  }

  run(frames: number): void {
    if (frames === 0) return;
    const binding = this.#bind(frames);
    const tensors = this.#tensors;
    let status = -1;
    let thrown: unknown;
    tensors.settleInputs();
    try {
      status = this.#ort._OrtRun(
        this.#session.handle,
        tensors.inputNames,
        binding.inputTables[this.#turn],
        tensors.inputCount,
        tensors.outputNames,
        tensors.outputCount,
        binding.outputTables[this.#turn],
        this.#session.runOptions,
      );
    } catch (error) {
      thrown = error;
    }
    // The turn does not change after a failure, so the state is still the one before the call.
    if (status !== 0) refuse(this.#ort, this.#path, `expected a call of ${frames} frames to run`, thrown);
    this.#turn = this.#turn === 0 ? 1 : 0;
  }

  output(tensor: string, frames: number): Float32Array {
    return this.#find(this.#tensors.outputIndex, 'output', tensor, frames);
  }

  reset(): void {
    this.clearStates();
  }

  clearStates(): void {
    this.#tensors.clearStates(this.#turn);
  }

  carryFrom(before: ModelRunner): void {
    if (before instanceof OrtRunner) this.#tensors.copyStates(this.#turn, before.#tensors, before.#turn);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#free();
    this.#release();
  }

  #find(index: ReadonlyMap<string, number>, side: 'input' | 'output', tensor: string, frames: number): Float32Array {
    const position = index.get(tensor);
    if (position === undefined) {
      fail(
        'E-MODEL-RUN',
        this.#path,
        `${this.#path}: expected one of the ${side}s ${[...index.keys()].join(', ')}, got "${tensor}". Correct the name.`,
      );
    }
    if (frames === 0) return EMPTY;
    const binding = this.#bind(frames);
    return (side === 'input' ? binding.inputs : binding.outputs)[position]!;
  }

  #bind(frames: number): Binding {
    const current = this.#current;
    if (current !== undefined && current.frames === frames) return current;
    const binding = this.#bindings.get(frames) ?? this.#createBinding(frames);
    this.#current = binding;
    return binding;
  }

  #createBinding(frames: number): Binding {
    if (this.#isDisposed) {
      fail('E-MODEL-RUN', this.#path, `${this.#path}: expected a live runner, got a disposed one. Make a new one.`);
    }
    if (!isAnyNumber(this.#blockRule) && !takesBlock(this.#blockRule, frames))
      failBlock(this.#path, this.#blockRule, frames);
    if (!Number.isInteger(frames) || frames < 0 || frames > this.#maxFrames) {
      fail(
        'E-MODEL-RUN',
        this.#path,
        `${this.#path}: expected a call of 0–${this.#maxFrames} frames, got ${frames}. Split the call.`,
      );
    }
    if (this.#bindings.size === MAX_BINDINGS) {
      const oldest = this.#bindings.values().next().value!;
      this.#bindings.delete(oldest.frames);
      this.#tensors.unbind(oldest);
    }
    const binding = this.#tensors.bind(frames);
    this.#bindings.set(frames, binding);
    return binding;
  }

  #free(): void {
    this.#isDisposed = true;
    for (const binding of this.#bindings.values()) this.#tensors.unbind(binding);
    this.#bindings.clear();
    this.#current = undefined;
    this.#tensors.dispose();
  }
}

/** Models of the whole sound take any number of frames as well; how many are all is not for the runtime to know. */
const isAnyNumber = (rule: BlockRule): boolean => rule === 0 || rule === 'whole';

function failBlock(path: string, rule: BlockRule, frames: number): never {
  return fail(
    'E-MODEL-BLOCK',
    path,
    `${path}: expected calls of the model's native block (${blockText(rule)}), got ${frames} frames. Put a Block Adapter before it.`,
  );
}
