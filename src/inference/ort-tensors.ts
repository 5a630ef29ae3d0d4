// The tensors of one runner: where each lies in the runtime's memory, its shape for a number of frames, and the handles
// and pointer tables that a call of that many frames needs. Owns that memory. Must not know sessions or when to run.
import { fail } from '../core/errors.ts';
import type { ModelResource, TensorDtype } from '../core/resource.ts';
import type { OrtModule, Pointer } from './ort-glue.ts';
import { allocate, allocateString, refuse } from './ort-session.ts';

const DTYPES: Readonly<Record<TensorDtype, { readonly code: number; readonly bytes: number }>> = {
  f32: { code: 1, bytes: 4 },
  i64: { code: 7, bytes: 8 },
  f64: { code: 11, bytes: 8 },
};
const CPU = 1;
const POINTER_BYTES = 4;

/** An audio or param tensor: one buffer, large enough for the longest call. */
interface Port {
  readonly tensor: string;
  readonly layout: string;
  readonly channels: number;
  readonly data: Pointer;
}

/** A state tensor: two buffers that change places with every call, so that nothing is copied. */
interface StatePair {
  readonly data: readonly [Pointer, Pointer];
  readonly handles: readonly [Pointer, Pointer];
  readonly bytes: number;
}

/** What one call of `frames` frames needs. Index 0 or 1 of the tables is the turn: which buffer of each state is read. */
export interface Binding {
  readonly frames: number;
  readonly inputs: readonly Float32Array[];
  readonly outputs: readonly Float32Array[];
  readonly inputTables: readonly [Pointer, Pointer];
  readonly outputTables: readonly [Pointer, Pointer];
  readonly handles: readonly Pointer[];
}

/** The memory of one runner. */
export class OrtTensors {
  readonly inputNames: Pointer;
  readonly inputCount: number;
  readonly outputNames: Pointer;
  readonly outputCount: number;
  readonly inputIndex: ReadonlyMap<string, number>;
  readonly outputIndex: ReadonlyMap<string, number>;
  readonly #ort: OrtModule;
  readonly #path: string;
  readonly #inputs: readonly Port[];
  readonly #outputs: readonly Port[];
  readonly #states: readonly StatePair[];
  readonly #owned: Pointer[] = [];

  /** Buffers for calls of up to `maxFrames` frames, all zero. Throws E-MODEL-CONTRACT and E-MODEL-RUN. */
  constructor(ort: OrtModule, model: ModelResource, maxFrames: number) {
    this.#ort = ort;
    this.#path = model.path;
    const { inputs, outputs, params, states } = model.contract;
    const ports = [...inputs, ...params.map(param => ({ ...param, channels: 1 }))];
    // Layouts are checked before memory is taken.
    for (const port of [...ports, ...outputs]) shapeOf(port, maxFrames, model.path);
    this.#inputs = ports.map(port => this.#createPort(port, maxFrames));
    this.#outputs = outputs.map(port => this.#createPort(port, maxFrames));
    this.#states = states.map(({ shape, dtype }) => this.#createState(shape, dtype));
    this.inputIndex = new Map(ports.map((port, i) => [port.tensor, i]));
    this.outputIndex = new Map(outputs.map((port, i) => [port.tensor, i]));
    this.inputCount = ports.length + states.length;
    this.outputCount = outputs.length + states.length;
    this.inputNames = this.#createNames([...ports.map(port => port.tensor), ...states.map(state => state.input)]);
    this.outputNames = this.#createNames([...outputs.map(port => port.tensor), ...states.map(state => state.output)]);
  }

  /** Handles, tables and views for calls of `frames` frames; to be given back with `unbind`. */
  bind(frames: number): Binding {
    const handlesOf = (ports: readonly Port[]): Pointer[] =>
      ports.map(port => this.#createHandle('f32', port.data, shapeOf(port, frames, this.#path)));
    const viewsOf = (ports: readonly Port[]): Float32Array[] =>
      ports.map(port => {
        const length = sizeOf(shapeOf(port, frames, this.#path));
        return new Float32Array(this.#ort.HEAPU8.buffer, port.data, length);
      });
    const inputs = handlesOf(this.#inputs);
    const outputs = handlesOf(this.#outputs);
    const statesOf = (turn: 0 | 1): Pointer[] => this.#states.map(state => state.handles[turn]);
    return {
      frames,
      inputs: viewsOf(this.#inputs),
      outputs: viewsOf(this.#outputs),
      inputTables: [this.#createTable([...inputs, ...statesOf(0)]), this.#createTable([...inputs, ...statesOf(1)])],
      outputTables: [this.#createTable([...outputs, ...statesOf(1)]), this.#createTable([...outputs, ...statesOf(0)])],
      handles: [...inputs, ...outputs],
    };
  }

  unbind(binding: Binding): void {
    for (const handle of binding.handles) this.#ort._OrtReleaseTensor(handle);
    for (const table of [...binding.inputTables, ...binding.outputTables]) this.#ort._free(table);
  }

  /** Zeroes the states that the call of this turn reads. */
  clearStates(turn: 0 | 1): void {
    for (const { data, bytes } of this.#states) this.#ort.HEAPU8.fill(0, data[turn], data[turn] + bytes);
  }

  /** Takes over the states of another runner. Throws E-MODEL-CONTRACT when their number or a size differs; then nothing changes. */
  copyStates(turn: 0 | 1, from: OrtTensors, fromTurn: 0 | 1): void {
    const given = from.#states.map(state => state.bytes).join(', ');
    const wanted = this.#states.map(state => state.bytes).join(', ');
    if (given !== wanted) {
      fail(
        'E-MODEL-CONTRACT',
        this.#path,
        `${this.#path}: expected states of [${wanted}] bytes, got [${given}]. Carry over between runners of one model.`,
      );
    }
    for (const [i, { data, bytes }] of this.#states.entries()) {
      const source = from.#states[i]!.data[fromTurn];
      this.#ort.HEAPU8.copyWithin(data[turn], source, source + bytes);
    }
  }

  /** Frees everything but the bindings. */
  dispose(): void {
    for (const { handles } of this.#states) for (const handle of handles) this.#ort._OrtReleaseTensor(handle);
    for (const pointer of this.#owned) this.#ort._free(pointer);
    this.#owned.length = 0;
  }

  #createPort(port: Omit<Port, 'data'>, maxFrames: number): Port {
    const { tensor, layout, channels } = port;
    return { tensor, layout, channels, data: this.#createBuffer(4 * sizeOf(shapeOf(port, maxFrames, this.#path))) };
  }

  #createState(shape: readonly number[], dtype: TensorDtype): StatePair {
    const bytes = DTYPES[dtype].bytes * sizeOf(shape);
    const data = [this.#createBuffer(bytes), this.#createBuffer(bytes)] as const;
    return {
      data,
      bytes,
      handles: [this.#createHandle(dtype, data[0], shape), this.#createHandle(dtype, data[1], shape)],
    };
  }

  #createBuffer(bytes: number): Pointer {
    const pointer = allocate(this.#ort, bytes);
    this.#owned.push(pointer);
    this.#ort.HEAPU8.fill(0, pointer, pointer + bytes);
    return pointer;
  }

  #createNames(names: readonly string[]): Pointer {
    const strings = names.map(name => allocateString(this.#ort, name));
    const table = this.#createTable(strings);
    this.#owned.push(...strings, table);
    return table;
  }

  #createTable(pointers: readonly Pointer[]): Pointer {
    const table = allocate(this.#ort, POINTER_BYTES * pointers.length);
    for (const [i, pointer] of pointers.entries()) this.#ort.setValue(table + POINTER_BYTES * i, pointer, '*');
    return table;
  }

  #createHandle(dtype: TensorDtype, data: Pointer, shape: readonly number[]): Pointer {
    const { code, bytes } = DTYPES[dtype];
    const ort = this.#ort;
    const stack = ort.stackSave();
    const dims = ort.stackAlloc(4 * Math.max(1, shape.length));
    for (const [i, size] of shape.entries()) ort.setValue(dims + 4 * i, size, 'i32');
    const handle = ort._OrtCreateTensor(code, data, bytes * sizeOf(shape), dims, shape.length, CPU);
    ort.stackRestore(stack);
    if (handle === 0) refuse(ort, this.#path, `expected a tensor of shape [${shape.join(', ')}]`);
    return handle;
  }
}

/** Shape of a tensor whose axes `layout` names: b and 1 are one, c channels, n frames; "" is a scalar. */
function shapeOf(port: Pick<Port, 'tensor' | 'layout' | 'channels'>, frames: number, path: string): number[] {
  return [...port.layout].map(axis => {
    if (axis === 'n') return frames;
    if (axis === 'c') return port.channels;
    if (axis === 'b' || axis === '1') return 1;
    return fail(
      'E-MODEL-CONTRACT',
      path,
      `${path}: expected the axes b, c, n or 1 in the layout of "${port.tensor}", got "${port.layout}". Correct it.`,
    );
  });
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
