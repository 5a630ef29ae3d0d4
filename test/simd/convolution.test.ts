// Convolution in SIMD: each kernel beside its scalar twin and beside the definition in f64; the whole convolver beside the defining sum.
import { describe, expect, it } from 'vitest';
import type { Place } from '../../src/core/node-type.ts';
import { convolve, convolverState, createConvolver } from '../../src/dsp/convolver.ts';
import { windowTransform } from '../../src/dsp/quarter-transform.ts';
import { distance, type KernelPair, kernelPair, noise } from './kernel-pair.ts';

const SIZES = [16, 32, 64, 128, 512, 1024, 4096];

const placed = (pair: KernelPair, size: number) => {
  const transform = windowTransform(size);
  return { ...transform, turns: pair.f32(transform.turns) };
};

/** Where frequency k stands: what "residues 0, 2, 1, 3 one after the other, rows for columns in sixteens" comes to. */
function placeOf(frequency: number, size: number): number {
  let at = 0;
  let rest = frequency;
  for (let span = size; span > 1; span /= 2) {
    at += (rest % 2) * (span / 2);
    rest = Math.floor(rest / 2);
  }
  return Math.floor(at / 16) * 16 + (at % 4) * 4 + (Math.floor(at / 4) % 4);
}

describe.each(['simd', 'relaxed'] as const)('%s', form => {
  it.each(SIZES)('a window of twice %d frames has the spectrum of the definition', size => {
    const pair = kernelPair(form);
    const transform = placed(pair, size);
    const line = pair.f32(noise(2 * size + 40, size));
    const [found, twin] = [0, 1].map(() => pair.f32(new Float32Array(2 * size + 12).fill(9)));
    pair.simd.hearWindow(transform, line, 8 + size, 4, found, 4);
    pair.scalar.hearWindow(transform, line, 8 + size, 4, twin, 4);
    expect([...found.subarray(0, 4), ...found.subarray(2 * size + 4)]).toEqual(new Array(12).fill(9));
    // A spectrum of noise is about √(2·size) in size.
    const limit = 2e-7 * Math.sqrt(2 * size) * Math.log2(size);
    expect(distance(found, twin)).toBeLessThan(limit);
    for (let k = 0; k < size; k += Math.max(1, Math.floor(size / 37))) {
      let [re, im] = [0, 0];
      for (let n = 0; n < 2 * size; n++) {
        const angle = (2 * Math.PI * ((n * (4 * k + 1)) % (4 * size))) / (4 * size);
        const x = n < size ? line[8 + size + n] : line[4 + n - size];
        re += x * Math.cos(angle);
        im -= x * Math.sin(angle);
      }
      const at = 4 + placeOf(k, size);
      expect(Math.hypot(found[at] - re, found[at + size] - im)).toBeLessThan(limit);
      expect(Math.hypot(twin[at] - re, twin[at + size] - im)).toBeLessThan(1e-6 * Math.sqrt(size));
    }
  });

  it.each(SIZES)('%d: products of spectra are the convolution of a block, added to what is there', size => {
    const pair = kernelPair(form);
    const transform = placed(pair, size);
    const count = 3;
    const blocks = noise(5 * size, 3);
    const taps = noise(count * size, 4).map(x => x / Math.sqrt(count * size));
    const line = pair.f32(blocks);
    const silence = pair.f32(new Float32Array(size));
    for (const kernels of [pair.simd, pair.scalar]) {
      const [heard, parts] = [0, 1].map(() => pair.f32(new Float32Array(2 * size * count + 4)));
      const late = pair.f32(new Float32Array(size + 8).fill(1));
      const sums = pair.f32(new Float32Array(2 * size + 4).fill(5));
      for (let k = 0; k < count; k++) {
        const part = pair.f32([...taps.subarray(k * size, (k + 1) * size), ...silence]);
        kernels.hearWindow(transform, part, 0, size, parts, 2 * size * k);
      }
      // Blocks 1 … 4 of the sound, the last three of which are kept.
      for (let block = 1; block <= 4; block++)
        kernels.hearWindow(transform, line, (block - 1) * size, block * size, heard, 4 + 2 * size * (block % count));
      for (const [begin, end] of [
        [0, 2],
        [2, 3],
      ])
        kernels.addProducts(size, heard, 4, count, 4, parts, begin, end, sums, 4);
      kernels.playSum(transform, sums, 4, late, 4);
      expect([...late.subarray(0, 4), ...late.subarray(size + 4)]).toEqual(new Array(8).fill(1));
      for (let i = 0; i < size; i += Math.max(1, Math.floor(size / 41))) {
        let sum = 1;
        for (let k = 0; k < count * size; k++) sum += taps[k] * Math.fround(blocks[4 * size + i - k]);
        expect(Math.abs(late[4 + i] - sum)).toBeLessThan(1.5e-6);
      }
    }
  });

  it('addProducts takes any number of parts, from any on, around the end of what was heard', () => {
    for (const [count, newest, begin, end] of [
      [1, 0, 0, 1],
      [5, 12, 0, 5],
      [5, 13, 2, 5],
      [4, 1003, 1, 2],
      [7, 6, 3, 3],
    ]) {
      const pair = kernelPair(form);
      const heard = pair.f32(noise(32 * count, 1));
      const parts = pair.f32(noise(32 * count, 2));
      const [found, twin] = [0, 1].map(() => pair.f32(noise(40, 3)));
      pair.simd.addProducts(16, heard, 0, count, newest, parts, begin, end, found, 4);
      pair.scalar.addProducts(16, heard, 0, count, newest, parts, begin, end, twin, 4);
      expect(distance(found, twin)).toBeLessThan(2e-6);
    }
  });

  it('takeFrames keeps sound and drops what is none', () => {
    const pair = kernelPair(form);
    const numbers = [
      1,
      -2,
      Number.NaN,
      1e-21,
      -1e-20,
      Number.POSITIVE_INFINITY,
      1e-45,
      -3e38,
      Number.NEGATIVE_INFINITY,
      -0.5,
      0,
    ];
    for (const kernels of [pair.simd, pair.scalar])
      for (let from = 0; from < numbers.length; from++) {
        const line = pair.f32(new Float32Array(20).fill(9));
        kernels.takeFrames(pair.f32(numbers), from, line, 3, numbers.length - from);
        const kept = [1, -2, 0, 0, Math.fround(-1e-20), 0, 0, Math.fround(-3e38), 0, -0.5, 0].slice(from);
        expect(distance(line, [9, 9, 9, ...kept, ...new Array(20).fill(9)])).toBe(0);
      }
  });

  it('playHead is the sum over all taps, the same bits for every cut, and uses up what is late', () => {
    const pair = kernelPair(form);
    const taps = pair.f32(noise(128, 1).map(x => x / 8));
    const line = pair.f32(noise(400, 2));
    const play = (kernels: typeof pair.simd, cuts: readonly number[]): Float32Array => {
      const late = pair.f32(noise(140, 3));
      const output = pair.f32(new Float32Array(140).fill(9));
      let at = 0;
      for (const frames of cuts) {
        kernels.playHead(taps, line, 5 + at, late, 3 + at, output, 1 + at, frames);
        at += frames;
      }
      expect(output[at + 1]).toBe(9);
      expect(distance(late.subarray(3, 3 + at), new Float32Array(at))).toBe(0);
      expect(late[3 + at]).toBe(Math.fround(noise(140, 3)[3 + at]));
      return output;
    };
    const whole = play(pair.simd, [128]);
    expect(distance(whole, play(pair.scalar, [128]))).toBeLessThan(1e-6);
    for (const cuts of [[0, 1, 127], [37, 64, 27], [3, 33, 92], new Array(128).fill(1)])
      expect(distance(play(pair.simd, cuts), whole)).toBe(0);
  });

  it.each([
    [1, 1],
    [128, 2],
    [129, 1],
    [3000, 2],
    [9000, 3],
    [21_000, 2],
  ])('%d taps, %d channels: the defining sum to −125 dB, the same bits for any calls', (count, channels) => {
    const pair = kernelPair(form, 200);
    const place: Place = array => (array instanceof Int32Array ? pair.i32(array) : pair.f32(array)) as typeof array;
    const impulse = Array.from({ length: channels }, (_, c) =>
      Float32Array.from(noise(count, 5 + c), (x, n) => x * Math.exp((-6.9 * n) / count)),
    );
    const frames = 26_000;
    const sound = Array.from({ length: channels }, (_, c) => pair.f32(noise(frames, 50 + c)));
    const play = (calls: readonly number[]): Float32Array[] => {
      const convolver = createConvolver(impulse, channels, place);
      const { line, late, heard, sums } = convolverState(count);
      return sound.map((input, c) => {
        const [states, output] = [
          [line, late, heard, sums].map(length => pair.f32(new Float32Array(length))),
          pair.f32(new Float32Array(512)),
        ];
        const state = { line: states[0], late: states[1], heard: states[2], sums: states[3] };
        const heardFrames = new Float32Array(frames);
        const call = pair.f32(new Float32Array(512));
        for (let at = 0, i = 0; at < frames; i++) {
          const now = Math.min(calls[i % calls.length], frames - at);
          call.set(input.subarray(at, at + now));
          convolve(pair.simd, convolver, c, state, at, call, output, now);
          heardFrames.set(output.subarray(0, now), at);
          at += now;
        }
        return heardFrames;
      });
    };
    const whole = play([128]);
    for (let c = 0; c < channels; c++) {
      let [most, worst] = [0, 0];
      for (let at = 0; at < frames; at += 131) {
        let sum = 0;
        for (let k = 0; k < Math.min(count, at + 1); k++) sum += impulse[c][k] * sound[c][at - k];
        most = Math.max(most, Math.abs(sum));
        worst = Math.max(worst, Math.abs(whole[c][at] - sum));
      }
      expect(20 * Math.log10(worst / most)).toBeLessThan(-125);
    }
    const cut = play([1, 127, 3, 480, 64]);
    for (let c = 0; c < channels; c++) expect(distance(cut[c], whole[c])).toBe(0);
  });
});
