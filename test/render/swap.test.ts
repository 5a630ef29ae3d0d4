// Swaps that change latency: nothing may fall silent or click while new delays have no past yet.
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, registry } from './helpers.ts';

const FRAMES = 9600;
const SWAP = 3000;
/** 200 Hz on a direct current: a gap shows as silence, a wrong seam as a jump. */
const input = Float32Array.from({ length: FRAMES }, (_, n) => 0.4 + 0.4 * Math.sin((2 * Math.PI * 200 * n) / 48000));

/** Dry and wet at equal shares, the wet path through a resampler pair of the quality, or straight. */
const withWet = (quality?: string): Patch =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ...(quality
        ? ([
            ['down', 'rate/resampler', { to: '44100', quality }],
            ['up', 'rate/resampler', { to: '48000', quality }],
          ] as const)
        : []),
      ['mix', 'mix/dry-wet', { mix: 0.5 }],
      ['out', 'output/audio-output'],
    ],
    [
      ...(quality ? ['input.out > down.in', 'down.out > up.in', 'up.out > mix.wet'] : ['input.out > mix.wet']),
      'input.out > mix.dry',
      'mix.out > out.in',
    ],
  );

const play = async (patch: Patch, events: readonly RenderEvent[], schedule = [128]): Promise<Float32Array> =>
  (await renderPatch({ patch, registry, resources: {}, frames: FRAMES, inputs: { input: [input] }, events, schedule }))
    .outputs.out[0];

const largestJump = (x: Float32Array, from: number): number => {
  let jump = 0;
  for (let i = from + 1; i < x.length; i++) jump = Math.max(jump, Math.abs(x[i] - x[i - 1]));
  return jump;
};
/** Longest stretch below −60 dBFS; the sine alone touches zero for a few frames only. */
const longestSilence = (x: Float32Array, from: number): number => {
  let longest = 0;
  let length = 0;
  for (let i = from; i < x.length; i++) {
    length = Math.abs(x[i]) < 1e-3 ? length + 1 : 0;
    longest = Math.max(longest, length);
  }
  return longest;
};

describe('RENDER-10 a swap that changes latency', () => {
  it.each<[string, Patch, Patch]>([
    ['inserting late nodes', withWet(), withWet('best')],
    ['removing them', withWet('best'), withWet()],
    ['making them later', withWet('low-latency'), withWet('best')],
    ['making them earlier', withWet('best'), withWet('low-latency')],
  ])('%s neither clicks nor falls silent, live or offline', async (_name, before, after) => {
    const events: RenderEvent[] = [{ frame: SWAP, kind: 'patch', patch: after, resources: {} }];
    const swapped = await play(before, events);
    const begin = SWAP - 500;
    expect(largestJump(swapped, begin)).toBeLessThan(2 * largestJump(input, 0));
    expect(longestSilence(swapped, begin)).toBeLessThanOrEqual(longestSilence(input, 0));
    expect(await play(before, events, [1, 37, 480])).toEqual(swapped);
    // In the end it is the new patch, sample by sample.
    expect(swapped.subarray(FRAMES - 2000)).toEqual((await play(after, [])).subarray(FRAMES - 2000));
  });
});
