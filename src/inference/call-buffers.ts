// The tensors of a call outside the runtime's memory: one buffer for each input or output of a model, and views of the right
// length on it. Must not know what fills or reads them.
import { fail } from '../core/errors.ts';
import { tensorSize } from '../core/model-ports.ts';
import type { ModelContract, ModelResource } from '../core/resource.ts';

/** A tensor whose `layout` names its axes; see ModelPort and ModelParam. */
export interface CallTensor {
  readonly tensor: string;
  readonly layout: string;
  readonly channels: number;
  readonly shape?: readonly number[];
}

/** Inputs in the order in which they travel: audio first, then params. */
export const inputTensors = ({ inputs, params }: ModelContract): readonly CallTensor[] => [
  ...inputs,
  ...params.map(param => ({ ...param, channels: 1 })),
];

/** Numbers of all tensors in a call. */
export const callSize = (tensors: readonly CallTensor[], frames: number): number =>
  tensors.reduce((sum, tensor) => sum + tensorSize(tensor, frames), 0);

/** Lengths of calls whose views are kept; calls split at events bring any length. */
const VIEWS_MAX = 64;

export class CallBuffers {
  readonly tensors: readonly CallTensor[];
  readonly #path: string;
  readonly #maxFrames: number;
  readonly #buffers: readonly Float32Array[];
  readonly #views = new Map<number, readonly Float32Array[]>();

  constructor({ path }: Pick<ModelResource, 'path'>, tensors: readonly CallTensor[], maxFrames: number) {
    this.tensors = tensors;
    this.#path = path;
    this.#maxFrames = maxFrames;
    this.#buffers = tensors.map(tensor => new Float32Array(tensorSize(tensor, maxFrames)));
  }

  /** Views of all tensors for a call of `frames` frames; the same ones each time. Throws E-MODEL-RUN when it is too long. */
  views(frames: number): readonly Float32Array[] {
    const known = this.#views.get(frames);
    if (known) return known;
    if (!(frames >= 0 && frames <= this.#maxFrames))
      fail(
        'E-MODEL-RUN',
        this.#path,
        `${this.#path}: expected a call of 0–${this.#maxFrames} frames, got ${frames}. Split the call.`,
      );
    if (this.#views.size === VIEWS_MAX) this.#views.clear();
    const made = this.#buffers.map((buffer, at) => buffer.subarray(0, tensorSize(this.tensors[at], frames)));
    this.#views.set(frames, made);
    return made;
  }

  /** Throws E-MODEL-RUN for a name that the model does not have. */
  view(name: string, frames: number): Float32Array {
    const views = this.views(frames);
    for (let at = 0; at < this.tensors.length; at++) if (this.tensors[at].tensor === name) return views[at];
    const names = this.tensors.map(({ tensor }) => tensor).join(', ');
    return fail(
      'E-MODEL-RUN',
      this.#path,
      `${this.#path}: expected one of the tensors ${names}, got "${name}". Correct the name.`,
    );
  }
}
