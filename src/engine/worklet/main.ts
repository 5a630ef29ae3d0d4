// The processor of the audio thread: connects the player to the browser's blocks and to its port.
// Owns the order of messages and the rhythm of the figures. Nothing here waits for more than microtasks, and `process`
// never throws: what goes wrong in a block is told once and then silent. The runtime is loaded by a message, so that a patch
// whose models run on the kernels starts at once.

import { registry } from '../../generated/registry.ts';
import { LateInference } from '../../inference/late-inference.ts';
import { loadOrt } from '../../inference/ort-glue.ts';
import { createInference } from '../../inference/ort-inference.ts';
import { withKernels } from '../../neural/kernel-inference.ts';
import { bringRelaxed } from '../../simd/module.ts';
import {
  type FromWorklet,
  NO_PLAN,
  PROCESSOR_NAME,
  type StatsMessage,
  type ToWorklet,
  type WorkletOptions,
} from '../messages.ts';
import { problemsOf } from '../problems-of.ts';
import { type ResourcePayload, unpackResources } from '../resource-transfer.ts';
import type { FromModels, ToModels, Wire } from '../transport/messages.ts';
import { RemoteModels } from '../transport/remote-models.ts';
import { Player } from './player.ts';

const STATS_PER_SECOND = 30;
/** The longest block that browsers choose; plans are made for the one they do. */
const BLOCK_FRAMES_MAX = 4096;

type Order = Exclude<ToWorklet, { kind: 'runtime' }>;

const NO_MICROPHONE: readonly Float32Array[] = [];

const PLACE = 'audio thread';
const planProblems = (error: unknown) => problemsOf(error, PLACE, 'a plan that can be played', 'Undo the last edit.');

const buffersOf = (message: FromWorklet): ArrayBufferLike[] => {
  if (message.kind === 'chunk') return message.channels.map(channel => channel.buffer);
  if (message.kind !== 'stats') return [];
  const states = Object.values(message.states).flatMap(node => Object.values(node));
  return [...states, ...(message.wire ? [message.wire.wave] : [])].map(array => array.buffer);
};

class Processor extends AudioWorkletProcessor {
  readonly #player: Player;
  readonly #isStallAllowed: boolean;
  readonly #payloads = new Map<string, ResourcePayload['data']>();
  /** Comes with the first model that the kernels do not run. */
  readonly #ort = new LateInference();
  #kernelForm: 'simd' | 'relaxed' = 'simd';
  #models = withKernels(this.#ort);
  #workerModels: RemoteModels | undefined;
  /** What was posted after the runtime, until it is loaded; undefined when nothing has to wait. */
  #waiting: Order[] | undefined;
  #untilStats = 0;
  #stallMs = 0;
  /** A block went wrong: what the player holds is not to be trusted before a fresh plan. */
  #hasFailed = false;

  constructor(options: AudioWorkletNodeOptions) {
    super();
    const { lateLimitMs, isStallAllowed } = options.processorOptions as WorkletOptions;
    this.#isStallAllowed = isStallAllowed;
    this.#player = new Player({
      registry,
      rateHz: sampleRate,
      maxFrames: BLOCK_FRAMES_MAX,
      lateLimitMs,
      now: Date.now,
    });
    this.port.onmessage = ({ data }) => this.#receive(data as ToWorklet);
  }

  process(inputs: readonly (readonly Float32Array[])[], outputs: readonly (readonly Float32Array[])[]): boolean {
    if (this.#hasFailed) return true;
    try {
      this.#play(inputs, outputs[0]);
    } catch (error) {
      this.#hasFailed = true;
      for (const channel of outputs[0]) channel.fill(0);
      const problems = problemsOf(
        error,
        PLACE,
        'a block that can be computed',
        'Start again; undo the last edit if it stays.',
      );
      this.#post({ kind: 'failed', problems });
    }
    return true;
  }

  #play(inputs: readonly (readonly Float32Array[])[], speakers: readonly Float32Array[]): void {
    const frames = speakers[0]?.length ?? 0;
    if (this.#stallMs > 0) this.#stall();
    this.#player.process(frames, inputs[0] ?? NO_MICROPHONE, speakers, currentFrame);
    this.#workerModels?.flush();
    if (this.#player.holdIfSilent()) {
      this.#post(this.#player.stats());
      this.#post({ kind: 'held' });
    }
    this.#untilStats -= frames;
    if (this.#untilStats <= 0 && this.#player.isRunning) this.#tell();
  }

  #tell(): void {
    this.#untilStats = sampleRate / STATS_PER_SECOND;
    this.#post(this.#player.stats());
  }

  #post(message: FromWorklet | StatsMessage): void {
    this.port.postMessage(message, buffersOf(message));
  }

  #receive(message: ToWorklet): void {
    if (message.kind === 'runtime') {
      this.#waiting ??= [];
      loadOrt(message.module)
        .then(ort => this.#ort.arrive(createInference(ort)))
        .catch(error => this.#post({ kind: 'refused', tag: NO_PLAN, problems: planProblems(error) }))
        .then(() => this.#obeyWaiting());
    } else if (this.#waiting) this.#waiting.push(message);
    else this.#obey(message);
  }

  #obeyWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const message of waiting) this.#obey(message);
  }

  #obey(message: Order): void {
    const player = this.#player;
    switch (message.kind) {
      case 'plan':
        this.#prepare(message);
        break;
      case 'payloads':
        for (const { key, data } of message.payloads) this.#payloads.set(key, data);
        break;
      case 'kernels':
        this.#choose(message.relaxed);
        break;
      case 'models':
        this.#connect(message.port);
        break;
      case 'param':
        player.apply({ kind: 'param', nodeId: message.nodeId, param: message.param, value: message.value });
        break;
      case 'reset':
        player.apply({ kind: 'reset', nodeId: message.nodeId });
        break;
      case 'run':
        player.run(message.isRunning);
        break;
      case 'probe':
        player.probe(message.hasStates, message.connectionId);
        break;
      case 'capture':
        this.#capture(message.isOn);
        break;
      case 'stall':
        this.#stallMs = this.#isStallAllowed ? message.ms : 0;
        break;
    }
  }

  /** Of models, runners that are there keep their form. */
  #choose(relaxed: Uint8Array<ArrayBuffer> | undefined): void {
    if (relaxed) bringRelaxed(relaxed);
    this.#kernelForm = relaxed ? 'relaxed' : 'simd';
    this.#models = withKernels(this.#ort, this.#kernelForm);
  }

  #connect(port: MessagePort): void {
    const models = new RemoteModels(port as Wire<ToModels>);
    port.onmessage = ({ data }) => models.receive(data as FromModels);
    this.#workerModels = models;
  }

  #prepare({ tag, plan, references, payloads, isFresh }: Extract<ToWorklet, { kind: 'plan' }>): void {
    const begin = Date.now();
    try {
      if (isFresh) this.#hasFailed = false;
      const runtimes = {
        models: this.#models,
        kernelForm: this.#kernelForm,
        ...(this.#workerModels ? { workerModels: this.#workerModels } : {}),
      };
      this.#player.setPlan(plan, unpackResources(references, payloads, this.#payloads), runtimes, tag, isFresh);
      this.#workerModels?.flush();
      this.#post({ kind: 'ready', tag, ms: Date.now() - begin });
    } catch (error) {
      this.#post({ kind: 'refused', tag, problems: planProblems(error) });
    }
  }

  #capture(isOn: boolean): void {
    if (isOn) {
      this.#player.startCapture((nodeId, frame, channels) => this.#post({ kind: 'chunk', nodeId, frame, channels }));
      return;
    }
    const covered = this.#player.endCapture();
    this.#post(this.#player.stats());
    this.#post({ kind: 'captured', ...covered });
  }

  #stall(): void {
    const end = Date.now() + this.#stallMs;
    this.#stallMs = 0;
    while (Date.now() < end);
  }
}

registerProcessor(PROCESSOR_NAME, Processor);
