// One-pole filters, all channels: the twins of OnePoleKernels (core/effect-kernels.ts). States are f64, flushed after each call.
import type { ReadControl } from './control-signal.ts';
import { finiteOrZero, flushState } from './safe.ts';

export const onePoleKernels = {
  onePole(
    share: ReadControl,
    direct: number,
    filtered: number,
    states: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    const { isConstant, values } = share;
    for (let c = 0; c < input.length; c++) {
      let part = share.value;
      let integrator = states[c];
      for (let i = 0; i < frames; i++) {
        if (!isConstant) part = values[i];
        const x = finiteOrZero(input[c][i]);
        const v = part * (x - integrator);
        output[c][i] = direct * x + filtered * (integrator + v);
        integrator += 2 * v;
      }
      states[c] = flushState(integrator);
    }
  },
  blockDc(
    pole: ReadControl,
    beforeStates: Float64Array,
    blocked: Float64Array,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    const { isConstant, values } = pole;
    for (let c = 0; c < input.length; c++) {
      let turn = pole.value;
      let before = beforeStates[c];
      let y = blocked[c];
      for (let i = 0; i < frames; i++) {
        if (!isConstant) turn = values[i];
        const x = finiteOrZero(input[c][i]);
        y = x - before + turn * y;
        before = x;
        output[c][i] = y;
      }
      beforeStates[c] = before;
      blocked[c] = flushState(y);
    }
  },
};
