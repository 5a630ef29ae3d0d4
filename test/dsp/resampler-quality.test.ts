// How clean the resampler is: signal to error, aliases, images, levels and delay against closed forms, on sampled pairs of
// rates, all of them (in patches of all rates) in the long run. Prints what it measures.
import { describe, expect, it } from 'vitest';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import type { ResamplerDesign, ResamplerOptions, ResamplerQuality } from '../../src/dsp/resampler.ts';
import { createResamplerState, designResampler, processResampler, resamplerLatency } from '../../src/dsp/resampler.ts';
import { decibels, runByClock, seededInt, tone } from './helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const RATES = SAMPLE_RATES_HZ;
const PAIRS = RATES.flatMap(from => RATES.filter(to => to !== from).map(to => [from, to] as [number, number]));
const AMPLITUDE = 0.9;

interface Limits {
  /** Least signal to error, dB, of tones at 1 kHz, 10/44.1 and 18/44.1 of the lower rate. */
  readonly tonesDb: readonly [number, number, number];
  /** Aliases of tones from (1 − band) × the lower rate on, images of tones below band × the lower rate. */
  readonly band: number;
  readonly aliasDb: number;
  /** Level at 20/44.1 of the lower rate. */
  readonly edgeDb: number;
  /** Zero crossings: the latency is the least whole number of patch samples that covers them. */
  readonly crossings: number;
}

// The promise of every preset on every pair, with any arrival fraction.
const LIMITS: Record<ResamplerQuality, Limits> = {
  'low-latency': { tonesDb: [60, 60, 37], band: 0.385, aliasDb: -60, edgeDb: -1.4, crossings: 10 },
  standard: { tonesDb: [118, 118, 118], band: 0.45, aliasDb: -118, edgeDb: -0.33, crossings: 32 },
  best: { tonesDb: [140, 140, 140], band: 0.5, aliasDb: -133, edgeDb: -0.01, crossings: 88 },
};
const DC_DB = -138;

/** The output for a tone, without what is heard of its sudden start. */
function play(design: ResamplerDesign, rates: ResamplerOptions, hz: number, frames: number, phase = 0) {
  const { inRateHz, outRateHz, patchRateHz } = rates;
  const settle = Math.ceil((2 * design.latencyPatchSamples * outRateHz) / patchRateHz) + 2;
  const x = new Float32Array(Math.ceil(((frames + settle) * inRateHz) / outRateHz) + 1);
  for (let n = 0; n < x.length; n++) x[n] = AMPLITUDE * Math.sin((2 * Math.PI * hz * n) / inRateHz + phase);
  const y = new Float32Array(frames + settle);
  processResampler(design, createResamplerState(design), x, x.length, y, y.length);
  return { y: y.subarray(settle), settle };
}

const power = (y: Float32Array): number => y.reduce((sum, v) => sum + v * v, 0) / y.length;
const levelDb = (watt: number): number => 10 * Math.log10(watt / (AMPLITUDE ** 2 / 2));

/** What is left of y, in dB, without its least-squares part of frequency hz; and that part as amplitude and phase. */
function withoutTone(y: Float32Array, hz: number, rateHz: number, first: number) {
  const sums = { cc: 0, ss: 0, cs: 0, yc: 0, ys: 0 };
  const angle = (2 * Math.PI * hz) / rateHz;
  y.forEach((v, i) => {
    const c = Math.cos(angle * (first + i));
    const s = Math.sin(angle * (first + i));
    sums.cc += c * c;
    sums.ss += s * s;
    sums.cs += c * s;
    sums.yc += v * c;
    sums.ys += v * s;
  });
  const det = sums.cc * sums.ss - sums.cs * sums.cs;
  const re = (sums.ys * sums.cc - sums.yc * sums.cs) / det;
  const im = (sums.yc * sums.ss - sums.ys * sums.cs) / det;
  let rest = 0;
  y.forEach((v, i) => {
    rest += (v - re * Math.sin(angle * (first + i)) - im * Math.cos(angle * (first + i))) ** 2;
  });
  return { restDb: levelDb(rest / y.length), amplitude: Math.hypot(re, im), phase: Math.atan2(im, re) };
}

function measure(rates: ResamplerOptions) {
  const { inRateHz, outRateHz, patchRateHz, quality } = rates;
  const { band } = LIMITS[quality];
  const design = designResampler(rates);
  const lowerHz = Math.min(inRateHz, outRateHz);
  const delaySeconds = design.latencyPatchSamples / patchRateHz;
  const signalToError = (hz: number): number => {
    const { y, settle } = play(design, rates, hz, 2600);
    let error = 0;
    y.forEach((v, i) => {
      const seconds = (settle + i) / outRateHz - delaySeconds;
      error += (v - AMPLITUDE * Math.sin(2 * Math.PI * hz * seconds)) ** 2;
    });
    return -levelDb(error / y.length);
  };
  let aliasDb = -Infinity;
  const firstHz = (1 - band) * lowerHz;
  for (let i = 0; i <= 8 && firstHz < inRateHz / 2; i++) {
    const hz = firstHz + ((inRateHz * 0.4999 - firstHz) * i * i) / 64 + 0.7;
    aliasDb = Math.max(aliasDb, levelDb(power(play(design, rates, hz, 700).y)));
  }
  for (const share of [0.94, 0.97, 0.999]) {
    const hz = share * band * lowerHz;
    const { y, settle } = play(design, rates, hz, 2600);
    aliasDb = Math.max(aliasDb, withoutTone(y, hz, outRateHz, settle).restDb);
  }
  const edgeHz = (lowerHz * 20) / 44.1;
  const edge = play(design, rates, edgeHz, 2600);
  const dc = play(design, rates, 0, 700, Math.PI / 2).y;
  return {
    latency: design.latencyPatchSamples,
    tonesDb: [1000, (lowerHz * 10) / 44.1, (lowerHz * 18) / 44.1].map(signalToError),
    aliasDb,
    dcDb: decibels(dc.reduce((worst, v) => Math.max(worst, Math.abs(v / Math.fround(AMPLITUDE) - 1)), 1e-9)),
    edgeDb: decibels(withoutTone(edge.y, edgeHz, outRateHz, edge.settle).amplitude / AMPLITUDE),
  };
}

const random = seededInt(11);
const any = <T>(list: readonly T[]): T => list[random(list.length)];
/** Every pair in patches of every rate, or 44.1 ↔ 48 kHz, the pair of most phases and a few more. */
const CASES: [number, number, number][] = isFull
  ? PAIRS.flatMap(([from, to]) => RATES.map(patch => [from, to, patch] as [number, number, number]))
  : [
      [44100, 48000, 48000],
      [48000, 44100, 48000],
      [44100, 48000, 44100],
      [48000, 44100, 44100],
      [11025, 192000, 48000],
      [192000, 11025, 44100],
      ...Array.from({ length: 14 }, (): [number, number, number] => [...any(PAIRS), any(RATES)]),
    ];

describe.each(['low-latency', 'standard', 'best'] as const)('%s', quality => {
  const limits = LIMITS[quality];
  const rows: string[] = [];
  it.each(CASES)('%i → %i Hz in a patch of %i Hz', (inRateHz, outRateHz, patchRateHz) => {
    // Where a path can become whole, it does.
    const arrivalFraction = outRateHz === patchRateHz ? any([0, 0.19, 0.5, 0.999]) : 0;
    const measured = measure({ inRateHz, outRateHz, patchRateHz, quality, arrivalFraction });
    const { latency, tonesDb, aliasDb, dcDb, edgeDb } = measured;
    const whole = Math.ceil((limits.crossings * patchRateHz) / Math.min(inRateHz, outRateHz));
    rows.push(
      `${`${inRateHz}→${outRateHz}`.padEnd(14)} ${[...tonesDb, aliasDb, dcDb].map(v => v.toFixed(1).padStart(7)).join(' ')}` +
        ` ${edgeDb.toFixed(4).padStart(8)} ${latency.toFixed(3).padStart(9)} @ ${patchRateHz}`,
    );
    expect(latency).toBe(whole - arrivalFraction);
    tonesDb.forEach((db, i) => {
      expect(db).toBeGreaterThanOrEqual(limits.tonesDb[i]);
    });
    expect(aliasDb).toBeLessThanOrEqual(limits.aliasDb);
    expect(dcDb).toBeLessThanOrEqual(DC_DB);
    expect(edgeDb).toBeGreaterThanOrEqual(limits.edgeDb);
    expect(edgeDb).toBeLessThanOrEqual(0.01);
  });
  it('prints its table', () => {
    expect(rows.length).toBe(CASES.length);
    const head = 'pair             1 kHz   10/44  18/44   alias  DC err  20/44.1  latency in patch samples';
    console.info([`resampler ${quality} (dB; tones and alias relative to the lower rate)`, head, ...rows].join('\n'));
  });
});

describe('44.1 ↔ 48 kHz, best: the marks', () => {
  it.each([
    [44100, 48000],
    [48000, 44100],
  ])('%i → %i Hz', (inRateHz, outRateHz) => {
    const rates = { inRateHz, outRateHz, patchRateHz: 48000, quality: 'best' } as const;
    const design = designResampler(rates);
    for (const hz of [1000, 10000, 18000]) {
      const { y, settle } = play(design, rates, hz, 9600);
      expect(-withoutTone(y, hz, outRateHz, settle).restDb, `${hz} Hz`).toBeGreaterThanOrEqual(138);
    }
    for (let hz = 20; hz <= 20000; hz += 370) {
      const { y, settle } = play(design, rates, hz, 4800);
      const { amplitude, restDb } = withoutTone(y, hz, outRateHz, settle);
      expect(Math.abs(decibels(amplitude / AMPLITUDE)), `${hz} Hz`).toBeLessThanOrEqual(0.01);
      expect(restDb).toBeLessThanOrEqual(-130);
    }
    for (let hz = 20000; hz < inRateHz / 2; hz += 50) {
      const { y, settle } = play(design, rates, hz, 2400);
      const heardDb = hz < 22050 ? withoutTone(y, hz, outRateHz, settle).restDb : levelDb(power(y));
      expect(heardDb, `${hz} Hz`).toBeLessThanOrEqual(-130);
    }
  });
});

describe('a path that arrives with a fraction of a sample', () => {
  it.each(isFull ? PAIRS : [...Array.from({ length: 6 }, () => any(PAIRS)), [44100, 48000] as [number, number]])(
    '%i → %i Hz: the measured delay is that of the whole path, less the fraction',
    (inRateHz, outRateHz) => {
      for (const quality of ['low-latency', 'standard', 'best'] as const) {
        const rates = { inRateHz, outRateHz, patchRateHz: outRateHz, quality };
        // Off a whole sample the sinc's samples are not symmetric: the stop-band's floor, −60 dB here, turns the phase a little.
        const limit = quality === 'low-latency' ? 0.004 : 0.001;
        for (const arrivalFraction of [0, 0.0001, 0.19, 0.5, 0.77, 0.9999]) {
          const design = designResampler({ ...rates, arrivalFraction });
          expect(design.latencyPatchSamples).toBe(resamplerLatency(rates) - arrivalFraction);
          // A tone of long period shows the whole samples, one near the band's end the last digits.
          for (const hz of [outRateHz / 256, Math.min(inRateHz, outRateHz) * 0.39]) {
            const { y, settle } = play(design, rates, hz, 2560);
            const { phase } = withoutTone(y, hz, outRateHz, settle);
            const turns = phase / (2 * Math.PI) + (design.latencyPatchSamples * hz) / outRateHz;
            const errorSamples = ((turns - Math.round(turns)) * outRateHz) / hz;
            expect(Math.abs(errorSamples), `${quality} ${arrivalFraction} at ${hz} Hz`).toBeLessThan(limit);
          }
        }
      }
    },
  );
});

describe('there and back', () => {
  it.each([
    [48000, 44100],
    [44100, 48000],
  ])('%i → %i → back nulls with the delayed dry path below 18 kHz', (patch, inner) => {
    for (const [quality, limitDb] of [
      ['standard', -110],
      ['best', -130],
    ] as const) {
      const away = designResampler({ inRateHz: patch, outRateHz: inner, patchRateHz: patch, quality });
      const back = designResampler({ inRateHz: inner, outRateHz: patch, patchRateHz: patch, quality });
      const latency = away.latencyPatchSamples + back.latencyPatchSamples;
      const frames = 9600;
      const x = new Float32Array(frames);
      for (let i = 0; i < 24; i++) {
        const part = tone(frames, 31 + (i * (17999 - 31)) / 23, patch, i * 1e-4, 0.04);
        for (let n = 0; n < frames; n++) x[n] += part[n];
      }
      const middle = runByClock(away, { inRateHz: patch, outRateHz: inner, patchRateHz: patch }, x, [128]);
      const y = runByClock(back, { inRateHz: inner, outRateHz: patch, patchRateHz: patch }, middle, [128]);
      expect(y.length).toBeGreaterThan(9000);
      let worst = 0;
      for (let n = 2 * latency; n < y.length; n++) worst = Math.max(worst, Math.abs(y[n] - x[n - latency]));
      expect(decibels(worst)).toBeLessThan(limitDb);
    }
  });
});
