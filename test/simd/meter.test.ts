// The meter's kernel beside its twin: peak and hold to the bit, the mean square within its bound, in calls of any length.
import { describe, expect, it } from 'vitest';
import { designMeter } from '../../src/dsp/meter.ts';
import { kernelPair, noise } from './kernel-pair.ts';

const CALLS = [0, 1, 3, 7, 8, 9, 64, 127, 128, 129];
const CHANNELS = 3;
/** A short hold, so that peaks stand, fall and are overtaken within the test. */
const design = { ...designMeter(48000), holdFrames: 300, fall: 0.99 };

describe.each(['simd', 'relaxed'] as const)('%s', form => {
  it('follows its twin through rises, holds, falls, silence and what is not a number', () => {
    const { simd, scalar, f32, f64, i32 } = kernelPair(form);
    const makeState = () => ({
      peak: f64(new Float64Array(CHANNELS)),
      hold: i32(new Int32Array(CHANNELS)),
      meanSquare: f64(new Float64Array(CHANNELS)),
    });
    const [ours, twin] = [makeState(), makeState()];
    const inputs = Array.from({ length: CHANNELS }, () => f32(new Float32Array(136)));
    let hasHeld = false;
    let hasFallen = false;
    for (let call = 0; call < 400; call++) {
      const frames = CALLS[call % CALLS.length];
      // Loud, quiet and nothing in turns, of other lengths in each channel.
      for (const [c, input] of inputs.entries()) {
        const gain = [1, 1e-3, 0.9, 0, 1e-20][Math.floor(call / (11 + 7 * c)) % 5];
        input.set(noise(136, 7 * call + c).map(x => gain * x));
        if (call % 13 === c) input[frames >> 1] = [Number.NaN, Number.POSITIVE_INFINITY, -1.5][call % 3];
      }
      const before = [...ours.peak];
      simd.meter(design, ours, inputs, frames);
      scalar.meter(design, twin, inputs, frames);
      expect([...ours.peak]).toStrictEqual([...twin.peak]);
      expect([...ours.hold]).toStrictEqual([...twin.hold]);
      for (let c = 0; c < CHANNELS; c++) {
        const [a, b] = [ours.meanSquare[c], twin.meanSquare[c]];
        expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-12 * b);
        hasHeld ||= frames > 0 && ours.peak[c] === before[c] && ours.hold[c] > 0;
        hasFallen ||= ours.peak[c] > 0 && ours.peak[c] < before[c];
      }
    }
    expect([hasHeld, hasFallen]).toEqual([true, true]);
  });
});
