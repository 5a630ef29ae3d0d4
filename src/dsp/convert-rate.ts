// Offline conversion of whole signals between sample rates: what loading an audio file of another rate needs.
// Owns length and alignment; the filter is resampler.ts.
import { framesUntil } from './clock.ts';
import type { ResamplerQuality } from './resampler.ts';
import { createResamplerState, designResampler, processResampler } from './resampler.ts';

/**
 * Converts channels from one rate to another, aligned (frame 0 stays at time 0), ceil(n·to/from) frames long; silence is
 * assumed before and after. Allocates; not for the audio thread. Equal rates give copies. Throws RangeError as designResampler.
 */
export function convertRate(
  channels: readonly Float32Array[],
  fromHz: number,
  toHz: number,
  quality: ResamplerQuality = 'best',
): Float32Array[] {
  // The target's own rate as the clock makes the latency a whole number of output frames, which are then dropped.
  const design = designResampler({ inRateHz: fromHz, outRateHz: toHz, patchRateHz: toHz, quality });
  const latency = design.latencyPatchSamples;
  return channels.map(channel => {
    const outFrames = framesUntil(channel.length, toHz, fromHz);
    const padded = new Float32Array(framesUntil(outFrames + latency, fromHz, toHz));
    padded.set(channel.subarray(0, padded.length));
    const output = new Float32Array(outFrames + latency);
    processResampler(design, createResamplerState(design), padded, padded.length, output, output.length);
    return output.slice(latency);
  });
}
