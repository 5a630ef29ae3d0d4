// The Switch while its choice moves: the law of its fade, gains that add up to 1, silence from what is not chosen.
import { expect, test } from 'vitest';
import { type Move, runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise, nullDb, signal } from './signals.ts';

const RATE_HZ = 48000;
const { registry } = await loadRegistry();
const switchNode = registry.types['mix/switch'];
const ones = (frames: number): Float32Array => signal(frames, () => 1);
const silence = (frames: number): Float32Array => signal(frames, () => 0);
const chooses = (frame: number, value: string): Move => ({ frame, param: 'choice', value });

test('fades by exp(−t/τ) from the very frame of the choice, whatever the block', () => {
  const fadeMs = 10;
  const frames = 4800;
  for (const schedule of [[1], [128], [4096]]) {
    const { out } = runNode(switchNode, {
      params: { fade: fadeMs },
      audio: { a: [ones(frames)], b: [silence(frames)] },
      moves: [chooses(1001, 'B')],
      frames,
      schedule,
    }).audio;
    const expected = signal(frames, n => (n < 1001 ? 1 : Math.exp((-1000 * (n - 1000)) / (fadeMs * RATE_HZ))));
    expect(nullDb(out, [expected])).toBeLessThan(-140);
  }
});

test('keeps the sum of all gains at 1 while choices come during fades', () => {
  const frames = 9600;
  const letters = ['A', 'B', 'C', 'D'];
  const moves = Array.from({ length: 180 }, (_, k) => chooses(10 + 48 * k, letters[(k * k + 3 * k) % 4]));
  const audio = Object.fromEntries(letters.map(letter => [letter.toLowerCase(), [ones(frames)]]));
  const { out } = runNode(switchNode, { params: { inputs: '4', fade: 20 }, audio, moves, frames }).audio;
  for (const x of out[0]) expect(Math.abs(x - 1)).toBeLessThan(1e-7);
});

test('after the fade nothing of the other sounds is left, and the chosen one is untouched', () => {
  const frames = 24000;
  const [a, b] = [noise(frames, 1), noise(frames, 2)];
  const { out } = runNode(switchNode, { audio: { a: [a], b: [b] }, moves: [chooses(100, 'B')], frames }).audio;
  // 28 time constants are −240 dB.
  const settled = 100 + Math.ceil((28 * 5 * RATE_HZ) / 1000);
  expect(out[0].subarray(settled)).toEqual(b.subarray(settled));
  expect(out[0].subarray(0, 100)).toEqual(a.subarray(0, 100));
});

test('fade 0 cuts between two frames', () => {
  const { out } = runNode(switchNode, {
    params: { fade: 0 },
    audio: { a: [ones(20)], b: [silence(20)] },
    moves: [chooses(7, 'B')],
    frames: 20,
  }).audio;
  expect([...out[0]]).toEqual(Array.from({ length: 20 }, (_, n) => (n < 7 ? 1 : 0)));
});
