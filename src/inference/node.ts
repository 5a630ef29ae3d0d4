// Starts ONNX Runtime in Node, for the renderer, the CLI and the tests. Must not know where the package is installed.
import { readFile } from 'node:fs/promises';
import type { OrtModule } from './ort-glue.ts';
import { loadOrt } from './ort-glue.ts';

/** The runtime of this process; `wasmPath` is the file `ort-wasm-simd-threaded.wasm`. Throws when it can't be read. */
export async function loadOrtFromFile(wasmPath: string): Promise<OrtModule> {
  return loadOrt(await WebAssembly.compile(await readFile(wasmPath)));
}
