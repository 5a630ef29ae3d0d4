// The engine as the page sees it: takes patches and edits, decides what each means for the sound, and tells what plays.
// Owns the state of playing. Web Audio is behind Link and Shell, the sound itself in worklet/. Must not know the interface.
import type { Problem } from '../core/errors.ts';
import { PatchError } from '../core/errors.ts';
import { isParamChange, movedParams } from '../core/flat-origin.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { StateArray } from '../core/node-type.ts';
import type { Patch } from '../core/patch.ts';
import type { Change, Transaction, TransactionClass } from '../core/transaction.ts';
import type { PlanResult } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { PerformanceLog } from '../render/log.ts';
import type { CapturedAudio } from './captured-audio.ts';
import { FaultList } from './fault-list.ts';
import { followMicrophone } from './follow-microphone.ts';
import { Link } from './link.ts';
import type { LiveFigures } from './live-figures.ts';
import { type FromWorklet, NO_PLAN, type WireReport } from './messages.ts';
import { Performance } from './performance.ts';
import { LogWriter } from './performance-log.ts';
import { Planning, type PlanningOptions } from './planning.ts';
import { prepareWhenIdle } from './preparation.ts';
import { problemsOf } from './problems-of.ts';
import { Queue } from './queue.ts';
import type { TransportChoice, TransportPlace } from './transport/choose-transports.ts';
import type { Measuring } from './transport/model-timings.ts';
import { failIfStopped, unlessStopped } from './unless-stopped.ts';

export type HostState = 'off' | 'starting' | 'playing' | 'paused' | 'stopped' | 'failed';

export interface HostOptions extends Omit<PlanningOptions, 'onProblem' | 'onProgress'> {
  /** What the browser is asked for at the next start: the shortest delay (the default), or the fewest dropouts. */
  readonly latencyHint?: () => AudioContextLatencyCategory;
}

export class EngineHost {
  readonly #options: HostOptions;
  readonly #listeners = new Set<() => void>();
  /** What was asked for last, or became of it; the queue makes it true. */
  #state: HostState = 'off';
  /** A performance is there that a start goes on with. */
  #canGoOn = false;
  #link: Link | undefined;
  #tag = 0;
  readonly #performance = new Performance();
  readonly #faults = new FaultList(() => this.#changed());
  readonly #planning: Planning;
  /** Ends what the starts and swaps since the last stop wait for. */
  #abort = new AbortController();
  #isSwapDue = false;
  /** One after the other: start, pause, stop, and edits that need the runtime first. */
  readonly #queue = new Queue();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#planning = new Planning({
      ...options,
      onProblem: problem => this.#faults.add([problem]),
      onProgress: () => this.#changed(),
    });
  }

  get state(): HostState {
    return this.#state;
  }
  /** The plan of the patch as it stands with its problems; known with the sound off. `plan` is undefined when it can't play. */
  get made(): PlanResult | undefined {
    return this.#planning.made;
  }
  /** What went wrong while playing: nodes that were bypassed, plans and models that were refused, the reason of `failed`. */
  get faults(): readonly Problem[] {
    return this.#faults.problems;
  }
  /** Undefined while nothing has played. */
  get live(): LiveFigures | undefined {
    return this.#performance.figures(this.#link?.shell, this.#planning.latencySamples);
  }

  /** Where each model runs since the start, by node id; fixed until stop. */
  get transports(): Readonly<Record<string, TransportChoice>> {
    return this.#planning.transports.choices;
  }
  /** Slack of models in the worker, in frames of the patch: as the next plan has it. */
  get slackFrames(): Readonly<Record<string, number>> {
    return this.#planning.slackFrames;
  }
  /** The model that is being timed before it may play. */
  get measuring(): Measuring | undefined {
    return this.#planning.transports.measuring;
  }

  /** Called after any change, at most about 30 times a second while playing. Returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes a patch; while playing it is swapped in. Never throws: problems are in the result and in `made`. */
  load(patch: Patch, resources: ResourceBook): PlanResult {
    return this.update(patch, resources, 'structure');
  }

  /** Takes a patch whose files are on their way; what plays goes on, and a start knows what it is for. */
  expect(patch: Patch): void {
    this.#planning.expect(patch);
  }

  /** Has ready what the first start needs, once the page is idle: the transport's program, the times of models. */
  prepare(signal: AbortSignal): void {
    prepareWhenIdle(() => this.#planning.timeAhead(signal), signal);
  }

  /**
   * Takes an edit: `patch` is the document after it, `kind` the class of its transaction. Layout is ignored, a param becomes a
   * message, anything else a new plan, swapped in with a cross-fade. A patch that can't play leaves the old plan playing.
   */
  update(patch: Patch, resources: ResourceBook, kind: TransactionClass, transaction?: Transaction): PlanResult {
    const { patch: before, made } = this.#planning;
    this.#planning.take(patch, resources);
    const isMove = kind === 'param' && transaction?.changes.every(isParamChange);
    if (made && (kind === 'layout' || isMove)) {
      if (isMove) for (const change of transaction?.changes ?? []) this.#move(change, patch);
      return made;
    }
    const now = this.#planning.plan(this.#link);
    if (before && before.sampleRateHz !== patch.sampleRateHz && this.#link) this.#restart();
    else this.#askForSwap();
    this.#changed();
    return now;
  }

  /**
   * Starts, or goes on after a pause, once `ready` has settled: what is loaded meanwhile is what plays. Must be called from a
   * user's gesture. Throws PatchError: the patch's problems, E-CANCELLED, E-SECURE-CONTEXT, E-DEVICE-RATE, E-GESTURE,
   * E-RESOURCE-MISSING (the runtime).
   */
  start(ready: () => Promise<void> = async () => undefined): Promise<void> {
    if (this.#state === 'playing' || this.#state === 'starting') return this.#queue.idle;
    try {
      // In the gesture itself, before anything is waited for.
      this.#link ??= this.#createLink();
    } catch (error) {
      return Promise.reject(this.#fail(error));
    }
    if (this.#abort.signal.aborted) this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#setState('starting');
    return this.#queue.add(async () => {
      try {
        await unlessStopped(ready(), signal);
        do await this.#begin(await this.#linkOfRate(), signal);
        while (!this.#hasRate(this.#link));
        if (this.#state === 'starting' && !signal.aborted) this.#setState('playing');
      } catch (error) {
        throw signal.aborted ? error : this.#fail(error);
      }
    });
  }

  /** Fades out and holds where it is; a start that is on its way is waited for. */
  pause(): Promise<void> {
    if (this.#state === 'playing' || this.#state === 'starting') this.#setState('paused');
    return this.#queue.add(async () => {
      if (!this.#link || !this.#canGoOn) return;
      if (this.#link.isRunning) await this.#link.hold();
      this.#link?.shell.pauseTransport();
    });
  }

  /** Fades out; the next start begins at frame 0 with fresh state. A start, or an edit, that still waits for models is cancelled. */
  stop(): Promise<void> {
    this.#abort.abort();
    if (this.#isSounding) this.#setState('stopped');
    return this.#queue.add(async () => {
      this.#canGoOn = false;
      if (this.#link?.isRunning) await this.#link.hold();
      this.#link?.shell.stopTransport();
      this.#link?.shell.closeMicrophone();
    });
  }

  /** Starts one node afresh, for instance after a fault; a model that was refused is asked for again, with a plan. */
  resetNode(nodeId: string): void {
    this.#link?.post({ kind: 'reset', nodeId });
    if (this.faults.some(fault => fault.nodeId === nodeId && fault.code === 'E-MODEL-RUN')) this.#askForSwap();
    this.#faults.drop(fault => fault.nodeId === nodeId);
  }
  /** Every param move, edit and reset since the start with its frame; undefined before the first start. */
  log(): PerformanceLog | undefined {
    return this.#performance.readLog();
  }
  /** Takes the outputs down from now on, or from frame 0 when called before the start. A new start begins it afresh. */
  startCapture(): void {
    this.#performance.startCapture(this.#isSounding ? this.#link : undefined);
  }
  /** Ends the capture. Undefined when none runs. The log is then complete up to the capture's end. */
  stopCapture(): Promise<CapturedAudio | undefined> {
    return this.#performance.stopCapture(this.#link);
  }
  /** Whether the probed states of nodes are wanted. */
  probeStates(isOn: boolean): void {
    this.#performance.probeStates(isOn, this.#link);
  }
  /** Latest copy of a probed state; undefined while nothing plays or nobody asked for states. */
  readProbe(nodeId: string, state: string): StateArray | undefined {
    return this.#performance.readProbe(nodeId, state);
  }
  /** Begins or (undefined) ends listening to a connection. */
  probeConnection(connectionId: string | undefined): void {
    this.#performance.probeConnection(connectionId, this.#link);
  }
  get wireProbe(): WireReport | undefined {
    return this.#performance.wireProbe;
  }

  /** Tests only: blocks the audio thread, or the worker that runs models, once. */
  stall(ms: number, place: TransportPlace = 'audio thread'): void {
    if (place === 'worker') this.#planning.transports.stall(ms);
    else this.#link?.post({ kind: 'stall', ms });
  }
  /** Ends everything; the host can't be used again. */
  dispose(): Promise<void> {
    this.#listeners.clear();
    this.#abort.abort();
    return this.#queue.add(() => this.#closeLink());
  }

  get #isSounding(): boolean {
    return ['playing', 'paused', 'starting'].includes(this.#state);
  }

  #createLink(): Link {
    const { patch } = this.#planning;
    if (!patch) throw new RangeError('engine: expected a patch before the start, got none. Load one.');
    return new Link({
      sampleRateHz: patch.sampleRateHz,
      latencyHint: this.#options.latencyHint?.() ?? 'interactive',
      workletUrl: this.#options.urls.worklet,
      isStallAllowed: this.#options.isStallAllowed ?? false,
      onMessage: message => this.#receive(message),
      onInterrupted: () => this.#state === 'playing' && this.#setState('paused'),
      onFailure: problem => this.#fail(new PatchError(problem)),
    });
  }

  /** Plays. Returns early where the patch got another rate meanwhile, which asks for another link. */
  async #begin(link: Link, signal: AbortSignal): Promise<void> {
    const isFresh = !this.#canGoOn;
    // First of all, so that a missing gesture is told at once.
    await link.shell.resume();
    await link.open();
    if (isFresh) {
      await link.shell.suspend();
      // A worker that was too slow still has calls of the last time to do; a new one has not.
      const wasLate = Object.values(this.live?.lateCalls ?? {}).some(count => count > 0);
      this.#planning.transports.forget(wasLate);
      const module = await this.#planning.settle(link, signal, false);
      if (!this.#hasRate(link)) return;
      if (module) link.postRuntime(module);
      // Planned again: params may have moved since, and block and slack are known now.
      const { plan, problems } = this.#planning.plan(link);
      if (!plan) throw new PatchError(problems);
      this.#faults.reset(this.#planning.kernels.problems);
      await this.#post(link, plan, true);
      this.#performance.restart(link.shell);
      this.#canGoOn = true;
    }
    if (signal.aborted) await link.shell.suspend();
    failIfStopped(signal);
    if (!this.#hasRate(link)) return;
    this.#performance.ask(link, isFresh);
    await link.run();
    await link.shell.startTransport((isFresh ? 0 : (this.live?.frames ?? 0)) - this.#planning.latencySamples);
    this.#followMicrophone(link);
  }

  #followMicrophone(link: Link): void {
    followMicrophone(link, this.#planning.made?.plan, this.#options.registry, error => {
      if (error === undefined) this.#faults.drop(({ code }) => code === 'E-MICROPHONE');
      else if (error instanceof PatchError) this.#faults.add(error.problems);
      else this.#fail(error);
    });
  }

  #askForSwap(): void {
    if (!this.#isSounding) return;
    this.#isSwapDue = true;
    void this.#queue.add(() => this.#swap()).catch(error => this.#fail(error));
  }

  /** Posts the plan of the patch as it stands; several edits in a row become one. */
  async #swap(): Promise<void> {
    const link = this.#link;
    if (!link || !this.#isSounding || !this.#isSwapDue || !this.#hasRate(link)) return;
    const { signal } = this.#abort;
    let isHeld = false;
    try {
      const module = await this.#planning.settle(link, signal, true);
      // Starting the runtime or loading a heavy model blocks the audio thread: better a fade than a dropout.
      isHeld = link.isRunning && (module !== undefined || this.#planning.isHeavy(link));
      if (isHeld) await link.hold();
      if (module) link.postRuntime(module);
      // Planned after waiting, so that it knows every param move that was posted before it.
      const before = this.#planning.latencySamples;
      const { plan } = this.#planning.plan(link);
      if (!plan || !this.#hasRate(link)) return;
      await this.#post(link, plan, false);
      if (before !== plan.latencySamples) link.shell.moveTransport(this.live?.positionSeconds ?? 0);
      this.#followMicrophone(link);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      if (link === this.#link && !signal.aborted) this.#faults.add(error.problems);
    } finally {
      // A stop or a pause meanwhile has its wish.
      if (isHeld && link === this.#link && this.#state === 'playing') await link.run();
    }
  }

  /** Has a plan of the patch as it stands played; waits for nothing before it is posted. */
  #post(link: Link, plan: Plan, isFresh: boolean): Promise<void> {
    const { patch, slackFrames, audioThreadResources } = this.#planning;
    const tag = ++this.#tag;
    this.#isSwapDue = false;
    this.#faults.follow(plan);
    if (isFresh) this.#performance.log = new LogWriter(patch as Patch, link.shell.blockFrames, slackFrames);
    else this.#performance.log?.expect(tag, patch as Patch, slackFrames);
    return link.postPlan(tag, plan, audioThreadResources, isFresh);
  }

  /** Another sample rate needs another context. A start that is on its way sees to that itself. */
  #restart(): void {
    if (this.#state === 'starting') return;
    const wasPlaying = this.#state === 'playing';
    void this.stop();
    // At once: a stop, a pause or a start that comes now has the last word.
    if (wasPlaying) this.start().catch(() => undefined);
    else void this.#queue.add(() => this.#closeLink());
  }

  #hasRate(link: Link | undefined): boolean {
    return link?.sampleRateHz === this.#planning.patch?.sampleRateHz;
  }

  /** In the queue, where what came before may have closed the link: one that plays at the rate of the patch. */
  async #linkOfRate(): Promise<Link> {
    if (this.#hasRate(this.#link)) return this.#link as Link;
    if (this.#link?.isRunning) await this.#link.hold();
    await this.#closeLink();
    return (this.#link = this.#createLink());
  }

  async #closeLink(): Promise<void> {
    const link = this.#link;
    this.#canGoOn = false;
    this.#link = undefined;
    this.#planning.transports.close();
    await link?.close();
  }

  #move(change: Change, patch: Patch): void {
    if (!this.#isSounding) return;
    for (const { nodeId, param } of movedParams(change, patch)) {
      const value = this.#planning.valueOf(nodeId, param);
      if (value !== undefined) this.#link?.post({ kind: 'param', nodeId, param, value });
    }
  }

  #receive(message: FromWorklet): void {
    if (message.kind === 'failed') this.#fail(new PatchError(message.problems));
    if (message.kind === 'refused' && message.tag === NO_PLAN) {
      // What was compiled is of no use: the next start fetches it again. The rest plays.
      this.#planning.forgetRuntime();
      this.#faults.add(message.problems);
    }
    this.#performance.receive(message);
    if (message.kind === 'stats') this.#faults.add(message.faults);
  }

  #setState(state: HostState): void {
    this.#state = state;
    this.#changed();
  }

  /** Notes why it failed; returns the error to throw. A link that can't go on is closed: the next start makes another. */
  #fail(error: unknown): unknown {
    this.#canGoOn = false;
    this.#faults.reset(problemsOf(error, 'engine', 'to go on playing', 'Start again; please report it if it stays.'));
    if (this.#link?.isBroken) {
      // Ends what a start or a swap waits for.
      this.#abort.abort();
      void this.#closeLink().catch(() => undefined);
    } else {
      this.#link?.shell.closeMicrophone();
      void this.#link?.shell.suspend();
    }
    this.#setState('failed');
    return error;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
