// The monitor: starts at −12 dB, is full after 300 ms, leaves samples alone from then on, and fades out.
import { describe, expect, it } from 'vitest';
import { Monitor } from '../../src/engine/worklet/monitor.ts';

const RATE = 48000;
const BLOCK = 128;
const START = 10 ** (-12 / 20);

/** Plays a constant; returns what leaves, and whether it acted in each block. */
function play(monitor: Monitor, value: number, blocks: number): { output: number[]; acting: boolean[] } {
  const output: number[] = [];
  const acting: boolean[] = [];
  for (let block = 0; block < blocks; block++) {
    const channels = [new Float32Array(BLOCK).fill(value), new Float32Array(BLOCK).fill(value)];
    monitor.process(channels, BLOCK);
    output.push(...channels[0]);
    acting.push(monitor.takeActing());
  }
  return { output, acting };
}

describe('ENGINE-8 monitor', () => {
  it('rises from −12 dB to full level within 300 ms, and says so', () => {
    const monitor = new Monitor(RATE);
    const { output, acting } = play(monitor, 0.5, 300);
    // The limiter's own fade of 20 ms, against the click of the start, is over at 960.
    expect(output[960] / 0.5).toBeCloseTo(START + (1 - START) * (0.5 - 0.5 * Math.cos((Math.PI * 960.5) / 14400)), 6);
    expect(output[7200] / 0.5).toBeCloseTo((1 + START) / 2, 3);
    expect(output.slice(14400).every(x => x === 0.5)).toBe(true);
    expect(acting[0]).toBe(true);
    expect(acting.slice(Math.ceil(14400 / BLOCK)).some(Boolean)).toBe(false);
  });

  it('lets nothing out above −0.3 dBFS, nor what is not a number', () => {
    const monitor = new Monitor(RATE);
    play(monitor, 0.1, 200);
    const loud = play(monitor, 4, 10);
    expect(Math.max(...loud.output)).toBeLessThanOrEqual(10 ** (-0.3 / 20) + 1e-7);
    expect(loud.acting[0]).toBe(true);
    expect(play(monitor, Number.NaN, 2).output.every(x => x === 0)).toBe(true);
  });

  it('fades out within 20 ms, and in again', () => {
    const monitor = new Monitor(RATE);
    play(monitor, 0.5, 200);
    monitor.end();
    expect(monitor.isSilent).toBe(false);
    const { output } = play(monitor, 0.5, 10);
    expect(monitor.isSilent).toBe(true);
    for (let i = 1; i < output.length; i++) expect(output[i]).toBeLessThanOrEqual(output[i - 1]);
    expect(output.slice(960).every(x => x === 0)).toBe(true);
    monitor.start();
    expect(monitor.isSilent).toBe(false);
    expect(play(monitor, 0.5, 200).output.at(-1)).toBe(0.5);
  });
});
