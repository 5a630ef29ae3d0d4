// One node while it plays: its buffers, params, state and the call of its kernel, fenced so that nothing it does can stop
// the sound. Owns a node's runtime; the order of calls is the executor's.

import type { Kernel, KernelIo, NodeContext, NodeType, StateArray, StateSpecs } from '../core/node-type.ts';
import type { PlanNode } from '../plan/plan.ts';
import type { Clock } from './clocks.ts';
import { type NodeModels, wordsOf } from './node-models.ts';
import type { NodeParams } from './node-params.ts';
import type { ParamSlot } from './param-slot.ts';
import type { PassThrough } from './pass-through.ts';
import type { Rest } from './rest.ts';
import { numbersIn, type SignalRun } from './signal-calls.ts';
import { spanOfIo, spanOfParams } from './span.ts';

export type MutableIo = { -readonly [Key in keyof KernelIo]: KernelIo[Key] };

export interface NodeRunParts {
  readonly plan: PlanNode;
  readonly type: NodeType;
  readonly ctx: NodeContext;
  readonly io: MutableIo;
  readonly inlet: Clock;
  readonly outlet: Clock;
  readonly params: NodeParams;
  readonly state: Readonly<Record<string, StateArray>>;
  readonly specs: StateSpecs;
  /** Numbers of one item and channel, by port with spectra or tensors. */
  readonly itemSizes: Readonly<Record<string, number>>;
  /** What the outlets for audio, spectra and tensors give. */
  readonly outlets: readonly SignalRun[];
  readonly passThrough: PassThrough;
  /** Undefined: runs in every call. */
  readonly rest: Rest | undefined;
  readonly isInLoop: boolean;
  /** Gets all that is played in one call, which no move may split: its event params are what they are at the end. */
  readonly takesWhole: boolean;
  /** The kernel is told of every call that its params may have moved. */
  readonly alwaysMoves: boolean;
  readonly models: NodeModels;
}

export class NodeRun {
  readonly plan: PlanNode;
  readonly type: NodeType;
  readonly ctx: NodeContext;
  readonly io: MutableIo;
  readonly state: Readonly<Record<string, StateArray>>;
  readonly params: NodeParams;
  readonly itemSizes: Readonly<Record<string, number>>;
  /** Time spent in this node since the last reading, in the unit of the executor's clock. */
  elapsed = 0;
  /** Why the node is bypassed until a reset: it failed, or produced what is not a number. */
  fault: 'E-NAN' | 'E-MODEL-RUN' | undefined;
  faultMessage = '';
  readonly #parts: NodeRunParts;
  readonly #outlets: readonly SignalRun[];
  readonly #rest: Rest | undefined;
  readonly #isOneClock: boolean;
  /** The kernel has not run since the params moved or the state was set. */
  #isUnheard = true;
  /** Why the node plays without a model, as long as it lives. */
  #missingModel: string | undefined;

  constructor(parts: NodeRunParts) {
    const { rateHz, outRateHz, blockFrames, outBlockFrames } = parts.plan;
    this.#parts = parts;
    this.plan = parts.plan;
    this.type = parts.type;
    this.ctx = parts.ctx;
    this.io = parts.io;
    this.state = parts.state;
    this.params = parts.params;
    this.itemSizes = parts.itemSizes;
    this.#outlets = parts.outlets;
    this.#rest = parts.rest;
    // Inlets and outlets count the same frames. Where they don't, a call can't be split.
    this.#isOneClock = rateHz === outRateHz && blockFrames === outBlockFrames;
  }

  get slots(): ReadonlyMap<string, ParamSlot> {
    return this.params.slots;
  }

  /** Makes its models ready, which takes long: never inside a block. Throws what is refused. */
  makeModels(): void {
    this.#missingModel = this.#parts.models.make(this.#effect);
  }

  /**
   * State as at the start: zeros, given numbers, or the start value of a param. A fault is over, but for a missing model. `isFresh`: its
   * memory is zeros, as it was made; what nobody has written takes no room, and no time.
   */
  resetState(isFresh = false): void {
    if (!isFresh) this.#parts.passThrough.clear();
    for (const [name, { init = 0 }] of Object.entries(this.#parts.specs)) {
      const start = typeof init === 'object' ? (this.slots.get(init.param)?.target ?? 0) : init;
      if (!isFresh || !Object.is(start, 0)) this.state[name].fill(start);
    }
    this.#parts.models.reset();
    this.fault = this.#missingModel === undefined ? undefined : 'E-MODEL-RUN';
    this.faultMessage = this.#missingModel ?? '';
    this.#startAfresh();
  }

  #startAfresh(): void {
    this.#isUnheard = true;
    this.#rest?.forget();
  }

  get #effect(): string {
    return this.#parts.passThrough.canPass ? 'It is bypassed' : 'It is silent';
  }

  /** What it worked out of its params holds, and it did not fail. */
  get isSteady(): boolean {
    return !this.params.isAwake && this.fault === undefined && !this.#isUnheard && !this.#parts.alwaysMoves;
  }

  /** Somebody else has moved its states. */
  forgetRest(): void {
    this.#rest?.forget();
  }

  /** Runs the kernel, or the first half of a loop breaker, over this call's frames. */
  call(kernel: Kernel): void {
    const { io } = this;
    const { inlet, outlet } = this.#parts;
    io.frame = inlet.start;
    io.outFrame = outlet.start;
    io.outFrames = outlet.count;
    // While a block fills nothing is due: what a kernel learns at its first frame must not depend on empty calls before it.
    if (inlet.count === 0 && outlet.count === 0) return;
    const isSplit = this.params.isAwake && this.#advanceParams(inlet.start, inlet.count);
    io.hasMoved = this.#isUnheard || this.#parts.alwaysMoves;
    if (this.fault !== undefined) this.#pass();
    else if (this.#rest?.skips(this.#isUnheard || isSplit)) return;
    else this.#play(kernel, inlet.count, isSplit);
  }

  /** Runs the second half of a loop breaker. */
  write(kernel: Kernel): void {
    const { io } = this;
    const { inlet, outlet } = this.#parts;
    io.frame = inlet.start;
    io.outFrame = outlet.start;
    io.outFrames = outlet.count;
    if (this.fault !== undefined) this.#pass();
    else this.#play(kernel, inlet.count, false);
  }

  /**
   * Works out the params of `frames` frames from `start` on: `a` params have a value for each frame. Says whether an event param
   * moves on the way, so that the call has to be split.
   */
  #advanceParams(start: number, frames: number): boolean {
    const { params } = this;
    const end = start + frames;
    params.advance(start, frames, this.#isOneClock && !this.#parts.takesWhole ? start : end - 1);
    if (params.takeMoved()) this.#isUnheard = true;
    return params.nextEventMove < end;
  }

  #play(kernel: Kernel, frames: number, isSplit: boolean): void {
    try {
      if (isSplit) this.#playSpans(kernel, frames);
      else kernel(this.io, this.params.signals, this.state, frames);
    } catch (error) {
      this.#fail('E-MODEL-RUN', wordsOf(error));
      return;
    }
    this.#isUnheard = false;
    if (this.#isFinite()) this.#rest?.look();
    else
      this.#fail(
        'E-NAN',
        `${this.plan.id}: expected numbers, got something that is not a number, though numbers reached it. ${this.#effect}: ${
          this.#parts.isInLoop
            ? 'give its loop a gain below 1 and reset it.'
            : 'reset it, or change its params or file.'
        }`,
      );
  }

  /** A call in which event params move: one span from move to move. */
  #playSpans(kernel: Kernel, frames: number): void {
    const { io, params } = this;
    const start = io.frame;
    const end = start + frames;
    // Each span is told: what an `a` param was in the call before, it need not be in the span before.
    io.hasMoved = true;
    for (let from = start; from < end; ) {
      params.settleEvents(from);
      const to = Math.min(end, params.nextEventMove);
      const at = from - start;
      kernel(spanOfIo(io, at, to - from, this.itemSizes), spanOfParams(params.signals, at), this.state, to - from);
      from = to;
    }
    params.takeMoved();
    // What a node says of a control outlet in its last span is not true of the whole call.
    for (const control of Object.values(io.controlOut)) {
      control.isConstant = false;
      control.value = control.values[0];
    }
  }

  /**
   * How many of the next `frames` frames from `start` on a loop breaker may compute at once: its least delay, and no further
   * than an event param moves, since its halves can't be split.
   */
  framesAllowed(start: number, frames: number): number {
    this.params.peek(start, frames);
    const delay = this.type.loop?.minDelayFrames(this.io, this.params.signals, this.state, frames) ?? 1;
    return Math.min(delay, this.params.nextEventMove - start);
  }

  #fail(code: 'E-NAN' | 'E-MODEL-RUN', message: string): void {
    this.fault = code;
    this.faultMessage = message;
    this.#pass();
  }

  #pass(): void {
    this.#parts.passThrough.run(this.io);
    for (let k = 0; k < this.#outlets.length; k++) this.#outlets[k].isSilent = false;
  }

  /** Reads through the outlets: no number that is none leaves a node, and who hears silence may rest. */
  #isFinite(): boolean {
    const { kernels } = this.io;
    let sum = 0;
    for (let k = 0; k < this.#outlets.length; k++) {
      const outlet = this.#outlets[k];
      const peak = kernels.peak(outlet.channels, outlet.addresses, numbersIn(outlet));
      outlet.isSilent = peak === 0;
      sum += peak;
    }
    return sum < Number.POSITIVE_INFINITY;
  }

  /** Takes over the state of the same node in the plan before. */
  carryFrom(old: NodeRun): void {
    for (const [name, values] of Object.entries(this.state)) {
      const before = old.state[name];
      if (before?.length === values.length) (values as Float64Array).set(before as Float64Array);
    }
    const { models } = this.#parts;
    models.carryFrom(old.#parts.models);
    this.params.carryFrom(old.params);
    this.#startAfresh();
    // A fault goes with the state; that a model is not run is known afresh.
    if (old.fault === undefined || !old.#parts.models.areThere) return;
    this.fault = old.fault;
    this.faultMessage = old.faultMessage;
  }

  dispose(): void {
    this.#parts.models.dispose();
  }
}
