// When a node need not run: nothing reaches it, nothing leaves it, nothing is left in it. Owns that question and the silence that is
// given then. Which states decide is the node type's to say (NodeDefinition.rest).
import type { KernelState, StateSpecs } from '../core/node-type.ts';
import { areSilent, numbersIn, type SignalRun } from './signal-calls.ts';

interface RestState {
  readonly values: KernelState[string];
  readonly start: number;
}

export class Rest {
  readonly #inlets: readonly SignalRun[];
  readonly #outlets: readonly SignalRun[];
  readonly #states: readonly RestState[];
  /** Where a state was last seen to differ from its start: looked at first, so that a long delay line is seldom read through. */
  #state = 0;
  #at = 0;
  #isAtRest = false;

  constructor(
    names: readonly string[],
    state: KernelState,
    specs: StateSpecs,
    inlets: readonly SignalRun[],
    outlets: readonly SignalRun[],
  ) {
    this.#inlets = inlets;
    this.#outlets = outlets;
    this.#states = names
      .filter(name => state[name])
      .map(name => {
        const { init } = specs[name];
        return { values: state[name], start: typeof init === 'number' ? init : 0 };
      });
  }

  /** The states are no longer known. */
  forget(): void {
    this.#isAtRest = false;
  }

  /** Gives silence in place of the kernel, where that is what the kernel would give. */
  skips(): boolean {
    if (!this.#isAtRest || !areSilent(this.#inlets)) return false;
    for (let k = 0; k < this.#outlets.length; k++) {
      const outlet = this.#outlets[k];
      const numbers = numbersIn(outlet);
      for (let c = 0; c < outlet.channels.length; c++) outlet.channels[c].fill(0, 0, numbers);
      outlet.isSilent = true;
    }
    return true;
  }

  /** Looks at what the kernel has just left. */
  look(): void {
    this.#isAtRest = areSilent(this.#outlets) && areSilent(this.#inlets) && this.#isAsAtStart();
  }

  #isAsAtStart(): boolean {
    for (; this.#state < this.#states.length; this.#state++, this.#at = 0) {
      const { values, start } = this.#states[this.#state];
      for (; this.#at < values.length; this.#at++) if (values[this.#at] !== start) return false;
    }
    // From the beginning: what lies before the witness may have changed since.
    for (this.#state = 0; this.#state < this.#states.length; this.#state++) {
      const { values, start } = this.#states[this.#state];
      for (this.#at = 0; this.#at < values.length; this.#at++) if (values[this.#at] !== start) return false;
    }
    this.#state = 0;
    this.#at = 0;
    return true;
  }
}
