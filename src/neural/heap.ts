// The one wasm memory of all nets in a scope, with the SIMD functions over it. Owns who has which stretch of it.
// Must not know nets. A stretch is cleared when it is taken; views have to be made again when the memory has grown.
import type { KernelForm } from '../core/kernels.ts';
import { instantiate, type WasmFunctions } from '../simd/module.ts';

/** `relaxed`: multiplies and adds at once where the processor can, so that machines differ in the last place. */
export type HeapForm = Exclude<KernelForm, 'scalar'>;

const PAGE_BYTES = 65_536;
const FIRST_PAGES = 16;
const MAX_PAGES = 16_384;
/** A cache line, so that no vector lies across two of them. */
const ALIGNMENT = 64;

interface Stretch {
  readonly start: number;
  readonly bytes: number;
}

export class Heap {
  readonly wasm: WasmFunctions;
  readonly #memory: WebAssembly.Memory;
  /** By start; none touches the next one. */
  #free: Stretch[];

  /** Undefined where the runtime has no SIMD. */
  static create(form: HeapForm = 'simd'): Heap | undefined {
    const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES });
    const wasm = instantiate(memory, form);
    return wasm && new Heap(memory, wasm);
  }

  constructor(memory: WebAssembly.Memory, wasm: WasmFunctions) {
    this.#memory = memory;
    this.wasm = wasm;
    this.#free = [{ start: ALIGNMENT, bytes: FIRST_PAGES * PAGE_BYTES - ALIGNMENT }];
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer;
  }

  /** Address of that many bytes, all 0; undefined when there is no room. Throws RangeError for less than one. */
  take(bytes: number): number | undefined {
    if (!(bytes > 0)) throw new RangeError(`memory: expected bytes above 0, got ${bytes}`);
    const wanted = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    let at = this.#free.findIndex(free => free.bytes >= wanted);
    if (at < 0) {
      const pages = Math.ceil(wanted / PAGE_BYTES);
      const start = this.#memory.buffer.byteLength;
      if (start / PAGE_BYTES + pages > MAX_PAGES) return undefined;
      this.#memory.grow(pages);
      this.#put({ start, bytes: pages * PAGE_BYTES });
      at = this.#free.findIndex(free => free.bytes >= wanted);
    }
    const { start, bytes: found } = this.#free[at];
    this.#free.splice(at, 1, ...(found > wanted ? [{ start: start + wanted, bytes: found - wanted }] : []));
    new Uint8Array(this.buffer, start, wanted).fill(0);
    return start;
  }

  /** Takes back what `take` gave for as many bytes. */
  giveBack(start: number, bytes: number): void {
    this.#put({ start, bytes: Math.ceil(bytes / ALIGNMENT) * ALIGNMENT });
  }

  #put(stretch: Stretch): void {
    const joined: Stretch[] = [];
    for (const next of [...this.#free, stretch].sort((a, b) => a.start - b.start)) {
      const last = joined.at(-1);
      if (last && last.start + last.bytes === next.start)
        joined[joined.length - 1] = { start: last.start, bytes: last.bytes + next.bytes };
      else joined.push(next);
    }
    this.#free = joined;
  }
}
