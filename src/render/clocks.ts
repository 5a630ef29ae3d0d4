// The clocks of a plan: how many frames of each rate and block are played in a call. Owns their counting; must not know signals.
import { framesUntil } from '../dsp/clock.ts';
import { framesAtRate } from '../plan/node-context.ts';
import type { Plan } from '../plan/plan.ts';

/** Frames of one rate and block (0 = a stream) in this call: the first one since the start, and how many. */
export interface Clock {
  readonly rateHz: number;
  readonly blockFrames: number;
  start: number;
  count: number;
}

/** Frames of whole blocks; a stream has any number. */
export const wholeBlocks = (frames: number, blockFrames: number): number =>
  blockFrames === 0 ? frames : frames - (frames % blockFrames);

/** The frame on a clock at which what happens at a patch frame takes effect there. */
export const clockFrame = (
  { rateHz, blockFrames }: Pick<Clock, 'rateHz' | 'blockFrames'>,
  frame: number,
  patchRateHz: number,
): number => wholeBlocks(rateHz === patchRateHz ? frame : framesUntil(frame, rateHz, patchRateHz), blockFrames);

const nameOf = (rateHz: number, blockFrames: number): string => `${rateHz} ${blockFrames}`;

/** One clock for each rate and block in the plan, that of the patch and the stream of every rate among them. */
export class Clocks {
  readonly all: readonly Clock[];
  readonly #plan: Plan;
  readonly #byName = new Map<string, Clock>();

  constructor(plan: Plan) {
    this.#plan = plan;
    const clocks = this.#byName;
    const add = (rateHz: number, blockFrames: number): void => {
      const name = nameOf(rateHz, blockFrames);
      if (!clocks.has(name)) clocks.set(name, { rateHz, blockFrames, start: 0, count: 0 });
    };
    add(plan.sampleRateHz, 0);
    for (const { rateHz, blockFrames } of plan.signals) add(rateHz, blockFrames);
    for (const node of Object.values(plan.nodes)) {
      add(node.rateHz, node.blockFrames);
      add(node.outRateHz, node.outBlockFrames);
    }
    for (const { rateHz } of [...clocks.values()]) add(rateHz, 0);
    this.all = [...clocks.values()];
  }

  find(rateHz: number, blockFrames: number): Clock {
    return this.#byName.get(nameOf(rateHz, blockFrames)) as Clock;
  }

  /** Most frames of one call. */
  framesMax({ rateHz, blockFrames }: Pick<Clock, 'rateHz' | 'blockFrames'>): number {
    return framesAtRate(this.#plan.maxFrames, rateHz, this.#plan.sampleRateHz, blockFrames);
  }

  /** Sets all for a call of `frames` patch frames from `from` on. */
  set(from: number, frames: number): void {
    const patchRateHz = this.#plan.sampleRateHz;
    for (let k = 0; k < this.all.length; k++) {
      const clock = this.all[k];
      clock.start = clockFrame(clock, from, patchRateHz);
      clock.count = clockFrame(clock, from + frames, patchRateHz) - clock.start;
    }
  }
}
