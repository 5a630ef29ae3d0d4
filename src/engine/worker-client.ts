// The page's side of the worker: jobs as promises. Owns the worker's life; it starts with the first job.
import type { MeasureReport } from '../check/measure.ts';
import type { Profile } from '../check/profile.ts';
import { PatchError } from '../core/errors.ts';
import { needsOnnxRuntime, patchNeedsOnnxRuntime } from '../core/runtime-choice.ts';
import { compileOrt } from '../inference/browser.ts';
import { copyBook, copyResource, HeavyCopy } from './resource-copy.ts';
import type { ModelTiming } from './transport/time-model.ts';
import type {
  Answer,
  ExportAnswer,
  ExportJob,
  FromWorker,
  Job,
  LoadAnswer,
  LoadJob,
  MeasureJob,
  ProfileJob,
  RenderAnswer,
  RenderJob,
  TimeJob,
  ToWorker,
} from './worker/messages.ts';

export interface WorkerClientOptions {
  readonly urls: { readonly worker: string; readonly wasm: string };
  /** The compiled runtime, where the page has it already; left out, it is fetched. Asked for with the first job that needs it. */
  readonly runtime?: () => Promise<WebAssembly.Module>;
}

export interface JobOptions {
  /** Share done, 0–1, and what is being done: "render", "compile", "engine", the check, the row of a profile or the path that is measured. */
  readonly onProgress?: (share: number, what: string) => void;
  readonly signal?: AbortSignal;
}

/** The same job with copies of what is big. */
async function handOver(job: Job, copy: HeavyCopy): Promise<Job> {
  if (job.kind === 'load') return job;
  if (job.kind === 'time') return { ...job, model: await copyResource(job.model, copy) };
  return { ...job, resources: await copyBook(job.resources, copy) };
}

/** Whether the job needs ONNX Runtime: an export is held against it, everything else where the kernels do not run all models. */
function needsRuntime(job: Job): boolean {
  switch (job.kind) {
    case 'load':
      return false;
    case 'export':
      return true;
    case 'time':
      return needsOnnxRuntime(job.model);
    case 'render':
      return [job, ...(job.events ?? []).filter(event => event.kind === 'patch')].some(needsIt);
    default:
      return needsIt(job);
  }
}
const needsIt = ({ patch, resources }: Pick<RenderJob, 'patch' | 'resources'>): boolean =>
  patchNeedsOnnxRuntime(patch, resources);

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: JobOptions['onProgress'];
}

export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #hasRuntime = false;
  #id = 0;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
  }

  /** Renders a patch off the main thread. Throws PatchError: the patch's problems, E-CANCELLED, E-RESOURCE-MISSING. */
  render(job: Omit<RenderJob, 'kind'>, options: JobOptions = {}): Promise<RenderAnswer> {
    return this.#run({ ...job, kind: 'render' }, options) as Promise<RenderAnswer>;
  }

  /** Exports a patch: the bytes of a bundle that was held against the engine. Throws PatchError, E-BUNDLE-DIFFERS among others. */
  exportBundle(job: Omit<ExportJob, 'kind'>, options: JobOptions = {}): Promise<ExportAnswer> {
    return this.#run({ ...job, kind: 'export' }, options) as Promise<ExportAnswer>;
  }

  /** Profiles a patch, see check/profile.ts. Throws PatchError: the patch's problems, E-CANCELLED. */
  profile(job: Omit<ProfileJob, 'kind'>, options: JobOptions = {}): Promise<Profile> {
    return this.#run({ ...job, kind: 'profile' }, options) as Promise<Profile>;
  }

  /** Measures the latencies of a patch, see check/measure.ts. Throws PatchError: the patch's problems, E-CANCELLED. */
  measure(job: Omit<MeasureJob, 'kind'>, options: JobOptions = {}): Promise<MeasureReport> {
    return this.#run({ ...job, kind: 'measure' }, options) as Promise<MeasureReport>;
  }

  /** Times a model, see transport/time-model.ts. Throws PatchError: what the runtime refused, E-CANCELLED. */
  time(job: Omit<TimeJob, 'kind'>, options: JobOptions = {}): Promise<ModelTiming> {
    return this.#run({ ...job, kind: 'time' }, options) as Promise<ModelTiming>;
  }

  /** Decodes a file, whose bytes are taken away. Throws PatchError as decodeResource, E-CANCELLED. */
  load(file: LoadJob['file'], options: JobOptions = {}): Promise<LoadAnswer> {
    const { buffer } = file.bytes;
    return this.#run({ kind: 'load', file }, options, [buffer as ArrayBuffer]) as Promise<LoadAnswer>;
  }

  /** Ends the worker; jobs that run are told E-CANCELLED. */
  dispose(): void {
    this.#end();
    this.#fail(
      new PatchError({
        code: 'E-CANCELLED',
        severity: 'error',
        path: '',
        message: 'worker: expected to finish, got ended. Nothing was written.',
      }),
    );
  }

  /** `given`: what the worker may take; big data of resources are copied for it. */
  async #run(job: Job, { onProgress, signal }: JobOptions, given: readonly ArrayBuffer[] = []): Promise<Answer> {
    const id = ++this.#id;
    // From here on `dispose` ends the job, also while the worker is only on its way.
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject, onProgress }));
    const ready = this.#ready(id, needsRuntime(job));
    const post = async (work: () => Promise<[ToWorker, readonly ArrayBuffer[]]>): Promise<void> => {
      try {
        const worker = await ready;
        if (!worker || !this.#waiting.has(id)) return;
        const [message, transfer] = await work();
        if (this.#waiting.has(id)) worker.postMessage(message, [...transfer]);
      } catch (error) {
        this.#waiting.get(id)?.reject(error);
      }
    };
    const cancel = (): void => void post(async () => [{ kind: 'cancel', id }, []]);
    void post(async () => {
      const copy = new HeavyCopy();
      return [{ kind: 'job', id, job: await handOver(job, copy) }, [...given, ...copy.transfer]];
    });
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    try {
      return await answer;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
    }
  }

  /** The worker, with the runtime if a job needs it; undefined where nobody waits for that job any more. */
  async #ready(id: number, isRuntimeNeeded: boolean): Promise<Worker | undefined> {
    const { urls, runtime = () => compileOrt(urls.wasm) } = this.#options;
    const module = isRuntimeNeeded && !this.#hasRuntime ? await runtime() : undefined;
    if (!this.#waiting.has(id)) return undefined;
    this.#worker ??= this.#start();
    if (module && !this.#hasRuntime) {
      this.#hasRuntime = true;
      this.#worker.postMessage({ kind: 'runtime', module } satisfies ToWorker);
    }
    return this.#worker;
  }

  #start(): Worker {
    const worker = new Worker(this.#options.urls.worker, { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    worker.onerror = event => {
      // A worker that fails here has lost its state: the next job starts another.
      this.#end();
      this.#fail(
        new PatchError({
          code: 'E-MODEL-RUN',
          severity: 'error',
          path: '',
          message: `worker: expected to run, got "${event.message}". Try again; reload the page if it stays.`,
        }),
      );
    };
    return worker;
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#hasRuntime = false;
  }

  #receive(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (message.kind === 'progress') waiting?.onProgress?.(message.share, message.what);
    else if (message.kind === 'done') waiting?.resolve(message.answer);
    else if (message.kind === 'failed') waiting?.reject(new PatchError(message.problems));
  }

  #fail(error: PatchError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
