// Decodes big files in a throw-away worker, so that the page never stands still; small ones here, which is quicker, one between two
// turns of the page and none before its picture is drawn.
// Owns that worker's life. What decoding is, is src/resources' business.
import { decodeResource } from '../resources/decode-resource.ts';
import type { DecodeResource } from '../resources/load-resources.ts';
import { letOthersWork, untilDrawn } from './let-others-work.ts';
import { WorkerClient } from './worker-client.ts';

/** A model of this size is checked in about 50 ms, which is what starting a worker takes as well. */
const PAGE_BYTES_MAX = 2 * 1024 * 1024;

/** The decoder for one load; `end` ends the worker, and with it what still decodes: that throws E-CANCELLED. */
export function loadInWorker(workerUrl: string): { readonly decode: DecodeResource; end(): void } {
  let client: WorkerClient | undefined;
  let turn = untilDrawn();
  return {
    async decode(file) {
      if (file.bytes.length <= PAGE_BYTES_MAX) {
        const mine = turn;
        turn = mine.then(letOthersWork);
        await mine;
        return decodeResource(file);
      }
      client ??= new WorkerClient({ urls: { worker: workerUrl, wasm: '' } });
      return (await client.load(file)).resource;
    },
    end: () => client?.dispose(),
  };
}
