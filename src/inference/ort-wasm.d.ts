// Types of the package's WebAssembly glue, which ships without any. Owns nothing else; must not know how it is used.
declare module 'onnxruntime-web/ort-wasm-simd-threaded.mjs' {
  const createOrt: (options: object) => Promise<unknown>;
  export default createOrt;
}
