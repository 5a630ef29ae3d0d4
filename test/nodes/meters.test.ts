// Meters and the knob: figures that a person reads must be true.
import { describe, expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { signal } from './signals.ts';

const { registry } = await loadRegistry();
const FRAMES = 48000 * 3;

describe.each(['analysis/level-meter', 'output/audio-output', 'output/file-recorder'])('%s', id => {
  const type = registry.types[id];

  test('a sine of −6 dB peaks at −6 dB, its RMS lies 3.01 dB below', () => {
    const sine = signal(FRAMES, n => 0.5 * Math.sin((2 * Math.PI * 1000 * n) / 48000));
    const { state } = runNode(type, {
      audio: { in: [sine, new Float32Array(FRAMES)] },
      frames: FRAMES,
      schedule: [128],
    });
    expect(20 * Math.log10(state.peak[0])).toBeCloseTo(-6.0206, 4);
    // Three seconds are ten time constants: e^−10 of the way is missing, and 1 kHz ripples a little.
    expect(10 * Math.log10(state.meanSquare[0])).toBeCloseTo(-9.0309, 2);
    expect([state.peak[1], state.meanSquare[1]]).toEqual([0, 0]);
  });

  test('what is not a number counts as silence', () => {
    const broken = signal(1000, n => (n % 3 === 0 ? NaN : n % 3 === 1 ? Infinity : 0.25));
    const { state } = runNode(type, { audio: { in: [broken] }, frames: 1000 });
    expect(state.peak[0]).toBe(0.25);
    expect(state.meanSquare[0]).toBeGreaterThan(0);
    expect(state.meanSquare[0]).toBeLessThan(0.0625);
  });
});

describe('knob', () => {
  const knob = registry.types['control/knob'];
  const valueParam = (values: Record<string, number | string>) =>
    knob.params({ values, resources: {}, patchRateHz: 48000 }).value;

  test('its settings in the wrong order, equal or not log-able still make a range', () => {
    expect(valueParam({ min: 5, max: -5 })).toMatchObject({ min: -5, max: 5, default: 0, scale: 'linear' });
    expect(valueParam({ min: 2, max: 2 })).toMatchObject({ min: 2, max: 3 });
    expect(valueParam({ min: 0, max: 10, scale: 'log' })).toMatchObject({ scale: 'linear', default: 5 });
    expect(valueParam({ min: 20, max: 20000, scale: 'log', unit: 'Hz' })).toMatchObject({ scale: 'log', unit: 'Hz' });
  });

  test('follows its value frame by frame and says when it stands still', () => {
    const value = Float64Array.from({ length: 64 }, (_, n) => (n < 32 ? n / 64 : 0.5));
    const { control } = runNode(knob, { signals: { value }, frames: 64, schedule: [10, 22] });
    expect([...control.out]).toEqual([...value]);
  });
});
