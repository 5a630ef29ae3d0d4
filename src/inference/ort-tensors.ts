// The tensors of one runner: where each lies in the runtime's memory, its shape for a number of frames, and the handles
// and pointer tables that a call of that many frames needs. Owns that memory. Must not know sessions or when to run.
import { fail } from '../core/errors.ts';
import { tensorDims } from '../core/model-ports.ts';
import type { ModelResource, ModelState, TensorDtype } from '../core/resource.ts';
import type { OrtModule, Pointer } from './ort-glue.ts';
import { allocate, allocateString, refuse } from './ort-session.ts';

const DTYPES: Readonly<Record<TensorDtype, { readonly code: number; readonly bytes: number }>> = {
  f32: { code: 1, bytes: 4 },
  i64: { code: 7, bytes: 8 },
  f64: { code: 11, bytes: 8 },
};
const CPU = 1;
const POINTER_BYTES = 4;

/** A tensor of a port or param: one buffer, large enough for the longest call. */
interface Port {
  readonly tensor: string;
  readonly layout: string;
  readonly channels: number;
  readonly shape?: readonly number[];
  /** Left out: f32. */
  readonly dtype?: 'f32' | 'i64';
  readonly data: Pointer;
}

/** A tensor of whole numbers: written as f32 like all others, and turned into what the model takes before each call. */
interface WholeNumbers {
  readonly tensor: string;
  readonly written: Float32Array;
  /** Low and high half of each number. */
  readonly halves: Int32Array;
}

/** A state tensor: two buffers that change places with every call, so that nothing is copied. */
interface StatePair {
  readonly data: readonly [Pointer, Pointer];
  readonly handles: readonly [Pointer, Pointer];
  readonly bytes: number;
  /** What it starts with; undefined: zeros. */
  readonly start: Uint8Array | undefined;
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
  readonly #wholeNumbers: WholeNumbers[] = [];

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
    this.#states = states.map(state => this.#createState(state));
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
      ports.map(port => this.#createHandle(port.dtype ?? 'f32', port.data, shapeOf(port, frames, this.#path)));
    const viewsOf = (ports: readonly Port[]): Float32Array[] =>
      ports.map(port => {
        const length = sizeOf(shapeOf(port, frames, this.#path));
        const whole = this.#wholeNumbers.find(({ tensor }) => tensor === port.tensor);
        if (whole) return whole.written.subarray(0, length);
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

  /** Turns what was written for tensors of whole numbers into them; others lie where the model reads them. */
  settleInputs(): void {
    for (let k = 0; k < this.#wholeNumbers.length; k++) {
      const { written, halves } = this.#wholeNumbers[k];
      for (let i = 0; i < written.length; i++) {
        const number = Math.round(written[i]);
        halves[2 * i] = number;
        halves[2 * i + 1] = number < 0 ? -1 : 0;
      }
    }
  }

  /** Gives the states that the call of this turn reads their initial values. */
  clearStates(turn: 0 | 1): void {
    for (const { data, bytes, start } of this.#states) {
      if (start) this.#ort.HEAPU8.set(start, data[turn]);
      else this.#ort.HEAPU8.fill(0, data[turn], data[turn] + bytes);
    }
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
    const { tensor, layout, channels, shape, dtype = 'f32' } = port;
    const size = sizeOf(shapeOf(port, maxFrames, this.#path));
    const data = this.#createBuffer(DTYPES[dtype].bytes * size);
    if (dtype === 'i64') {
      const halves = new Int32Array(this.#ort.HEAPU8.buffer, data, 2 * size);
      this.#wholeNumbers.push({ tensor, written: new Float32Array(size), halves });
    }
    return { tensor, layout, channels, shape, dtype, data };
  }

  #createState({ shape, dtype, init }: ModelState): StatePair {
    const bytes = DTYPES[dtype].bytes * sizeOf(shape);
    const data = [this.#createBuffer(bytes), this.#createBuffer(bytes)] as const;
    return {
      data,
      bytes,
      start: init === undefined || init === 0 ? undefined : bytesOf(dtype, init, sizeOf(shape)),
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

/** Shape of a tensor whose axes `layout` names; "" is a scalar. */
const shapeOf = (port: Omit<Port, 'data'>, frames: number, path: string): number[] =>
  tensorDims(port, frames) ??
  fail(
    'E-MODEL-CONTRACT',
    path,
    `${path}: expected the axes b, c, n, 1, k, f, p or x in the layout of "${port.tensor}", got "${port.layout}". Correct it.`,
  );

/** A state's initial values as they lie in memory. */
function bytesOf(dtype: TensorDtype, init: number | readonly number[], count: number): Uint8Array {
  const values = Array.from({ length: count }, (_, at) => (typeof init === 'number' ? init : (init[at] ?? 0)));
  if (dtype === 'i64') return new Uint8Array(BigInt64Array.from(values, x => BigInt(Math.round(x))).buffer);
  return new Uint8Array((dtype === 'f64' ? Float64Array : Float32Array).from(values).buffer);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
