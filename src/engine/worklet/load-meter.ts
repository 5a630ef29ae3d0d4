// Load: mean share of the block budget, whole and per node, from a clock of whole milliseconds. Single differences of such a
// clock are 0 or 1, but their mean over a second is unbiased. Owns the averaging; percentiles need an offline profile. (Reading the
// clock costs 50 ns in Chromium, so measuring a node costs 0.004 % of a block.)
import type { Executor } from '../../render/executor.ts';

const WINDOW_SECONDS = 1;

export class LoadMeter {
  readonly #rateHz: number;
  #elapsedMs = 0;
  #frames = 0;
  /** Of the last full second; 0–1, above 1 = too slow. */
  mean = 0;
  nodes: Readonly<Record<string, number>> = {};

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  /** Adds one block; `elapsedMs` is the time that it took. */
  add(elapsedMs: number, frames: number, executor: Executor): void {
    this.#elapsedMs += elapsedMs;
    this.#frames += frames;
    if (this.#frames < WINDOW_SECONDS * this.#rateHz) return;
    const budgetMs = (1000 * this.#frames) / this.#rateHz;
    this.mean = this.#elapsedMs / budgetMs;
    const nodes: Record<string, number> = {};
    for (const [id, run] of executor.nodes) {
      nodes[id] = run.elapsed / budgetMs;
      run.elapsed = 0;
    }
    this.nodes = nodes;
    this.#elapsedMs = 0;
    this.#frames = 0;
  }
}
