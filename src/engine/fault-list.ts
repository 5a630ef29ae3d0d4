// The faults of what plays: each is said once, until it is over. Owns the list. Must not know what a fault is about.
import type { Problem } from '../core/errors.ts';
import type { Plan } from '../plan/plan.ts';

/** What ends with the node that it is about. */
const OF_NODES: readonly string[] = ['E-NAN', 'E-MODEL-RUN'];

export class FaultList {
  #problems: readonly Problem[] = [];
  /** Of the nodes that play: with another one a node starts afresh. */
  #stateKeys: Readonly<Record<string, string>> = {};

  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** The same list until something in it changes. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Begins afresh with these; whoever does tells of more than faults. */
  reset(problems: readonly Problem[] = []): void {
    this.#problems = problems;
  }

  /** What is said already is not said twice. */
  add(problems: readonly Problem[]): void {
    for (const problem of problems)
      if (!this.#problems.some(({ message }) => message === problem.message))
        this.#problems = [...this.#problems, problem];
    this.#onChange();
  }

  /** A plan is about to play: faults of nodes that are not in it, or begin afresh in it, are over. */
  follow(plan: Plan): void {
    const before = this.#stateKeys;
    this.#stateKeys = Object.fromEntries(Object.values(plan.nodes).map(({ id, stateKey }) => [id, stateKey]));
    this.drop(
      ({ code, nodeId = '' }) =>
        OF_NODES.includes(code) && Object.hasOwn(before, nodeId) && before[nodeId] !== this.#stateKeys[nodeId],
    );
  }

  drop(isOver: (fault: Problem) => boolean): void {
    this.#problems = this.#problems.filter(fault => !isOver(fault));
    this.#onChange();
  }
}
