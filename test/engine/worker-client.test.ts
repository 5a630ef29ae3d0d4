// The page's side of the worker, where the worker is only on its way: a stop must not wait for a runtime, nor be lost.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PatchError } from '../../src/core/errors.ts';
import { timeInWorker } from '../../src/engine/transport/time-in-worker.ts';
import { readModel } from '../inference/models.ts';
import { localWorkers } from './local-worker.ts';

const NO_RUNTIME = new Error('no runtime here');
/** A compiled program, as far as handing it on goes: the empty one. */
const MODULE = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));

afterEach(() => void vi.unstubAllGlobals());

/** Times a model by a runtime that comes when the test lets it. */
function begin() {
  const { made, Worker } = localWorkers(NO_RUNTIME);
  vi.stubGlobal('Worker', Worker);
  let resolve = (_module: WebAssembly.Module): void => undefined;
  let reject = (_error: Error): void => undefined;
  const runtime = new Promise<WebAssembly.Module>((...settle) => {
    [resolve, reject] = settle;
  });
  const stop = new AbortController();
  const time = timeInWorker({ worker: 'worker.js', wasm: 'runtime.wasm' }, () => runtime);
  const timed = time(readModel('gru'), 128, { signal: stop.signal, onProgress: () => undefined });
  const told = timed.catch((error: unknown) => (error instanceof PatchError ? error.code : error));
  return { made, resolve, reject, stop, told };
}

/** A turn of the event loop: every promise that can settle has settled. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('ENGINE-19 a stop while the runtime loads', () => {
  it('ends the job at once; no worker is made for it afterwards', async () => {
    const { made, resolve, stop, told } = begin();
    await turn();
    stop.abort();
    expect(await told).toBe('E-CANCELLED');
    resolve(MODULE);
    await turn();
    expect(made).toEqual([]);
  });

  it('ends the job where the runtime never comes, and what it fails with later goes nowhere', async () => {
    const { made, reject, stop, told } = begin();
    stop.abort();
    expect(await told).toBe('E-CANCELLED');
    reject(NO_RUNTIME);
    await turn();
    expect(made).toEqual([]);
  });

  it('without a stop the job is posted once the runtime is there, and its failure is told', async () => {
    const { made, resolve } = begin();
    resolve(MODULE);
    await turn();
    expect(made[0].posted).toEqual(['runtime', 'job']);
    const refused = begin();
    refused.reject(NO_RUNTIME);
    expect(await refused.told).toBe(NO_RUNTIME);
  });
});
