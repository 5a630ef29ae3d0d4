// Starts ONNX Runtime in the present scope (AudioWorklet, Worker or Node) from the glue of onnxruntime-web 1.30.0,
// without its JavaScript API, so that every later call is synchronous. Owns the one runtime of the scope and the list of
// its internal functions that we use (the reason why the package's version is pinned).
// Must not know sessions, models, files or the network.
import { fail } from '../core/errors.ts';

/** A pointer or handle in the runtime's memory; 0 means that there is none. */
export type Pointer = number;

/** The part of the runtime's internal interface that we call. Functions that return a number return 0 for success. */
export interface OrtModule {
  /** View of the whole memory. It is shared memory: older views stay true when it grows, but do not reach the new part. */
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): Pointer;
  _free(pointer: Pointer): void;
  stackSave(): Pointer;
  stackRestore(stack: Pointer): void;
  stackAlloc(bytes: number): Pointer;
  setValue(pointer: Pointer, value: number, type: 'i32' | '*'): void;
  getValue(pointer: Pointer, type: 'i32' | '*'): number;
  UTF8ToString(pointer: Pointer): string;
  stringToUTF8(text: string, pointer: Pointer, maxBytes: number): void;
  lengthBytesUTF8(text: string): number;
  _OrtInit(threads: number, logLevel: number): number;
  _OrtGetLastError(code: Pointer, message: Pointer): number;
  _OrtCreateSessionOptions(
    optimization: number,
    hasArena: boolean,
    hasMemoryPattern: boolean,
    executionMode: number,
    isProfiling: boolean,
    profilePrefix: Pointer,
    logId: Pointer,
    logLevel: number,
    logVerbosity: number,
    optimizedPath: Pointer,
  ): Pointer;
  _OrtReleaseSessionOptions(options: Pointer): number;
  _OrtCreateSession(model: Pointer, bytes: number, options: Pointer): Pointer;
  _OrtReleaseSession(session: Pointer): number;
  _OrtCreateRunOptions(logLevel: number, logVerbosity: number, isTerminated: boolean, tag: Pointer): Pointer;
  _OrtReleaseRunOptions(options: Pointer): number;
  _OrtCreateTensor(dtype: number, data: Pointer, bytes: number, dims: Pointer, rank: number, location: number): Pointer;
  _OrtReleaseTensor(tensor: Pointer): number;
  _OrtGetTensorData(tensor: Pointer, dtype: Pointer, data: Pointer, dims: Pointer, rank: Pointer): number;
  _OrtFree(pointer: Pointer): void;
  _OrtRun(
    session: Pointer,
    inputNames: Pointer,
    inputs: Pointer,
    inputCount: number,
    outputNames: Pointer,
    outputCount: number,
    outputs: Pointer,
    options: Pointer,
  ): number;
}

/** Only what ends the process is logged: every other message comes back as an error, and the audio thread never prints. */
export const LOG_FATAL = 4;

let started: Promise<OrtModule> | undefined;

/**
 * Starts the runtime of this scope, once; later calls return the same one. `module` is `ort-wasm-simd-threaded.wasm` of
 * the same package version, compiled by the caller. Settles by microtasks alone, which an audio thread has. Not for a
 * browser's main thread, which may refuse to instantiate a module of this size synchronously. Throws E-MODEL-RUN.
 */
export function loadOrt(module: WebAssembly.Module): Promise<OrtModule> {
  started ??= start(module).catch((error: unknown) => {
    started = undefined;
    const advice = 'Take the file ort-wasm-simd-threaded.wasm that came with this version.';
    return fail('E-MODEL-RUN', 'onnxruntime', `onnxruntime: could not start, got "${error}". ${advice}`);
  });
  return started;
}

async function start(module: WebAssembly.Module): Promise<OrtModule> {
  provideClock();
  // The glue would throw where nobody can catch it, and never settle.
  if (WebAssembly.Module.exports(module).length === 0) throw new Error('a program without functions');
  // Imported here and not at the top: the glue awaits at its top level, which a worklet's module should not.
  const { default: createOrt } = await import('onnxruntime-web/ort-wasm-simd-threaded.mjs');
  const ort = (await createOrt({
    numThreads: 1,
    instantiateWasm: (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) =>
      receive(new WebAssembly.Instance(module, imports)),
  })) as OrtModule;
  if (ort._OrtInit(1, LOG_FATAL) !== 0) throw new Error(lastError(ort));
  return ort;
}

/** The glue reads `performance`, which the AudioWorklet scope does not have; its value reaches no result. */
function provideClock(): void {
  const scope = globalThis as { performance?: { timeOrigin: number; now(): number } };
  scope.performance ??= { timeOrigin: 0, now: () => Date.now() };
}

/** Text of the runtime's last error. */
export function lastError(ort: OrtModule): string {
  const stack = ort.stackSave();
  const pair = ort.stackAlloc(8);
  ort._OrtGetLastError(pair, pair + 4);
  const message = ort.getValue(pair + 4, '*');
  const text = message === 0 ? 'no message' : ort.UTF8ToString(message);
  ort.stackRestore(stack);
  return text;
}
