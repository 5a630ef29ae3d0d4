// A look at a signal whose buffer others use later in the same call: a copy, made where it is written. Owns the copy.
import { numbersIn, type SignalRun } from './signal-calls.ts';
import type { Step } from './steps.ts';

export class Tap implements Step {
  readonly channels: readonly Float32Array[];
  readonly #signal: SignalRun;

  constructor(signal: SignalRun) {
    this.#signal = signal;
    this.channels = signal.channels.map(channel => new Float32Array(channel.length));
  }

  run(): void {
    const count = numbersIn(this.#signal);
    for (let c = 0; c < this.channels.length; c++) {
      const [from, to] = [this.#signal.channels[c], this.channels[c]];
      for (let i = 0; i < count; i++) to[i] = from[i];
    }
  }
}
