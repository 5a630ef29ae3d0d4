// Load: mean share of the block budget, whole and per node, from a clock of whole milliseconds. Single differences of such a
// clock are 0 or 1, but their mean over a second is unbiased. Owns the averaging; percentiles need an offline profile. (Reading the
// clock costs 50 ns in Chromium, so measuring a node costs 0.004 % of a block.)
import type { Executor } from '../../render/executor.ts';

const WINDOW_SECONDS = 1;

export class LoadMeter {
  readonly #rateHz: number;
  #elapsedMs = 0;
  #frames = 0;
  #executor: Executor | undefined;
  /** Time of each node in this window while plans before this one played. */
  readonly #before = new Map<string, number>();
  /** Of the last full second; 0–1, above 1 = too slow. */
  mean = 0;
  nodes: Readonly<Record<string, number>> = {};

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  /** Adds one block; `elapsedMs` is the time that it took. */
  add(elapsedMs: number, frames: number, executor: Executor): void {
    if (executor !== this.#executor) this.#follow(executor);
    this.#elapsedMs += elapsedMs;
    this.#frames += frames;
    if (this.#frames < WINDOW_SECONDS * this.#rateHz) return;
    const budgetMs = (1000 * this.#frames) / this.#rateHz;
    this.mean = this.#elapsedMs / budgetMs;
    const nodes: Record<string, number> = {};
    for (const [id, run] of executor.nodes) {
      nodes[id] = ((this.#before.get(id) ?? 0) + run.elapsed) / budgetMs;
      run.elapsed = 0;
    }
    this.#before.clear();
    this.nodes = nodes;
    this.#elapsedMs = 0;
    this.#frames = 0;
  }
  /** A swap in the middle of a window: what a node took in the plan before is part of it. */
  #follow(executor: Executor): void {
    for (const [id, { elapsed }] of this.#executor?.nodes ?? [])
      this.#before.set(id, (this.#before.get(id) ?? 0) + elapsed);
    this.#executor = executor;
  }
}
