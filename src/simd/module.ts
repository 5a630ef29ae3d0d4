// The wasm module of the kernels: compiled once a scope, instantiated for each memory. Owns the two builds, of which every program has
// one and is brought the other, and nothing of what the functions mean.
import type { KernelForm } from '../core/kernels.ts';
import { SIMD_MODULE } from '../generated/simd.ts';

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

/** Undefined where the runtime can't run it. */
const compile = (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined =>
  WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;

/** Once asked for: whether there is one. */
let simd: { readonly module: WebAssembly.Module | undefined } | undefined;
let relaxed: WebAssembly.Module | undefined;

/**
 * Brings the build with fused multiply-add into this scope: the bytes of src/generated/kernels-relaxed.wasm. The audio thread does so where
 * a person chose it, and who measures it (ARCHITECTURE.md, "Fused multiply-add is a choice").
 */
export function bringRelaxed(bytes: Uint8Array<ArrayBuffer>): void {
  relaxed = compile(bytes);
}

/**
 * The functions over `memory`; undefined where the runtime has no SIMD. Compiles synchronously, some milliseconds the first time in a
 * scope: not on a page's main thread. Throws where the form is relaxed, and that was not brought or is more than the runtime can run.
 */
export function instantiate(
  memory: WebAssembly.Memory,
  form: Exclude<KernelForm, 'scalar'>,
): WasmFunctions | undefined {
  if (form === 'relaxed' && !relaxed) throw new Error('kernels: expected relaxed SIMD and a build for it, got none.');
  if (form === 'simd') simd ??= { module: compile(bytesOf(SIMD_MODULE)) };
  const module = form === 'relaxed' ? relaxed : simd?.module;
  return module && (new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as WasmFunctions);
}
