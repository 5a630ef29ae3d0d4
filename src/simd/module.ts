// The wasm module of the kernels: compiled once a scope, instantiated for each memory.
// Owns the choice between the two builds by what the runtime can do, and nothing of what the functions mean.
import type { KernelForm } from '../core/kernels.ts';
import { RELAXED_MODULE, SIMD_MODULE } from '../generated/simd.ts';

/** Functions of numbers and addresses; src/simd/assembly says what they are. */
export type WasmFunctions = Readonly<Record<string, (...values: number[]) => number>>;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes of a base64 text; the audio thread has no function for it. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const values = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, LETTERS.indexOf(String.fromCharCode(code))));
  const bytes = new Uint8Array((text.length / 4) * 3 - (text.match(/=*$/)?.[0].length ?? 0));
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map(k => values[text.charCodeAt(i + k)]);
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    for (let k = 16; k >= 0 && at < bytes.length; k -= 8) bytes[at++] = (word >> k) & 255;
  }
  return bytes;
}

const compiled = new Map<KernelForm, WebAssembly.Module | undefined>();

function moduleOf(form: KernelForm): WebAssembly.Module | undefined {
  if (!compiled.has(form)) {
    const bytes = bytesOf(form === 'relaxed' ? RELAXED_MODULE : SIMD_MODULE);
    compiled.set(form, WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined);
  }
  return compiled.get(form);
}

/**
 * The functions over `memory`, in the fastest build that the form allows and the runtime has; undefined where it has no SIMD.
 * Compiles synchronously, some milliseconds the first time in a scope: not on a page's main thread.
 */
export function instantiate(
  memory: WebAssembly.Memory,
  form: Exclude<KernelForm, 'scalar'>,
): WasmFunctions | undefined {
  const module = (form === 'relaxed' ? moduleOf('relaxed') : undefined) ?? moduleOf('simd');
  return module && (new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as WasmFunctions);
}
