// The inference interface: how a kernel calls a model, and what a runtime must offer. Implemented in src/inference.
// Everything here is synchronous once loaded, because the audio thread waits for no promise.
import type { ModelResource } from './resource.ts';

/**
 * One model with its own state, ready to be called. `run` allocates nothing that the garbage collector sees in steady
 * state. Views must be fetched again for each call: the runtime's memory may grow.
 */
export interface ModelRunner {
  /** Buffer of an audio, param or state-less input for a call of `frames`: row-major in the layout of the contract. */
  input(tensor: string, frames: number): Float32Array;
  /** Runs one call of `frames` frames and advances the state. Throws PatchError E-MODEL-RUN. */
  run(frames: number): void;
  /** Output of the last `run`. */
  output(tensor: string, frames: number): Float32Array;
  /** State back to zero. */
  reset(): void;
  /** Copies the state out or in, for edits while playing: state tensors in contract order, as raw bytes. */
  saveState(): Uint8Array[];
  loadState(state: readonly Uint8Array[]): void;
  dispose(): void;
}

/** A runtime in this thread. Sessions are shared by all runners of the same model (by sha256). */
export interface Inference {
  /** Makes the session if it is not there yet (may block for many ms) and a runner with a state of its own. */
  createRunner(model: ModelResource, maxFrames: number): ModelRunner;
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
