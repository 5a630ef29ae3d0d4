// The performer: one executor after another under a running clock. Hands moves on with their frames, swaps plans with a
// cross-fade, keeps the state of untouched nodes. Live and offline run this same class, so that a log renders to the same samples.
import type { Problem } from '../core/errors.ts';
import type { ParamValue } from '../core/param.ts';
import { crossfadeFrames, fadeInGain } from '../dsp/crossfade.ts';
import type { Plan, PlanTerminal } from '../plan/plan.ts';
import type { Executor } from './executor.ts';

export type PerformerEvent =
  | {
      readonly frame: number;
      readonly kind: 'param';
      readonly nodeId: string;
      readonly param: string;
      readonly value: ParamValue;
    }
  | { readonly frame: number; readonly kind: 'reset'; readonly nodeId: string }
  | { readonly frame: number; readonly kind: 'swap'; readonly executor: Executor; readonly tag: string };

type ParamEvent = Extract<PerformerEvent, { kind: 'param' }>;
type SwapEvent = Extract<PerformerEvent, { kind: 'swap' }>;

/** An event and its place in the order in which events were given: what came before a plan was made is known to it. */
interface Scheduled<Event extends PerformerEvent = PerformerEvent> {
  readonly event: Event;
  readonly order: number;
}

/** Frames of audio by node id, one array a channel. */
export type NodeAudio = Readonly<Record<string, readonly Float32Array[]>>;

/** Told when an event took effect, at the frame at which it did: what the log is written from. */
export type AppliedListener = (event: PerformerEvent) => void;

export class Performer {
  #executor: Executor;
  /** The plan before, and the frame at which it begins to fade: it is heard alone until the new one has filled its delays. */
  #fading: { executor: Executor; from: number } | undefined;
  /** Faults of plans that have faded away, which nobody took yet. */
  #faultsLeft: Problem[] = [];
  /** Waiting events in order of frame. A swap during a cross-fade waits for its end; later swaps replace earlier ones. */
  #queue: Scheduled[] = [];
  #scheduledCount = 0;
  /** Param moves that a plan waiting to be swapped in does not know; repeated (and logged again) once it plays. */
  #movedWhileWaiting: Scheduled<ParamEvent>[] = [];
  #outputs: readonly PlanTerminal[];
  readonly #fadeFrames: number;
  readonly #onApplied: AppliedListener | undefined;

  constructor(executor: Executor, onApplied?: AppliedListener) {
    this.#executor = executor;
    this.#fadeFrames = crossfadeFrames(executor.plan.sampleRateHz);
    this.#onApplied = onApplied;
    this.#outputs = executor.plan.outputs;
  }

  get executor(): Executor {
    return this.#executor;
  }
  get frame(): number {
    return this.#executor.frame;
  }

  /** Takes an event for its frame; one in the past happens at the next frame to be computed. A swap replaces an earlier one due then. */
  schedule(event: PerformerEvent): void {
    if (event.kind === 'swap') this.#dropSwapsOfTurn(this.#turnOf(event.frame));
    let at = this.#queue.length;
    while (at > 0 && this.#queue[at - 1].event.frame > event.frame) at--;
    this.#queue.splice(at, 0, { event, order: this.#scheduledCount++ });
  }

  /**
   * Computes the next `frames` frames. `inputs` are read from 0, `write` gets each stretch between two swaps or resets: the offset in
   * this call, its length, and the performer to read outputs from with `output`.
   */
  process(frames: number, inputs: NodeAudio, write: (offset: number, count: number) => void): void {
    for (let offset = 0; offset < frames; ) {
      this.#applyDue();
      const { maxFrames, hostBlockFrames } = this.#executor.plan;
      // What the plan promises its block adapters is kept; swaps and resets then wait for the next block.
      const whole = Math.min(frames - offset, maxFrames);
      const count = hostBlockFrames > 0 ? Math.min(whole, hostBlockFrames) : Math.min(whole, this.#framesToNextCut());
      this.#deliverMoves(this.frame + count);
      this.#feed(this.#executor, inputs, offset, count);
      this.#executor.process(count);
      if (this.#fading) {
        this.#feed(this.#fading.executor, inputs, offset, count);
        this.#fading.executor.process(count);
      }
      write(offset, count);
      this.#endFade();
      offset += count;
    }
  }

  /** Adds one channel of an output of the last stretch into `target` from `at`; cross-faded while plans are swapped. */
  addOutput(nodeId: string, channel: number, target: Float32Array, at: number, count: number): void {
    const now = this.#channelOf(this.#executor, nodeId, channel);
    const fading = this.#fading;
    if (!fading) {
      if (now) for (let i = 0; i < count; i++) target[at + i] += now[i];
      return;
    }
    const before = this.#channelOf(fading.executor, nodeId, channel);
    const first = this.#executor.frame - count - fading.from;
    for (let i = 0; i < count; i++) {
      const gain = fadeInGain(first + i, this.#fadeFrames);
      target[at + i] += (now ? now[i] * gain : 0) + (before ? before[i] * (1 - gain) : 0);
    }
  }

  /** Outputs that sound now, those that are fading away included. */
  outputs(): readonly PlanTerminal[] {
    return this.#outputs;
  }

  /** All plans that sound or wait for their turn, the oldest first. */
  plans(): readonly Plan[] {
    const waiting = this.#queue.flatMap(({ event }) => (event.kind === 'swap' ? [event.executor] : []));
    return [...(this.#fading ? [this.#fading.executor] : []), this.#executor, ...waiting].map(({ plan }) => plan);
  }

  /** Faults since the last call, each told once: of the plan that plays, and of those before as long as they were heard. */
  takeFaults(): Problem[] {
    const { nodes } = this.#executor;
    const before = [...this.#faultsLeft, ...(this.#fading?.executor.takeFaults() ?? [])];
    this.#faultsLeft = [];
    const isOnlyThere = ({ nodeId, code }: Problem): boolean => nodes.get(nodeId as string)?.fault !== code;
    return [...before.filter(isOnlyThere), ...this.#executor.takeFaults()];
  }

  dispose(): void {
    this.#executor.dispose();
    this.#fading?.executor.dispose();
    for (const { event } of this.#queue) if (event.kind === 'swap') event.executor.dispose();
    this.#queue = [];
  }

  /** Frame at which a swap for `frame` is carried out: not in the past, and not before the cross-fade is over. */
  #turnOf(frame: number): number {
    return Math.max(frame, this.frame, this.#fading ? this.#fading.from + this.#fadeFrames : 0);
  }

  /** Waiting swaps that a new one would replace unheard go at once: each holds all the memory of its plan. */
  #dropSwapsOfTurn(turn: number): void {
    this.#queue = this.#queue.filter(({ event }) => {
      const isReplaced = event.kind === 'swap' && this.#turnOf(event.frame) === turn;
      if (isReplaced) event.executor.dispose();
      return !isReplaced;
    });
  }

  /** A mono output plays on every channel asked for. */
  #channelOf(executor: Executor, nodeId: string, channel: number): Float32Array | undefined {
    const channels = executor.output(nodeId);
    return channels?.length === 1 ? channels[0] : channels?.[channel];
  }

  #feed(executor: Executor, inputs: NodeAudio, offset: number, count: number): void {
    for (const terminal of executor.plan.inputs) {
      const source = inputs[terminal.nodeId];
      if (!source || source.length === 0) continue;
      const target = executor.audio(terminal.signal);
      for (let c = 0; c < target.length; c++) {
        const from = source[Math.min(c, source.length - 1)];
        for (let i = 0; i < count; i++) target[c][i] = offset + i < from.length ? from[offset + i] : 0;
      }
    }
  }

  #applyDue(): void {
    for (let i = 0; i < this.#queue.length && this.#queue[i].event.frame <= this.frame; ) {
      const { event, order } = this.#queue[i];
      if (event.kind === 'swap' && this.#fading) {
        i++;
        continue;
      }
      this.#queue.splice(i, 1);
      if (event.kind === 'swap') this.#swap(event, order);
      else if (event.kind === 'param') this.#move(event, order);
      else {
        this.#executor.resetNode(event.nodeId);
        this.#fading?.executor.resetNode(event.nodeId);
        this.#onApplied?.({ ...event, frame: this.frame });
      }
    }
  }

  /** Hands the param moves before frame `end` to the executors, which let them take effect at their frames. */
  #deliverMoves(end: number): void {
    let due = 0;
    while (due < this.#queue.length && this.#queue[due].event.frame < end) due++;
    if (due === 0) return;
    const stretch = this.#queue.splice(0, due);
    this.#queue.unshift(...stretch.filter(({ event }) => event.kind !== 'param'));
    const firstSwap = this.#firstSwapOrder();
    for (const { event, order } of stretch) if (event.kind === 'param') this.#move(event, order, firstSwap);
  }

  /** Place in the order of events of the first swap that waits; Infinity when none does. */
  #firstSwapOrder(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { event, order } of this.#queue) if (event.kind === 'swap') first = Math.min(first, order);
    return first;
  }

  #move(event: ParamEvent, order: number, firstSwap = this.#firstSwapOrder()): void {
    const frame = Math.max(event.frame, this.frame);
    this.#executor.setParam(event.nodeId, event.param, event.value, frame);
    this.#fading?.executor.setParam(event.nodeId, event.param, event.value, frame);
    if (order > firstSwap) this.#movedWhileWaiting.push({ event, order });
    this.#onApplied?.({ ...event, frame });
  }

  #swap(event: SwapEvent, order: number): void {
    if (this.#queue.some(({ event: other }) => other.kind === 'swap' && other.frame <= this.frame)) {
      event.executor.dispose();
      return;
    }
    const unheardFrames = event.executor.carryFrom(this.#executor);
    this.#fading = { executor: this.#executor, from: this.frame + unheardFrames };
    this.#executor = event.executor;
    const now = event.executor.plan.outputs;
    this.#outputs = [
      ...now,
      ...this.#fading.executor.plan.outputs.filter(old => !now.some(({ nodeId }) => nodeId === old.nodeId)),
    ];
    this.#onApplied?.({ ...event, frame: this.frame });
    const moves = this.#movedWhileWaiting;
    this.#movedWhileWaiting = [];
    for (const move of moves) if (move.order > order) this.#move(move.event, move.order);
  }

  #endFade(): void {
    if (this.#fading && this.#executor.frame - this.#fading.from >= this.#fadeFrames) {
      this.#faultsLeft.push(...this.#fading.executor.takeFaults());
      this.#fading.executor.dispose();
      this.#fading = undefined;
      this.#outputs = this.#executor.plan.outputs;
    }
  }

  /** Frames to the next swap or reset, or to the end of a cross-fade, after which a swap may be waiting. */
  #framesToNextCut(): number {
    if (this.#queue.length === 0 && !this.#fading) return Number.POSITIVE_INFINITY;
    const next = this.#queue.find(({ event }) => event.kind !== 'param' && event.frame > this.frame)?.event;
    const toEvent = next ? next.frame - this.frame : Number.POSITIVE_INFINITY;
    const toFadeEnd = this.#fading ? this.#fading.from + this.#fadeFrames - this.frame : Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(toEvent, toFadeEnd));
  }
}
