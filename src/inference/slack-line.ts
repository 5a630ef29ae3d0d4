// The slack of transport B: results of a model come out an exact number of frames after their inputs, whenever they arrived.
// Owns the alignment by frame, the same live and offline. Must not know where results come from.
import { tensorSize } from '../core/model-ports.ts';
import type { ModelResource } from '../core/resource.ts';
import { CallBuffers, type CallTensor } from './call-buffers.ts';

/**
 * One output tensor in a ring: `rows` runs of `slots` of `width` numbers, as its layout orders them. A slot is a frame, or the item of
 * a call: `step` frames.
 */
interface Ring {
  readonly rows: number;
  readonly slots: number;
  readonly step: number;
  readonly width: number;
  readonly values: Float32Array;
}

function makeRing(tensor: CallTensor, capacity: number, callFrames: number): Ring {
  // Calls of a model with items have one block each, and so has its slack.
  const step = tensor.layout.includes('n') ? 1 : callFrames;
  const slots = Math.ceil(capacity / step);
  const perSlot = tensorSize(tensor, 1);
  // Channels before frames are rows, channels after them lie side by side in a frame.
  const isRow = step === 1 && tensor.layout.indexOf('c') < tensor.layout.indexOf('n');
  const rows = isRow ? perSlot : 1;
  return { rows, slots, step, width: perSlot / rows, values: new Float32Array(perSlot * slots) };
}

export class SlackLine {
  readonly #outputs: CallBuffers;
  readonly #slackFrames: number;
  readonly #capacity: number;
  readonly #rings: readonly Ring[];
  /** Frames read since the start, before the next call. */
  position = 0;
  /** Results of all frames before this one are there. */
  #arrived = 0;
  /** What lies before this frame is no sound: the start, or the last reset. */
  #from = 0;
  /** Stretches before `arrived` that were never computed, in order of time, as long as they are still to be read. */
  #gaps: readonly { readonly from: number; readonly to: number }[] = [];

  /** `maxFrames`: of one call. */
  constructor(model: ModelResource, maxFrames: number, slackFrames: number) {
    const { outputs } = model.contract;
    this.#outputs = new CallBuffers(model, outputs, maxFrames);
    this.#slackFrames = slackFrames;
    this.#capacity = slackFrames + maxFrames;
    this.#rings = outputs.map(tensor => makeRing(tensor, this.#capacity, maxFrames));
  }

  get arrived(): number {
    return this.#arrived;
  }

  output(tensor: string, frames: number): Float32Array {
    return this.#outputs.view(tensor, frames);
  }

  /**
   * Takes the results of the `frames` frames from `at` on: all output tensors in contract order, one after the other in
   * `values` from `offset` on. What comes too late is left out; what was never computed before it is missing.
   */
  write(at: number, frames: number, values: Float32Array, offset: number): void {
    const end = at + frames;
    const first = Math.max(at, this.#arrived, this.position - this.#slackFrames);
    if (end <= this.#arrived) return;
    for (let gap = Math.max(this.#arrived, end - this.#capacity); gap < at; gap++) this.#clear(gap);
    if (at > this.#arrived) this.#gaps = [...this.#gaps, { from: this.#arrived, to: at }];
    this.#arrived = end;
    for (const [index, { rows, slots, step, width, values: ring }] of this.#rings.entries()) {
      for (let row = 0; row < rows; row++) {
        for (let frame = first; frame < end; frame += step) {
          const target = (row * slots + ((frame / step) % slots)) * width;
          const source = offset + ((row * frames + frame - at) / step) * width;
          for (let i = 0; i < width; i++) ring[target + i] = values[source + i];
        }
      }
      offset += tensorSize(this.#outputs.tensors[index], frames);
    }
  }

  /** Fills the outputs of the next `frames` frames; false when results were missing, which are zeros then. */
  read(frames: number): boolean {
    const start = this.position - this.#slackFrames;
    const views = this.#outputs.views(frames);
    for (const [index, { rows, slots, step, width, values: ring }] of this.#rings.entries()) {
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < frames; i += step) {
          const frame = start + i;
          const isThere = frame >= this.#from && frame < this.#arrived;
          const source = (row * slots + ((frame / step) % slots)) * width;
          const target = ((row * frames + i) / step) * width;
          for (let k = 0; k < width; k++) views[index][target + k] = isThere ? ring[source + k] : 0;
        }
      }
    }
    this.position += frames;
    return start + frames <= this.#arrived && !this.#readsGap(start, start + frames);
  }

  /** Forgets what is under way. */
  reset(): void {
    this.#from = this.position;
    this.#arrived = this.position;
    this.#gaps = [];
  }

  /** Goes on from where another line of the same model, call length and slack is. */
  carryFrom(before: SlackLine): void {
    this.position = before.position;
    this.#arrived = before.#arrived;
    this.#from = before.#from;
    this.#gaps = before.#gaps;
    for (const [index, { values }] of this.#rings.entries()) values.set(before.#rings[index].values);
  }

  /** Whether a gap lies in the frames from `start` to `end`, which are read now; forgets those that are behind. */
  #readsGap(start: number, end: number): boolean {
    if (this.#gaps.length === 0 || this.#gaps[0].from >= end) return false;
    const isGap = this.#gaps.some(({ from, to }) => from < end && to > start);
    this.#gaps = this.#gaps.filter(({ to }) => to > end);
    return isGap;
  }

  #clear(frame: number): void {
    for (const { rows, slots, step, width, values } of this.#rings) {
      if (frame % step > 0) continue;
      for (let row = 0; row < rows; row++) {
        const at = (row * slots + ((frame / step) % slots)) * width;
        values.fill(0, at, at + width);
      }
    }
  }
}
