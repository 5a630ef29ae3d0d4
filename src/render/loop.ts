// A loop while it plays: cuts each call into sub-blocks that its delays allow, and carries what crosses its border.
// Owns where sub-blocks end. Must not know what its calls do; the executor runs them.
import { framesUntil } from '../dsp/clock.ts';
import type { Plan, PlanRegion } from '../plan/plan.ts';
import { type Clock, type Clocks, wholeBlocks } from './clocks.ts';
import type { NodeRun } from './node-run.ts';
import { copySignal, type SignalRun } from './signal-calls.ts';
import type { Step } from './steps.ts';

/** Longest sub-block in frames of the patch: bounds how far is looked ahead, and copied in vain when the delay is shorter. */
const LOOP_FRAMES_MAX = 256;

/** The first frame of a clock that is not before a tick of the loop, whose rate is a multiple of the clock's. */
const frameAt = (tick: number, { rateHz, blockFrames }: Clock, tickRateHz: number): number =>
  wholeBlocks(framesUntil(tick, rateHz, tickRateHz), blockFrames);

interface Breaker {
  readonly run: NodeRun;
  readonly clock: Clock;
  /** Ticks from frame to frame. */
  readonly ticks: number;
  /** A param of it comes from the loop, so that its delay can't be known ahead. */
  readonly isModulatedInside: boolean;
}
interface Crossing {
  readonly from: SignalRun;
  readonly to: SignalRun;
}

/**
 * Counts in ticks of region.rateHz, the least common multiple of all rates in the loop: frame k of a rate begins at tick
 * k·rateHz/rate, so that a sub-block may end between any two frames, whichever rates they have. In n ticks to a frame,
 * ceil(ceil(t·tickRate/patchRate)/n) = ceil(t·rate/patchRate): a call has the frames that it has outside.
 */
export class LoopRun implements Step {
  readonly #region: PlanRegion;
  readonly #steps: readonly Step[];
  /** That of the patch, as a stream: says which frames this call has. */
  readonly #patchClock: Clock;
  readonly #patchRateHz: number;
  readonly #ticksMax: number;
  readonly #clocks: readonly Clock[];
  readonly #imports: readonly Crossing[];
  readonly #exports: readonly Crossing[];
  readonly #breakers: readonly Breaker[];

  constructor(
    region: PlanRegion,
    steps: readonly Step[],
    plan: Plan,
    signals: readonly SignalRun[],
    clocks: Clocks,
    nodes: ReadonlyMap<string, NodeRun>,
  ) {
    const { rateHz } = region;
    this.#region = region;
    this.#steps = steps;
    this.#patchClock = clocks.find(plan.sampleRateHz, 0);
    this.#patchRateHz = plan.sampleRateHz;
    this.#ticksMax = Math.max(1, Math.floor((LOOP_FRAMES_MAX * rateHz) / plan.sampleRateHz));
    this.#clocks = clocks.all.filter(clock => rateHz % clock.rateHz === 0);
    this.#imports = region.imports.map(({ outer, inner }) => ({ from: signals[outer], to: signals[inner] }));
    this.#exports = region.exports.map(({ outer, inner }) => ({ from: signals[inner], to: signals[outer] }));
    this.#breakers = region.breakers.map(id => {
      const run = nodes.get(id) as NodeRun;
      const isClock = (clock: Clock): boolean => clock.rateHz === run.plan.rateHz && clock.blockFrames === 0;
      return {
        run,
        clock: this.#clocks.find(isClock) as Clock,
        ticks: rateHz / run.plan.rateHz,
        isModulatedInside: Object.values(run.plan.paramInlets).some(
          signal => !region.imports.some(({ inner }) => inner === signal),
        ),
      };
    });
  }

  /** Runs the loop's steps over the frames of this call, as often as it takes; leaves the clocks as they were. */
  run(): void {
    const { start: frame, count: frames } = this.#patchClock;
    const begin = framesUntil(frame, this.#region.rateHz, this.#patchRateHz);
    const end = framesUntil(frame + frames, this.#region.rateHz, this.#patchRateHz);
    // Looking further ahead than twice what the delays allowed before would only copy more.
    let ahead = this.#ticksMax;
    for (let from = begin; from < end; ) {
      ahead = Math.min(end - from, ahead);
      this.#setClocks(from, ahead);
      for (const { from: outer, to: inner } of this.#imports) copySignal(outer, this.#offset(outer, begin), inner, 0);
      const ticks = this.#ticksFrom(from, ahead);
      this.#setClocks(from, ticks);
      for (let k = 0; k < this.#steps.length; k++) this.#steps[k].run();
      for (const { from: inner, to: outer } of this.#exports) copySignal(inner, 0, outer, this.#offset(outer, begin));
      from += ticks;
      ahead = Math.min(this.#ticksMax, 2 * ticks);
    }
    this.#setClocks(begin, end - begin);
  }

  #setClocks(from: number, ticks: number): void {
    const { rateHz } = this.#region;
    for (const clock of this.#clocks) {
      clock.start = frameAt(from, clock, rateHz);
      clock.count = frameAt(from + ticks, clock, rateHz) - clock.start;
    }
  }

  /** Where this sub-block's frames lie in the buffer of the whole call. */
  #offset({ clock }: SignalRun, begin: number): number {
    return clock.start - frameAt(begin, clock, this.#region.rateHz);
  }

  /** Ticks until the first frame that depends on what this sub-block writes, at most `ahead`, as far as the clocks are set. */
  #ticksFrom(from: number, ahead: number): number {
    let ticks = ahead;
    for (const { run, clock, ticks: ticksPerFrame, isModulatedInside } of this.#breakers) {
      if (clock.count === 0) continue;
      const frames = run.framesAllowed(clock.start, clock.count);
      const allowed = isModulatedInside ? 1 : frames;
      ticks = Math.min(ticks, (clock.start + allowed) * ticksPerFrame - from);
    }
    return ticks;
  }
}
