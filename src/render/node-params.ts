// The params of one node while it plays: looks at them only while one of them is on its way, waits for its move or is wired.
// Owns when they are worked out and what is told of it; a param's way is the ParamSlot's.
import type { ControlSignal } from '../core/node-type.ts';
import type { ParamSlot } from './param-slot.ts';

export class NodeParams {
  readonly slots: ReadonlyMap<string, ParamSlot>;
  /** What the kernel gets. */
  readonly signals: Readonly<Record<string, ControlSignal>>;
  readonly #list: readonly ParamSlot[];
  /** Those that may be on their way: the first `#awakeCount` of the list; calls look at no others. */
  readonly #awake: ParamSlot[];
  #awakeCount: number;

  constructor(slots: ReadonlyMap<string, ParamSlot>) {
    this.slots = slots;
    this.#list = [...slots.values()];
    this.#awake = [...this.#list];
    this.#awakeCount = this.#list.length;
    this.signals = Object.fromEntries([...slots].map(([name, slot]) => [name, slot.signal]));
  }

  /** Some slot is not at rest: calls have to look. */
  get isAwake(): boolean {
    return this.#awakeCount > 0;
  }

  #wakeAll(): void {
    for (let k = 0; k < this.#list.length; k++) this.#awake[k] = this.#list[k];
    this.#awakeCount = this.#list.length;
  }

  #wake(slot: ParamSlot): void {
    for (let k = 0; k < this.#awakeCount; k++) if (this.#awake[k] === slot) return;
    this.#awake[this.#awakeCount++] = slot;
  }

  schedule(slot: ParamSlot, frame: number, value: number): void {
    slot.schedule(frame, value);
    this.#wake(slot);
  }

  /** Frame of the next move of an event param; Infinity when none waits. */
  get nextEventMove(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let k = 0; k < this.#awakeCount; k++) {
      const slot = this.#awake[k];
      if (slot.isEvent && slot.nextMove < next) next = slot.nextMove;
    }
    return next;
  }

  /** The values of `frames` frames from `start` on. Event params take their moves up to frame `settled`; none where no frame is. */
  advance(start: number, frames: number, settled: number): void {
    for (let k = 0; k < this.#awakeCount; k++) {
      const slot = this.#awake[k];
      if (!slot.isEvent) slot.advance(start, frames);
      else if (frames > 0) slot.settle(settled);
    }
  }

  settleEvents(frame: number): void {
    for (let k = 0; k < this.#awakeCount; k++) if (this.#awake[k].isEvent) this.#awake[k].settle(frame);
  }

  /** As they are at a frame, for a node that is about to start afresh. */
  settle(frame: number): void {
    for (const slot of this.#list) slot.settle(frame);
    this.#wakeAll();
  }

  /** The values of a call that is not played yet. */
  peek(start: number, frames: number): void {
    this.settleEvents(start);
    for (let k = 0; k < this.#awakeCount; k++) this.#awake[k].peek(start, frames);
  }

  /** Whether one of them differs from what it was when this was asked before, or moves in this call. Falls asleep when all rest. */
  takeMoved(): boolean {
    let hasMoved = false;
    let awakeCount = 0;
    for (let k = 0; k < this.#awakeCount; k++) {
      const slot = this.#awake[k];
      hasMoved ||= slot.hasMoved;
      slot.hasMoved = false;
      if (!slot.isResting) this.#awake[awakeCount++] = slot;
    }
    this.#awakeCount = awakeCount;
    return hasMoved;
  }

  carryFrom(old: NodeParams): void {
    for (const [name, slot] of this.slots) {
      const before = old.slots.get(name);
      if (before) slot.carryFrom(before);
    }
    this.#wakeAll();
  }
}
