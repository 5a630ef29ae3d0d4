// The past of a layer: a state in front of what a call brings, in rows that are longer than both. Each call moves on by its frames
// instead of copying the past to the front; that is done once the rows are full. Owns where in its rows a past is.

import type { Size } from '../core/net.ts';
import { at, minus, size } from '../onnx/net/size.ts';
import type { Heap } from './heap.ts';
import type { Layout } from './layout.ts';
import { type Block, F32, layOut, naturalOrder, type Place } from './place.ts';

/** Calls of the most frames until rows are full; longer ones are moved more often, to save memory. Layers take turns. */
const CALLS = 8;
const CALLS_VARIED = 4;
const LONG_FRAMES = 2048;

export class History {
  /** Past and present; its address moves on. */
  readonly place: Place;
  readonly #past: number;
  readonly #fresh: Size;
  readonly #rows: number;
  readonly #pitch: number;
  readonly #capacity: number;
  readonly #mostFresh: number;
  #position = 0;
  #base = 0;

  /** `sizes` of past and present along the innermost axis; `past`: how much of it is the state. */
  constructor(layout: Layout, sizes: readonly Size[], past: number, turn: number) {
    const order = naturalOrder(sizes);
    const inner = order.at(-1) as number;
    this.#past = past;
    this.#fresh = minus(sizes[inner], size(past));
    this.#mostFresh = layout.most(this.#fresh);
    const calls = this.#mostFresh > LONG_FRAMES ? 1 : CALLS + (turn % CALLS_VARIED);
    this.#capacity = past + calls * this.#mostFresh;
    const { steps, bytes } = layOut(sizes, order, layout.maxFrames, this.#capacity);
    const outer = order.slice(0, -1);
    this.#rows = outer.reduce((all, axis) => all * layout.most(sizes[axis]), 1);
    this.#pitch = outer.length > 0 ? steps[outer.at(-1) as number] : bytes;
    const block: Block = layout.reserve(bytes);
    this.place = { block, offset: size(0), sizes, steps, isPadded: true };
  }

  /** What a call brings, behind the past. */
  fresh(sizes: readonly Size[]): Place {
    return { ...this.place, sizes, offset: size(F32 * this.#past) };
  }
  /** The state. */
  past(sizes: readonly Size[]): Place {
    return { ...this.place, sizes };
  }

  settle(): void {
    this.#base = this.place.block.address;
  }

  /** After a call. */
  advance({ wasm }: Heap, frames: number): void {
    this.#position += at(this.#fresh, frames);
    if (this.#position + this.#past + this.#mostFresh > this.#capacity) {
      const from = this.#base + F32 * this.#position;
      wasm.copy3(from, 0, this.#pitch, F32, this.#base, 0, this.#pitch, F32, 1, this.#rows, this.#past);
      this.#position = 0;
    }
    this.place.block.address = this.#base + F32 * this.#position;
  }
}
