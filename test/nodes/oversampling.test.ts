// Oversampling of dynamics/waveshaper: what it keeps, what it takes away, and that a bundle does the same for any block.
import { describe, expect, test } from 'vitest';
import waveshaper from '../../nodes/dynamics/waveshaper.ts';
import { designOversampler, OVERSAMPLER_LATENCY } from '../../src/dsp/oversampler.ts';
import { nodeContext, runNode } from './kernel-harness.ts';
import { openLowered } from './lower-harness.ts';
import { noise, nullDb, signal } from './signals.ts';

const RATE_HZ = 48000;
/** 0.1 s to settle, 0.1 s to look at: every multiple of 10 Hz falls on a bin. */
const HALF = 4800;
const type = waveshaper.withId('dynamics/waveshaper');

/** Level of one frequency in the second half, in dB. */
function levelAt(x: ArrayLike<number>, frequencyHz: number): number {
  let re = 0;
  let im = 0;
  for (let n = 0; n < HALF; n++) {
    re += x[HALF + n] * Math.cos((2 * Math.PI * frequencyHz * n) / RATE_HZ);
    im += x[HALF + n] * Math.sin((2 * Math.PI * frequencyHz * n) / RATE_HZ);
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / HALF);
}

const bend = (frequencyHz: number, params: Record<string, string | number>, amplitude = 1): Float32Array => {
  const tone = signal(2 * HALF, n => amplitude * Math.sin((2 * Math.PI * frequencyHz * n) / RATE_HZ));
  return runNode(type, { params: { level: 0, ...params }, audio: { in: [tone] }, frames: 2 * HALF }).audio.out[0];
};

/** The loudest tone of a 5 kHz tone's output that is none of its overtones, against the tone, in dB. */
function worstAlias(params: Record<string, string | number>): number {
  const y = bend(5000, params);
  const aliases = Array.from({ length: 23 }, (_, k) => 1000 * (k + 1)).filter(hz => hz % 5000 !== 0);
  return Math.max(...aliases.map(hz => levelAt(y, hz))) - levelAt(y, 5000);
}

describe.each(['2×', '4×'])('%s', oversampling => {
  test('an overtone above the band is taken away by more than 120 dB, one of 24.03 kHz too', () => {
    // The cubic curve makes the third overtone and no other.
    for (const hz of [8010, 9000, 10000, 15000]) {
      const alias = Math.abs(RATE_HZ - 3 * hz);
      const cubic = { shape: 'cubic', drive: 3 };
      const plain = bend(hz, { ...cubic, oversampling: '1×' });
      expect(levelAt(plain, alias) - levelAt(plain, hz)).toBeGreaterThan(-25);
      const y = bend(hz, { ...cubic, oversampling });
      expect(levelAt(y, alias) - levelAt(y, hz), `${hz} Hz`).toBeLessThan(-120);
    }
  });

  test('20 Hz to 20 kHz pass within 0.001 dB, and late by whole samples', () => {
    for (const hz of [20, 1000, 10000, 18000, 20000]) {
      const y = bend(hz, { shape: 'hard clip', drive: 0, oversampling }, 0.01);
      expect(Math.abs(levelAt(y, hz) + 40), `${hz} Hz`).toBeLessThan(0.001);
    }
    const { ctx } = nodeContext(type, { params: { oversampling } });
    expect(type.latency(ctx).filter).toBe(OVERSAMPLER_LATENCY);
    const click = signal(256, n => (n === 100 ? 0.01 : 0));
    const params = { shape: 'hard clip', drive: 0, level: 0, oversampling };
    const response = runNode(type, { params, audio: { in: [click] }, frames: 256 }).audio.out[0];
    const centre = 100 + OVERSAMPLER_LATENCY;
    expect(response.indexOf(Math.max(...response))).toBe(centre);
    for (let k = 1; k < 80; k++) expect(Math.abs(response[centre - k] - response[centre + k])).toBeLessThan(1e-9);
  });

  test('the graph is the kernel, driven hard, for changing blocks', async () => {
    const frames = 2400;
    const run = {
      params: { shape: 'foldback', bias: 0.3, level: 0, oversampling },
      signals: { drive: Float64Array.from({ length: frames }, (_, n) => -24 + (84 * n) / frames) },
      audio: { in: [noise(frames, 1), noise(frames, 2)] },
      frames,
      schedule: [1, 127, 3, 480, 64],
    };
    const play = await openLowered(type, { params: run.params, inChannels: { in: 2 } });
    expect(nullDb((await play(run)).audio.out, runNode(type, run).audio.out)).toBeLessThanOrEqual(-120);
  });
});

test('a 5 kHz tone: what folds back is what the curve makes above the oversampled band, and no more', () => {
  // At +12 dB the overtones of tanh have died away where the fourfold band ends; a square wave's never do.
  expect(worstAlias({ shape: 'tanh', drive: 12, oversampling: '1×' })).toBeGreaterThan(-20);
  expect(worstAlias({ shape: 'tanh', drive: 6, oversampling: '2×' })).toBeLessThan(-90);
  expect(worstAlias({ shape: 'tanh', drive: 12, oversampling: '4×' })).toBeLessThan(-115);
  // The first overtone of a square wave that folds below 20 kHz is the 35th, of 1/35: −31 dB.
  expect(worstAlias({ shape: 'hard clip', drive: 40, oversampling: '4×' })).toBeGreaterThan(-33);
  expect(worstAlias({ shape: 'hard clip', drive: 40, oversampling: '4×' })).toBeLessThan(-31);
});

test('every phase of the filter up sums to 1, and subframe 0 is the input', () => {
  const { factor, up, upFrames } = designOversampler(4);
  for (let m = 0; m < factor; m++) {
    const row = up.subarray(m * upFrames, (m + 1) * upFrames);
    expect(row.reduce((a, x) => a + x, 0)).toBeCloseTo(1, 14);
    if (m === 0) expect(row.filter(x => x !== 0)).toEqual(Float64Array.of(1));
  }
});
