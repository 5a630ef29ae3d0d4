// Compiles ONNX Runtime on the page's main thread, once for all who ask, to be posted to a worklet or worker that calls `loadOrt`.
// Owns what was compiled. Must not know who receives it.
import { fail, PatchError } from '../core/errors.ts';

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * Fetches and compiles `ort-wasm-simd-threaded.wasm`, once for a page; what failed is tried again by the next who asks. The
 * result can be posted (`processorOptions`, `postMessage`) within the same page without copying or compiling again. Throws
 * E-RESOURCE-MISSING when the server does not give it, or something else.
 */
export function compileOrt(wasmUrl: string | URL): Promise<WebAssembly.Module> {
  const key = String(wasmUrl);
  const known = compiled.get(key);
  if (known) return known;
  const module = compile(wasmUrl);
  compiled.set(key, module);
  module.catch(() => forgetOrt(wasmUrl));
  return module;
}

/** What was compiled is of no use: the next who asks has it fetched again. */
export function forgetOrt(wasmUrl: string | URL): void {
  compiled.delete(String(wasmUrl));
}

async function compile(wasmUrl: string | URL): Promise<WebAssembly.Module> {
  try {
    return await fetchAndCompile(wasmUrl);
  } catch (error) {
    if (error instanceof PatchError) throw error;
    const got = error instanceof Error ? error.message : String(error);
    return fail(
      'E-RESOURCE-MISSING',
      String(wasmUrl),
      `${wasmUrl}: expected the runtime's wasm file, got "${got}". Reinstall the extension.`,
    );
  }
}

async function fetchAndCompile(wasmUrl: string | URL): Promise<WebAssembly.Module> {
  const response = await fetch(wasmUrl, { credentials: 'same-origin' });
  if (!response.ok) {
    fail(
      'E-RESOURCE-MISSING',
      String(wasmUrl),
      `${wasmUrl}: expected the runtime's wasm file, got HTTP status ${response.status}. Reinstall the extension.`,
    );
  }
  // Servers that do not know wasm send another type, which the streaming compiler refuses.
  const isWasmType = response.headers.get('content-type')?.startsWith('application/wasm') === true;
  return isWasmType ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
