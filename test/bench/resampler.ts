// Streams sound through our resampler for test/bench/resampler.py: one channel of raw f32 from stdin to stdout, in blocks of 128
// patch frames at the outlet's rate, the latency cut off. Tells latency and speed on stderr. Must not know what is measured.
import { readFileSync, writeSync } from 'node:fs';
import { framesUntil } from '../../src/dsp/clock.ts';
import {
  createResamplerState,
  designResampler,
  processResampler,
  type ResamplerQuality,
} from '../../src/dsp/resampler.ts';

const BLOCK = 128;
const [inRateHz, outRateHz] = process.argv.slice(2, 4).map(Number);
const design = designResampler({
  inRateHz,
  outRateHz,
  patchRateHz: outRateHz,
  quality: process.argv[4] as ResamplerQuality,
});
const bytes = readFileSync(0);
const input = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

function convert(): Float32Array {
  const state = createResamplerState(design);
  const blocks = Math.floor(((input.length / inRateHz) * outRateHz) / BLOCK);
  const output = new Float32Array(blocks * BLOCK);
  for (let t = 0; t < output.length; t += BLOCK) {
    const from = framesUntil(t, inRateHz, outRateHz);
    const frames = framesUntil(t + BLOCK, inRateHz, outRateHz) - from;
    processResampler(design, state, input.subarray(from, from + frames), frames, output.subarray(t, t + BLOCK), BLOCK);
  }
  return output;
}

let output = convert();
const seconds: number[] = [];
// Long inputs are there to be timed: the median of a few runs after the first.
for (let run = 0; run < 5 && input.length > 10 * inRateHz; run++) {
  const start = performance.now();
  output = convert();
  seconds.push((performance.now() - start) / 1000);
}
const result = new Uint8Array(output.buffer, design.latencyPatchSamples * 4);
for (let sent = 0; sent < result.length; ) sent += writeSync(1, result, sent);
const median = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
console.error(JSON.stringify({ latencyMs: (1000 * design.latencyPatchSamples) / outRateHz, seconds: median ?? null }));
