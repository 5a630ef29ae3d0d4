// The arena: one WebAssembly memory that holds all block buffers and states of a plan, sized at load, never growing.
// Owns the layout; knows nothing of what the numbers mean. SIMD kernels read the same memory.
import { fail } from '../core/errors.ts';
import type { StateArray } from '../core/node-type.ts';

const PAGE_BYTES = 65536;
/** WebAssembly memory is bounded at 4 GiB; far below, a patch is a mistake. */
const ARENA_BYTES_MAX = 1024 * 1024 * 1024;
const ALIGN_BYTES = 16;

export type ArenaDtype = 'f32' | 'f64' | 'i32';
const BYTES: Readonly<Record<ArenaDtype, number>> = { f32: 4, f64: 8, i32: 4 };

/** Hands out zeroed typed arrays. Ask for all of them first, then `build`, then take the views in the same order. */
export class ArenaLayout {
  #bytes = 0;
  readonly #views: { readonly offset: number; readonly length: number; readonly dtype: ArenaDtype }[] = [];

  /** Reserves `length` numbers; returns the index of the view. */
  reserve(dtype: ArenaDtype, length: number): number {
    const offset = this.#bytes;
    this.#bytes += Math.ceil((length * BYTES[dtype]) / ALIGN_BYTES) * ALIGN_BYTES;
    return this.#views.push({ offset, length, dtype }) - 1;
  }

  readonly #copies = new Map<StateArray, number>();

  /** Reserves room for a copy of an array; an array that was asked for before has it already. */
  reserveCopy(array: StateArray): number {
    const dtype = array instanceof Float32Array ? 'f32' : array instanceof Float64Array ? 'f64' : 'i32';
    const view = this.#copies.get(array) ?? this.reserve(dtype, array.length);
    this.#copies.set(array, view);
    return view;
  }

  /** Makes the memory. Throws PatchError E-SIZE when the plan wants more than ARENA_BYTES_MAX. */
  build(): { memory: WebAssembly.Memory; views: (Float32Array | Float64Array | Int32Array)[] } {
    if (this.#bytes > ARENA_BYTES_MAX)
      fail(
        'E-SIZE',
        'nodes',
        `patch: expected at most ${ARENA_BYTES_MAX / 2 ** 20} MiB of buffers and delay lines, got ${Math.ceil(this.#bytes / 2 ** 20)} MiB. Shorten delays, or remove some.`,
      );
    // SIMD kernels read 16 bytes at once, also at the end of the last array.
    const pages = Math.ceil((this.#bytes + ALIGN_BYTES) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const views = this.#views.map(({ offset, length, dtype }) => {
      if (dtype === 'f32') return new Float32Array(memory.buffer, offset, length);
      return dtype === 'f64'
        ? new Float64Array(memory.buffer, offset, length)
        : new Int32Array(memory.buffer, offset, length);
    });
    return { memory, views };
  }
}
