// The faults of what plays: each is said once, until it is over. Owns the list. Must not know what a fault is about.
import type { Problem } from '../core/errors.ts';

export class FaultList {
  #problems: readonly Problem[] = [];

  /** The same list until something in it changes. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Begins afresh with these. */
  reset(problems: readonly Problem[] = []): void {
    this.#problems = problems;
  }

  /** What is said already is not said twice. */
  add(problems: readonly Problem[]): void {
    for (const problem of problems)
      if (!this.#problems.some(({ message }) => message === problem.message))
        this.#problems = [...this.#problems, problem];
  }

  drop(isOver: (fault: Problem) => boolean): void {
    this.#problems = this.#problems.filter(fault => !isOver(fault));
  }
}
