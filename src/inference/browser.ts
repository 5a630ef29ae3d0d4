// Compiles ONNX Runtime on the page's main thread, once, to be posted to a worklet or worker that calls `loadOrt`.
// Must not know who receives it.
import { fail, PatchError } from '../core/errors.ts';

/**
 * Fetches and compiles `ort-wasm-simd-threaded.wasm`. The result can be posted (`processorOptions`, `postMessage`)
 * within the same page without copying or compiling again. Throws E-RESOURCE-MISSING when the server does not give it, or
 * something else.
 */
export async function compileOrt(wasmUrl: string | URL): Promise<WebAssembly.Module> {
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
