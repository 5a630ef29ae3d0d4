// A delay by whole frames with feedback: the twin of DelayKernels (core/effect-kernels.ts), over a ring (ring.ts).
import type { ReadControl } from './control-signal.ts';
import { readRing, writeRing } from './ring.ts';
import { flushState } from './safe.ts';

export const delayKernels = {
  delay(
    line: Float32Array,
    now: number,
    length: number,
    feedback: ReadControl,
    input: Float32Array,
    output: Float32Array,
    from: number,
    frames: number,
  ): void {
    const { value, isConstant, values } = feedback;
    for (let i = from; i < from + frames; i++) {
      const y = readRing(line, now + i, length);
      const x = input[i];
      output[i] = y;
      // Rounded before it is judged: what overflows f32 would circulate as infinity.
      writeRing(line, now + i, flushState(Math.fround(x + (isConstant ? value : values[i]) * y)));
    }
  },
};
