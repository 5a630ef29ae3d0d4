// Times a model in a throw-away worker: nothing else runs there, and what it leaves behind goes with it.
// Owns that worker's life; what is measured is in time-model.ts.
import { WorkerClient } from '../worker-client.ts';
import type { TimeModel } from './model-timings.ts';

export const timeInWorker =
  (urls: { readonly worker: string; readonly wasm: string }, runtime: () => Promise<WebAssembly.Module>): TimeModel =>
  async (model, callFrames, { signal, onProgress }) => {
    const client = new WorkerClient({ urls, runtime });
    // A slow model is in the middle of a call: its worker is not asked but ended.
    const end = (): void => client.dispose();
    signal.addEventListener('abort', end);
    try {
      return await client.time({ model, callFrames }, { signal, onProgress });
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  };
