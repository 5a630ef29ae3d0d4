// The clock of control nodes: how far it turns in one frame. Owns its grain; the phase itself is the node's.

/** A cycle has 2^40 steps, so sums of phases up to 8192 cycles are exact in f64, in any order and for any block. */
const STEPS_PER_CYCLE = 2 ** 40;

/**
 * Cycles per frame, rounded up to the grain (at 48 kHz 4·10⁻⁸ Hz): a period of a whole number of frames takes just these. Not a
 * number gives 0.
 */
export function phaseStep(frequencyHz: number, sampleRateHz: number): number {
  const step = Math.ceil((frequencyHz / sampleRateHz) * STEPS_PER_CYCLE) / STEPS_PER_CYCLE;
  return step - step === 0 ? step : 0;
}
