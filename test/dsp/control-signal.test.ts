// The flag "constant" of a written control signal.
import { expect, it } from 'vitest';
import { markConstant } from '../../src/dsp/control-signal.ts';

const marked = (values: number[], frames: number) => {
  const signal = { value: 9, isConstant: false, values: Float64Array.from(values) };
  markConstant(signal, frames);
  return [signal.isConstant, signal.value];
};

it('holds where all frames of the call are equal, and then gives their value', () => {
  expect(marked([2, 2, 2, 5], 3)).toEqual([true, 2]);
  expect(marked([2, 2, 2, 5], 4)[0]).toBe(false);
  expect(marked([7], 1)).toEqual([true, 7]);
});

it('leaves a call without frames as it was', () => expect(marked([2], 0)).toEqual([false, 9]));
