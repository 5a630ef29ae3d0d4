// What is special about time/delay: echoes where they belong, lengths that change without a click, loops.
import { describe, expect, test } from 'vitest';
import delay from '../../nodes/time/delay.ts';
import type { LoopBreaker } from '../../src/core/node-type.ts';
import { createInstance, type NodeRun, runNode } from './kernel-harness.ts';
import { openLowered } from './lower-harness.ts';
import { isFiniteArray, noise, nullDb, signal } from './signals.ts';

const RATE_HZ = 48000;
const FRAMES = 4800;
const type = delay.withId('time/delay');
const loop = type.loop as LoopBreaker;

/** Everything moves: feedback, offset, and the time also during its own fades. */
const moving = (timeMs: number, offsetMs: number): NodeRun => ({
  params: { time: timeMs, maxTime: '0.5 s' },
  audio: { in: [noise(FRAMES, 1, 0.5), noise(FRAMES, 2, 0.5)] },
  signals: {
    feedback: Float64Array.from({ length: FRAMES }, (_, i) => 0.95 * Math.sin(i / 500)),
    offset: Float64Array.from({ length: FRAMES }, (_, i) => offsetMs * Math.sin(i / 300)),
  },
  moves: [
    [500, 3],
    [800, 12],
    [850, 1],
    [2500, 40],
    [4000, timeMs],
  ].map(([frame, value]) => ({ frame, param: 'time', value })),
  frames: FRAMES,
});

test('echo k comes exactly at k·time with gain feedback^(k − 1); the dry sound does not', () => {
  const impulse = signal(RATE_HZ, frame => (frame === 0 ? 1 : 0));
  const output = runNode(type, {
    params: { time: 125, feedback: 0.5 },
    audio: { in: [impulse] },
    frames: RATE_HZ,
    schedule: [128],
  }).audio.out[0];
  const expected = signal(RATE_HZ, frame => (frame > 0 && frame % 6000 === 0 ? 0.5 ** (frame / 6000 - 1) : 0));
  expect(output).toEqual(expected);
});

test('time is rounded to the nearest whole sample, at least one, at most the longest', () => {
  const first = (time: number, maxTime = '0.5 s') => {
    const impulse = signal(30000, frame => (frame === 0 ? 1 : 0));
    return runNode(type, {
      params: { time, maxTime, feedback: 0 },
      audio: { in: [impulse] },
      frames: 30000,
    }).audio.out[0].indexOf(1);
  };
  expect([0, 1.49 / 48, 1.51 / 48, 500, 1000].map(time => first(time))).toEqual([1, 1, 2, 24000, 24000]);
});

test('a constant offset delays a slow sine by that much, between samples', () => {
  const at = (frame: number) => Math.sin((2 * Math.PI * 440 * frame) / RATE_HZ);
  const output = runNode(type, {
    params: { time: 10, offset: 1.2345, feedback: 0 },
    audio: { in: [signal(FRAMES, at)] },
    frames: FRAMES,
  }).audio.out[0];
  const exact = signal(FRAMES, frame => at(frame - 11.2345 * 48));
  // Third-order interpolation errs by at most 3/128·ω⁴, here −121 dB.
  expect(nullDb([output.subarray(800)], [exact.subarray(800)])).toBeLessThanOrEqual(-118);
});

test('a new time fades in: a sine never jumps', () => {
  const slope = (2 * Math.PI * 200) / RATE_HZ;
  const input = signal(2 * FRAMES, frame => Math.sin(slope * frame));
  const moves = [
    [2400, 23.3],
    [2500, 41.7],
    [6000, 0.5],
  ].map(([frame, value]) => ({ frame, param: 'time', value }));
  const output = runNode(type, { params: { time: 10, feedback: 0 }, audio: { in: [input] }, moves, frames: 2 * FRAMES })
    .audio.out[0];
  // Steepest of the sine, and of a 20 ms fade between two sines of full scale: π/(2·960)·2.
  const steepest = slope + Math.PI / 960;
  for (let i = 500; i < output.length; i++) expect(Math.abs(output[i] - output[i - 1])).toBeLessThan(steepest);
  expect(
    nullDb([output.subarray(9000)], [signal(600, frame => Math.sin(slope * (9000 + frame - 24)))]),
  ).toBeLessThanOrEqual(-120);
});

describe.each([
  [0, 0],
  [0.05, 0],
  [2, 1.5],
  [2, 15],
  [30, 20],
])('time %s ms, offset ±%s ms, everything moving', (timeMs, offsetMs) => {
  const run = moving(timeMs, offsetMs);

  test('the graph is the kernel, for calls of 1 to 4096 frames', async () => {
    const play = await openLowered(type, { params: run.params, inChannels: { in: 2 } });
    for (const schedule of [[4096], [1, 127, 37, 480]]) {
      expect(
        nullDb((await play({ ...run, schedule })).audio.out, runNode(type, { ...run, schedule }).audio.out),
        `calls of ${schedule}`,
      ).toBeLessThanOrEqual(-120);
    }
  });

  test('read then write, in sub-blocks of the least delay, is the kernel', () => {
    const whole = runNode(type, { ...run, schedule: [128] });
    const { io, p, state } = createInstance(type, { params: run.params, inChannels: { in: 2 } });
    const output = [new Float32Array(FRAMES), new Float32Array(FRAMES)];
    const moves = [...(run.moves ?? [])];
    for (let from = 0; from < FRAMES; ) {
      while (moves.length > 0 && moves[0].frame === from) p.time.value = moves.shift()?.value as number;
      const ahead = Math.min(128, FRAMES - from, (moves[0]?.frame ?? FRAMES) - from);
      for (const name of ['feedback', 'offset'] as const) {
        p[name].isConstant = false;
        for (let i = 0; i < ahead; i++)
          p[name].values[i] = (run.signals as Record<string, Float64Array>)[name][from + i];
      }
      io.frame = from;
      io.outFrame = from;
      io.outFrames = ahead;
      const frames = Math.min(ahead, loop.minDelayFrames(io, p, state, ahead));
      expect(frames).toBeGreaterThanOrEqual(1);
      loop.read(io, p, state, frames);
      output.forEach((values, channel) => values.set(io.audioOut.out[channel].subarray(0, frames), from));
      io.audioIn.in.forEach((buffer, channel) =>
        (buffer as Float32Array).set(
          (run.audio as Record<string, Float32Array[]>).in[channel].subarray(from, from + frames),
        ),
      );
      loop.write(io, p, state, frames);
      from += frames;
    }
    expect(output).toEqual(whole.audio.out);
  });
});

test('what is not a number, or too loud for f32, does not circulate', () => {
  const input = noise(FRAMES, 5);
  input[10] = Number.NaN;
  input[20] = Infinity;
  input[30] = 3.4e38;
  const output = runNode(type, {
    params: { time: 1, feedback: 0.99 },
    audio: { in: [input] },
    frames: FRAMES,
    schedule: [128],
  }).audio.out[0];
  expect(isFiniteArray(output)).toBe(true);
});
