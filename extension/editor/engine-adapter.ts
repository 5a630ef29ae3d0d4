// What the interface sees of the engine: EngineHost as an EngineView. Owns the translation into facts and figures.
// Must not decide anything: what plays is the host's, what is loaded the session's.
import type { Problem } from '../../src/core/errors.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { LatencyParts } from '../../src/core/node-type.ts';
import type { Resource } from '../../src/core/resource.ts';
import type { EngineHost } from '../../src/engine/host.ts';
import type { PlanResult } from '../../src/plan/make-plan.ts';
import type { LoadProgress } from '../../src/resources/load-resources.ts';
import { mergeProblems } from '../../src/resources/merge-problems.ts';
import type { EngineState, EngineView, LiveFacts, PlanFacts, WireProbe } from '../../src/ui/engine-view.ts';

/** Probed states are copied in the audio thread: nobody who looks waits longer than this from one look to the next. */
const LOOK_MS = 1000;

const NO_LATENCY: LatencyParts = { buffering: 0, inference: 0, model: 0, filter: 0 };

function factsOf(made: PlanResult, sampleRateHz: number, problems: readonly Problem[]): PlanFacts {
  const { plan } = made;
  if (!plan) return { problems, sampleRateHz, latencySamples: 0, latency: NO_LATENCY, connections: {}, nodes: {} };
  return {
    problems,
    sampleRateHz: plan.sampleRateHz,
    latencySamples: plan.latencySamples,
    latency: plan.latency,
    connections: plan.connections,
    nodes: plan.nodes,
  };
}

export class EngineAdapter implements EngineView {
  readonly #host: EngineHost;
  readonly #patchRateHz: () => number;
  readonly #loaded: () => Promise<void>;
  readonly #listeners = new Set<() => void>();
  readonly #end: () => void;
  #resources: ResourceBook = {};
  /** Problems from reading the file and its resources; the plan's are added to them. */
  #loading: readonly Problem[] = [];
  #facts: PlanFacts | undefined;
  #factsOf: PlanResult | undefined;
  #faultsOf = '';
  #areStatesWanted = false;
  #isRecording = false;
  #progress: LoadProgress | undefined;
  #lastLookMs = 0;

  /** `patchRateHz` is the document's, for the time when nothing can be planned. `loaded` settles when no file is on its way. */
  constructor(host: EngineHost, patchRateHz: () => number, loaded = async (): Promise<void> => undefined) {
    this.#host = host;
    this.#patchRateHz = patchRateHz;
    this.#loaded = loaded;
    this.#end = host.onChange(() => {
      this.#endProbing();
      this.tell();
    });
  }

  get state(): EngineState {
    return this.#host.state;
  }

  /** The same object until something in it changed. */
  get plan(): PlanFacts | undefined {
    const { made, faults } = this.#host;
    if (!made) return undefined;
    // The host keeps one list and adds to it.
    const faultsNow = faults.map(fault => `${fault.code} ${fault.message}`).join('\n');
    if (!this.#facts || this.#factsOf !== made || this.#faultsOf !== faultsNow) {
      this.#factsOf = made;
      this.#faultsOf = faultsNow;
      this.#facts = factsOf(made, this.#patchRateHz(), [...mergeProblems(this.#loading, made.problems), ...faults]);
    }
    return this.#facts;
  }

  get live(): LiveFacts | undefined {
    const live = this.#host.live;
    if (!live || this.state === 'stopped') return undefined;
    const { positionSeconds, loadMean, nodeLoads, dropouts, lastDropouts, lateCalls, runtimes, underruns } = live;
    return {
      positionSeconds,
      secondsPlayed: live.frames / this.#patchRateHz(),
      loadMean,
      nodeLoads,
      dropouts,
      lastDropouts,
      lateCalls,
      runtimes,
      kernelForm: live.kernelForm,
      underruns,
      isMonitorActing: live.isMonitorActing,
      blockFrames: live.blockFrames,
    };
  }

  get transports(): EngineView['transports'] {
    return this.#host.transports;
  }
  get measuring(): EngineView['measuring'] {
    return this.#host.measuring;
  }

  get loading(): EngineView['loading'] {
    return this.#progress;
  }
  /** A file on its way; undefined when all are there. */
  setProgress(progress: LoadProgress | undefined): void {
    const percent = (of: LoadProgress | undefined): number => Math.floor(100 * (of?.share ?? -1));
    if (progress?.path === this.#progress?.path && percent(progress) === percent(this.#progress)) return;
    this.#progress = progress;
    this.tell();
  }

  resource(nodeId: string, slot: string): Resource | undefined {
    return this.#resources[nodeId]?.[slot];
  }

  /** What was loaded, and what went wrong meanwhile. Told together with the next plan. */
  setLoaded(resources: ResourceBook, problems: readonly Problem[]): void {
    this.#resources = resources;
    this.#loading = problems;
    this.#facts = undefined;
  }

  get isRecording(): boolean {
    return this.#isRecording;
  }
  /** Told by whoever records. */
  setRecording(isRecording: boolean): void {
    this.#isRecording = isRecording;
    this.tell();
  }

  /** Waits for files that are on their way. Why it did not start is in `plan.problems` and in the state. */
  async start(): Promise<void> {
    try {
      await this.#host.start(this.#loaded);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
    }
  }
  pause(): void {
    void this.#host.pause();
  }
  stop(): void {
    void this.#host.stop();
  }

  readProbe(nodeId: string, state: string): Float32Array | undefined {
    if (this.state !== 'playing' && this.state !== 'paused') return undefined;
    this.#lastLookMs = performance.now();
    if (!this.#areStatesWanted) {
      this.#areStatesWanted = true;
      this.#host.probeStates(true);
    }
    return this.#host.readProbe(nodeId, state) as Float32Array | undefined;
  }
  probeConnection(connectionId: string | undefined): void {
    this.#host.probeConnection(connectionId);
  }
  get wireProbe(): WireProbe | undefined {
    return this.#host.wireProbe;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#end();
    this.#listeners.clear();
  }

  /** A hidden page or panel draws nothing and asks for nothing: that ends it as well. */
  #endProbing(): void {
    if (!this.#areStatesWanted || performance.now() - this.#lastLookMs <= LOOK_MS) return;
    this.#areStatesWanted = false;
    this.#host.probeStates(false);
  }

  /** Tells who looks that something is new. */
  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
