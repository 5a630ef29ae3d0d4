// A model as a net on the SIMD kernels: one runner with its own states in the heap that all nets share.
// Owns views and states between calls. Allocates nothing in steady state.
import { fail } from '../core/errors.ts';
import type { ModelRunner } from '../core/model-runner.ts';
import type { Net } from '../core/net.ts';
import type { BlockRule } from '../core/port.ts';
import type { ModelResource } from '../core/resource.ts';
import { blockText, leastBlock, takesBlock } from '../core/signal-rules.ts';
import { at } from '../onnx/net/size.ts';
import { compile, type Program, type ProgramState } from './compile.ts';
import type { Heap } from './heap.ts';
import { naturalOrder } from './place.ts';
import type { Tensor } from './tensor.ts';

/** Lengths of calls whose views are kept; calls split at events bring any length. */
const VIEWS_MAX = 64;
/** Most memory of one net; long calls of large ones want more. */
const BYTES_MAX = 256 << 20;
const WARM_UP_CALLS = 2;
const WARM_UP_FRAMES = 128;

interface Views {
  readonly frames: number;
  readonly inputs: readonly Float32Array[];
  readonly outputs: readonly Float32Array[];
}

export class KernelRunner implements ModelRunner {
  readonly runtime = 'SIMD kernels';
  readonly lateCalls = 0;
  /** Called once, after the runner was let go. */
  onDispose: (() => void) | undefined;
  readonly #heap: Heap;
  readonly #program: Program;
  readonly #base: number;
  readonly #model: Pick<ModelResource, 'path' | 'contract'>;
  readonly #maxFrames: number;
  readonly #inputs: readonly string[];
  readonly #outputs: readonly string[];
  readonly #views = new Map<number, Views>();
  #buffer: ArrayBuffer;
  #current: Views | undefined;
  #isDisposed = false;

  /** Undefined where there is no memory for it. */
  static create(heap: Heap, net: Net, model: ModelResource, maxFrames: number): KernelRunner | undefined {
    const { blockFrames } = model.contract;
    if (leastBlock(blockFrames) > maxFrames) failBlock(model.path, blockFrames, maxFrames);
    const most = typeof blockFrames === 'number' && blockFrames > 0 ? blockFrames : maxFrames;
    const program = compile(net, model.bytes, most, heap);
    const base = program.bytes > BYTES_MAX ? undefined : heap.take(program.bytes);
    if (base === undefined) return undefined;
    try {
      return new KernelRunner(heap, program, base, model, most);
    } catch (error) {
      heap.giveBack(base, program.bytes);
      throw error;
    }
  }

  constructor(heap: Heap, program: Program, base: number, { path, contract }: ModelResource, maxFrames: number) {
    this.#heap = heap;
    this.#program = program;
    this.#base = base;
    this.#model = { path, contract };
    this.#maxFrames = maxFrames;
    this.#inputs = Object.keys(program.inputs);
    this.#outputs = Object.keys(program.outputs);
    this.#buffer = heap.buffer;
    program.settle(base, heap.buffer);
    this.reset();
    for (let call = 0; call < WARM_UP_CALLS; call++) this.run(this.#leastFrames());
    this.reset();
  }

  input(tensor: string, frames: number): Float32Array {
    return this.#find(this.#inputs, 'input', tensor, this.#viewsOf(frames).inputs);
  }

  run(frames: number): void {
    if (frames === 0) return;
    this.#viewsOf(frames);
    const { runs, histories } = this.#program;
    for (let k = 0; k < runs.length; k++) runs[k](frames);
    for (let k = 0; k < histories.length; k++) histories[k].advance(this.#heap, frames);
  }

  output(tensor: string, frames: number): Float32Array {
    return this.#find(this.#outputs, 'output', tensor, this.#viewsOf(frames).outputs);
  }

  reset(): void {
    this.clearStates();
  }

  clearStates(): void {
    for (const state of this.#program.states) {
      const { init } = state;
      if (typeof init === 'number') this.#visit(state, () => init);
      else this.#visit(state, (_, k) => init[k]);
    }
  }

  carryFrom(before: ModelRunner): void {
    if (!(before instanceof KernelRunner)) return;
    const [from, to] = [before.#program.states, this.#program.states];
    const states = from.map(state => {
      const numbers: number[] = [];
      before.#visit(state, value => {
        numbers.push(value);
        return value;
      });
      return numbers;
    });
    const lengths = to.map(({ place }) => place().sizes.reduce((all, { fixed }) => all * fixed, 1));
    if (states.length !== to.length || states.some(({ length }, k) => length !== lengths[k])) {
      const got = states.map(({ length }) => 4 * length).join(', ');
      const want = lengths.map(length => 4 * length).join(', ');
      const { path } = this.#model;
      fail('E-MODEL-CONTRACT', path, `${path}: expected states of [${want}] bytes, got [${got}]. Load the same model.`);
    }
    for (const [k, state] of to.entries()) this.#visit(state, (_, at) => states[k][at]);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#views.clear();
    this.#current = undefined;
    this.#heap.giveBack(this.#base, this.#program.bytes);
    this.onDispose?.();
  }

  /** Goes through a state's numbers row by row and sets each. */
  #visit(state: ProgramState, change: (value: number, at: number) => number): void {
    const { block, sizes, steps } = state.place();
    const order = naturalOrder(sizes);
    const memory = new Float32Array(this.#heap.buffer);
    let count = 0;
    const walk = (level: number, address: number): void => {
      if (level === order.length) {
        memory[address / 4] = change(memory[address / 4], count++);
        return;
      }
      const axis = order[level];
      for (let k = 0; k < sizes[axis].fixed; k++) walk(level + 1, address + k * steps[axis]);
    };
    walk(0, block.address);
  }

  #leastFrames(): number {
    const { blockFrames } = this.#model.contract;
    return leastBlock(blockFrames) || Math.min(this.#maxFrames, WARM_UP_FRAMES);
  }

  #find(names: readonly string[], side: string, tensor: string, views: readonly Float32Array[]): Float32Array {
    const position = names.indexOf(tensor);
    if (position >= 0) return views[position];
    const { path } = this.#model;
    const expected = `expected one of the ${side}s ${names.join(', ')}`;
    return fail('E-MODEL-RUN', path, `${path}: ${expected}, got "${tensor}". Correct the name.`);
  }

  #viewsOf(frames: number): Views {
    if (this.#buffer !== this.#heap.buffer) {
      this.#buffer = this.#heap.buffer;
      this.#views.clear();
      this.#current = undefined;
    }
    if (this.#current?.frames === frames) return this.#current;
    const views = this.#views.get(frames) ?? this.#makeViews(frames);
    this.#current = views;
    return views;
  }

  #makeViews(frames: number): Views {
    const { path, contract } = this.#model;
    if (this.#isDisposed)
      fail('E-MODEL-RUN', path, `${path}: expected a live runner, got a disposed one. Make a new one.`);
    const rule = contract.blockFrames;
    if (frames !== 0 && rule !== 0 && !takesBlock(rule, frames)) failBlock(path, rule, frames);
    if (!Number.isInteger(frames) || frames < 0 || frames > this.#maxFrames)
      fail(
        'E-MODEL-RUN',
        path,
        `${path}: expected a call of 0–${this.#maxFrames} frames, got ${frames}. Split the call.`,
      );
    const view = ({ block, sizes }: Tensor): Float32Array => {
      const length = frames === 0 ? 0 : sizes.reduce((all, one) => all * at(one, frames), 1);
      return new Float32Array(this.#buffer, block.address, length);
    };
    if (this.#views.size === VIEWS_MAX) this.#views.clear();
    const { inputs, outputs } = this.#program;
    const made = { frames, inputs: Object.values(inputs).map(view), outputs: Object.values(outputs).map(view) };
    this.#views.set(frames, made);
    return made;
  }
}

function failBlock(path: string, rule: BlockRule, frames: number): never {
  const expected = `expected calls of the model's native block (${blockText(rule)}), got ${frames} frames`;
  return fail('E-MODEL-BLOCK', path, `${path}: ${expected}. Put a Block Adapter before it.`);
}
