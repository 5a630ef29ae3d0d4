// The resampler's contract: its formulas, its references, its independence of blocks, its limits on every pair of rates.
import { describe, expect, it } from 'vitest';
import { framesUntil } from '../../src/dsp/clock.ts';
import { convertRate } from '../../src/dsp/convert-rate.ts';
import { gainToLevel, rmsOf } from '../../src/dsp/level.ts';
import type { ResamplerQuality } from '../../src/dsp/resampler.ts';
import {
  createResamplerState,
  designResampler,
  MAX_PHASES,
  processResampler,
  resetResampler,
} from '../../src/dsp/resampler.ts';
import { decibels, readJson, runByClock, seededInt, seededNoise, tone } from './helpers.ts';

const OTHERS = [16000, 22050, 24000, 32000, 88200, 96000];
const PAIRS: [number, number][] = [
  [44100, 48000],
  [48000, 44100],
];
for (const base of [44100, 48000]) for (const other of OTHERS) PAIRS.push([base, other], [other, base]);

interface Reference {
  x: number[];
  cases: {
    inRateHz: number;
    outRateHz: number;
    patchRateHz: number;
    quality: ResamplerQuality;
    latencyPatchSamples: number;
    y: number[];
  }[];
}

describe('against scipy.signal.upfirdn', () => {
  const reference = readJson<Reference>('resampler.json');
  const input = Float32Array.from(reference.x);
  for (const expected of reference.cases) {
    it(`${expected.inRateHz} → ${expected.outRateHz} ${expected.quality}`, () => {
      for (const precision of ['f32', 'f64'] as const) {
        const design = designResampler({ ...expected, precision });
        expect(design.latencyPatchSamples).toBe(expected.latencyPatchSamples);
        const y = new Float32Array(expected.y.length);
        processResampler(design, createResamplerState(design), input, input.length, y, y.length);
        let worst = 0;
        for (let k = 0; k < y.length; k++) worst = Math.max(worst, Math.abs(y[k] - expected.y[k]));
        expect(worst).toBeLessThan(precision === 'f64' ? 8e-8 : 3e-7);
      }
    });
  }
});

describe('the integer formulas of the header', () => {
  it('give the same output, one frame at a time, from absolute indices', () => {
    for (const [inRateHz, outRateHz] of [
      [44100, 48000],
      [48000, 16000],
      [22050, 96000],
      [88200, 48000],
    ]) {
      const design = designResampler({ inRateHz, outRateHz, patchRateHz: 48000, quality: 'low-latency' });
      const { inStep: a, phases: b, tapsPerPhase: taps, coefficients } = design;
      const x = seededNoise(700);
      const outFrames = framesUntil(x.length, outRateHz, inRateHz);
      const y = new Float32Array(outFrames);
      processResampler(design, createResamplerState(design), x, x.length, y, outFrames);
      for (let k = 0; k < outFrames; k++) {
        const phase = (k * a) % b;
        const oldest = Math.floor((k * a) / b) - (taps - 1);
        let sum = 0;
        for (let n = 0; n < taps; n++) sum += coefficients[phase * taps + n] * (x[oldest + n] ?? 0);
        const q = Math.floor(k / b);
        const kappa = k % b;
        const isSame =
          // Sums of another order: the same up to the last bit of f32.
          Math.abs(y[k] - sum) <= 1.2e-7 * Math.max(0.5, Math.abs(sum)) &&
          q * a + Math.floor((kappa * a) / b) === oldest + taps - 1 &&
          (kappa * a) % b === phase;
        if (!isSame) expect.fail(`${inRateHz} → ${outRateHz}: output ${k}`);
      }
    }
  });
});

describe('blocks', () => {
  it('the output is bit-equal however time is cut, in patches of any rate', () => {
    const random = seededInt(3);
    for (const [inRateHz, outRateHz] of [
      [44100, 48000],
      [48000, 44100],
      [96000, 44100],
      [16000, 48000],
      [32000, 44100],
    ]) {
      for (const patchRateHz of [44100, 48000, 32000, 96000]) {
        const rates = { inRateHz, outRateHz, patchRateHz };
        const design = designResampler({ ...rates, quality: 'low-latency' });
        const x = seededNoise(framesUntil(6000, inRateHz, patchRateHz));
        const whole = runByClock(design, rates, x, [6000]);
        const cuts = [[1], [37], [128], [480, 1, 5], Array.from({ length: 50 }, () => 1 + random(300))];
        for (const blocks of cuts) {
          const parts = runByClock(design, rates, x, blocks);
          // The last, incomplete block may be missing, and input for a few patch frames more may have sufficed.
          const frames = Math.min(whole.length, parts.length);
          expect(frames).toBeGreaterThan(((6000 - 500) * outRateHz) / patchRateHz);
          expect(parts.subarray(0, frames)).toEqual(whole.subarray(0, frames));
        }
      }
    }
  });

  it('reset equals a fresh state; NaN and infinity count as 0; silence stays silence', () => {
    const design = designResampler({ inRateHz: 44100, outRateHz: 48000, patchRateHz: 48000, quality: 'low-latency' });
    const state = createResamplerState(design);
    const x = seededNoise(441);
    const first = new Float32Array(480);
    const again = new Float32Array(480);
    processResampler(design, state, x, 441, first, 480);
    resetResampler(state);
    processResampler(design, state, x, 441, again, 480);
    expect(again).toEqual(first);

    const clean = x.slice();
    for (const [frame, bad] of [
      [5, NaN],
      [6, Infinity],
      [300, -Infinity],
    ] as const) {
      x[frame] = bad;
      clean[frame] = 0;
    }
    resetResampler(state);
    processResampler(design, state, x, 441, first, 480);
    resetResampler(state);
    processResampler(design, state, clean, 441, again, 480);
    expect(first).toEqual(again);

    resetResampler(state);
    processResampler(design, state, new Float32Array(441), 441, first, 480);
    expect(first.every(y => y === 0)).toBe(true);
  });
});

interface Limits {
  readonly lowToneDb: number;
  readonly highToneDb: number;
  readonly aliasDb: number;
  readonly dcDb: number;
  /** Zero crossings: the latency is the least whole number of patch samples that covers them. */
  readonly crossings: number;
}

// The promise of every preset on every pair; `standard` must be ≥ 100, ≥ 100, ≤ −100.
const LIMITS: Record<ResamplerQuality, Limits> = {
  'low-latency': { lowToneDb: 63, highToneDb: 60, aliasDb: -60, dcDb: -138, crossings: 10 },
  standard: { lowToneDb: 120, highToneDb: 118, aliasDb: -120, dcDb: -138, crossings: 32 },
  best: { lowToneDb: 138, highToneDb: 138, aliasDb: -140, dcDb: -138, crossings: 88 },
};

function measurePair(inRateHz: number, outRateHz: number, patchRateHz: number, quality: ResamplerQuality) {
  const design = designResampler({ inRateHz, outRateHz, patchRateHz, quality });
  const latency = design.latencyPatchSamples;
  const lower = Math.min(inRateHz, outRateHz);
  const settle = Math.ceil((2 * latency * outRateHz) / patchRateHz) + 2;
  const run = (frequencyHz: number, frames: number) => {
    const x = tone(Math.ceil(((frames + settle) * inRateHz) / outRateHz) + 1, frequencyHz, inRateHz);
    const y = new Float32Array(frames + settle);
    processResampler(design, createResamplerState(design), x, x.length, y, y.length);
    return y;
  };
  const signalToError = (frequencyHz: number) => {
    const y = run(frequencyHz, 2000);
    let error = 0;
    for (let k = settle; k < y.length; k++) {
      const exact = 0.9 * Math.sin(2 * Math.PI * frequencyHz * (k / outRateHz - latency / patchRateHz));
      error += (y[k] - exact) ** 2;
    }
    return -10 * Math.log10(error / (0.405 * 2000));
  };
  let aliasDb = -Infinity;
  for (let i = 0; i <= 6; i++) {
    const frequencyHz = 0.6 * lower + ((inRateHz * 0.4999 - 0.6 * lower) * i) / 6 + 0.7;
    if (frequencyHz <= 0.6 * lower || frequencyHz >= inRateHz / 2) continue;
    let power = 0;
    for (const y of run(frequencyHz, 1000).subarray(settle)) power += y * y;
    aliasDb = Math.max(aliasDb, 10 * Math.log10(power / (0.405 * 1000)));
  }
  const dc = new Float32Array(Math.ceil(((1000 + settle) * inRateHz) / outRateHz) + 1).fill(1);
  const y = new Float32Array(1000 + settle);
  processResampler(design, createResamplerState(design), dc, dc.length, y, y.length);
  const dcDb = decibels(y.subarray(settle).reduce((worst, v) => Math.max(worst, Math.abs(v - 1)), 1e-9));
  const probeHz = lower * 0.45;
  const passed = run(probeHz, 2000)
    .subarray(settle)
    .reduce((sum, v) => sum + v * v, 0);
  return {
    latency,
    lowToneDb: signalToError(1000),
    highToneDb: signalToError(0.4 * lower),
    aliasDb,
    dcDb,
    levelDb: 10 * Math.log10(passed / (0.405 * 2000)),
  };
}

describe.each(['low-latency', 'standard', 'best'] as const)('every pair, %s', quality => {
  const limits = LIMITS[quality];
  const rows: string[] = [];
  it.each(PAIRS)(
    '%i → %i Hz',
    (inRateHz, outRateHz) => {
      const lower = Math.min(inRateHz, outRateHz);
      const at48 = measurePair(inRateHz, outRateHz, 48000, quality);
      const at44 = measurePair(inRateHz, outRateHz, 44100, quality);
      expect(at48.latency).toBe(Math.ceil((limits.crossings * 48000) / lower));
      expect(at44.latency).toBe(Math.ceil((limits.crossings * 44100) / lower));
      for (const measured of [at48, at44]) {
        expect(measured.lowToneDb).toBeGreaterThanOrEqual(limits.lowToneDb);
        expect(measured.highToneDb).toBeGreaterThanOrEqual(limits.highToneDb);
        expect(measured.aliasDb).toBeLessThanOrEqual(limits.aliasDb);
        expect(measured.dcDb).toBeLessThanOrEqual(limits.dcDb);
      }
      // No alias where the input's own Nyquist frequency lies below 0.6 × the lower rate.
      const cells = [at48.lowToneDb, at48.highToneDb, at48.aliasDb, at48.dcDb, at48.levelDb].map(v =>
        (v === -Infinity ? '–' : v.toFixed(1)).padStart(7),
      );
      rows.push(
        `${`${inRateHz}→${outRateHz}`.padEnd(12)} ${cells.join(' ')} ${`${at48.latency} / ${at44.latency}`.padStart(10)}`,
      );
    },
    20000,
  );
  it('prints its table', () => {
    expect(rows.length).toBe(PAIRS.length);
    const head = 'pair          1 kHz  0.4·fl   alias  DC err  @.45fl  latency at 48k / 44.1k patch';
    console.info([`resampler ${quality} (dB; latency in patch samples)`, head, ...rows].join('\n'));
  });
});

describe('the edge of the band at 48 → 44.1 kHz', () => {
  it.each([
    ['low-latency', -1.2, -7],
    ['standard', -0.3, -22],
    ['best', -0.005, -140],
  ] as const)('%s keeps 20 kHz at %d dB and 22.5 kHz at %d dB', (quality, keptDb, removedDb) => {
    const design = designResampler({ inRateHz: 48000, outRateHz: 44100, patchRateHz: 48000, quality });
    const y = new Float32Array(8820);
    const levelDb = (frequencyHz: number) => {
      const x = tone(9600, frequencyHz, 48000, 0, 1);
      processResampler(design, createResamplerState(design), x, x.length, y, y.length);
      return gainToLevel(rmsOf(y, 1000) * Math.SQRT2);
    };
    expect(levelDb(20000)).toBeGreaterThan(keptDb);
    expect(levelDb(20000)).toBeLessThan(0.01);
    expect(levelDb(22500)).toBeLessThan(removedDb);
  });
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

describe('designs', () => {
  it('a pair of equal rates is a wire', () => {
    const design = designResampler({ inRateHz: 48000, outRateHz: 48000, patchRateHz: 48000, quality: 'best' });
    expect(design.latencyPatchSamples).toBe(0);
    const x = seededNoise(100);
    const y = new Float32Array(100);
    processResampler(design, createResamplerState(design), x, 100, y, 100);
    expect(y).toEqual(x);
  });

  it('refuses what it cannot do exactly', () => {
    const options = { patchRateHz: 48000, quality: 'standard' } as const;
    expect(() => designResampler({ ...options, inRateHz: 44100.5, outRateHz: 48000 })).toThrow(/whole Hz, got 44100.5/);
    expect(() => designResampler({ ...options, inRateHz: NaN, outRateHz: 48000 })).toThrow(RangeError);
    expect(() => designResampler({ ...options, inRateHz: 48000, outRateHz: 44099 })).toThrow(
      `at most ${MAX_PHASES} phases`,
    );
    expect(() => designResampler({ ...options, inRateHz: 1000000, outRateHz: 100 })).toThrow(RangeError);
  });
});

describe('convertRate', () => {
  it('keeps time and gives ceil(n·to/from) frames', () => {
    for (const [from, to] of [
      [44100, 48000],
      [48000, 16000],
      [22050, 44100],
      [96000, 44100],
    ]) {
      const frames = 4001;
      const [y] = convertRate([tone(frames, 1000, from)], from, to);
      expect(y.length).toBe(Math.ceil((frames * to) / from));
      const exact = tone(y.length, 1000, to);
      // The edges belong to the sudden start and end of the tone.
      const edge = Math.ceil((90 * to) / Math.min(from, to));
      let worst = 0;
      for (let n = edge; n < y.length - edge; n++) worst = Math.max(worst, Math.abs(y[n] - exact[n]));
      expect(decibels(worst)).toBeLessThan(-135);
    }
  });

  it('copies where the rates are equal, and takes empty signals', () => {
    const x = seededNoise(10);
    const [same] = convertRate([x], 48000, 48000);
    expect(same).toEqual(x);
    expect(same).not.toBe(x);
    expect(convertRate([new Float32Array(0)], 44100, 48000)[0].length).toBe(0);
  });
});
