// Deadlines on invented clocks: what is a dropout and what is not, without a browser.
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../src/engine/worklet/deadline.ts';

const RATE = 48000;
const BLOCK = 128;
const LIMIT_MS = 30;

/**
 * Blocks as Chromium calls them: bursts of four, on a clock of whole ms. `costMs` is what a block takes; a device callback
 * begins on time, or as soon as the one before has ended. `stallMs` delays one block by so much.
 */
function play(
  deadline: Deadline,
  seconds: number,
  costMs: number,
  stall: { block: number; ms: number } | undefined = undefined,
  begin = 0,
): number[] {
  const counts: number[] = [];
  let now = begin;
  for (let block = 0; block * BLOCK < seconds * RATE; block++) {
    const due = begin + (Math.floor(block / 4) * 4 * BLOCK * 1000) / RATE;
    now = Math.max(now, due);
    deadline.begin(Math.floor(now), block * BLOCK, BLOCK, block * BLOCK);
    now += costMs + (stall?.block === block ? stall.ms : 0);
    counts.push(deadline.count);
  }
  return counts;
}

describe('ENGINE-2 deadlines', () => {
  it('bursts and a clock of whole ms are no dropouts', () => {
    const deadline = new Deadline(LIMIT_MS, RATE);
    expect(play(deadline, 60, 0.4).at(-1)).toBe(0);
    expect(deadline.take()).toEqual([]);
  });

  it.each([50, 100, 300])('a stall of %i ms is one dropout, at its frame', ms => {
    const deadline = new Deadline(LIMIT_MS, RATE);
    expect(play(deadline, 4, 0.4, { block: 700, ms }).at(-1)).toBe(1);
    const [dropout] = deadline.take();
    expect(dropout.frame).toBe(701 * BLOCK);
    expect(dropout.lateMs).toBeGreaterThan(ms - 15);
    expect(dropout.lateMs).toBeLessThan(ms + 15);
    expect(deadline.take()).toEqual([]);
  });

  it('a stall within what the device hides is none', () => {
    expect(play(new Deadline(LIMIT_MS, RATE), 4, 0.4, { block: 700, ms: 8 }).at(-1)).toBe(0);
  });

  it('an overload of 5 % is counted again and again', () => {
    const counts = play(new Deadline(LIMIT_MS, RATE), 10, ((1000 * BLOCK) / RATE) * 1.05);
    const atSecond = (second: number): number => counts[Math.floor((second * RATE) / BLOCK) - 1];
    expect(atSecond(3)).toBeGreaterThan(0);
    expect(atSecond(6)).toBeGreaterThan(atSecond(3));
    expect(atSecond(10)).toBeGreaterThan(atSecond(6));
  });

  it('a pause is none, once the reference is forgotten', () => {
    const deadline = new Deadline(LIMIT_MS, RATE);
    play(deadline, 1, 0.4);
    deadline.restart();
    play(deadline, 1, 0.4, undefined, 100_000);
    expect(deadline.count).toBe(0);
  });

  it('frames that the browser left out are one', () => {
    const deadline = new Deadline(LIMIT_MS, RATE);
    deadline.begin(0, 0, BLOCK, 0);
    deadline.begin(3, BLOCK, BLOCK, BLOCK);
    deadline.begin(13, BLOCK * 5, BLOCK, BLOCK * 2);
    expect(deadline.take()).toMatchObject([{ frame: BLOCK * 2, skippedFrames: BLOCK * 3 }]);
  });

  /** One block every 128 frames, in time by the clock; `counters` is what the browser's counter says, in blocks. */
  const count = (counters: readonly number[], deadline = new Deadline(LIMIT_MS, RATE)): Deadline => {
    for (const [block, counter] of counters.entries())
      deadline.begin(Math.floor((block * BLOCK * 1000) / RATE), counter * BLOCK, BLOCK, block * BLOCK);
    return deadline;
  };

  it('a counter that stands still and catches up later left nothing out, however long it stands', () => {
    expect(count([0, 1, 1, 3, 4]).take()).toEqual([]);
    expect(count([0, 1, 1, 1, 1, 5, 6, 6, 8]).take()).toEqual([]);
    // At the very first blocks as well.
    expect(count([0, 0, 2, 3]).take()).toEqual([]);
    expect(count([0, 2, 3, 4]).take()).toEqual([]);
  });

  it('frames left out while the counter stands still are told, as many as they are', () => {
    expect(count([0, 1, 1, 5, 6]).take()).toMatchObject([{ frame: 3 * BLOCK, skippedFrames: 2 * BLOCK }]);
    expect(count([0, 1, 1, 3, 4, 7, 7, 9]).take()).toMatchObject([{ frame: 5 * BLOCK, skippedFrames: 2 * BLOCK }]);
  });

  it('a block that is late while the counter stands still is late by what the clock says', () => {
    const deadline = count([0, 1, 2]);
    const dueMs = (3 * BLOCK * 1000) / RATE;
    deadline.begin(dueMs + 100, 2 * BLOCK, BLOCK, 3 * BLOCK);
    deadline.begin(dueMs + 103, 4 * BLOCK, BLOCK, 4 * BLOCK);
    const [dropout, ...more] = deadline.take();
    expect([dropout.frame, dropout.skippedFrames, more]).toEqual([3 * BLOCK, 0, []]);
    expect(Math.abs(dropout.lateMs - 100)).toBeLessThan(1.5);
  });
});
