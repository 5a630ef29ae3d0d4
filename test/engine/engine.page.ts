// The page of the engine's tests: the product's host with resources from the test's server. What a test does on the page is
// written here as small steps; what it expects is in the tests. Signals leave as base64, which keeps every bit.
import type { Patch } from '../../src/core/patch.ts';
import { structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import type { Transaction } from '../../src/core/transaction.ts';
import { EngineHost } from '../../src/engine/host.ts';
import { registry } from '../../src/generated/registry.ts';
import { loadResources } from '../../src/resources/load-resources.ts';

const urls = { worklet: '/worklet.js', worker: '/worker.js', wasm: '/ort-wasm-simd-threaded.wasm' };

const read = async (path: string): Promise<Uint8Array | undefined> => {
  const response = await fetch(`/files/${path}`);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
};

const encode = (samples: Float32Array): string => {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
};

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** One editor's worth: a document, its engine, and the steps that a test takes. */
class Bench {
  readonly host = new EngineHost({ registry, urls, isStallAllowed: true });
  store!: PatchStore;
  readonly #cache = new Map();

  async load(patch: Patch): Promise<void> {
    this.store = new PatchStore(patch, structuralParamOf(registry));
    this.host.load(patch, await this.#resources());
    this.store.subscribe(({ patch: next, kind, transaction }) => {
      void this.#resources().then(resources => this.host.update(next, resources, kind, transaction));
    });
  }
  async #resources() {
    return (await loadResources(this.store.patch, registry, read, this.#cache)).resources;
  }
  dispatch(transaction: Transaction): void {
    this.store.dispatch(transaction);
  }
  /** Resolves with the problems of a start that was refused, or with nothing. */
  async start(): Promise<string[]> {
    try {
      await this.host.start();
      return [];
    } catch (error) {
      return ((error as { problems?: { code: string }[] }).problems ?? [{ code: String(error) }]).map(({ code }) => code);
    }
  }
  /** Waits until `frames` more frames have been played. */
  async play(frames: number): Promise<void> {
    const end = (this.host.live?.frames ?? 0) + frames;
    while ((this.host.live?.frames ?? 0) < end) await wait(10);
  }
  async capture() {
    const captured = await this.host.stopCapture();
    if (!captured) throw new Error('no capture');
    const outputs = Object.entries(captured.outputs).map(([id, channels]) => [id, channels.map(encode)] as const);
    return { ...captured, outputs: Object.fromEntries(outputs), log: this.host.log() };
  }
}

const engine = { Bench, wait, encode, registry, urls, read };
declare global {
  var engine: typeof engine_;
}
const engine_ = engine;
globalThis.engine = engine;
