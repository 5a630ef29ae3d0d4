// State-variable filters (svf.ts) that are designed anew at every frame: the twin of MovingFilterKernels (core/effect-kernels.ts).
import type { ReadControl } from './control-signal.ts';
import { FREQUENCY_RATIO_MAX } from './frequency.ts';
import { finiteOrZero, flushState } from './safe.ts';
import { designSvf, SVF_KINDS, SVF_STATE, stepSvf } from './svf.ts';

export const movingFilterKernels = {
  svfMoving(
    _table: Float64Array,
    kind: number,
    room: Float64Array,
    rateHz: number,
    cutoff: ReadControl,
    q: ReadControl,
    gain: ReadControl,
    states: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    const name = SVF_KINDS[kind];
    const cutoffMaxHz = FREQUENCY_RATIO_MAX * rateHz;
    for (let i = 0; i < frames; i++) {
      const cutoffHz = Math.min(cutoff.isConstant ? cutoff.value : cutoff.values[i], cutoffMaxHz);
      const gainDb = gain.isConstant ? gain.value : gain.values[i];
      designSvf(name, cutoffHz, q.isConstant ? q.value : q.values[i], gainDb, rateHz, room);
      for (let c = 0; c < input.length; c++)
        output[c][i] = stepSvf(room, states, finiteOrZero(input[c][i]), SVF_STATE * c);
    }
    for (let k = 0; k < states.length; k++) states[k] = flushState(states[k]);
  },
};
