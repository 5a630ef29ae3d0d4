// What the time of a call goes to: laps from one step to the next, for which the clock is read once, since reading it takes as long as a
// small node. Owns the last reading; whose a lap is, is the steps' to say.

export class Stopwatch {
  readonly #clock: () => number;
  #last = 0;

  /** Any clock; laps are in its unit. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Time since this was asked before. */
  lap(): number {
    const now = this.#clock();
    const lap = now - this.#last;
    this.#last = now;
    return lap;
  }
}
