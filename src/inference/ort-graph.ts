// Whole graphs called with tensors by value: how bundles are played and checked. Owns a session and copies in and out.
// Allocates in every call, so it is not for the audio thread; runners of models are in ort-inference.ts.
import type { GraphRuntime, GraphSession, GraphTensor, TensorData } from '../core/model-runner.ts';
import type { OrtModule, Pointer } from './ort-glue.ts';
import { allocate, allocateString, createSession, type OrtSession, refuse, releaseSession } from './ort-session.ts';

const CODE_F32 = 1;
const CODE_I64 = 7;
const CODE_F64 = 11;
const CPU = 1;
const POINTER_BYTES = 4;

function codeOf(data: TensorData): number {
  if (data instanceof Float32Array) return CODE_F32;
  return data instanceof Float64Array ? CODE_F64 : CODE_I64;
}

/** Makes graph sessions in this scope. */
export const createGraphRuntime = (ort: OrtModule): GraphRuntime => ({
  name: 'onnxruntime-web',
  createGraph: (bytes, path) => new OrtGraph(ort, bytes, path),
});

class OrtGraph implements GraphSession {
  readonly #ort: OrtModule;
  readonly #path: string;
  readonly #session: OrtSession;
  readonly #strings = new Map<string, Pointer>();

  constructor(ort: OrtModule, bytes: Uint8Array, path: string) {
    this.#ort = ort;
    this.#path = path;
    this.#session = createSession(ort, { bytes, path });
  }

  run(inputs: Readonly<Record<string, GraphTensor>>, outputs: readonly string[]): Record<string, GraphTensor> {
    const ort = this.#ort;
    const owned: Pointer[] = [];
    const handles: Pointer[] = [];
    try {
      const table = (pointers: readonly Pointer[]): Pointer => {
        const at = allocate(ort, POINTER_BYTES * pointers.length);
        owned.push(at);
        pointers.forEach((pointer, index) => ort.setValue(at + POINTER_BYTES * index, pointer, '*'));
        return at;
      };
      const names = Object.keys(inputs);
      for (const name of names) handles.push(this.#createTensor(inputs[name], owned));
      const inputNames = table(names.map(name => this.#string(name)));
      const outputNames = table(outputs.map(name => this.#string(name)));
      const inputTable = table(handles);
      const outputTable = table(outputs.map(() => 0));
      let status: number;
      try {
        status = ort._OrtRun(
          this.#session.handle,
          inputNames,
          inputTable,
          names.length,
          outputNames,
          outputs.length,
          outputTable,
          this.#session.runOptions,
        );
      } catch (error) {
        return refuse(ort, this.#path, 'expected a call that runs', error);
      }
      outputs.forEach((_, index) => handles.push(ort.getValue(outputTable + POINTER_BYTES * index, '*')));
      if (status !== 0) refuse(ort, this.#path, 'expected a call that runs');
      return Object.fromEntries(outputs.map((name, index) => [name, this.#readTensor(handles[names.length + index])]));
    } finally {
      for (const handle of handles) if (handle !== 0) ort._OrtReleaseTensor(handle);
      for (const pointer of owned) ort._free(pointer);
    }
  }

  dispose(): void {
    releaseSession(this.#ort, this.#session);
    for (const pointer of this.#strings.values()) this.#ort._free(pointer);
    this.#strings.clear();
  }

  #string(text: string): Pointer {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const pointer = allocateString(this.#ort, text);
    this.#strings.set(text, pointer);
    return pointer;
  }

  #createTensor({ dims, data }: GraphTensor, owned: Pointer[]): Pointer {
    const ort = this.#ort;
    const at = allocate(ort, data.byteLength);
    owned.push(at);
    ort.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    const stack = ort.stackSave();
    const shape = ort.stackAlloc(4 * Math.max(1, dims.length));
    dims.forEach((size, index) => ort.setValue(shape + 4 * index, size, 'i32'));
    const handle = ort._OrtCreateTensor(codeOf(data), at, data.byteLength, shape, dims.length, CPU);
    ort.stackRestore(stack);
    if (handle === 0) refuse(ort, this.#path, `expected a tensor of shape [${dims.join(', ')}]`);
    return handle;
  }

  #readTensor(handle: Pointer): GraphTensor {
    const ort = this.#ort;
    const stack = ort.stackSave();
    const out = ort.stackAlloc(4 * POINTER_BYTES);
    const status = ort._OrtGetTensorData(handle, out, out + 4, out + 8, out + 12);
    const [code, data, shape, rank] = [0, 4, 8, 12].map(offset => ort.getValue(out + offset, '*'));
    ort.stackRestore(stack);
    if (status !== 0) refuse(ort, this.#path, 'expected an output that can be read');
    const dims = Array.from({ length: rank }, (_, index) => ort.getValue(shape + POINTER_BYTES * index, '*'));
    ort._OrtFree(shape);
    const length = dims.reduce((a, b) => a * b, 1);
    const Type =
      code === CODE_F32
        ? Float32Array
        : code === CODE_F64
          ? Float64Array
          : code === CODE_I64
            ? BigInt64Array
            : undefined;
    if (!Type) return refuse(ort, this.#path, `expected an output of a known element type, not ${code}`);
    const bytes = ort.HEAPU8.slice(data, data + length * Type.BYTES_PER_ELEMENT);
    return { dims, data: new Type(bytes.buffer) };
  }
}
