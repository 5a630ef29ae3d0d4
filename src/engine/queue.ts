// Work that is done one after the other. Owns whose turn it is. Must not know what the work is.
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles when all that was added is done, or failed. */
  get idle(): Promise<void> {
    return this.#last.then(() => undefined);
  }

  /** Does `work` when all before it is done, or failed. */
  add<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
