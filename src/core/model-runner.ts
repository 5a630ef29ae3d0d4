// The inference interface: how a kernel calls a model, and what a runtime must offer. Implemented in src/inference.
// Everything here is synchronous once loaded, because the audio thread waits for no promise.
import type { ModelResource } from './resource.ts';
import type { RuntimeName } from './runtime-choice.ts';

/** Most frames of one call of a model that takes any number: longer stretches are several calls, so that memory stays bounded. */
export const ANY_BLOCK_FRAMES_MAX = 32768;

/**
 * One model with its own state, ready to be called. `run` allocates nothing that the garbage collector sees in steady
 * state. Views must be fetched again for each call: the runtime's memory may grow.
 */
export interface ModelRunner {
  /** Who runs it, which may be another than was chosen (`runtimeOf`); undefined as long as whoever makes it has not told. */
  readonly runtime: RuntimeName | undefined;
  /** Buffer of an audio, param or state-less input for a call of `frames`: row-major in the layout of the contract. */
  input(tensor: string, frames: number): Float32Array;
  /** Runs one call of `frames` frames and advances the state. Throws PatchError E-MODEL-RUN. */
  run(frames: number): void;
  /** Output of the last `run`. */
  output(tensor: string, frames: number): Float32Array;
  /** Everything as at the start: states are zero, and what a slack still holds back is forgotten. */
  reset(): void;
  /** States back to zero; what was computed before still comes out. */
  clearStates(): void;
  /**
   * Goes on from where another runner of the same model, runtime and slack is; that one may run on by itself. Throws
   * PatchError E-MODEL-CONTRACT when its states are of other sizes; then nothing changes.
   */
  carryFrom(before: ModelRunner): void;
  /** Calls whose results were not there in time, so that zeros took their place; always 0 where results are waited for. */
  readonly lateCalls: number;
  dispose(): void;
}

/** A runtime in this thread. Sessions are shared by all runners of the same model (by sha256). */
export interface Inference {
  /**
   * Makes the session if it is not there yet (may block for many ms) and a runner with a state of its own. Its outputs come
   * `slackFrames` frames late (default 0): what transport B does, so that a render sounds as the live engine did.
   */
  createRunner(model: ModelResource, maxFrames: number, slackFrames?: number): ModelRunner;
  dispose(): void;
}

export type TensorData = Float32Array | Float64Array | BigInt64Array;

/** A tensor by value. */
export interface GraphTensor {
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** A whole graph called with any tensors: how bundles are played and checked. Not for the audio thread, since it allocates. */
export interface GraphSession {
  /** Runs once. Throws PatchError E-MODEL-RUN. The result is the caller's. */
  run(inputs: Readonly<Record<string, GraphTensor>>, outputs: readonly string[]): Record<string, GraphTensor>;
  dispose(): void;
}

/** Makes graph sessions; `name` and `version` are told in reports. */
export interface GraphRuntime {
  readonly name: string;
  createGraph(bytes: Uint8Array, path: string): GraphSession;
}
