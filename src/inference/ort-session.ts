// One ONNX Runtime session: the model's graph and weights, prepared. Owns its handles and the options it runs with.
// Must not know state, audio or contracts: any number of runners share a session.
import { fail } from '../core/errors.ts';
import type { ModelResource } from '../core/resource.ts';
import type { OrtModule, Pointer } from './ort-glue.ts';
import { LOG_FATAL, lastError } from './ort-glue.ts';

export interface OrtSession {
  readonly handle: Pointer;
  readonly runOptions: Pointer;
}

const OPTIMIZE_ALL = 99;
const SEQUENTIAL = 0;

/** Copies a text into the runtime's memory, zero-terminated; the caller frees it. */
export function allocateString(ort: OrtModule, text: string): Pointer {
  const bytes = ort.lengthBytesUTF8(text) + 1;
  const pointer = allocate(ort, bytes);
  ort.stringToUTF8(text, pointer, bytes);
  return pointer;
}

/** Memory of at least one byte, not cleared; the caller frees it. Throws E-MODEL-RUN when there is none left. */
export function allocate(ort: OrtModule, bytes: number): Pointer {
  const pointer = ort._malloc(Math.max(1, bytes));
  if (pointer === 0) {
    fail(
      'E-MODEL-RUN',
      'onnxruntime',
      `onnxruntime: out of memory, got a request of ${bytes} bytes. Use fewer or smaller models.`,
    );
  }
  return pointer;
}

/** Prepares a model with the options that onnxruntime-web sets by default. Blocks. Throws E-MODEL-RUN. */
export function createSession(ort: OrtModule, model: Pick<ModelResource, 'bytes' | 'path'>): OrtSession {
  const options = ort._OrtCreateSessionOptions(OPTIMIZE_ALL, false, false, SEQUENTIAL, false, 0, 0, LOG_FATAL, 0, 0);
  const bytes = allocate(ort, model.bytes.length);
  ort.HEAPU8.set(model.bytes, bytes);
  let handle: Pointer = 0;
  let thrown: unknown;
  try {
    handle = ort._OrtCreateSession(bytes, model.bytes.length, options);
  } catch (error) {
    thrown = error;
  }
  ort._free(bytes);
  ort._OrtReleaseSessionOptions(options);
  if (handle === 0) refuse(ort, model.path, 'expected a model that the runtime takes', thrown);
  return { handle, runOptions: ort._OrtCreateRunOptions(LOG_FATAL, 0, false, 0) };
}

export function releaseSession(ort: OrtModule, session: OrtSession): void {
  ort._OrtReleaseRunOptions(session.runOptions);
  ort._OrtReleaseSession(session.handle);
}

/** How the runtime says that an output is not as long as the contract says: name, wanted sizes, sizes that came out. */
const WRONG_SIZES =
  /for output '([^']*)'.* has shape \{([^}]*)\} but the computed output shape for this run is \{([^}]*)\}/s;
/** What stands before the runtime's own words: a place in its sources, a class of error. */
const BEFORE_WORDS = /^.*\[ONNXRuntimeError\] : \d+ : \w+ : /s;

/** Throws E-MODEL-RUN with what the runtime said, or with what it threw. */
export function refuse(ort: OrtModule, path: string, what: string, thrown?: unknown): never {
  const message = thrown === undefined ? lastError(ort) : String(thrown);
  const sizes = WRONG_SIZES.exec(message);
  if (sizes) {
    const [, output, wanted, got] = sizes;
    return fail(
      'E-MODEL-RUN',
      path,
      `${path}: ${what} and give "${output}" the sizes [${wanted}], got [${got}]. A model must return as many frames as it takes: pad inside it, or correct layout and block in its contract.`,
    );
  }
  return fail(
    'E-MODEL-RUN',
    path,
    `${path}: ${what}, got "${message.replace(BEFORE_WORDS, '').trim()}". Check the file and the names, layouts and block of its contract.`,
  );
}
