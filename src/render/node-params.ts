// The params of one node while it plays: looks at them only while one of them is on its way, waits for its move or is wired.
// Owns when they are worked out and what is told of it; a param's way is the ParamSlot's.
import type { ControlSignal } from '../core/node-type.ts';
import type { ParamSlot } from './param-slot.ts';

export class NodeParams {
  readonly slots: ReadonlyMap<string, ParamSlot>;
  /** What the kernel gets. */
  readonly signals: Readonly<Record<string, ControlSignal>>;
  readonly #list: readonly ParamSlot[];
  readonly #signalSlots: readonly ParamSlot[];
  readonly #eventSlots: readonly ParamSlot[];
  /** Some slot is not at rest: calls have to look. */
  isAwake = true;

  constructor(slots: ReadonlyMap<string, ParamSlot>) {
    this.slots = slots;
    this.#list = [...slots.values()];
    this.#signalSlots = this.#list.filter(slot => slot.definition.rate === 'a');
    this.#eventSlots = this.#list.filter(slot => slot.definition.rate === 'event');
    this.signals = Object.fromEntries([...slots].map(([name, slot]) => [name, slot.signal]));
  }

  schedule(slot: ParamSlot, frame: number, value: number): void {
    slot.schedule(frame, value);
    this.isAwake = true;
  }

  /** Frame of the next move of an event param; Infinity when none waits. */
  get nextEventMove(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let k = 0; k < this.#eventSlots.length; k++) next = Math.min(next, this.#eventSlots[k].nextMove);
    return next;
  }

  /** The values of `frames` frames from `start` on. Event params take their moves up to frame `settled`; none where no frame is. */
  advance(start: number, frames: number, settled: number): void {
    for (let k = 0; k < this.#signalSlots.length; k++) this.#signalSlots[k].advance(start, frames);
    if (frames > 0) this.settleEvents(settled);
  }

  settleEvents(frame: number): void {
    for (let k = 0; k < this.#eventSlots.length; k++) this.#eventSlots[k].settle(frame);
  }

  /** As they are at a frame, for a node that is about to start afresh. */
  settle(frame: number): void {
    for (const slot of this.#list) slot.settle(frame);
    this.isAwake = true;
  }

  /** The values of a call that is not played yet. */
  peek(start: number, frames: number): void {
    if (!this.isAwake) return;
    this.settleEvents(start);
    for (let k = 0; k < this.#list.length; k++) this.#list[k].peek(start, frames);
  }

  /** Whether one of them differs from what it was when this was asked before, or moves in this call. Falls asleep when all rest. */
  takeMoved(): boolean {
    let hasMoved = false;
    let isAwake = false;
    for (let k = 0; k < this.#list.length; k++) {
      const slot = this.#list[k];
      hasMoved ||= slot.hasMoved;
      slot.hasMoved = false;
      isAwake ||= !slot.isResting;
    }
    this.isAwake = isAwake;
    return hasMoved;
  }

  carryFrom(old: NodeParams): void {
    for (const [name, slot] of this.slots) {
      const before = old.slots.get(name);
      if (before) slot.carryFrom(before);
    }
    this.isAwake = true;
  }
}
