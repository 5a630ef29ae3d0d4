// What a cut of a graph saves and costs in a call, in µs. Owns these figures; must not know how a graph is cut.
// Source: calls of 128 frames in one process (Node 24, x64, onnxruntime-web 1.30's wasm beside the kernels, lower fifth of 40 rounds),
// as differences between graphs that differ in one thing: one operator and eleven, 10 × Tanh, Mul and Conv of 16 channels and 3 taps,
// GRUs of 16, 32 and 64 units, an LSTM of 32. Only how they stand to each other decides, and they are rounded to the kernels' disadvantage.
import type { NetStep, Size } from '../../core/net.ts';
import { numbersIn } from './size.ts';

/** Frames of a call that the figures stand for, where the model takes any. */
const FRAMES = 128;

/** One more call of ONNX Runtime, whatever it computes (2.3 – 2.8). */
const ORT_CALL_US = 3;
/** One more net of the kernels. */
const NET_US = 0.5;
/** A tensor that one part hands to another: it is copied three times. */
const HANDED_US = 0.3;
const HANDED_NUMBER_US = 0.0006;

/** What the kernels save: for each step that ONNX Runtime would do as an operator, */
const STEP_US = 0.3;
/** for each number of a result (Mul: 2.9 ns and 1.1), */
const NUMBER_US = 0.0004;
/** for each number through a curve (Tanh: 5.2 ns and 1.2), */
const CURVE_US = 0.003;
/** for each product of a layer (Conv: 0.23 ns and 0.16), */
const PRODUCT_US = 0.00004;
/** and for each frame of a recurrent layer (GRU: 0.9 µs and 0.06). */
const FRAME_US = 0.4;

/** Less than this is no reason to cut. */
export const LEAST_SAVED_US = 2;

/** Frames of a call that stands for all; `block`: of the only one that the model takes, or 0. */
export const framesOf = (block: number): number => block || FRAMES;

/** What a step saves on the kernels. `sizes`: of its inputs and first output. */
export function savedUs(
  step: NetStep,
  inputs: readonly (readonly Size[])[],
  output: readonly Size[],
  block: number,
): number {
  const frames = framesOf(block);
  const numbers = numbersIn(output, frames);
  const products = (perNumber: number): number => STEP_US + numbers * perNumber * PRODUCT_US;
  switch (step.kind) {
    case 'unary':
      return STEP_US + numbers * CURVE_US;
    case 'conv':
      return products(inputs[1][1].fixed * inputs[1][2].fixed);
    case 'dense':
      return products(inputs[1][0].fixed);
    case 'gru':
    case 'lstm':
      return products((inputs[1][2].fixed + step.units) * (step.kind === 'gru' ? 3 : 4)) + frames * FRAME_US;
    case 'binary':
    case 'sum':
      return STEP_US + numbers * NUMBER_US;
    default:
      // What only rearranges costs the kernels nothing, or a copy as the other one's.
      return STEP_US;
  }
}

/** What parts cost beyond the one call that they stand for. `handed`: sizes of each tensor from part to part. */
export function cutUs(nets: number, calls: number, handed: readonly (readonly Size[])[], block: number): number {
  const numbers = handed.reduce((sum, sizes) => sum + numbersIn(sizes, framesOf(block)), 0);
  return nets * NET_US + (calls - 1) * ORT_CALL_US + handed.length * HANDED_US + numbers * HANDED_NUMBER_US;
}
