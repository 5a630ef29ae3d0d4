// The memory of one net while it is laid out: blocks that steps share in turn, constants, and where each tensor lies.
// Owns who may use a block again. Must not know what steps compute.
import type { Net, Size } from '../core/net.ts';
import { at, size } from '../onnx/net/size.ts';
import { type Block, F32, layOut, naturalOrder, type Place } from './place.ts';

const ALIGNMENT = 64;

interface Filling {
  readonly block: Block;
  readonly numbers: Float32Array;
}

export class Layout {
  readonly net: Net;
  readonly maxFrames: number;
  readonly places = new Map<number, Place>();
  /** Steps that still read a tensor; outputs and states are read for ever. */
  readonly #uses: number[];
  readonly #pending = new Map<Block, number>();
  readonly #free: Block[] = [];
  readonly #blocks: Block[] = [];
  readonly #fillings: Filling[] = [];
  readonly #file: Uint8Array;
  #bytes = 0;

  constructor(net: Net, file: Uint8Array, maxFrames: number) {
    this.net = net;
    this.maxFrames = maxFrames;
    this.#file = file;
    this.#uses = net.tensors.map(() => 0);
    for (const { inputs } of net.steps) for (const tensor of inputs) if (tensor >= 0) this.#uses[tensor]++;
    for (const tensor of [...Object.values(net.outputs), ...net.states.map(({ output }) => output)])
      this.#uses[tensor] = Number.POSITIVE_INFINITY;
  }

  get bytes(): number {
    return this.#bytes;
  }

  usesOf(tensor: number): number {
    return this.#uses[tensor];
  }

  /** Numbers of a constant. */
  constant(tensor: number): Float32Array {
    const { data } = this.net.tensors[tensor];
    if (data === undefined) throw new RangeError(`tensor ${tensor}: expected a constant`);
    if (data instanceof Float32Array) return data;
    // The file is little-endian, as is every machine with wasm in it; only its place need not be a multiple of 4.
    const bytes = this.#file.slice(data.from, data.from + F32 * data.count);
    return new Float32Array(bytes.buffer, 0, data.count);
  }
  isConstant(tensor: number): boolean {
    return this.net.tensors[tensor].data !== undefined;
  }

  /** A block of its own, all 0 at the start, never shared. Throws RangeError for less than one byte. */
  reserve(bytes: number): Block {
    if (!(bytes > 0)) throw new RangeError(`memory of a net: expected bytes above 0, got ${bytes}`);
    const rounded = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const block = { address: 0, start: this.#bytes, bytes: rounded };
    this.#bytes += rounded;
    this.#blocks.push(block);
    return block;
  }

  /** A block with these numbers in it. */
  fill(numbers: Float32Array): Block {
    const block = this.reserve(F32 * numbers.length + ALIGNMENT);
    this.#fillings.push({ block, numbers });
    return block;
  }

  /** A block for as long as its tensor is read. */
  borrow(bytes: number): Block {
    const at = this.#free.findIndex(block => block.bytes >= bytes && block.bytes <= 2 * bytes + 1024);
    return at < 0 ? this.reserve(bytes) : this.#free.splice(at, 1)[0];
  }
  /** Gives back what `borrow` gave, for the next steps. */
  release(block: Block): void {
    this.#free.push(block);
  }

  newPlace(sizes: readonly Size[], order: readonly number[] = naturalOrder(sizes), isShared = true): Place {
    const { steps, isPadded, bytes } = layOut(sizes, order, this.maxFrames);
    const block = isShared ? this.borrow(bytes) : this.reserve(bytes);
    return { block, offset: size(0), sizes, steps, isPadded };
  }

  /** Where a tensor lies, which must be known by now; constants are put there when they are first wanted. */
  place(tensor: number): Place {
    const known = this.places.get(tensor);
    if (known) return known;
    const { sizes } = this.net.tensors[tensor];
    const numbers = this.constant(tensor);
    const steps = sizes.map(() => F32);
    for (let axis = sizes.length - 2; axis >= 0; axis--) steps[axis] = steps[axis + 1] * sizes[axis + 1].fixed;
    const place = { block: this.fill(numbers), offset: size(0), sizes, steps, isPadded: false };
    this.places.set(tensor, place);
    return place;
  }

  /** Says where a tensor lies; a shared block is free again once all its tensors were read. */
  put(tensor: number, place: Place, isShared = true): void {
    this.places.set(tensor, place);
    if (isShared || this.#pending.has(place.block))
      this.#pending.set(place.block, (this.#pending.get(place.block) ?? 0) + this.#uses[tensor]);
  }

  /** Whether a step that reads this tensor now is the last that reads anything in its block. */
  isLastUse(tensor: number): boolean {
    const place = this.places.get(tensor);
    return place !== undefined && this.#pending.get(place.block) === 1;
  }

  /** The step is laid out: what it read is read once less. `kept` goes on under another tensor. */
  done(inputs: readonly number[]): void {
    for (const tensor of inputs) {
      const block = this.places.get(tensor)?.block;
      const pending = block && this.#pending.get(block);
      if (block === undefined || pending === undefined) continue;
      this.#pending.set(block, pending - 1);
      if (pending > 1) continue;
      this.#pending.delete(block);
      this.release(block);
    }
  }

  /** All is laid out: blocks get their addresses, constants their numbers. */
  settle(base: number, buffer: ArrayBuffer): void {
    for (const block of this.#blocks) block.address = base + block.start;
    for (const { block, numbers } of this.#fillings)
      new Float32Array(buffer, block.address, numbers.length).set(numbers);
    // They lie in the buffer now.
    this.#fillings.length = 0;
  }

  /** Most numbers along an axis. */
  most(one: Size): number {
    return at(one, this.maxFrames);
  }
}
