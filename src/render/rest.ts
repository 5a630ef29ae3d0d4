// When a node need not run: nothing reaches it, nothing leaves it, nothing in it moves. Owns that question and the silence that is
// given then. That its kernel depends on nothing else is the node type's to say (NodeDefinition.rest).
import type { KernelState, StateArray } from '../core/node-type.ts';
import { areSilent, type SignalRun, silence } from './signal-calls.ts';

/**
 * How many numbers of what has to be empty one call looks at, at most: a small part of what a kernel costs. Ten seconds in stereo take
 * as long so as they take to be overwritten.
 */
const LOOKED_AT = 256;

export interface RestParts {
  readonly inlets: readonly SignalRun[];
  readonly outlets: readonly SignalRun[];
  readonly state: KernelState;
  /** Names of the states that have to be zeros. */
  readonly empty: readonly string[];
}

export class Rest {
  readonly #inlets: readonly SignalRun[];
  readonly #outlets: readonly SignalRun[];
  readonly #empty: readonly StateArray[];
  readonly #still: readonly StateArray[];
  /** What the last call that began in silence found in them. */
  readonly #before: readonly StateArray[];
  readonly #emptyNumbers: number;
  /** Where the look round all that has to be empty goes on: at what it found last, which is often still there. */
  #line = 0;
  #place = 0;
  /** Zeros that it has found one after the other, in calls that have put nothing else there since. */
  #zeros = 0;
  #beganInSilence = false;
  #isAtRest = false;

  constructor({ inlets, outlets, state, empty }: RestParts) {
    this.#inlets = inlets;
    this.#outlets = outlets;
    this.#empty = empty.map(name => state[name]);
    this.#emptyNumbers = this.#empty.reduce((sum, { length }) => sum + length, 0);
    this.#still = Object.keys(state)
      .filter(name => !empty.includes(name))
      .map(name => state[name]);
    this.#before = this.#still.map(values => values.slice());
  }

  /** The states are no longer known. */
  forget(): void {
    this.#isAtRest = false;
    this.#zeros = 0;
  }

  /** Gives silence in place of the kernel, where that is what the kernel would give. Else looks at what it will find. */
  skips(hasMoved: boolean): boolean {
    const isSilent = areSilent(this.#inlets);
    if (isSilent && this.#isAtRest && !hasMoved) {
      for (let k = 0; k < this.#outlets.length; k++) silence(this.#outlets[k]);
      return true;
    }
    this.#beganInSilence = isSilent && !hasMoved;
    if (this.#beganInSilence)
      for (let k = 0; k < this.#still.length; k++)
        (this.#before[k] as Float64Array).set(this.#still[k] as Float64Array);
    return false;
  }

  /** Looks at what the kernel has left. */
  look(): void {
    const isQuiet = this.#beganInSilence && areSilent(this.#outlets) && this.#isStill();
    if (!isQuiet) this.#zeros = 0;
    this.#isAtRest = isQuiet && this.#isEmpty();
  }

  #isStill(): boolean {
    for (let k = 0; k < this.#still.length; k++) {
      const [before, values] = [this.#before[k], this.#still[k]];
      for (let i = 0; i < values.length; i++) if (values[i] !== before[i]) return false;
    }
    return true;
  }

  /** Looks on, and says whether it has come round. */
  #isEmpty(): boolean {
    let left = Math.min(LOOKED_AT, this.#emptyNumbers - this.#zeros);
    while (left > 0) {
      const values = this.#empty[this.#line];
      const end = Math.min(values.length, this.#place + left);
      left -= end - this.#place;
      for (let i = this.#place; i < end; i++) {
        if (values[i] === 0) continue;
        this.#place = i;
        this.#zeros = 0;
        return false;
      }
      this.#zeros += end - this.#place;
      this.#place = end;
      if (end < values.length) continue;
      this.#place = 0;
      this.#line = (this.#line + 1) % this.#empty.length;
    }
    return this.#zeros === this.#emptyNumbers;
  }
}
