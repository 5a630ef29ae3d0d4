// The player without a browser: what a block leaves on the heap, what it captures, and that it can hold.
import { describe, expect, it } from 'vitest';
import { Player } from '../../src/engine/worklet/player.ts';
import { planOrThrow } from '../../src/render/render-patch.ts';
import { bytesLeftBy, collectGarbage, collectUntil, pause } from '../garbage.ts';
import { makePatch, registry } from '../render/helpers.ts';

const BLOCK = 128;
const patch = makePatch(
  [
    ['osc', 'source/oscillator'],
    ['filter', 'filter/biquad-filter'],
    ['down', 'rate/resampler', { to: '44100' }],
    ['up', 'rate/resampler', { to: '48000' }],
    ['mix', 'mix/dry-wet'],
    ['gain', 'dynamics/gain'],
    ['out', 'output/audio-output'],
  ],
  [
    'osc.out > filter.in',
    'filter.out > down.in',
    'down.out > up.in',
    'up.out > mix.wet',
    'filter.out > mix.dry',
    'mix.out > gain.in',
    'gain.out > out.in',
  ],
);

function start(maxFrames = BLOCK): { player: Player; play: (blocks: number) => void } {
  let frame = 0;
  const player = new Player({ registry, rateHz: 48000, maxFrames, lateLimitMs: 1e9, now: () => 0 });
  player.setPlan(planOrThrow(patch, registry, {}, BLOCK), {}, {}, 1, true);
  player.run(true);
  const speakers = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
  const play = (blocks: number): void => {
    for (let block = 0; block < blocks; block++, frame += BLOCK) player.process(BLOCK, [], speakers, frame);
  };
  return { player, play };
}

describe('ENGINE-9 player', () => {
  it('nothing grows while it plays, and a block leaves next to nothing for the garbage collector', async () => {
    const { player, play } = start();
    play(4000);
    player.stats();
    // Code that the compiler makes and keeps comes and goes, when the machine has time for it: what grows does so in every round.
    let leastPerBlock = Number.POSITIVE_INFINITY;
    let leastGrowth = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 40 && !(leastPerBlock < 256 && leastGrowth < 256 * 1024); round++) {
      if (round > 0) await pause();
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (let part = 0; part < 4; part++)
        leastPerBlock = Math.min(leastPerBlock, bytesLeftBy(() => play(2000)) / 2000);
      collectGarbage();
      leastGrowth = Math.min(leastGrowth, process.memoryUsage().heapUsed - before);
    }
    // After a collection there is no more than before 8000 blocks.
    expect(leastGrowth).toBeLessThan(256 * 1024);
    expect(leastPerBlock).toBeLessThan(256);
  });

  it('terminals of plans that are gone are forgotten, at the latest when they have faded away', async () => {
    const { player, play } = start(4096);
    const edit = (index: number): void => {
      const [input, output] = [`in${index}`, `out${index}`];
      const next = makePatch(
        [
          [input, 'source/audio-input'],
          [output, 'output/audio-output'],
        ],
        [`${input}.out > ${output}.in`],
      );
      player.setPlan(planOrThrow(next, registry, {}, BLOCK), {}, {}, index, false);
      play(8);
    };
    const edits = (from: number, to: number): void => {
      for (let index = from; index < to; index++) edit(index);
    };
    const heldBytes = (): number => process.memoryUsage().arrayBuffers;
    edits(2, 20);
    await collectUntil(() => true);
    const limit = heldBytes() + 4 * 1024 * 1024;
    // An output's block of 4096 frames is 16 KiB: 600 of them would be 9.8 MB. Memory of the last plans, a megabyte or so, may wait
    // for a collection.
    edits(20, 620);
    await collectUntil(() => heldBytes() < limit);
    expect(heldBytes()).toBeLessThan(limit);
  });

  it('captures every frame once, in chunks that join', () => {
    const { player, play } = start();
    const chunks: { frame: number; length: number }[] = [];
    play(3);
    player.startCapture((nodeId, frame, channels) => {
      expect(nodeId).toBe('out');
      chunks.push({ frame, length: channels[0].length });
    });
    play(100);
    expect(player.endCapture()).toEqual({ start: 3 * BLOCK, end: 103 * BLOCK });
    let next = 3 * BLOCK;
    for (const { frame, length } of chunks) {
      expect(frame).toBe(next);
      next += length;
    }
    expect(next).toBe(103 * BLOCK);
  });

  it('a counter of the browser that stands still for a block moves nothing: position, capture and log go on, nothing is a dropout', () => {
    const { player } = start();
    const speakers = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
    const chunks: [frame: number, length: number][] = [];
    player.startCapture((_, frame, channels) => chunks.push([frame, channels[0].length]));
    for (const [block, counter] of [0, 1, 2, 2, 4, 5, 6, 6, 6, 9, 10].entries()) {
      if (block === 4) player.apply({ kind: 'param', nodeId: 'gain', param: 'level', value: -6 });
      player.process(BLOCK, [], speakers, counter * BLOCK);
    }
    expect(player.endCapture()).toEqual({ start: 0, end: 11 * BLOCK });
    expect(chunks).toEqual([[0, 11 * BLOCK]]);
    expect(player.stats()).toMatchObject({
      frame: 11 * BLOCK,
      applied: [{ frame: 4 * BLOCK, param: 'level' }],
      dropouts: [],
      dropoutCount: 0,
    });
  });

  it('fades out, holds, and goes on from there', () => {
    const { player, play } = start();
    play(20);
    player.run(false);
    expect(player.holdIfSilent()).toBe(false);
    play(8);
    expect(player.holdIfSilent()).toBe(true);
    const { frame } = player;
    play(10);
    expect(player.frame).toBe(frame);
    player.run(true);
    play(1);
    expect(player.frame).toBe(frame + BLOCK);
  });
});
