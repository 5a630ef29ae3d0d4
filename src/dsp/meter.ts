// Peak with hold and mean square of one channel, frame by frame, so that the figures don't depend on the block.
// Owns the ballistics of every meter; must not know nodes or how a meter is drawn.
import type { MeterDesign, MeterKernels, MeterState } from '../core/meter-kernels.ts';
import { finiteOrZero, flushState } from './safe.ts';

/** A peak stands still this long before it falls. */
export const PEAK_HOLD_SECONDS = 1.5;
/** Speed of its fall. */
export const PEAK_FALL_DB_PER_SECOND = 20;
/** Time constant of the mean square; its root is the RMS value. */
export const RMS_SECONDS = 0.3;

export const designMeter = (rateHz: number): MeterDesign => ({
  holdFrames: Math.round(PEAK_HOLD_SECONDS * rateHz),
  fall: 10 ** (-PEAK_FALL_DB_PER_SECOND / (20 * rateHz)),
  weight: -Math.expm1(-1 / (RMS_SECONDS * rateHz)),
});

/** Shapes of the states of a meter for so many channels, as a node declares them. */
export const meterStates = (channels: number) =>
  ({
    peak: { shape: [channels], dtype: 'f64' },
    hold: { shape: [channels], dtype: 'i32' },
    meanSquare: { shape: [channels], dtype: 'f64' },
  }) as const;

/** One channel. No allocation. */
function measure(design: MeterDesign, state: MeterState, channel: number, input: Float32Array, frames: number): void {
  let peak = state.peak[channel];
  let hold = state.hold[channel];
  let meanSquare = state.meanSquare[channel];
  for (let i = 0; i < frames; i++) {
    const x = finiteOrZero(input[i]);
    const magnitude = Math.abs(x);
    if (magnitude >= peak) {
      peak = magnitude;
      hold = design.holdFrames;
    } else if (hold > 0) {
      hold--;
    } else {
      peak *= design.fall;
    }
    meanSquare += (x * x - meanSquare) * design.weight;
  }
  state.peak[channel] = flushState(peak);
  state.hold[channel] = hold;
  state.meanSquare[channel] = flushState(meanSquare);
}

export const meterKernels: MeterKernels = {
  meter(design, state, inputs, frames) {
    for (let c = 0; c < inputs.length; c++) measure(design, state, c, inputs[c], frames);
  },
};
