// The limiter's look-ahead: how much each frame needs to be turned down, held, let go and smoothed before it is heard. The twins of
// LookAheadKernels (core/effect-kernels.ts). nodes/dynamics/limiter.ts says why it never passes its ceiling.
import { RELEASE_FALL } from './follower.ts';
import { finiteOrZero } from './safe.ts';

/** The moving averages add whole multiples of 1/QUANTA, which f64 does exactly: no sum drifts. */
export const QUANTA = 2 ** 24;

/** Lengths in frames: of the look-ahead, and of both moving averages. */
export interface LookAhead {
  readonly lookAhead: number;
  readonly first: number;
  readonly second: number;
}

/** States of a look-ahead; all zero at the start. */
export interface LookAheadState {
  /** The candidates for the greatest need, falling, with the frames they came in; `queue`: where they begin, how many they are. */
  readonly needs: Float64Array;
  readonly came: Float64Array;
  readonly queue: Int32Array;
  readonly firstRing: Float64Array;
  readonly secondRing: Float64Array;
  /** Places in the line and the two rings. */
  readonly places: Int32Array;
  /** Frames so far, the need as it is let go, both sums. */
  readonly totals: Float64Array;
  /** 1 − gain of the last frame. */
  readonly reduction: Float64Array;
}

export const lookAheadKernels = {
  hold(
    line: Float32Array,
    place: number,
    gains: Float64Array,
    isSteady: boolean,
    input: Float32Array,
    output: Float32Array,
    peaks: Float64Array,
    isMore: boolean,
    frames: number,
  ): void {
    let at = place;
    let gain = gains[0];
    for (let i = 0; i < frames; i++) {
      if (!isSteady) gain = gains[i];
      const x = finiteOrZero(Math.fround(gain * input[i]));
      output[i] = line[at];
      line[at] = x;
      peaks[i] = Math.max(isMore ? peaks[i] : 0, Math.abs(x));
      at = at + 1 === line.length ? 0 : at + 1;
    }
  },
  limit(
    design: LookAhead,
    release: Float64Array,
    targets: Float64Array,
    isSteady: boolean,
    s: LookAheadState,
    peaks: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void {
    const { lookAhead, first, second } = design;
    const { needs, came, queue, firstRing, secondRing, places, totals } = s;
    const capacity = lookAhead + 1;
    const area = QUANTA * first * second;
    let now = totals[0];
    let released = totals[1];
    let firstSum = totals[2];
    let secondSum = totals[3];
    let reduction = s.reduction[0];
    for (let i = 0; i < frames; i++) {
      const target = targets[isSteady ? 0 : i];
      const need = peaks[i] > target ? 1 - target / peaks[i] : 0;
      if (queue[1] > 0 && came[queue[0]] < now - lookAhead) {
        queue[0] = queue[0] + 1 === capacity ? 0 : queue[0] + 1;
        queue[1]--;
      }
      let end = (queue[0] + queue[1]) % capacity;
      while (queue[1] > 0) {
        const last = end === 0 ? lookAhead : end - 1;
        if (needs[last] > need) break;
        end = last;
        queue[1]--;
      }
      needs[end] = need;
      came[end] = now++;
      queue[1]++;
      released = Math.max(needs[queue[0]], release[0] * released - RELEASE_FALL);
      const quanta = Math.ceil(QUANTA * released);
      firstSum += quanta - firstRing[places[1]];
      firstRing[places[1]] = quanta;
      secondSum += firstSum - secondRing[places[2]];
      secondRing[places[2]] = firstSum;
      places[1] = places[1] + 1 === first ? 0 : places[1] + 1;
      places[2] = places[2] + 1 === second ? 0 : places[2] + 1;
      reduction = secondSum / area;
      gains[i] = 1 - reduction;
    }
    totals[0] = now;
    totals[1] = released;
    totals[2] = firstSum;
    totals[3] = secondSum;
    s.reduction[0] = reduction;
  },
};
