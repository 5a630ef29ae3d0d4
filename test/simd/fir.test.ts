// Filters in SIMD: the scalar twins up to rounding, the same bits for any cut of time; resampling as clean as the marks.
import { describe, expect, it } from 'vitest';
import type { PolyphaseBank } from '../../src/core/fir-kernels.ts';
import type { Kernels } from '../../src/core/kernels.ts';
import { framesUntil } from '../../src/dsp/clock.ts';
import { polyphaseBank } from '../../src/dsp/polyphase.ts';
import { designResampler, type ResamplerQuality } from '../../src/dsp/resampler.ts';
import { distance, type KernelPair, kernelPair, noise } from './kernel-pair.ts';

const MAX_FRAMES = 700;

interface Rates {
  readonly inRateHz: number;
  readonly outRateHz: number;
  readonly patchRateHz: number;
}

const bankOf = (pair: KernelPair, rates: Rates, quality: ResamplerQuality): PolyphaseBank => {
  const bank = polyphaseBank(designResampler({ ...rates, quality }), MAX_FRAMES);
  return { ...bank, taps: pair.f32(bank.taps), starts: pair.i32(bank.starts), lines: pair.f32(bank.lines) };
};

/** All of `sound`, the patch's time cut after each of `blocks`; begins at patch frame `from`, as a node that joins a playing patch. */
function play(
  pair: KernelPair,
  kernels: Kernels,
  bank: PolyphaseBank,
  { inRateHz, outRateHz, patchRateHz }: Rates,
  sound: readonly Float64Array[],
  blocks: readonly number[],
  from = 0,
): Float32Array[] {
  const histories = sound.map(() => pair.f32(new Float32Array(bank.window)));
  const input = sound.map(() => pair.f32(new Float32Array(MAX_FRAMES)));
  const most = Math.ceil((MAX_FRAMES * outRateHz) / inRateHz) + 2;
  const output = sound.map(() => pair.f32(new Float32Array(most)));
  const first = framesUntil(from, inRateHz, patchRateHz);
  const heard = sound.map(() => [] as number[]);
  for (let t = from, i = 0; ; i++) {
    const end = t + blocks[i % blocks.length];
    const [inFrame, inEnd] = [t, end].map(at => framesUntil(at, inRateHz, patchRateHz));
    const [outFrame, outEnd] = [t, end].map(at => framesUntil(at, outRateHz, patchRateHz));
    if (inEnd - first > sound[0].length) return heard.map(channel => Float32Array.from(channel));
    for (const [c, channel] of input.entries()) channel.set(sound[c].subarray(inFrame - first, inEnd - first));
    for (const channel of output) channel.fill(9);
    kernels.resample(bank, histories, input, inFrame, inEnd - inFrame, output, outFrame, outEnd - outFrame);
    for (const [c, channel] of output.entries()) {
      heard[c].push(...channel.subarray(0, outEnd - outFrame));
      expect(channel[outEnd - outFrame]).toBe(9);
    }
    t = end;
  }
}

const PAIRS: readonly Rates[] = [
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
  [16000, 48000],
  [96000, 44100],
  [11025, 96000],
  [192000, 8000],
  [48000, 48000],
].map(([inRateHz, outRateHz]) => ({ inRateHz, outRateHz, patchRateHz: 48000 }));

describe.each(['simd', 'relaxed'] as const)('resample, %s', form => {
  it.each(PAIRS)('$inRateHz → $outRateHz Hz: the twin, for any channels; the same bits for any calls', rates => {
    for (const quality of ['low-latency', 'best'] as const) {
      const pair = kernelPair(form, 160);
      const bank = bankOf(pair, rates, quality);
      const frames = Math.round((2000 * rates.inRateHz) / 48000);
      for (const channels of [1, 2, 3]) {
        const sound = Array.from({ length: channels }, (_, c) => noise(frames, 3 + c));
        const expected = play(pair, pair.scalar, bank, rates, sound, [128]);
        const whole = play(pair, pair.simd, bank, rates, sound, [128]);
        for (let c = 0; c < channels; c++) expect(distance(whole[c], expected[c])).toBeLessThan(6e-7);
        for (const blocks of [[1], [37, 5], [150]]) {
          const cut = play(pair, pair.simd, bank, rates, sound, blocks);
          for (let c = 0; c < channels; c++) {
            const length = Math.min(cut[c].length, whole[c].length);
            expect(length).toBeGreaterThan((1600 * rates.outRateHz) / 48000);
            expect(distance(cut[c].subarray(0, length), whole[c].subarray(0, length))).toBe(0);
          }
        }
        const late = play(pair, pair.simd, bank, rates, sound, [128], 123_456_789_013);
        const lateTwin = play(pair, pair.scalar, bank, rates, sound, [128], 123_456_789_013);
        for (let c = 0; c < channels; c++) expect(distance(late[c], lateTwin[c])).toBeLessThan(6e-7);
      }
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d counts as 0', bad => {
    const pair = kernelPair(form, 160);
    const bank = bankOf(pair, PAIRS[0], 'low-latency');
    const clean = noise(1500, 5).fill(0, 700, 703);
    const spoilt = clean.slice().fill(bad, 700, 703);
    const [expected] = play(pair, pair.simd, bank, PAIRS[0], [clean], [64]);
    expect(distance(play(pair, pair.simd, bank, PAIRS[0], [spoilt], [64])[0], expected)).toBe(0);
    expect(distance(play(pair, pair.simd, bank, PAIRS[0], [spoilt, clean], [64])[0], expected)).toBeLessThan(6e-7);
  });

  it.each(PAIRS.slice(0, 2))('$inRateHz → $outRateHz Hz in best: the marks, mono and stereo', rates => {
    const pair = kernelPair(form, 160);
    const bank = bankOf(pair, rates, 'best');
    const { latencyPatchSamples } = designResampler({ ...rates, quality: 'best' });
    const tone = (hz: number): Float64Array =>
      Float64Array.from({ length: 9600 }, (_, n) => 0.9 * Math.sin((2 * Math.PI * hz * n) / rates.inRateHz));
    const levelDb = (sum: number, count: number): number => 10 * Math.log10(sum / count / (0.81 / 2));
    for (const hz of [1000, 10000, 18000]) {
      for (const channels of [1, 2]) {
        const [y] = play(
          pair,
          pair.simd,
          bank,
          rates,
          Array.from({ length: channels }, () => tone(hz)),
          [128],
        );
        let error = 0;
        for (let k = 1000; k < y.length; k++) {
          const seconds = k / rates.outRateHz - latencyPatchSamples / rates.patchRateHz;
          error += (y[k] - 0.9 * Math.sin(2 * Math.PI * hz * seconds)) ** 2;
        }
        expect(-levelDb(error, y.length - 1000), `${hz} Hz, ${channels}`).toBeGreaterThan(140);
      }
    }
    for (let hz = 22100; hz < rates.inRateHz / 2; hz += 190) {
      const [y] = play(pair, pair.simd, bank, rates, [tone(hz), tone(hz)], [128]);
      let power = 0;
      for (let k = 1000; k < y.length; k++) power += y[k] ** 2;
      expect(levelDb(power, y.length - 1000), `${hz} Hz`).toBeLessThan(-130);
    }
  });
});

describe.each(['simd', 'relaxed'] as const)('fir, %s', form => {
  it.each([0, 1, 2, 3, 7, 16, 17, 127, 128])(
    '%d frames: the sum over the taps, the same bits for each output',
    frames => {
      for (const [first, count] of [
        [0, 1],
        [3, 48],
        [48, 89],
      ]) {
        const pair = kernelPair(form);
        const taps = pair.f64(noise(150, 1));
        const line = pair.f64(noise(frames + count, 2));
        for (const adds of [false, true]) {
          const [found, twin] = [0, 1].map(() => pair.f64(new Float64Array(frames + 2).fill(3)));
          pair.simd.fir(taps, first, count, line, found, frames, adds);
          pair.scalar.fir(taps, first, count, line, twin, frames, adds);
          expect(distance(found, twin)).toBeLessThan(form === 'simd' ? 1e-300 : 1e-14);
          expect([...found.subarray(frames)]).toEqual([3, 3]);
          for (let i = 0; i < frames; i++) {
            let sum = adds ? 3 : 0;
            for (let k = 0; k < count; k++) sum += taps[first + k] * line[i + k];
            expect(Math.abs(found[i] - sum)).toBeLessThan(1e-13);
            const single = pair.f64([3]);
            pair.simd.fir(taps, first, count, line.subarray(i), single, 1, adds);
            expect(single[0]).toBe(found[i]);
          }
        }
      }
    },
  );
});
