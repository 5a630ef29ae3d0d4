// How much a net computes: what a small file may make of it is more than a page or a render could wait for.
// Owns that bound. A product of a layer counts as one; other numbers as what they cost beside it.
import type { Net, NetStep } from '../../core/net.ts';
import { framesOf } from './cut-cost.ts';
import { numbersIn } from './size.ts';

/** A number that a step computes or moves, and one that it adds up, in products (cut-cost.ts has the figures). */
const NUMBER = 8;
const SUMMED = 32;
/** Most of a net for each frame, and in one call: then neither a call nor what is played before the first lasts a second. */
const FRAME_MAX = 8 << 20;
const CALL_MAX = 2 ** 32;

function workOf(step: NetStep, { tensors }: Net, frames: number): number {
  const fixed = (input: number, axis: number): number => tensors[step.inputs[input]].sizes[axis].fixed;
  const made = numbersIn(tensors[step.outputs[0]].sizes, frames);
  switch (step.kind) {
    case 'conv':
      return made * fixed(1, 1) * fixed(1, 2);
    case 'dense':
      return made * fixed(1, 0);
    case 'gru':
      return made * 3 * (fixed(1, 2) + step.units);
    case 'lstm':
      return made * 4 * (fixed(1, 2) + step.units);
    case 'sum':
      return SUMMED * numbersIn(tensors[step.inputs[0]].sizes, frames);
    default:
      return NUMBER * made;
  }
}

/** Whether that is more than what kernels are for. `block`: frames of the only call that the model takes, or 0. */
export function isTooMuch(net: Net, block: number): boolean {
  const frames = framesOf(block);
  const work = net.steps.reduce((sum, step) => sum + workOf(step, net, frames), 0);
  return !(work <= Math.min(CALL_MAX, frames * FRAME_MAX));
}
