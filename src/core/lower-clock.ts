// Clocks in the graph: a phase that counts cycles exactly (twin of src/dsp/phase.ts), frame numbers, poles, ends of blocks.
import type { GraphBuilder, Value } from './lower.ts';

const STEPS_PER_CYCLE = 2 ** 40;

/** Where a clock is at every frame of the call. */
export interface LoweredPhase {
  /** Cycles since the last whole one, f64 [N], 0 ≤ phase < 1. */
  readonly phase: Value;
  /** Whole cycles since the start, i64 [N]. */
  readonly cycle: Value;
}

/** 0, 1, … N − 1 as f64. */
export function frameNumbers(g: GraphBuilder, frames: Value): Value {
  const scalar = (x: number): Value => g.constant('i64', [x], []);
  return g.cast(g.op('Range', [scalar(0), g.op('Squeeze', [frames, g.i64(0)]), scalar(1)]), 'f64');
}

/**
 * A clock of `frequencyHz` (f64 [N]), from and to the states `phase` and `cycle`. All steps are multiples of 2^−40 cycle, so
 * sums are exact in any order, and what happens at a whole cycle happens at the same frame for every block.
 */
export function lowerPhase(g: GraphBuilder, frequencyHz: Value, rateHz: number): LoweredPhase {
  const phaseStart = g.state('phase', 'f64', [1]);
  const cycleStart = g.state('cycle', 'i64', [1]);
  const units = g.mul(g.div(frequencyHz, g.f64(rateHz)), g.f64(STEPS_PER_CYCLE));
  const step = g.mul(g.op('Ceil', [units]), g.f64(1 / STEPS_PER_CYCLE));
  const ahead = g.op('CumSum', [step, g.constant('i64', [0], [])], { exclusive: 1n, reverse: 0n });
  const total = g.op('ReduceSum', [step, g.i64(0)], { keepdims: 1n, noop_with_empty_axes: 0n });
  const split = (turns: Value): LoweredPhase => {
    const whole = g.op('Floor', [turns]);
    return { phase: g.sub(turns, whole), cycle: g.add(cycleStart, g.cast(whole, 'i64')) };
  };
  const end = split(g.add(phaseStart, total));
  g.setState('phase', end.phase);
  g.setState('cycle', end.cycle);
  return split(g.add(phaseStart, ahead));
}

/** What a value for each frame (`values`, [N]) is at the last frame of each of `items` blocks: [K, 1]. */
export function lowerBlockEnds(g: GraphBuilder, values: Value, items: Value, blockFrames: number): Value {
  const rows = g.op('Reshape', [values, g.concat([items, g.i64(blockFrames)], 0)], { allowzero: 1n });
  return g.slice(rows, 1, -1);
}

/** The pole exp(−1/(τ·rate)) of a time constant in ms, f64 [1]; 0 ms gives 0. */
export const lowerPole = (g: GraphBuilder, timeMs: Value, rateHz: number): Value =>
  g.op('Exp', [g.div(g.f64(-1000 / rateHz), timeMs)]);
