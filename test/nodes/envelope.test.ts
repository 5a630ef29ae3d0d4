// The Envelope at real rates: segments end on their very frame, and no edge or moved setting makes it jump.
import { expect, test } from 'vitest';
import { runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise } from './signals.ts';

const { registry } = await loadRegistry();
const envelope = registry.types['control/envelope'];
const gateOf = (frames: number, from: number, to: number): Float64Array =>
  Float64Array.from({ length: frames }, (_, n) => (n >= from && n < to ? 1 : 0));

test.each([44100, 48000, 96000])('is at the top, on Sustain and at 0 on the frame at %d Hz', rateHz => {
  const frames = rateHz;
  const [on, off] = [101, Math.round(0.6 * rateHz)];
  const [attack, decay, release] = [7.3, 211, 97].map(ms => Math.round((ms * rateHz) / 1000));
  for (const schedule of [[37], [128], [4096]]) {
    const { out } = runNode(envelope, {
      patchRateHz: rateHz,
      params: { attack: 7.3, decay: 211, sustain: 0.25, release: 97, repeat: 0 },
      control: { gate: gateOf(frames, on, off) },
      frames,
      schedule,
    }).control;
    expect(out.indexOf(1)).toBe(on + attack);
    expect(out.findIndex((x, n) => n > on + attack && x === 0.25)).toBe(on + attack + decay);
    expect(out.findIndex((x, n) => n > off && x === 0)).toBe(off + release);
    for (let n = on + 1; n <= on + attack; n++) expect(out[n]).toBeGreaterThan(out[n - 1]);
  }
});

test('its own timer starts a note every Repeat and ends it after Length, for ever', () => {
  const { out } = runNode(envelope, {
    params: { attack: 1, decay: 1, sustain: 1, release: 1, repeat: 0.1, length: 20 },
    frames: 48_000,
    schedule: [480],
  }).control;
  const tops = [...out.keys()].filter(n => n > 0 && out[n] === 1 && out[n - 1] !== 1);
  expect(tops).toEqual(Array.from({ length: 10 }, (_, k) => 4800 * k + 48));
});

test('never moves by more in a frame than its steepest segment, whatever gate and times do', () => {
  const frames = 20_000;
  const wild = noise(frames, 12);
  const gate = Float64Array.from({ length: frames }, (_, n) => (wild[n - (n % 97)] > 0 ? 1 : 0));
  const times = ['attack', 'decay', 'release'];
  const moves = Array.from({ length: 150 }, (_, k) => ({
    frame: 50 + 130 * k,
    param: times[k % 3],
    value: 5 + 20 * Math.abs(wild[k]),
  }));
  const { out } = runNode(envelope, { params: { curve: 4, repeat: 0.05 }, control: { gate }, moves, frames }).control;
  // The shortest segment is 5 ms; an exponential of bend 4 starts 4/(1 − e^−4) times as steep as a straight line.
  const steepest = 4 / (1 - Math.exp(-4)) / (0.005 * 48_000);
  let most = 0;
  for (let n = 1; n < frames; n++) most = Math.max(most, Math.abs(out[n] - out[n - 1]));
  expect(most).toBeLessThanOrEqual(steepest);
  expect(most).toBeGreaterThan(steepest / 4);
});
