// When a node need not run: nothing reaches it, nothing leaves it, nothing in it moves. Owns that question and the silence that is
// given then. That its kernel depends on nothing else is the node type's to say (NodeDefinition.rest).
import type { KernelState, StateArray } from '../core/node-type.ts';
import { areSilent, numbersIn, type SignalRun } from './signal-calls.ts';

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
  /** Where something was last found in what has to be empty: looked at first, so that a long line is seldom read through. */
  #line = 0;
  #place = 0;
  #isWatched = false;
  #isAtRest = false;

  constructor({ inlets, outlets, state, empty }: RestParts) {
    this.#inlets = inlets;
    this.#outlets = outlets;
    this.#empty = empty.map(name => state[name]);
    this.#still = Object.keys(state)
      .filter(name => !empty.includes(name))
      .map(name => state[name]);
    this.#before = this.#still.map(values => values.slice());
  }

  /** The states are no longer known. */
  forget(): void {
    this.#isAtRest = false;
  }

  /** Gives silence in place of the kernel, where that is what the kernel would give. Else looks at what it will find. */
  skips(hasMoved: boolean): boolean {
    const isSilent = areSilent(this.#inlets);
    if (isSilent && this.#isAtRest && !hasMoved) {
      for (let k = 0; k < this.#outlets.length; k++) silence(this.#outlets[k]);
      return true;
    }
    this.#isWatched = isSilent && !hasMoved;
    if (this.#isWatched)
      for (let k = 0; k < this.#still.length; k++)
        (this.#before[k] as Float64Array).set(this.#still[k] as Float64Array);
    return false;
  }

  /** Looks at what the kernel has left. */
  look(): void {
    this.#isAtRest = this.#isWatched && areSilent(this.#outlets) && this.#isStill() && this.#isEmpty();
  }

  #isStill(): boolean {
    for (let k = 0; k < this.#still.length; k++) {
      const [before, values] = [this.#before[k], this.#still[k]];
      for (let i = 0; i < values.length; i++) if (values[i] !== before[i]) return false;
    }
    return true;
  }

  #isEmpty(): boolean {
    if (this.#empty.length === 0) return true;
    if (this.#empty[this.#line][this.#place] !== 0) return false;
    for (let k = 0; k < this.#empty.length; k++) {
      const values = this.#empty[k];
      for (let i = 0; i < values.length; i++) {
        if (values[i] === 0) continue;
        this.#line = k;
        this.#place = i;
        return false;
      }
    }
    return true;
  }
}

function silence(signal: SignalRun): void {
  const numbers = numbersIn(signal);
  for (let c = 0; c < signal.channels.length; c++) signal.channels[c].fill(0, 0, numbers);
  signal.isSilent = true;
}
