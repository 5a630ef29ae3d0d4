// The transports of one host: measures models, decides once where each runs, and keeps that until stop.
// Owns decisions and the worker that they ask for. Must not know when something starts or swaps.
import type { Problem } from '../../core/errors.ts';
import { flatPatch } from '../../core/flatten.ts';
import type { ResourceBook } from '../../core/infer.ts';
import type { Patch } from '../../core/patch.ts';
import type { ModelResource } from '../../core/resource.ts';
import { needsOnnxRuntime, patchNeedsOnnxRuntime, withRuntime } from '../../core/runtime-choice.ts';
import { pinnedSlack, type TransportWish, transportWish } from '../../core/transport.ts';
import type { PlanResult } from '../../plan/make-plan.ts';
import { contextOf } from '../../plan/node-context.ts';
import type { PlanNode } from '../../plan/plan.ts';
import { runnerFrames } from '../../render/prepare-node.ts';
import { unlessStopped } from '../unless-stopped.ts';
import {
  chooseTransports,
  type Device,
  type ModelUse,
  outgrownSlack,
  type TransportChoice,
} from './choose-transports.ts';
import { type Measuring, ModelTimings, type TimeModel } from './model-timings.ts';
import { ModelWorker } from './model-worker.ts';

export interface TransportOptions {
  readonly workerUrl: string;
  readonly runtime: () => Promise<WebAssembly.Module>;
  readonly timeModel: TimeModel;
  readonly isStallAllowed: boolean;
  /** Told while it plays: the worker ended by itself, or has more to do than the slack of its models has room for. */
  readonly onProblem: (problem: Problem) => void;
  readonly onProgress: () => void;
}

/** A model that takes longer than this to load in the audio thread is faded: it would be a dropout. */
export const LOAD_MS_MAX = 10;

interface Decision {
  /** What was decided on; with anything else of it, it is decided again. */
  readonly key: string;
  readonly wish: TransportWish;
  readonly choice: TransportChoice;
}

interface ModelNode {
  readonly node: PlanNode;
  readonly model: ModelResource;
  readonly callFrames: number;
  readonly use: Omit<ModelUse, 'timing'>;
  readonly key: string;
}

export class Transports {
  readonly #options: TransportOptions;
  readonly #timings: ModelTimings;
  #decisions: ReadonlyMap<string, Decision> = new Map();
  #worker: ModelWorker | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#timings = new ModelTimings(options.timeModel, options.onProgress);
  }

  get measuring(): Measuring | undefined {
    return this.#timings.measuring;
  }

  /** Where each model runs, by node id; nothing before a start. */
  get choices(): Readonly<Record<string, TransportChoice>> {
    return Object.fromEntries([...this.#decisions].map(([id, { choice }]) => [id, choice]));
  }

  /** Slack by node id, in frames of the patch, for its next plan: what was decided, else what the patch pins. */
  slackFrames(patch: Patch): Record<string, number> {
    const slack = pinnedSlack(patch);
    for (const [id, { wish, choice }] of this.#decisions) {
      const node = flatPatch(patch).nodes[id];
      const now = node && transportWish(node.params ?? {});
      const isTrue = now?.runsIn === wish.runsIn && now.slackFrames === wish.slackFrames;
      if (isTrue && choice.slackFrames > 0) slack[id] = choice.slackFrames;
    }
    return slack;
  }

  /** A fresh start decides afresh, by times that stay known; in a new worker if asked for. */
  forget(isNewWorker: boolean): void {
    this.#decisions = new Map();
    if (isNewWorker) this.close();
  }

  /**
   * Decides for the models of a plan that are not decided yet, and has those of the worker made ready. Known times are not taken
   * again. `isPlaying`: models are about to be loaded under playing sound, so all of the audio thread's are timed, which warms
   * them up. Throws PatchError: what the runtime refused in the worker, E-CANCELLED. Returns the worker's port when it is new.
   */
  async settle(
    { plan, inference }: PlanResult,
    resources: ResourceBook,
    device: Device,
    { signal, isPlaying }: { readonly signal: AbortSignal; readonly isPlaying: boolean },
  ): Promise<MessagePort | undefined> {
    if (!plan) return undefined;
    const looped = new Set(inference.loops.flatMap(loop => loop.nodes));
    const nodes = Object.values(plan.nodes).flatMap(node => modelNodes(node, resources, looped, device));
    const isFixed = ({ node, key }: ModelNode): boolean => this.#decisions.get(node.id)?.key === key;
    if (!nodes.every(isFixed)) {
      // Whether fixed slacks have room for what comes depends on the time of each, whoever set its slack.
      const mayCrowd =
        isPlaying &&
        nodes.some(each => isFixed(each) && this.#decisions.get(each.node.id)?.choice.place === 'worker') &&
        nodes.some(each => !isFixed(each) && each.use.wish !== 'audio thread');
      const uses: ModelUse[] = [];
      for (const each of nodes) {
        const known = isFixed(each) ? this.#decisions.get(each.node.id)?.choice : undefined;
        const mustWarm = isPlaying && each.use.wish !== 'worker';
        const isNeeded = known ? mayCrowd && known.place === 'worker' : mustWarm || mayCrowd || isMeasured(each, nodes);
        const timing = isNeeded ? await this.#timings.wait(each, signal) : this.#timings.known(each);
        uses.push({ ...each.use, timing, ...(known ? { wish: known.place, slackFrames: known.slackFrames } : {}) });
      }
      const choices = chooseTransports(uses, device);
      this.#tellCrowding(uses, choices, new Set(nodes.filter(isFixed).map(({ node }) => node.id)), device);
      const decide = (each: ModelNode): Decision =>
        (isFixed(each) && this.#decisions.get(each.node.id)) || {
          key: each.key,
          wish: transportWish(each.node.values),
          choice: choices[each.node.id],
        };
      this.#decisions = new Map(nodes.map(each => [each.node.id, decide(each)]));
    }
    const remote = nodes.filter(({ node }) => this.#decisions.get(node.id)?.choice.place === 'worker');
    if (remote.length === 0 && !this.#worker) return undefined;
    const isMissing = !this.#worker?.hasRuntime && remote.some(({ model }) => needsOnnxRuntime(model));
    const module = isMissing ? await unlessStopped(this.#options.runtime(), signal) : undefined;
    const isNew = this.#worker === undefined;
    this.#worker ??= this.#startWorker();
    const worker = this.#worker;
    if (module) worker.provide(module);
    try {
      const books = Object.fromEntries(remote.map(({ node, model }) => [node.id, { model }]));
      const maxFrames = remote.map(({ node, model }) => [
        node.id,
        runnerFrames(contextOf(plan, node, resources), model),
      ]);
      await unlessStopped(worker.prepare(books, Object.fromEntries(maxFrames)), signal);
    } catch (error) {
      // Nobody was given its port, and it may be that it runs nothing at all: the next time another is made.
      if (isNew) this.close();
      throw error;
    }
    return isNew ? worker.port : undefined;
  }

  /** Times the models that a start would time, one after the other and without a word. A start that comes meanwhile joins. */
  async timeAhead(
    { plan, inference }: PlanResult,
    resources: ResourceBook,
    device: Device,
    signal: AbortSignal,
  ): Promise<void> {
    if (!plan) return;
    const looped = new Set(inference.loops.flatMap(loop => loop.nodes));
    const nodes = Object.values(plan.nodes).flatMap(node => modelNodes(node, resources, looped, device));
    for (const each of nodes.filter(each => isMeasured(each, nodes))) await this.#timings.takeAhead(each, signal);
  }

  /** Whether a model of the patch is to run in the audio thread by ONNX Runtime, which it then needs. */
  needsLocalRuntime(patch: Patch, resources: ResourceBook): boolean {
    const isLocal = (nodeId: string): boolean => this.#decisions.get(nodeId)?.choice.place !== 'worker';
    return patchNeedsOnnxRuntime(
      patch,
      Object.fromEntries(Object.entries(resources).filter(([nodeId]) => isLocal(nodeId))),
    );
  }

  /** Whether a model would hold the audio thread up when it is loaded there: it is slow to load, or nobody knows. */
  isHeavy(nodeId: string, model: ModelResource): boolean {
    if (this.#decisions.get(nodeId)?.choice.place === 'worker') return false;
    const loadMs = this.#timings.loadMs(model);
    return loadMs === undefined || loadMs > LOAD_MS_MAX;
  }

  /** Tests only: blocks the worker once. */
  stall(ms: number): void {
    this.#worker?.stall(ms);
  }

  /** Ends the worker: its port dies with the audio thread that had it. */
  close(): void {
    this.#worker?.close();
    this.#worker = undefined;
  }

  #startWorker(): ModelWorker {
    const { workerUrl, isStallAllowed, onProblem } = this.#options;
    return new ModelWorker(workerUrl, isStallAllowed, problem => {
      this.#worker = undefined;
      onProblem(problem);
    });
  }

  /** What is fixed stays so, also where a model that came later leaves it too little time: that is told. */
  #tellCrowding(
    uses: readonly ModelUse[],
    choices: Readonly<Record<string, TransportChoice>>,
    fixed: ReadonlySet<string>,
    device: Device,
  ): void {
    const inWorker = uses.filter(({ nodeId }) => choices[nodeId].place === 'worker');
    const earlier = inWorker.filter(({ nodeId }) => fixed.has(nodeId));
    const tight = outgrownSlack(earlier, inWorker, device);
    if (!tight) return;
    for (const { nodeId } of inWorker) {
      if (fixed.has(nodeId)) continue;
      this.#options.onProblem({
        code: 'E-TRANSPORT',
        severity: 'warning',
        path: `nodes.${nodeId}.params.runsIn`,
        nodeId,
        message: `${nodeId}: expected time for it in the worker beside ${tight.nodeId}, whose slack of ${tight.slackFrames} samples is fixed while it plays, got calls that want ${tight.wantedFrames} together. Results may come late, which is silence: stop and start again, so that slack is measured for all (what is set by hand, raise by hand).`,
      });
    }
  }
}

/** Whether the choice depends on how long a model takes: not where all is pinned, with a slack where it takes one. */
const isMeasured = ({ use }: ModelNode, all: readonly ModelNode[]): boolean =>
  use.wish === 'worker' ? use.slackFrames === 0 : all.some(each => each.use.wish === 'auto' && !each.use.isInLoop);

function modelNodes(
  node: PlanNode,
  resources: ResourceBook,
  looped: ReadonlySet<string>,
  { rateHz, quantumFrames }: Device,
): ModelNode[] {
  const loaded = Object.values(resources[node.id] ?? {}).find(resource => resource?.kind === 'model');
  if (!loaded) return [];
  const model = withRuntime(loaded, node.values);
  const { runsIn, slackFrames } = transportWish(node.values);
  const callFrames = node.blockFrames || Math.ceil((quantumFrames * node.rateHz) / rateHz);
  const isInLoop = looped.has(node.id);
  const use = { nodeId: node.id, wish: runsIn, slackFrames, isInLoop, callSeconds: callFrames / node.rateHz };
  const key = JSON.stringify([model.sha256, model.contract, model.runtime, runsIn, slackFrames, isInLoop, callFrames]);
  return [{ node, model, callFrames, use, key }];
}
