// Load by a clock of the test's own: every reading is 1 ms later, so that a call of a node takes exactly 1 ms.
import { describe, expect, it } from 'vitest';
import { LoadMeter } from '../../src/engine/worklet/load-meter.ts';
import { Executor } from '../../src/render/executor.ts';
import { planOrThrow } from '../../src/render/render-patch.ts';
import { makePatch, registry } from '../render/helpers.ts';

const BLOCK = 480;
const RATE_HZ = 48000;
const patch = makePatch(
  [
    ['osc', 'source/oscillator'],
    ['out', 'output/audio-output'],
  ],
  ['osc.out > out.in'],
);

describe('ENGINE-23 load of nodes', () => {
  it('is that of the whole second, also when plans were swapped in it', () => {
    let time = 0;
    const make = (): Executor =>
      new Executor({
        plan: planOrThrow(patch, registry, {}, BLOCK),
        registry,
        resources: {},
        clock: () => time++,
      });
    const meter = new LoadMeter(RATE_HZ);
    let executor = make();
    const play = (blocks: number): void => {
      for (let block = 0; block < blocks; block++) {
        executor.process(BLOCK);
        meter.add(2, BLOCK, executor);
      }
    };
    play(100);
    // 1 ms of each 10.
    expect([meter.mean, meter.nodes.osc]).toEqual([0.2, 0.1]);
    play(30);
    executor = make();
    play(50);
    executor = make();
    play(20);
    expect([meter.mean, meter.nodes.osc]).toEqual([0.2, 0.1]);
    play(100);
    expect([meter.mean, meter.nodes.osc]).toEqual([0.2, 0.1]);
  });
});
