// What a node that failed gives instead: its inlets as in a bypass, as late as it would be, or silence. Never what is not a number.
// Owns the delays for it. The same rule for a node that somebody bypassed is in src/plan/bypass.ts.
import type { KernelIo } from '../core/node-type.ts';
import { itemsIn } from '../dsp/clock.ts';
import type { PlanNode } from '../plan/plan.ts';
import type { AlignLine } from './signal-calls.ts';

export interface PassThroughParts {
  readonly plan: PlanNode;
  /** Numbers of one item and channel, by port with spectra or tensors. */
  readonly itemSizes: Readonly<Record<string, number>>;
  /** By outlet, for a node with latency. What passes waits there. */
  readonly lateLines: Readonly<Record<string, AlignLine>>;
  /** Part of a loop between nodes: falls silent, since sound passed on would go round at gain 1. */
  readonly isInLoop: boolean;
  /** Outlet → the inlet that it gives; an outlet without one is silent. */
  readonly passed: ReadonlyMap<string, string>;
}

export class PassThrough {
  readonly #parts: PassThroughParts;
  /** Something gets through. */
  readonly canPass: boolean;

  constructor(parts: PassThroughParts) {
    this.#parts = parts;
    const { rateHz, outRateHz, blockFrames, outBlockFrames } = parts.plan;
    const isOneClock = rateHz === outRateHz && blockFrames === outBlockFrames;
    this.canPass = isOneClock && !parts.isInLoop && parts.passed.size > 0;
  }

  clear(): void {
    for (const line of Object.values(this.#parts.lateLines)) line.clear();
  }

  run(io: KernelIo): void {
    const { plan, itemSizes } = this.#parts;
    for (const name in io.audioOut) this.#pass(name, io.audioIn, io.audioOut[name], io.outFrames);
    for (const name in io.itemsOut) {
      const numbers = itemsIn(io.outFrames, plan.outBlockFrames) * (itemSizes[name] ?? 0);
      this.#pass(name, io.itemsIn, io.itemsOut[name], numbers);
    }
  }

  /** `count`: numbers of one channel in this call. */
  #pass(name: string, inlets: KernelIo['audioIn'], to: readonly Float32Array[], count: number): void {
    const from = this.canPass ? inlets[this.#parts.passed.get(name) ?? ''] : undefined;
    for (let c = 0; c < to.length; c++) {
      const source = from?.[Math.min(c, from.length - 1)];
      for (let i = 0; i < count; i++) to[c][i] = source && source[i] * 0 === 0 ? source[i] : 0;
    }
    this.#parts.lateLines[name]?.run(to, to, count);
  }
}
