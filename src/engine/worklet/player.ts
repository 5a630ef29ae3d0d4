// The player: one Performer on the browser's clock, with the monitor, capture, load, deadlines and probes around it.
// Owns what happens in one block and what is told about it. Must not know the globals of the audio thread nor its port.
import type { ResourceBook } from '../../core/infer.ts';
import type { Registry } from '../../core/registry.ts';
import type { Plan } from '../../plan/plan.ts';
import { Executor, type ExecutorOptions } from '../../render/executor.ts';
import { Performer, type PerformerEvent } from '../../render/performer.ts';
import { liveInputs } from '../live-inputs.ts';
import { type AppliedEntry, SPEAKER_CHANNELS, type StatsMessage } from '../messages.ts';
import { RemoteModels } from '../transport/remote-models.ts';
import { unheardOutputs } from '../unheard-outputs.ts';
import { Capture, type SendChunk } from './capture.ts';
import { Deadline } from './deadline.ts';
import { LoadMeter } from './load-meter.ts';
import { Monitor } from './monitor.ts';
import { copyStates, lateCalls, runtimes, WireProbe } from './probes.ts';

const REHEARSAL_SECONDS = 0.3;

export interface PlayerOptions {
  readonly registry: Registry;
  readonly rateHz: number;
  /** Most frames of a block. */
  readonly maxFrames: number;
  readonly lateLimitMs: number;
  /** Wall clock in ms. */
  readonly now: () => number;
}

/** What runs models, here and in the worker, and in which form the kernels run. */
export type Runtimes = Pick<ExecutorOptions, 'models' | 'workerModels' | 'kernelForm'>;

/** A move or a reset, as a message without its frame. */
export type LiveEvent =
  | Omit<Extract<PerformerEvent, { kind: 'param' }>, 'frame'>
  | Omit<Extract<PerformerEvent, { kind: 'reset' }>, 'frame'>;

export class Player {
  readonly #options: PlayerOptions;
  readonly #monitor: Monitor;
  readonly #deadline: Deadline;
  readonly #load: LoadMeter;
  readonly #silence: readonly Float32Array[];
  readonly #speakers: readonly Float32Array[];
  /** Output node → one block of each of its channels. */
  readonly #outputs = new Map<string, Float32Array[]>();
  /** Outputs that are captured only. */
  readonly #unheard = new Set<string>();
  /** Live input node → the microphone's channels of this block. */
  #inputs: Record<string, readonly Float32Array[]> = {};
  /** The performer's outputs as they were last looked at. */
  #followed: ReturnType<Performer['outputs']> = [];
  #performer: Performer | undefined;
  #isRunning = false;
  #capture: Capture | undefined;
  #applied: AppliedEntry[] = [];
  #hasStates = false;
  #wire: WireProbe | undefined;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#monitor = new Monitor(options.rateHz);
    this.#deadline = new Deadline(options.lateLimitMs, options.rateHz);
    this.#load = new LoadMeter(options.rateHz);
    this.#silence = [new Float32Array(options.maxFrames)];
    this.#speakers = Array.from({ length: SPEAKER_CHANNELS }, () => new Float32Array(options.maxFrames));
  }

  /** Frames played since the start. */
  get frame(): number {
    return this.#performer?.frame ?? 0;
  }
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Prepares a plan (this may take long) and plays it from frame 0, or swaps it in at the next block. Throws what can't be played at all. */
  setPlan(plan: Plan, resources: ResourceBook, runtimes: Runtimes, tag: number, isFresh: boolean): void {
    const { registry, now } = this.#options;
    const make = (given: Runtimes): Executor =>
      new Executor({ plan, registry, resources, clock: now, bypassesRefused: true, ...given });
    if (isFresh) this.#rehearse(make, runtimes);
    const executor = make(runtimes);
    if (!isFresh && this.#performer) {
      this.#performer.schedule({ frame: this.frame, kind: 'swap', executor, tag: String(tag) });
      this.#follow(this.#performer);
      return;
    }
    this.#performer?.dispose();
    this.#outputs.clear();
    this.#capture = undefined;
    this.#applied = [];
    this.#deadline.count = 0;
    this.#performer = new Performer(executor, event => this.#note(event));
    this.#follow(this.#performer);
  }

  /** Knows inputs and outputs of all plans that sound or wait, and forgets those of all others. */
  #follow(performer: Performer): void {
    const { registry } = this.#options;
    const plans = performer.plans();
    this.#followed = performer.outputs();
    this.#inputs = Object.fromEntries(plans.flatMap(plan => liveInputs(plan, registry).map(id => [id, this.#silence])));
    this.#unheard.clear();
    const outputs = new Set<string>();
    for (const plan of plans) {
      for (const { nodeId } of plan.outputs) {
        outputs.add(nodeId);
        // What a later plan says of an output is true of it.
        this.#unheard.delete(nodeId);
      }
      for (const id of unheardOutputs(plan, registry)) this.#unheard.add(id);
    }
    for (const id of this.#outputs.keys()) if (!outputs.has(id)) this.#outputs.delete(id);
  }

  /** Plays silence to nobody: the first calls of code that was never run are many times slower, and would be dropouts. */
  #rehearse(make: (given: Runtimes) => Executor, runtimes: Runtimes): void {
    // The worker has rehearsed already, and must not be behind when it begins.
    const workerModels = new RemoteModels();
    const executor = make({ ...runtimes, workerModels });
    const { maxFrames } = executor.plan;
    for (let frames = 0; frames < REHEARSAL_SECONDS * this.#options.rateHz; frames += maxFrames) {
      executor.process(maxFrames);
      workerModels.flush();
    }
    executor.dispose();
  }

  /** Takes effect at the next block. */
  apply(event: LiveEvent): void {
    this.#performer?.schedule({ ...event, frame: this.frame });
  }

  /** Plays, or fades out; see `isSilent`. */
  run(isRunning: boolean): void {
    if (!isRunning) {
      this.#monitor.end();
      return;
    }
    this.#isRunning = this.#performer !== undefined;
    this.#monitor.start();
    this.#deadline.restart();
  }

  /** Holds after a fade-out; true once, when it does. */
  holdIfSilent(): boolean {
    if (!this.#isRunning || !this.#monitor.isSilent) return false;
    this.#isRunning = false;
    return true;
  }

  probe(hasStates: boolean, connectionId: string | undefined): void {
    this.#hasStates = hasStates;
    if (connectionId === this.#wire?.connectionId) return;
    this.#wire?.leave();
    this.#wire = connectionId === undefined ? undefined : new WireProbe(connectionId);
  }

  startCapture(send: SendChunk): void {
    this.#capture = new Capture(this.frame, send);
  }

  /** Sends what is left; returns the frames that were covered. */
  endCapture(): { start: number; end: number } {
    this.#capture?.end();
    const start = this.#capture?.start ?? this.frame;
    this.#capture = undefined;
    return { start, end: this.frame };
  }

  /**
   * One block: `microphone` may be empty, `speakers` are overwritten. `browserFrame` is the browser's own frame counter.
   */
  process(
    frames: number,
    microphone: readonly Float32Array[],
    speakers: readonly Float32Array[],
    browserFrame: number,
  ): void {
    const performer = this.#performer;
    if (!performer || !this.#isRunning) return;
    const begin = this.#options.now();
    this.#deadline.begin(begin, browserFrame, frames, performer.frame);
    for (const id in this.#inputs) this.#inputs[id] = microphone.length > 0 ? microphone : this.#silence;
    for (const channel of this.#speakers) channel.fill(0, 0, frames);
    performer.process(frames, this.#inputs, this.#write);
    if (performer.outputs() !== this.#followed) this.#follow(performer);
    this.#monitor.process(this.#speakers, frames);
    for (let c = 0; c < speakers.length; c++) {
      const channel = this.#speakers[Math.min(c, SPEAKER_CHANNELS - 1)];
      for (let i = 0; i < frames; i++) speakers[c][i] = channel[i];
    }
    this.#load.add(this.#options.now() - begin, frames, performer.executor);
  }

  /** The figures of now; takes the events and dropouts that were not told yet. */
  stats(): StatsMessage {
    const applied = this.#applied;
    this.#applied = [];
    return {
      kind: 'stats',
      frame: this.frame,
      applied,
      faults: this.#performer?.takeFaults() ?? [],
      dropouts: this.#deadline.take(),
      dropoutCount: this.#deadline.count,
      loadMean: this.#load.mean,
      nodeLoads: this.#load.nodes,
      lateCalls: this.#performer ? lateCalls(this.#performer.executor) : {},
      runtimes: this.#performer ? runtimes(this.#performer.executor) : {},
      kernelForm: this.#performer?.executor.kernelForm,
      isMonitorActing: this.#monitor.takeActing(),
      states: this.#hasStates && this.#performer ? copyStates(this.#performer.executor) : {},
      wire: this.#wire?.report(),
    };
  }

  /** Takes the stretch of a block that the performer has just computed. */
  readonly #write = (offset: number, count: number): void => {
    const performer = this.#performer as Performer;
    const first = performer.frame - count;
    for (const { nodeId, channels } of performer.outputs()) {
      const buffers = this.#buffers(nodeId, channels);
      for (let c = 0; c < buffers.length; c++) {
        buffers[c].fill(0, 0, count);
        performer.addOutput(nodeId, c, buffers[c], 0, count);
      }
      this.#capture?.take(nodeId, buffers, first, count);
      if (this.#unheard.has(nodeId)) continue;
      for (let c = 0; c < SPEAKER_CHANNELS; c++) {
        // One channel plays on both sides; of more than two, the first two are heard.
        const source = buffers[Math.min(c, buffers.length - 1)];
        for (let i = 0; i < count; i++) this.#speakers[c][offset + i] += source[i];
      }
    }
    this.#wire?.listen(performer.executor);
  };

  #buffers(nodeId: string, channels: number): Float32Array[] {
    const known = this.#outputs.get(nodeId);
    if (known && known.length >= channels) return known;
    const made = Array.from({ length: channels }, () => new Float32Array(this.#options.maxFrames));
    this.#outputs.set(nodeId, made);
    return made;
  }

  #note(event: PerformerEvent): void {
    if (event.kind === 'swap') this.#applied.push({ frame: event.frame, kind: 'plan', tag: Number(event.tag) });
    else this.#applied.push(event);
  }
}
