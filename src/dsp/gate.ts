// A noise gate's ballistics: level → open or shut, with hysteresis and hold → smooth gain. The twin of GateKernels
// (core/effect-kernels.ts). All f64.
import { RELEASE_FALL, stepRelease } from './follower.ts';
import { flushState } from './safe.ts';

/** All zero at the start: shut. */
export interface GateState {
  /** The peak as it falls. */
  readonly level: Float64Array;
  /** 1 from the level that opens to the one that closes. */
  readonly latch: Float64Array;
  /** Frames for which it stays open. */
  readonly left: Float64Array;
  readonly released: Float64Array;
  readonly openness: Float64Array;
}

export const gateKernels = {
  gate(
    settings: Float64Array,
    opens: Float64Array,
    closes: Float64Array,
    shut: Float64Array,
    isSteady: boolean,
    s: GateState,
    peaks: Float64Array,
    gains: Float64Array,
    frames: number,
  ): void {
    const fall = settings[0];
    const attack = settings[1];
    const release = settings[2];
    const openFrames = settings[3];
    let level = s.level[0];
    let latch = s.latch[0];
    let left = s.left[0];
    let released = s.released[0];
    let openness = s.openness[0];
    for (let i = 0; i < frames; i++) {
      const at = isSteady ? 0 : i;
      level = Math.max(peaks[i], fall * level - RELEASE_FALL);
      if (level >= opens[at]) latch = 1;
      else if (level < closes[at]) latch = 0;
      left = Math.max(latch * openFrames, left - 1);
      released = stepRelease(released, left > 0 ? 1 : 0, release);
      openness = released + attack * (openness - released);
      gains[i] = shut[at] + (1 - shut[at]) * openness;
    }
    s.level[0] = level;
    s.latch[0] = latch;
    s.left[0] = left;
    s.released[0] = released;
    s.openness[0] = flushState(openness);
  },
};
