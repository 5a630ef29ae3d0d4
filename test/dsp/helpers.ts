// What the dsp tests share: fixtures, seeded noise and a resampler run by the clock. Must not hold any expected value.
import { readFileSync } from 'node:fs';
import { framesUntil } from '../../src/dsp/clock.ts';
import type { ResamplerDesign } from '../../src/dsp/resampler.ts';
import { createResamplerState, processResampler } from '../../src/dsp/resampler.ts';

export function readFixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

export function readJson<T>(name: string): T {
  return JSON.parse(new TextDecoder().decode(readFixture(name))) as T;
}

/** Park–Miller generator, uniform in −1…1: not the noise of src/dsp, on purpose. */
export function seededNoise(frames: number, seed = 1): Float32Array {
  const noise = new Float32Array(frames);
  let x = seed;
  for (let n = 0; n < frames; n++) {
    x = (x * 48271) % 2147483647;
    noise[n] = (2 * x) / 2147483647 - 1;
  }
  return noise;
}

export function seededInt(seed: number): (below: number) => number {
  let x = seed;
  return below => {
    x = (x * 48271) % 2147483647;
    return x % below;
  };
}

export interface Rates {
  readonly inRateHz: number;
  readonly outRateHz: number;
  readonly patchRateHz: number;
}

/** Runs `input` through a fresh resampler, the patch's time cut after each of `blocks` (repeated until the input ends). */
export function runByClock(design: ResamplerDesign, rates: Rates, input: Float32Array, blocks: number[]): Float32Array {
  const { inRateHz, outRateHz, patchRateHz } = rates;
  const state = createResamplerState(design);
  const output: number[] = [];
  let t = 0;
  let read = 0;
  for (let i = 0; ; i++) {
    const end = t + blocks[i % blocks.length];
    const inFrames = framesUntil(end, inRateHz, patchRateHz) - read;
    if (read + inFrames > input.length) return Float32Array.from(output);
    const outFrames = framesUntil(end, outRateHz, patchRateHz) - output.length;
    const block = new Float32Array(outFrames);
    processResampler(design, state, input.subarray(read, read + inFrames), inFrames, block, outFrames);
    for (const y of block) output.push(y);
    read += inFrames;
    t = end;
  }
}

export function tone(
  frames: number,
  frequencyHz: number,
  rateHz: number,
  delaySeconds = 0,
  amplitude = 0.9,
): Float32Array {
  const y = new Float32Array(frames);
  for (let n = 0; n < frames; n++) y[n] = amplitude * Math.sin(2 * Math.PI * frequencyHz * (n / rateHz - delaySeconds));
  return y;
}

export function decibels(ratio: number): number {
  return 20 * Math.log10(ratio);
}
