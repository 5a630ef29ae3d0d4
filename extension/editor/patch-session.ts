// The session of one open patch: store → resources → plan → engine. Owns the order of these steps and what an edit means
// for each. Must not know widgets; how bytes are fetched is the caller's.
import type { Problem } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { PatchStore, StoreChange } from '../../src/core/store.ts';
import { EngineHost } from '../../src/engine/host.ts';
import { untilDrawn } from '../../src/engine/let-others-work.ts';
import { loadInWorker } from '../../src/engine/load-in-worker.ts';
import { WorkerClient } from '../../src/engine/worker-client.ts';
import { registry } from '../../src/generated/registry.ts';
import { loadResources, type ResourceCache } from '../../src/resources/load-resources.ts';
import { relaxedUrl, wasmUrl, workerUrl, workletUrl } from './asset-urls.ts';
import { EngineAdapter } from './engine-adapter.ts';
import type { ReadFile } from './read-files.ts';

export interface SessionOptions {
  readonly store: PatchStore;
  readonly read: ReadFile;
  latencyHint?(): AudioContextLatencyCategory;
  relaxedSimd?(): boolean;
  /** What reading the file found. */
  fileProblems(): readonly Problem[];
}

/** All of the patch that decides which files are read and how. */
function resourceKey(patch: Patch): string {
  const named = Object.values(patch.nodes)
    .filter(node => node.resources !== undefined)
    .map(({ id, type, resources, contract }) => [id, type, resources, contract]);
  return JSON.stringify([patch.sampleRateHz, named]);
}

export class PatchSession {
  readonly store: PatchStore;
  readonly host: EngineHost;
  readonly view: EngineAdapter;
  readonly #options: SessionOptions;
  readonly #cache: ResourceCache = new Map();
  /** A plan of 1,000 nodes takes as long as the page's first picture of them: it comes behind it. */
  readonly #drawn = untilDrawn();
  readonly #unsubscribe: () => void;
  #resources: ResourceBook = {};
  #key = '';
  /** The load that counts; an older one is ended. */
  #loading: Promise<void> | undefined;
  #abort = new AbortController();
  #worker: WorkerClient | undefined;
  #told: readonly Problem[] = [];
  #isDisposed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.store = options.store;
    this.host = new EngineHost({
      registry,
      urls: { worklet: workletUrl(), worker: workerUrl(), wasm: wasmUrl(), relaxed: relaxedUrl() },
      latencyHint: () => options.latencyHint?.() ?? 'interactive',
      relaxedSimd: () => options.relaxedSimd?.() ?? false,
    });
    this.view = new EngineAdapter(
      this.host,
      () => this.store.patch.sampleRateHz,
      () => this.loaded,
    );
    this.#unsubscribe = this.store.subscribe(change => this.#onEdit(change));
    void this.reload();
  }

  get resources(): ResourceBook {
    return this.#resources;
  }
  /** Settles when no file is on its way. */
  get loaded(): Promise<void> {
    return this.#untilLoaded();
  }

  /** What reading the patch file found. */
  get fileProblems(): readonly Problem[] {
    return this.#options.fileProblems();
  }
  /** What a person tried with the whole patch and that did not work, until it is dismissed. */
  get told(): readonly Problem[] {
    return this.#told;
  }
  tell(problem: Problem): void {
    this.#told = [...this.#told, problem];
    this.view.tell();
  }
  dismiss(problem: Problem): void {
    this.#told = this.#told.filter(other => other !== problem);
    this.view.tell();
  }
  /** The worker for long jobs; it starts with the first one. */
  get worker(): WorkerClient {
    this.#worker ??= new WorkerClient({ urls: { worker: workerUrl(), wasm: wasmUrl() } });
    return this.#worker;
  }

  /** Reads all files again, also when their names have not changed. */
  reload(): Promise<void> {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    const loading: Promise<void> = this.#load(signal).finally(() => {
      if (this.#loading !== loading) return;
      this.#loading = undefined;
      this.view.setProgress(undefined);
    });
    this.#loading = loading;
    return loading;
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#abort.abort();
    this.#unsubscribe();
    this.view.dispose();
    this.#worker?.dispose();
    await this.host.dispose();
  }

  async #untilLoaded(): Promise<void> {
    // Another may have begun meanwhile.
    while (this.#loading) await this.#loading;
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { patch } = this.store;
    this.#key = resourceKey(patch);
    this.host.expect(patch);
    const { decode, end } = loadInWorker(workerUrl());
    signal.addEventListener('abort', end);
    try {
      const { resources, problems } = await loadResources(
        patch,
        registry,
        (path, options) => this.#options.read(path, { ...options, signal }),
        { cache: this.#cache, decode, signal, onProgress: progress => this.view.setProgress(progress) },
      );
      await this.#drawn;
      if (signal.aborted) return;
      this.#resources = resources;
      this.view.setLoaded(resources, [...this.#options.fileProblems(), ...problems]);
      this.host.load(this.store.patch, resources);
      this.host.prepare(signal);
    } catch (error) {
      // What an end throws on its way is nobody's business.
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  #onEdit({ patch, kind, transaction }: StoreChange): void {
    if (kind === 'structure' && resourceKey(patch) !== this.#key) void this.reload();
    // A plan without the files that are on their way would be one with silent nodes: edits wait for them.
    else if (!this.#loading || (kind !== 'structure' && this.host.made))
      this.host.update(patch, this.#resources, kind, transaction);
    else this.host.expect(patch);
  }
}
