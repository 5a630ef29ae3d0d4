// One node while it plays: its buffers, params, state and the call of its kernel, fenced so that nothing it does can stop
// the sound. Owns a node's runtime; the order of calls is the executor's.

import type {
  ControlSignal,
  Kernel,
  KernelIo,
  NodeContext,
  NodeType,
  StateArray,
  StateSpecs,
} from '../core/node-type.ts';
import { itemsIn } from '../dsp/clock.ts';
import type { PlanNode } from '../plan/plan.ts';
import { type NodeModels, wordsOf } from './node-models.ts';
import type { ParamSlot } from './param-slot.ts';
import type { AlignLine } from './signal-calls.ts';
import { spanOfIo, spanOfParams } from './span.ts';

export type MutableIo = { -readonly [Key in keyof KernelIo]: KernelIo[Key] };

export interface NodeRunParts {
  readonly plan: PlanNode;
  readonly type: NodeType;
  readonly ctx: NodeContext;
  readonly io: MutableIo;
  readonly slots: ReadonlyMap<string, ParamSlot>;
  readonly state: Readonly<Record<string, StateArray>>;
  readonly specs: StateSpecs;
  /** Numbers of one item and channel, by port with spectra or tensors. */
  readonly itemSizes: Readonly<Record<string, number>>;
  /** By outlet, for a node with latency. What passes a faulty node waits there. */
  readonly lateLines: Readonly<Record<string, AlignLine>>;
  /** Part of a loop between nodes: falls silent when it fails, since sound passed on would go round at gain 1. */
  readonly isInLoop: boolean;
  /** Gets all that is played in one call, which no move may split: its event params are what they are at the end. */
  readonly takesWhole: boolean;
  /** Outlet → the inlet that it gives when the node fails; an outlet without one is silent. */
  readonly passed: ReadonlyMap<string, string>;
  readonly models: NodeModels;
}

export class NodeRun {
  readonly plan: PlanNode;
  readonly type: NodeType;
  readonly ctx: NodeContext;
  io: MutableIo;
  readonly slots: ReadonlyMap<string, ParamSlot>;
  readonly state: Readonly<Record<string, StateArray>>;
  params: Readonly<Record<string, ControlSignal>>;
  /** Time spent in this node since the last reading, in the unit of the executor's clock. */
  elapsed = 0;
  /** Why the node is bypassed until a reset: it failed, or produced what is not a number. */
  fault: 'E-NAN' | 'E-MODEL-RUN' | undefined;
  faultMessage = '';
  readonly itemSizes: Readonly<Record<string, number>>;
  readonly #lateLines: Readonly<Record<string, AlignLine>>;
  readonly #specs: StateSpecs;
  readonly #slotList: readonly ParamSlot[];
  readonly #signalSlots: readonly ParamSlot[];
  readonly #eventSlots: readonly ParamSlot[];
  readonly #isInLoop: boolean;
  readonly #takesWhole: boolean;
  readonly #passed: ReadonlyMap<string, string>;
  readonly #models: NodeModels;
  /** Why the node plays without a model, as long as it lives. */
  #missingModel: string | undefined;

  constructor(parts: NodeRunParts) {
    this.plan = parts.plan;
    this.type = parts.type;
    this.ctx = parts.ctx;
    this.io = parts.io;
    this.slots = parts.slots;
    this.state = parts.state;
    this.#specs = parts.specs;
    this.itemSizes = parts.itemSizes;
    this.#lateLines = parts.lateLines;
    this.#slotList = [...parts.slots.values()];
    this.#signalSlots = this.#slotList.filter(slot => slot.definition.rate === 'a');
    this.#eventSlots = this.#slotList.filter(slot => slot.definition.rate === 'event');
    this.#isInLoop = parts.isInLoop;
    this.#takesWhole = parts.takesWhole;
    this.#passed = parts.passed;
    this.#models = parts.models;
    this.params = Object.fromEntries([...parts.slots].map(([name, slot]) => [name, slot.signal]));
  }

  /** Makes its models ready, which takes long: never inside a block. Throws what is refused. */
  makeModels(): void {
    this.#missingModel = this.#models.make(this.#effect);
  }

  /** State as at the start: zeros, given numbers, or the start value of a param. A fault is over, but for a missing model. */
  resetState(): void {
    for (const line of Object.values(this.#lateLines)) line.clear();
    for (const [name, spec] of Object.entries(this.#specs)) {
      const { init } = spec;
      this.state[name].fill(typeof init === 'object' ? (this.slots.get(init.param)?.target ?? 0) : (init ?? 0));
    }
    this.#models.reset();
    this.fault = this.#missingModel === undefined ? undefined : 'E-MODEL-RUN';
    this.faultMessage = this.#missingModel ?? '';
  }

  /** Frame of the next move of an event param; Infinity when none waits. */
  get nextEventMove(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#eventSlots) next = Math.min(next, slot.nextMove);
    return next;
  }

  /** Params as they are at a frame, for a node that is about to start afresh. */
  settleParams(frame: number): void {
    for (const slot of this.#slotList) slot.settle(frame);
  }

  /** Inlets and outlets count the same frames. Where they don't, a call can't be split. */
  get #isOneClock(): boolean {
    const { rateHz, outRateHz, blockFrames, outBlockFrames } = this.plan;
    return rateHz === outRateHz && blockFrames === outBlockFrames;
  }

  /** A fault lets something through. */
  get #canPass(): boolean {
    return this.#isOneClock && !this.#isInLoop && this.#passed.size > 0;
  }
  get #effect(): string {
    return this.#canPass ? 'It is bypassed' : 'It is silent';
  }

  /**
   * Works out the params of `frames` frames from `start` on and runs `kernel` over them: `a` params have a value for each frame,
   * and where an event param moves the call is split.
   */
  call(kernel: Kernel, start: number, frames: number): void {
    // While a block fills nothing is due: what a kernel learns at its first frame must not depend on empty calls before it.
    if (frames === 0 && this.io.outFrames === 0) return;
    const end = start + frames;
    for (const slot of this.#signalSlots) slot.advance(start, frames);
    const first = this.#isOneClock && !this.#takesWhole ? start : end - 1;
    if (frames > 0) for (const slot of this.#eventSlots) slot.settle(first);
    if (this.nextEventMove >= end) {
      this.run(kernel, frames);
      return;
    }
    const { io, params } = this;
    for (let from = start; from < end; ) {
      for (const slot of this.#eventSlots) slot.settle(from);
      const to = Math.min(end, this.nextEventMove);
      this.io = spanOfIo(io, from - start, to - from, this.itemSizes);
      this.params = spanOfParams(params, from - start);
      this.run(kernel, to - from);
      from = to;
    }
    // What a node says of a control outlet in its last span is not true of the whole call.
    for (const control of Object.values(io.controlOut)) {
      control.isConstant = false;
      control.value = control.values[0];
    }
    this.io = io;
    this.params = params;
  }

  /**
   * How many of the next `frames` frames from `start` on a loop breaker may compute at once: its least delay, and no further
   * than an event param moves, since its halves can't be split.
   */
  framesAllowed(start: number, frames: number): number {
    for (const slot of this.#eventSlots) slot.settle(start);
    for (const slot of this.#slotList) slot.peek(start, frames);
    const delay = this.type.loop?.minDelayFrames(this.io, this.params, this.state, frames) ?? 1;
    return Math.min(delay, this.nextEventMove - start);
  }

  /** Runs a kernel or one half of a loop breaker. */
  run(kernel: Kernel, frames: number): void {
    if (this.fault !== undefined) {
      this.#passThrough();
      return;
    }
    try {
      kernel(this.io, this.params, this.state, frames);
    } catch (error) {
      this.#fail('E-MODEL-RUN', wordsOf(error));
      return;
    }
    if (!this.#isFinite())
      this.#fail(
        'E-NAN',
        `${this.plan.id}: expected numbers, got something that is not a number, though numbers reached it. ${this.#effect}: ${
          this.#isInLoop ? 'give its loop a gain below 1 and reset it.' : 'reset it, or change its params or file.'
        }`,
      );
  }

  #fail(code: 'E-NAN' | 'E-MODEL-RUN', message: string): void {
    this.fault = code;
    this.faultMessage = message;
    this.#passThrough();
  }

  /** x·0 is 0 for every finite number and NaN otherwise, so one sum finds them all without branches. */
  #isFinite(): boolean {
    let sum = 0;
    for (const name in this.io.audioOut) {
      for (const channel of this.io.audioOut[name]) {
        for (let i = 0; i < this.io.outFrames; i++) sum += channel[i] * 0;
      }
    }
    for (const name in this.io.itemsOut) {
      const numbers = this.#itemNumbers(name);
      for (const channel of this.io.itemsOut[name]) for (let i = 0; i < numbers; i++) sum += channel[i] * 0;
    }
    return sum === 0;
  }

  /** Numbers of one channel of the items of this call at an outlet. */
  #itemNumbers(name: string): number {
    return itemsIn(this.io.outFrames, this.plan.outBlockFrames) * (this.itemSizes[name] ?? 0);
  }

  /**
   * What a faulty node gives: inlets passed to outlets as in a bypass, as late as the node would be, where both have one clock;
   * else silence (in a loop always). Never a NaN.
   */
  #passThrough(): void {
    const { audioIn, audioOut, itemsIn, itemsOut, outFrames } = this.io;
    for (const name in audioOut) this.#pass(name, audioIn, audioOut[name], outFrames);
    for (const name in itemsOut) this.#pass(name, itemsIn, itemsOut[name], this.#itemNumbers(name));
  }

  /** `count`: numbers of one channel in this call. */
  #pass(name: string, inlets: KernelIo['audioIn'], to: readonly Float32Array[], count: number): void {
    const from = this.#canPass ? inlets[this.#passed.get(name) ?? ''] : undefined;
    for (let c = 0; c < to.length; c++) {
      const source = from?.[Math.min(c, from.length - 1)];
      for (let i = 0; i < count; i++) to[c][i] = source && source[i] * 0 === 0 ? source[i] : 0;
    }
    this.#lateLines[name]?.run(to, to, count);
  }

  /** Takes over the state of the same node in the plan before. */
  carryFrom(old: NodeRun): void {
    for (const [name, values] of Object.entries(this.state)) {
      const before = old.state[name];
      if (before?.length === values.length) (values as Float64Array).set(before as Float64Array);
    }
    this.#models.carryFrom(old.#models);
    for (const [name, slot] of this.slots) {
      const before = old.slots.get(name);
      if (before) slot.carryFrom(before);
    }
    // A fault goes with the state; that a model is not run is known afresh.
    if (old.fault === undefined || !old.#models.areThere) return;
    this.fault = old.fault;
    this.faultMessage = old.faultMessage;
  }

  dispose(): void {
    this.#models.dispose();
  }
}
