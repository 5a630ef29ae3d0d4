// Curves that bend a wave: slope 1 at 0, none leaves ±1. The twins of ShapeKernels (core/effect-kernels.ts). No states.
import type { ReadControl } from './control-signal.ts';
import { levelToGain } from './level.ts';

export const CURVES = ['tanh', 'arctan', 'cubic', 'hard clip', 'foldback'] as const;

/** Where the cubic v − 4v³/27 reaches its top, 1. */
export const CUBIC_KNEE = 1.5;

/** A triangle of period 4 through the origin: what leaves ±1 is reflected back. */
function fold(v: number): number {
  const quarter = v / 4 - 0.25;
  return 1 - 4 * Math.abs(quarter - Math.floor(quarter + 0.5));
}

/** Curve number `curve` of CURVES at v. NaN gives NaN. */
export function curveAt(curve: number, v: number): number {
  if (curve === 0) return Math.tanh(v);
  if (curve === 1) return Math.atan((Math.PI / 2) * v) / (Math.PI / 2);
  if (curve === 2) {
    const clipped = Math.min(CUBIC_KNEE, Math.max(-CUBIC_KNEE, v));
    return clipped - (4 / 27) * clipped * clipped * clipped;
  }
  if (curve === 3) return Math.min(1, Math.max(-1, v));
  return fold(v);
}

export const shapeKernels = {
  shape(
    curve: number,
    drive: number,
    bias: number,
    gain: number,
    input: Float32Array,
    output: Float32Array,
    frames: number,
  ): void {
    const rest = curveAt(curve, bias);
    for (let i = 0; i < frames; i++) output[i] = gain * (curveAt(curve, drive * input[i] + bias) - rest);
  },
  shapeMoving(
    curve: number,
    drive: ReadControl,
    bias: ReadControl,
    level: ReadControl,
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
  ): void {
    for (let i = 0; i < frames; i++) {
      const d = levelToGain(drive.isConstant ? drive.value : drive.values[i]);
      const b = bias.isConstant ? bias.value : bias.values[i];
      const rest = curveAt(curve, b);
      const gain = levelToGain(level.isConstant ? level.value : level.values[i]);
      for (let c = 0; c < input.length; c++) output[c][i] = gain * (curveAt(curve, d * input[c][i] + b) - rest);
    }
  },
  bend(curve: number, input: Float64Array, output: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) output[i] = curveAt(curve, input[i]);
  },
};
