// What is special about filter/biquad-filter: the responses of its types, and that it may be swept.
import { describe, expect, test } from 'vitest';
import biquadFilter from '../../nodes/filter/biquad-filter.ts';
import { runNode } from './kernel-harness.ts';
import { openLowered } from './lower-harness.ts';
import { isFiniteArray, noise, nullDb, signal } from './signals.ts';

const RATE_HZ = 48000;
const type = biquadFilter.withId('filter/biquad-filter');
const TYPES = ['low-pass', 'high-pass', 'band-pass', 'notch', 'peak', 'low-shelf', 'high-shelf'];

/** |H| of the analogue prototype (R. Bristow-Johnson's cookbook) at s = j·tan(π·f/rate)/tan(π·cutoff/rate). */
function prototypeGain(kind: string, frequencyHz: number, cutoffHz: number, q: number, gainDb: number): number {
  const w = Math.tan((Math.PI * frequencyHz) / RATE_HZ) / Math.tan((Math.PI * cutoffHz) / RATE_HZ);
  const A = 10 ** (gainDb / 40);
  const root = Math.sqrt(A) / q;
  const over = (re: number, im: number, re2: number, im2: number) => Math.hypot(re, im) / Math.hypot(re2, im2);
  switch (kind) {
    case 'low-pass':
      return over(1, 0, 1 - w * w, w / q);
    case 'high-pass':
      return over(w * w, 0, 1 - w * w, w / q);
    case 'band-pass':
      return over(0, w / q, 1 - w * w, w / q);
    case 'notch':
      return over(1 - w * w, 0, 1 - w * w, w / q);
    case 'peak':
      return over(1 - w * w, (w * A) / q, 1 - w * w, w / (A * q));
    case 'low-shelf':
      return A * over(A - w * w, root * w, 1 - A * w * w, root * w);
    default:
      return A * over(1 - A * w * w, root * w, A - w * w, root * w);
  }
}

describe.each(TYPES)('%s', kind => {
  test('has the magnitude of its prototype at 50 Hz, the cutoff, 5 and 15 kHz', () => {
    const params = { type: kind, cutoff: 1200, q: 0.9, gain: 7 };
    const impulse = signal(RATE_HZ / 4, frame => (frame === 0 ? 1 : 0));
    const response = runNode(type, { params, audio: { in: [impulse] }, frames: impulse.length }).audio.out[0];
    for (const frequencyHz of [50, 1200, 5000, 15000]) {
      let re = 0;
      let im = 0;
      response.forEach((h, n) => {
        re += h * Math.cos((2 * Math.PI * frequencyHz * n) / RATE_HZ);
        im += h * Math.sin((2 * Math.PI * frequencyHz * n) / RATE_HZ);
      });
      expect(Math.hypot(re, im)).toBeCloseTo(prototypeGain(kind, frequencyHz, 1200, 0.9, 7), 5);
    }
  });

  test('swept from 20 Hz to 20 kHz in 100 ms, the bundle’s graph is the kernel', async () => {
    const frames = RATE_HZ / 10;
    const run = {
      params: { type: kind, q: 4, gain: -9 },
      audio: { in: [noise(frames, 1), noise(frames, 2)] },
      signals: { cutoff: Float64Array.from({ length: frames }, (_, i) => 20 * 1000 ** (i / frames)) },
      frames,
      schedule: [128],
    };
    const play = await openLowered(type, { params: run.params, inChannels: { in: 2 } });
    expect(nullDb((await play(run)).audio.out, runNode(type, run).audio.out)).toBeLessThanOrEqual(-120);
  });
});

test('a low-pass that is swept passes DC as it is: moving the cutoff adds nothing', () => {
  const frames = RATE_HZ / 2;
  // At rest for 0.3 s, then up and down once in 100 ms.
  const cutoff = Float64Array.from({ length: frames }, (_, i) =>
    i < 14400 ? 200 : 200 * 100 ** Math.sin((Math.PI * Math.min(i - 14400, 4800)) / 4800),
  );
  const output = runNode(type, {
    audio: { in: [signal(frames, () => 0.5)] },
    signals: { cutoff },
    params: { q: 8 },
    frames,
  }).audio.out[0];
  for (let i = 14400; i < frames; i++) expect(Math.abs(output[i] - 0.5)).toBeLessThan(1e-6);
});

test('the type may change while it plays, in the graph as in the kernel', async () => {
  const frames = 4800;
  const moves = TYPES.map((value, at) => ({ frame: 200 + 640 * at, param: 'type', value }));
  const run = { params: { gain: 12 }, audio: { in: [noise(frames, 3)] }, moves, frames, schedule: [480] };
  const play = await openLowered(type, { params: run.params, inChannels: { in: 1 } });
  expect(nullDb((await play(run)).audio.out, runNode(type, run).audio.out)).toBeLessThanOrEqual(-120);
});

test.each([false, true])('one NaN ends with its block (moving: %s)', hidesConstants => {
  const input = noise(1024, 4);
  input[5] = Number.NaN;
  const output = runNode(type, { audio: { in: [input] }, frames: 1024, schedule: [128], hidesConstants }).audio.out[0];
  expect(isFiniteArray(output.subarray(128))).toBe(true);
  expect(output.subarray(256).some(y => Math.abs(y) > 0.01)).toBe(true);
});
