// What control kernels share: the flag "constant" of what they wrote. Must not know any node.

/** A control signal as a kernel writes it; see ControlSignal in src/core/node-type.ts. */
export interface WrittenControl {
  value: number;
  isConstant: boolean;
  readonly values: Float64Array;
}

/** The same as a kernel reads it: `values` count only where it is not constant. */
export type ReadControl = Readonly<WrittenControl>;

/** Sets `isConstant`, and where it holds `value`, from the first `frames` values: what comes after may take its short way. */
export function markConstant(signal: WrittenControl, frames: number): void {
  if (frames === 0) return;
  const { values } = signal;
  const first = values[0];
  let at = 1;
  while (at < frames && values[at] === first) at++;
  signal.isConstant = at >= frames;
  // Stored only when it changes: the engine boxes a number that is written into an object.
  if (signal.isConstant && signal.value !== first) signal.value = first;
}
