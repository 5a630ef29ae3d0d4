// One-pole filters, all channels: the twins of OnePoleKernels (core/effect-kernels.ts). States are f64, flushed after each call.
import { finiteOrZero, flushState } from './safe.ts';

export const onePoleKernels = {
  onePole(
    shares: Float64Array,
    isSteady: boolean,
    direct: number,
    filtered: number,
    states: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    for (let c = 0; c < input.length; c++) {
      let share = shares[0];
      let integrator = states[c];
      for (let i = 0; i < frames; i++) {
        if (!isSteady) share = shares[i];
        const x = finiteOrZero(input[c][i]);
        const v = share * (x - integrator);
        output[c][i] = direct * x + filtered * (integrator + v);
        integrator += 2 * v;
      }
      states[c] = flushState(integrator);
    }
  },
  blockDc(
    poles: Float64Array,
    isSteady: boolean,
    beforeStates: Float64Array,
    blocked: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    for (let c = 0; c < input.length; c++) {
      let pole = poles[0];
      let before = beforeStates[c];
      let y = blocked[c];
      for (let i = 0; i < frames; i++) {
        if (!isSteady) pole = poles[i];
        const x = finiteOrZero(input[c][i]);
        y = x - before + pole * y;
        before = x;
        output[c][i] = y;
      }
      beforeStates[c] = before;
      blocked[c] = flushState(y);
    }
  },
};
