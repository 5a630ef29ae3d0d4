// From the document to a plan that can play: makes plans for the link's block and the transports' slack, and has ready what one
// needs, which is the runtime and models that are timed, placed and warm. Owns the patch as the engine has it.
// Must not know when anything starts, swaps or stops.
import type { Problem } from '../core/errors.ts';
import { flatPatch } from '../core/flatten.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { ParamValue } from '../core/param.ts';
import type { Patch } from '../core/patch.ts';
import { type Registry, shapeNode } from '../core/registry.ts';
import type { Resource } from '../core/resource.ts';
import { patchNeedsOnnxRuntime, runtimeWish } from '../core/runtime-choice.ts';
import { compileOrt, forgetOrt } from '../inference/browser.ts';
import { makePlan, type PlanResult } from '../plan/make-plan.ts';
import { fetchAhead } from './fetch-ahead.ts';
import { KernelChoice } from './kernel-choice.ts';
import type { Link } from './link.ts';
import { withoutFile } from './resource-transfer.ts';
import type { TimeModel } from './transport/model-timings.ts';
import { timeInWorker } from './transport/time-in-worker.ts';
import { Transports } from './transport/transports.ts';
import { unlessStopped } from './unless-stopped.ts';

/** What browsers play by default, until a link tells. */
const BLOCK_FRAMES_DEFAULT = 128;

export interface PlanningOptions {
  readonly registry: Registry;
  /** Addresses of the programs of audio thread and worker, of ONNX Runtime's wasm, and of the kernels with fused multiply-add. */
  readonly urls: {
    readonly worklet: string;
    readonly worker: string;
    readonly wasm: string;
    readonly relaxed?: string;
  };
  /** Whether the next start plays kernels with fused multiply-add, where the machine has it. Left out: never. */
  readonly relaxedSimd?: () => boolean;
  /** How models are timed; left out, in a throw-away worker. */
  readonly timeModel?: TimeModel;
  /** Tests only: `stall` works. */
  readonly isStallAllowed?: boolean;
  readonly onProblem: (problem: Problem) => void;
  readonly onProgress: () => void;
}

export class Planning {
  readonly transports: Transports;
  readonly kernels: KernelChoice;
  readonly #options: PlanningOptions;
  #patch: Patch | undefined;
  #resources: ResourceBook = {};
  #made: PlanResult | undefined;

  constructor(options: PlanningOptions) {
    this.#options = options;
    const { urls, timeModel, isStallAllowed = false, onProblem, onProgress } = options;
    this.kernels = new KernelChoice({ url: urls.relaxed, isWanted: options.relaxedSimd });
    const runtime = (): Promise<WebAssembly.Module> => this.#runtime();
    this.transports = new Transports({
      workerUrl: urls.worker,
      runtime,
      timeModel: timeModel ?? timeInWorker(urls, runtime),
      isStallAllowed,
      onProblem,
      onProgress,
    });
  }

  /** Undefined before the first `take`. */
  get patch(): Patch | undefined {
    return this.#patch;
  }
  get resources(): ResourceBook {
    return this.#resources;
  }
  /** The last plan with its problems. */
  get made(): PlanResult | undefined {
    return this.#made;
  }
  /** Slack of the patch as it stands, by node id. */
  get slackFrames(): Readonly<Record<string, number>> {
    return this.#patch ? this.transports.slackFrames(this.#patch) : {};
  }
  /** What the audio thread is given: of a model that runs in the worker it needs no file. */
  get audioThreadResources(): ResourceBook {
    const { slackFrames } = this;
    const given = (nodeId: string, resource: Resource | undefined): Resource | undefined =>
      resource?.kind === 'model' && nodeId in slackFrames ? withoutFile(resource) : resource;
    return Object.fromEntries(
      Object.entries(this.#resources).map(([id, slots]) => [
        id,
        Object.fromEntries(Object.entries(slots ?? {}).map(([slot, resource]) => [slot, given(id, resource)])),
      ]),
    );
  }
  /** Of the last plan, in samples of the patch. */
  get latencySamples(): number {
    return this.#made?.plan?.latencySamples ?? 0;
  }

  take(patch: Patch, resources: ResourceBook): void {
    this.#patch = patch;
    this.#resources = resources;
  }

  /** A patch whose files are on their way: what it needs besides is fetched and compiled beside them, ahead of any click. */
  expect(patch: Patch): void {
    if (!this.#made) this.take(patch, {});
    const { urls, registry } = this.#options;
    fetchAhead(urls.worklet);
    this.kernels.expect();
    if (!namesModel(patch, registry)) return;
    fetchAhead(urls.worker);
    // Of other models their files tell.
    if (Object.values(flatPatch(patch).nodes).some(({ params = {} }) => runtimeWish(params) === 'ONNX Runtime'))
      this.#fetchRuntime();
  }

  /** Times the models of the last plan before anybody asks for sound, as a start with the browser's usual block will ask. */
  async timeAhead(signal: AbortSignal): Promise<void> {
    if (!this.#made || !this.#patch) return;
    const device = { rateHz: this.#patch.sampleRateHz, quantumFrames: BLOCK_FRAMES_DEFAULT, callbackSeconds: 0 };
    await this.transports.timeAhead(this.#made, this.#resources, device, signal);
  }

  /** Makes the plan of the patch as it stands, for a link's block. Never throws on a patch. */
  plan(link: Link | undefined): PlanResult {
    this.#made = this.#makePlan(link);
    if (this.#patch && patchNeedsOnnxRuntime(this.#patch, this.#resources)) this.#fetchRuntime();
    return this.#made;
  }

  /**
   * Decides where models run and has all ready that they need; returns the runtime when the audio thread lacks it. Again while
   * the patch changes meanwhile: after this, nothing may be waited for before a plan is posted. Throws PatchError: what the
   * runtime refused in the worker, E-RESOURCE-MISSING, E-CANCELLED.
   */
  async settle(link: Link, signal: AbortSignal, isPlaying: boolean): Promise<WebAssembly.Module | undefined> {
    const { context, blockFrames, callbackSeconds } = link.shell;
    const device = { rateHz: context.sampleRate, quantumFrames: blockFrames, callbackSeconds };
    if (!isPlaying) await unlessStopped(this.kernels.settle(link), signal);
    for (;;) {
      const patch = this.#patch;
      const port = await this.transports.settle(this.#makePlan(link), this.#resources, device, { signal, isPlaying });
      if (port) link.post({ kind: 'models', port }, [port]);
      const isMissing =
        !link.hasRuntime && patch !== undefined && this.transports.needsLocalRuntime(patch, this.#resources);
      const module = isMissing ? await unlessStopped(this.#runtime(), signal) : undefined;
      await unlessStopped(link.sendAhead(this.audioThreadResources), signal);
      if (patch === this.#patch) return module;
    }
  }

  /** Whether the audio thread would be held up by loading what it does not have yet. */
  isHeavy(link: Link): boolean {
    return link.newModels(this.audioThreadResources).some(([nodeId, model]) => this.transports.isHeavy(nodeId, model));
  }

  /** What was compiled is of no use: it is fetched again when it is needed. */
  forgetRuntime(): void {
    forgetOrt(this.#options.urls.wasm);
  }

  /** A param's value in the flat patch; undefined where there is none. */
  valueOf(nodeId: string, name: string): ParamValue | undefined {
    const node = this.#patch && flatPatch(this.#patch).nodes[nodeId];
    const type = node && this.#options.registry.get(node.type);
    if (!this.#patch || !type) return undefined;
    return shapeNode(type, node, this.#resources[nodeId] ?? {}, this.#patch.sampleRateHz).values[name];
  }

  #makePlan(link: Link | undefined): PlanResult {
    const blockFrames = link?.shell.blockFrames ?? BLOCK_FRAMES_DEFAULT;
    return makePlan(this.#patch as Patch, this.#options.registry, this.#resources, {
      maxFrames: blockFrames,
      hostBlockFrames: blockFrames,
      slackFrames: this.slackFrames,
    });
  }

  #runtime(): Promise<WebAssembly.Module> {
    return compileOrt(this.#options.urls.wasm);
  }
  /** Ahead of any click; a failure is told by the start. */
  #fetchRuntime(): void {
    this.#runtime().catch(() => undefined);
  }
}

/** A patch without models never needs the worker. */
const namesModel = (patch: Patch, registry: Registry): boolean =>
  Object.values(flatPatch(patch).nodes).some(({ type, resources = {} }) =>
    Object.entries(registry.get(type)?.resources ?? {}).some(
      ([slot, { kind }]) => kind === 'model' && resources[slot] !== undefined,
    ),
  );
