// What the wasm module of the kernels exports. AssemblyScript, built by src/build/simd.ts; the memory is the arena's.
export { exp, log, tan } from './elementary';
export { svf } from './svf';
