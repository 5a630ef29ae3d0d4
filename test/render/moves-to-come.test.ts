// Moves that a param waits for: taken at their frames in order, whatever the order in which they were given.
import { expect, it } from 'vitest';
import { param } from '../../src/core/param.ts';
import { scalarKernels } from '../../src/dsp/scalar-kernels.ts';
import { ParamSlot } from '../../src/render/param-slot.ts';

const FRAMES = 8;
const definition = param({ label: 'Any', unit: '', min: 0, max: 1000, default: 0, help: 'Any.' });
/** Without smoothing: a move is a step. */
const makeSlot = (): ParamSlot =>
  new ParamSlot(definition, 0, 0, 48000, new Float64Array(FRAMES), undefined, scalarKernels);

function play(slot: ParamSlot, start: number): number[] {
  slot.advance(start, FRAMES);
  return [...slot.signal.values];
}

it('are taken in order of frame, and of two for one frame the later given one holds', () => {
  const slot = makeSlot();
  for (const [frame, value] of [
    [6, 60],
    [2, 20],
    [4, 40],
    [2, 25],
    [11, 110],
    [6, 65],
  ])
    slot.schedule(frame, value);
  expect(play(slot, 0)).toEqual([0, 0, 25, 25, 40, 40, 65, 65]);
  expect(slot.nextMove).toBe(11);
  // Given while another waits, before it and behind it.
  slot.schedule(9, 90);
  slot.schedule(14, 140);
  expect(play(slot, 8)).toEqual([65, 90, 90, 110, 110, 110, 140, 140]);
  expect(slot.nextMove).toBe(Number.POSITIVE_INFINITY);
});

it('find room again and again, and those that were taken do not come back', () => {
  const slot = makeSlot();
  for (let call = 0; call < 50; call++) {
    const start = FRAMES * call;
    const before = slot.target;
    slot.schedule(start + 5, call + 0.5);
    if (call % 3 === 0) slot.schedule(start + 2, call + 0.25);
    const early = call % 3 === 0 ? call + 0.25 : before;
    expect(play(slot, start)).toEqual([before, before, early, early, early, call + 0.5, call + 0.5, call + 0.5]);
  }
  expect(slot.isResting).toBe(false);
  play(slot, FRAMES * 50);
  expect(slot.isResting).toBe(true);
});

it('a look ahead takes none of them', () => {
  const slot = makeSlot();
  slot.schedule(3, 30);
  slot.peek(0, FRAMES);
  expect(slot.nextMove).toBe(3);
  expect(play(slot, 0)).toEqual([0, 0, 0, 30, 30, 30, 30, 30]);
});
