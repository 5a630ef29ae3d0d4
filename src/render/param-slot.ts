// A param while it plays: its value on the way to its target, one value per frame, in f64.
// Owns smoothing (one-pole towards the target) and the rule effective = clamp(own + control). Its twin in bundles is in
// src/compile; both follow d[n] = d[n−1]·a with value = target + d.
import type { Kernels } from '../core/kernels.ts';
import type { ControlSignal } from '../core/node-type.ts';
import type { NumberParam, Param } from '../core/param.ts';
import { onePoleCoefficient } from '../dsp/one-pole.ts';

/** Below this distance, relative to the target, a moving param is settled: −240 dB, far under every null. */
const SETTLED = 1e-12;

/** A move that is due at a frame of the node's own clock; written again once it is taken. */
interface Move {
  frame: number;
  value: number;
}

export class ParamSlot {
  readonly signal: ControlSignal;
  readonly definition: Param;
  /** It jumps, and only between calls of the kernel. */
  readonly isEvent: boolean;
  #target: number;
  /** Distance of the smoothed value from the target. */
  #distance = 0;
  readonly #coefficient: number;
  /** The number that `values` is filled with, NaN while it moves. */
  #filled = Number.NaN;
  /** Those from `#due` to `#end` are to come, in order of frame; the others are room for more. */
  readonly #moves: Move[] = [];
  #due = 0;
  #end = 0;
  readonly #control: ControlSignal | undefined;
  readonly #kernels: Kernels;
  /** The signal is no longer what it was when the owner set this to false. */
  hasMoved = true;

  /** `values` holds the frames of one call (one number for an event param); `control` is what is wired to the param. */
  constructor(
    definition: Param,
    start: number,
    smoothingMs: number,
    rateHz: number,
    values: Float64Array,
    control: ControlSignal | undefined,
    kernels: Kernels,
  ) {
    this.#kernels = kernels;
    this.definition = definition;
    this.isEvent = definition.rate === 'event';
    this.#coefficient = smoothingMs > 0 ? onePoleCoefficient(smoothingMs / 1000, rateHz) : 0;
    this.#control = control;
    this.#target = this.#limit(start);
    this.signal = { value: this.#target, isConstant: true, values };
    this.#fill(this.#target);
  }

  /** An unwired value is kept in its range; a wired one is an offset, and the sum is kept in range instead. */
  #limit(value: number): number {
    if (this.definition.kind === 'choice')
      return Math.min(this.definition.choices.length - 1, Math.max(0, Math.round(value)));
    if (this.definition.kind === 'text') return 0;
    return this.#control ? value : Math.min(this.definition.max, Math.max(this.definition.min, value));
  }

  #fill(value: number): void {
    this.signal.value = value;
    this.signal.isConstant = true;
    if (this.#filled === value) return;
    this.hasMoved = true;
    this.signal.values.fill(value);
    this.#filled = value;
  }

  /** The values of this call differ from frame to frame. */
  #vary(): void {
    this.hasMoved = true;
    this.signal.isConstant = false;
    this.signal.value = this.signal.values[0];
    this.#filled = Number.NaN;
  }

  /** Nothing will change until somebody moves it: no call needs to look at it. */
  get isResting(): boolean {
    return (
      this.#control === undefined && this.#distance === 0 && this.#due === this.#end && this.#filled === this.#target
    );
  }

  /** Takes a move for a frame of the node's clock; one in the past takes effect with the next frame. */
  schedule(frame: number, value: number): void {
    const moves = this.#moves;
    if (this.#due === this.#end) this.#due = this.#end = 0;
    if (this.#end === moves.length) moves.push({ frame, value });
    const move = moves[this.#end];
    move.frame = frame;
    move.value = value;
    let at = this.#end++;
    for (; at > this.#due && moves[at - 1].frame > frame; at--) moves[at] = moves[at - 1];
    moves[at] = move;
  }

  /** Frame of the next move; Infinity when none waits. */
  get nextMove(): number {
    return this.#due < this.#end ? this.#moves[this.#due].frame : Number.POSITIVE_INFINITY;
  }

  /** Moves the target now; an `a` param glides there, an event param jumps. Not a number is ignored. */
  set(value: number): void {
    if (!Number.isFinite(value)) return;
    const target = this.#limit(value);
    const current = this.#target + this.#distance;
    this.#target = target;
    this.#distance = this.#coefficient > 0 && this.definition.rate === 'a' ? current - target : 0;
  }

  /** Continues from where another slot is (an edit while playing). */
  carryFrom(other: ParamSlot): void {
    if (this.definition.rate === 'a' && this.#coefficient > 0)
      this.#distance = other.#target + other.#distance - this.#target;
  }

  /** Where the param is heading to. */
  get target(): number {
    return this.#target;
  }

  /** Works out the values of `frames` frames from `start` on; moves that are due take effect at their frame. */
  advance(start: number, frames: number): void {
    this.#applyUntil(start, frames);
    if (frames === 0 || this.nextMove >= start + frames) {
      this.#advanceWhole(frames);
      return;
    }
    for (let at = 0; at < frames; ) {
      this.#applyUntil(start + at, frames);
      const end = Math.min(frames, this.nextMove - start);
      this.#advanceSpan(at, end);
      at = end;
    }
    this.#vary();
  }

  /** Applies all moves up to a frame; none where nothing is computed. */
  #applyUntil(frame: number, frames: number): void {
    if (frames > 0) while (this.nextMove <= frame) this.set(this.#moves[this.#due++].value);
  }

  /** Values from `at` to `end` of a call in which a move falls. */
  #advanceSpan(at: number, end: number): void {
    const { values } = this.signal;
    const target = this.#target;
    let distance = this.#distance;
    if (distance === 0) values.fill(target, at, end);
    else distance = this.#kernels.ramp(values, at, end, target, distance, this.#coefficient);
    this.#distance = this.#settled(distance);
    if (this.#control && this.definition.kind === 'number') this.#addControl(this.#control.values, at, end);
  }

  #addControl(control: Float64Array, at: number, end: number): void {
    const { values } = this.signal;
    const { min, max } = this.definition as NumberParam;
    for (let i = at; i < end; i++) values[i] = Math.min(max, Math.max(min, values[i] + control[i]));
  }

  #settled(distance: number): number {
    return Math.abs(distance) <= SETTLED * Math.max(1, Math.abs(this.#target)) ? 0 : distance;
  }

  /** A call without a move in it. */
  #advanceWhole(frames: number): void {
    const control = this.#control;
    const isMoving = this.#distance !== 0 && frames > 0;
    if (!isMoving && (!control || control.isConstant)) {
      this.#fill(this.#sum(this.#target, control?.value ?? 0));
      return;
    }
    this.#advanceSpan(0, frames);
    this.#vary();
  }

  /** Works out the values without moving on: what a loop needs to know its least delay. */
  peek(start: number, frames: number): void {
    const distance = this.#distance;
    if (this.nextMove >= start + frames) {
      this.#advanceWhole(frames);
      this.#distance = distance;
      return;
    }
    const target = this.#target;
    const due = this.#due;
    this.advance(start, frames);
    this.#distance = distance;
    this.#target = target;
    this.#due = due;
  }

  /** Takes all moves up to a frame at once: what an event param does at the start of a span, and a node before a reset. */
  settle(frame: number): void {
    this.#applyUntil(frame, 1);
    if (this.isEvent) this.#fill(this.#target);
  }

  #sum(own: number, control: number): number {
    if (!this.#control || this.definition.kind !== 'number') return own;
    return Math.min(this.definition.max, Math.max(this.definition.min, own + control));
  }
}
