// The clock of control nodes: whole periods, sums in any order, what is no number.
import { expect, it } from 'vitest';
import { phaseStep } from '../../src/dsp/phase.ts';

it.each([
  [1000, 48000],
  [1, 44100],
  [100, 8000],
  [0.5, 192000],
])('%d Hz at %d Hz is a whole cycle after just its frames', (frequencyHz, rateHz) => {
  const step = phaseStep(frequencyHz, rateHz);
  const frames = rateHz / frequencyHz;
  expect(step * frames).toBeGreaterThanOrEqual(1);
  expect(step * (frames - 1)).toBeLessThan(1);
  expect(Math.abs(step - frequencyHz / rateHz)).toBeLessThanOrEqual(2 ** -40);
});

it('adds up to the same in any order, so that no block changes it', () => {
  const steps = Array.from({ length: 4000 }, (_, n) => phaseStep(0.01 + ((n * 37) % 101), 48000));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  expect(sum(steps.slice(0, 1234)) + sum(steps.slice(1234))).toBe(sum(steps));
  expect(sum([...steps].reverse())).toBe(sum(steps));
});

it('stands still for what is no number', () => {
  expect([phaseStep(Number.NaN, 48000), phaseStep(Infinity, 48000)]).toEqual([0, 0]);
});
