// Where the programs lie that the page fetches: one literal address each, so that JupyterLab's builder carries the files along.

export const workletUrl = (): string => new URL('../assets/worklet.wjs', import.meta.url).href;
export const workerUrl = (): string => new URL('../assets/worker.wjs', import.meta.url).href;
export const relaxedUrl = (): string => new URL('../assets/kernels-relaxed.wasm', import.meta.url).href;
export const wasmUrl = (): string => new URL('../assets/ort-wasm-simd-threaded.wasm', import.meta.url).href;
