// The models of one node while it plays: a runner for each. Owns when runners are made, started afresh and let go, and what is
// said where there is none. What a node without its models does is the NodeRun's.
import { PatchError } from '../core/errors.ts';
import type { ModelRunner } from '../core/model-runner.ts';
import type { ModelResource, Resources } from '../core/resource.ts';

/** What went wrong, in the words of the one who knows. */
export const wordsOf = (error: unknown): string =>
  error instanceof PatchError
    ? error.problems.map(({ message }) => message).join(' ')
    : error instanceof Error
      ? error.message
      : String(error);

export interface NodeModelsOptions {
  readonly nodeId: string;
  readonly resources: Resources;
  /** Undefined: there is no runtime. Throws what the runtime refuses. */
  readonly createRunner: ((model: ModelResource) => ModelRunner) | undefined;
  /** What is refused is said; else it is thrown. */
  readonly bypassesRefused: boolean;
}

export class NodeModels {
  /** By slot; complete once `make` said nothing. */
  readonly runners: Record<string, ModelRunner> = {};
  readonly #options: NodeModelsOptions;

  constructor(options: NodeModelsOptions) {
    this.#options = options;
  }

  /** Every model that is loaded has its runner. */
  get areThere(): boolean {
    return this.#missing().length === 0;
  }

  /**
   * Makes them all, which takes long: never inside a block. Says why one is missing and what the node does then, `effect` ("It is …").
   * Throws what is refused.
   */
  make(effect: string): string | undefined {
    let reason: string | undefined;
    for (const [slot, model] of this.#missing()) reason = this.#make(slot, model, effect) ?? reason;
    return reason;
  }

  /** Starts those that are there afresh. */
  reset(): void {
    for (const runner of Object.values(this.runners)) runner.reset();
  }

  /** Goes on from where the models of the same node in the plan before are. */
  carryFrom(old: NodeModels): void {
    for (const [slot, runner] of Object.entries(this.runners)) {
      const before = old.runners[slot];
      if (before) runner.carryFrom(before);
    }
  }

  dispose(): void {
    for (const runner of Object.values(this.runners)) runner.dispose();
  }

  #missing(): [slot: string, model: ModelResource][] {
    return Object.entries(this.#options.resources).flatMap(([slot, resource]): [string, ModelResource][] =>
      resource?.kind === 'model' && !Object.hasOwn(this.runners, slot) ? [[slot, resource]] : [],
    );
  }

  #make(slot: string, model: ModelResource, effect: string): string | undefined {
    const { nodeId, createRunner, bypassesRefused } = this.#options;
    const where = `${nodeId}.${slot}`;
    if (!createRunner)
      return `${where}: expected a runtime for the model, got none. ${effect}; play it again once models run.`;
    try {
      this.runners[slot] = createRunner(model);
      return undefined;
    } catch (error) {
      if (!bypassesRefused) throw error;
      return `${where}: ${wordsOf(error)} ${effect}; reset the node to try again.`;
    }
  }
}
