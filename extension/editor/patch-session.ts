// The session of one open patch: store → resources → plan → engine. Owns the order of these steps and what an edit means
// for each. Must not know widgets; how bytes are fetched is the caller's.
import type { Problem } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { PatchStore, StoreChange } from '../../src/core/store.ts';
import { EngineHost } from '../../src/engine/host.ts';
import { WorkerClient } from '../../src/engine/worker-client.ts';
import { registry } from '../../src/generated/registry.ts';
import { loadResources, type ReadResource, type ResourceCache } from '../../src/resources/load-resources.ts';
import { wasmUrl, workerUrl, workletUrl } from './asset-urls.ts';
import { EngineAdapter } from './engine-adapter.ts';

export interface SessionOptions {
  readonly store: PatchStore;
  readonly read: ReadResource;
  latencyHint?(): AudioContextLatencyCategory;
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
  readonly #unsubscribe: () => void;
  #resources: ResourceBook = {};
  #key = '';
  /** The load that counts; an older one that ends later is thrown away. */
  #loading: Promise<void> | undefined;
  #worker: WorkerClient | undefined;
  #told: readonly Problem[] = [];
  #isDisposed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.store = options.store;
    this.host = new EngineHost({
      registry,
      urls: { worklet: workletUrl(), worker: workerUrl(), wasm: wasmUrl() },
      latencyHint: () => options.latencyHint?.() ?? 'interactive',
    });
    this.view = new EngineAdapter(this.host, () => this.store.patch.sampleRateHz);
    this.#unsubscribe = this.store.subscribe(change => this.#onEdit(change));
    void this.reload();
  }

  get resources(): ResourceBook {
    return this.#resources;
  }
  /** Settles when no file is on its way. */
  get loaded(): Promise<void> {
    return this.#loading ?? Promise.resolve();
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
    const loading: Promise<void> = this.#load(() => this.#loading === loading).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    this.#loading = loading;
    return loading;
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#unsubscribe();
    this.view.dispose();
    this.#worker?.dispose();
    await this.host.dispose();
  }

  async #load(isLatest: () => boolean): Promise<void> {
    const { patch } = this.store;
    this.#key = resourceKey(patch);
    const { resources, problems } = await loadResources(patch, registry, this.#options.read, this.#cache);
    if (this.#isDisposed || !isLatest()) return;
    this.#resources = resources;
    this.view.setLoaded(resources, [...this.#options.fileProblems(), ...problems]);
    this.host.load(this.store.patch, resources);
  }

  #onEdit({ patch, kind, transaction }: StoreChange): void {
    if (kind === 'structure' && resourceKey(patch) !== this.#key) void this.reload();
    // A plan without the files that are on their way would be one with silent nodes: edits wait for them.
    else if (kind !== 'structure' || !this.#loading) this.host.update(patch, this.#resources, kind, transaction);
  }
}
