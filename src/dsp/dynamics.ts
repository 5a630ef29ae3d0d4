// Levels, their ballistics and the gain of a compressor: the twins of DynamicsKernels (core/effect-kernels.ts). All f64.
// Feed-forward, in the log domain (D. Giannoulis, M. Massberg and J. D. Reiss, "Digital Dynamic Range Compressor Design", JAES
// 60(6), 2012): static curve with a soft knee → smooth decoupled attack and release of the reduction in dB → gain.
import type { ReadControl } from './control-signal.ts';
import { stepRelease } from './follower.ts';
import { LN10_OVER_20 } from './level.ts';
import { finiteOrZero, flushState } from './safe.ts';

/** Quieter peaks than −120 dB count as this. */
export const PEAK_MIN = 1e-6;
/** A hard knee is this many dB wide, so that nothing is divided by 0. */
export const KNEE_MIN = 1e-6;

/** Reduction in dB at rest for a level `over` dB above the threshold: 0 below the knee, `slope`·over above, a parabola between. */
export function reductionAt(over: number, slope: number, knee: number): number {
  const width = Math.max(knee, KNEE_MIN);
  const inKnee = Math.min(width, Math.max(0, over + width / 2));
  return slope * ((inKnee * inKnee) / (2 * width) + Math.max(0, over - width / 2));
}

export const dynamicsKernels = {
  peaks(
    input: readonly Float32Array[],
    first: number,
    last: number,
    output: Float64Array,
    greatest: Float64Array,
    frames: number,
  ): void {
    let most = greatest[0];
    for (let i = 0; i < frames; i++) {
      let peak = 0;
      for (let c = first; c < last; c++) peak = Math.max(peak, Math.abs(finiteOrZero(input[c][i])));
      output[i] = peak;
      most = Math.max(most, peak);
    }
    greatest[0] = most;
  },
  follow(poles: Float64Array, states: Float64Array, levels: readonly Float64Array[], frames: number): void {
    const attack = poles[0];
    const release = poles[1];
    for (let c = 0; c < levels.length; c++) {
      const level = levels[c];
      let y = states[c];
      for (let i = 0; i < frames; i++) {
        const x = level[i];
        y = x + (x > y ? attack : release) * (y - x);
        level[i] = y;
      }
      states[c] = flushState(y);
    }
  },
  reduce(
    settings: Float64Array,
    reduction: Float64Array,
    channel: number,
    levels: Float64Array,
    changes: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void {
    const threshold = settings[0];
    for (let i = 0; i < frames; i++) {
      const over = levels[i] > threshold ? Math.log(levels[i] / threshold) / LN10_OVER_20 : 0;
      changes[i] = over > 0 ? -settings[1] * over : 0;
      gains[i] = Math.exp((settings[2] + changes[i]) * LN10_OVER_20);
    }
    if (frames > 0) reduction[channel] = -changes[frames - 1];
  },
  compressCorner(
    poles: Float64Array,
    settings: Float64Array,
    levels: Float64Array,
    reduction: Float64Array,
    _room: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    const [attack, release] = poles;
    const [threshold, slope, makeUpDb] = settings;
    for (let c = 0; c < input.length; c++) {
      let level = levels[c];
      let change = -reduction[c];
      for (let i = 0; i < frames; i++) {
        const x = finiteOrZero(input[c][i]);
        const size = Math.abs(x);
        level = size + (size > level ? attack : release) * (level - size);
        change = level > threshold ? Math.min(0, (-slope * Math.log(level / threshold)) / LN10_OVER_20) : 0;
        output[c][i] = x * Math.exp((makeUpDb + change) * LN10_OVER_20);
      }
      levels[c] = flushState(level);
      reduction[c] = -change;
    }
  },
  compress(
    poles: Float64Array,
    releasedStates: Float64Array,
    reductionStates: Float64Array,
    channel: number,
    threshold: ReadControl,
    ratio: ReadControl,
    knee: ReadControl,
    makeUp: ReadControl,
    levels: Float64Array,
    changes: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void {
    const attack = poles[0];
    const release = poles[1];
    let released = releasedStates[channel];
    let reduction = reductionStates[channel];
    for (let i = 0; i < frames; i++) {
      const over =
        Math.log(Math.max(PEAK_MIN, levels[i])) / LN10_OVER_20 -
        (threshold.isConstant ? threshold.value : threshold.values[i]);
      const slope = 1 - 1 / (ratio.isConstant ? ratio.value : ratio.values[i]);
      const wanted = reductionAt(over, slope, knee.isConstant ? knee.value : knee.values[i]);
      released = stepRelease(released, wanted, release);
      reduction = released + attack * (reduction - released);
      changes[i] = -reduction;
      gains[i] = Math.exp(((makeUp.isConstant ? makeUp.value : makeUp.values[i]) - reduction) * LN10_OVER_20);
    }
    releasedStates[channel] = flushState(released);
    reductionStates[channel] = flushState(reduction);
  },
};
