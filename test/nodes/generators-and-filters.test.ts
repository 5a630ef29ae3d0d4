// Noise, sine sweep, one-pole filter and DC blocker: spectra, levels and frequencies that the general tests can't know.
import { describe, expect, test } from 'vitest';
import dcBlocker from '../../nodes/filter/dc-blocker.ts';
import onePole from '../../nodes/filter/one-pole.ts';
import noiseNode from '../../nodes/source/noise.ts';
import sineSweep from '../../nodes/source/sine-sweep.ts';
import { runNode } from './kernel-harness.ts';
import { noise, signal } from './signals.ts';

const RATE_HZ = 48000;
const source = noiseNode.withId('source/noise');
const sweep = sineSweep.withId('source/sine-sweep');
const filter = onePole.withId('filter/one-pole');
const blocker = dcBlocker.withId('filter/dc-blocker');

const meanOf = (x: ArrayLike<number>, of: (value: number, at: number) => number): number => {
  let sum = 0;
  for (let n = 0; n < x.length; n++) sum += of(x[n], n);
  return sum / x.length;
};
const decibels = (power: number): number => 10 * Math.log10(power);

/** Power per hertz around a frequency, relative: the mean over many stretches of the squared DFT bin under a Hann window. */
function densityAt(x: Float32Array, frequencyHz: number): number {
  // Long enough that the window's main lobe is narrow against the frequency.
  const length = Math.max(512, Math.round((16 * RATE_HZ) / frequencyHz));
  let sum = 0;
  let count = 0;
  for (let from = 0; from + length <= x.length; from += length / 2) {
    let re = 0;
    let im = 0;
    for (let n = 0; n < length; n++) {
      const value = x[Math.floor(from) + n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
      re += value * Math.cos((2 * Math.PI * frequencyHz * n) / RATE_HZ);
      im += value * Math.sin((2 * Math.PI * frequencyHz * n) / RATE_HZ);
    }
    sum += (re * re + im * im) / length;
    count++;
  }
  return sum / count;
}

describe('noise', () => {
  const frames = 2 ** 20;
  const play = (params: Record<string, string | number>): Float32Array[] =>
    runNode(source, { params, frames, maxFrames: 4096 }).audio.out;

  test.each(['white', 'pink'])('%s has the RMS level that is set, and no offset', colour => {
    const [x] = play({ colour, level: -20 });
    expect(Math.abs(decibels(meanOf(x, value => value * value)) + 20)).toBeLessThan(colour === 'white' ? 0.02 : 0.3);
    expect(Math.abs(meanOf(x, value => value))).toBeLessThan(colour === 'white' ? 3e-4 : 0.01);
  });

  test('white is flat, pink falls by 3.01 dB per octave, from 60 Hz to 20 kHz', () => {
    for (const [colour, slopeDb] of [
      ['white', 0],
      ['pink', -10 * Math.log10(2)],
    ] as const) {
      const [x] = play({ colour });
      const hertz = [60, 250, 1000, 4000, 16000, 20000];
      const reference = decibels(densityAt(x, 1000));
      for (const hz of hertz) {
        // A mean over k stretches strays by 4.3/√k dB; the longest here are 160.
        const expected = slopeDb * Math.log2(hz / 1000);
        expect(Math.abs(decibels(densityAt(x, hz)) - reference - expected), `${colour} at ${hz} Hz`).toBeLessThan(1);
      }
    }
  });

  test('seeds and channels are independent, the same seed is the same', () => {
    const [left, right] = play({ channels: 'stereo', seed: 3, level: 0 });
    const [other] = play({ seed: 4, level: 0 });
    expect(play({ seed: 3, level: 0 })[0]).toEqual(left);
    for (const y of [right, other]) {
      for (const lag of [0, 1, 2, 7]) {
        const common = meanOf(left.subarray(0, frames - lag), (value, n) => value * y[n + lag]);
        // For independent noises of power 1, five times 1/√frames.
        expect(Math.abs(common)).toBeLessThan(5 / Math.sqrt(frames));
      }
    }
  });
});

describe('sine sweep', () => {
  test('passes each frequency at its time: f(t) = start·(stop/start)^(t/duration), counted over 20 cycles', () => {
    const params = { start: 100, stop: 6400, duration: 3, fade: 0, level: 0, repeats: 1 };
    const [x] = runNode(sweep, { params, frames: 3 * RATE_HZ }).audio.out;
    const crossings: number[] = [];
    for (let n = 1; n < x.length; n++)
      if (x[n - 1] < 0 && x[n] >= 0) crossings.push((n - x[n] / (x[n] - x[n - 1])) / RATE_HZ);
    const octave = 3 / 6;
    for (let at = 0; at + 20 < crossings.length; at += 97) {
      // Cycles between two times: start·octave/ln 2·(2^(t2/octave) − 2^(t1/octave)).
      const cyclesAt = (t: number): number => ((100 * octave) / Math.LN2) * 2 ** (t / octave);
      expect(cyclesAt(crossings[at + 20]) - cyclesAt(crossings[at])).toBeCloseTo(20, 1);
    }
    expect(crossings.length).toBe(Math.floor((100 * octave * 63) / Math.LN2));
  });

  test('comes again after the pause, as often as it is told, then is silent', () => {
    const params = { start: 1000, stop: 2000, duration: 0.01, pause: 0.005, repeats: 3, fade: 1 };
    const [x] = runNode(sweep, { params, frames: 4800, schedule: [100] }).audio.out;
    for (const again of [720, 1440]) expect(x.subarray(again, again + 720)).toEqual(x.subarray(0, 720));
    expect(x.subarray(480, 720).every(value => value === 0)).toBe(true);
    expect(x.subarray(2160).every(value => value === 0)).toBe(true);
    expect(x.subarray(0, 480).some(value => Math.abs(value) > 0.2)).toBe(true);
  });

  test('a new setting starts it again, also after its end; nothing else does', () => {
    const params = { start: 1000, stop: 2000, duration: 0.01, pause: 0, repeats: 1, fade: 0, level: 0 };
    const moves = [
      { frame: 100, param: 'fade', value: 0 },
      { frame: 1000, param: 'stop', value: 4000 },
    ];
    const [x] = runNode(sweep, { params, moves, frames: 2000 }).audio.out;
    const [fresh] = runNode(sweep, { params: { ...params, stop: 4000 }, frames: 1000 }).audio.out;
    expect(x.subarray(1000)).toEqual(fresh);
    expect(x.subarray(0, 480)).toEqual(runNode(sweep, { params, frames: 480 }).audio.out[0]);
  });
});

describe('one-pole filter', () => {
  const frames = RATE_HZ;
  const levelAt = (type: string, cutoff: number, hz: number): number => {
    const tone = signal(frames, n => Math.sin((2 * Math.PI * hz * n) / RATE_HZ));
    const [y] = runNode(filter, { params: { type, cutoff }, audio: { in: [tone] }, frames }).audio.out;
    const half = y.subarray(frames / 2);
    return decibels(2 * meanOf(half, value => value * value));
  };

  test('−3.01 dB at the cutoff wherever it is; all-pass changes no level', () => {
    for (const hz of [50, 1000, 10000, 18000]) {
      expect(levelAt('low-pass', hz, hz)).toBeCloseTo(10 * Math.log10(0.5), 3);
      expect(levelAt('high-pass', hz, hz)).toBeCloseTo(10 * Math.log10(0.5), 3);
      expect(levelAt('all-pass', hz, 1000)).toBeCloseTo(0, 3);
    }
    // An octave and more above the cutoff it falls by 6 dB per octave.
    expect(levelAt('low-pass', 50, 1600) - levelAt('low-pass', 50, 800)).toBeCloseTo(-6.03, 1);
  });

  test('low-pass and high-pass add up to the input, also swept', () => {
    const x = noise(4800, 11);
    const signals = { cutoff: Float64Array.from({ length: 4800 }, (_, n) => 20 * 1000 ** (n / 4800)) };
    const [low, high] = ['low-pass', 'high-pass'].map(
      type => runNode(filter, { params: { type }, signals, audio: { in: [x] }, frames: 4800 }).audio.out[0],
    );
    for (let n = 0; n < x.length; n++) expect(Math.abs(low[n] + high[n] - x[n])).toBeLessThan(2e-7);
  });
});

test('the DC blocker takes the offset and leaves the sound', () => {
  const frames = 2 * RATE_HZ;
  const tone = (n: number): number => 0.25 * Math.sin((2 * Math.PI * 1000 * n) / RATE_HZ);
  const x = signal(frames, n => 0.7 + tone(n));
  const [y] = runNode(blocker, { audio: { in: [x] }, frames }).audio.out;
  const rest = y.subarray(RATE_HZ);
  expect(Math.abs(meanOf(rest, value => value))).toBeLessThan(1e-6);
  // At 1 kHz the corner of 10 Hz changes level and phase by 0.01.
  expect(meanOf(rest, (value, n) => (value - tone(n)) ** 2)).toBeLessThan((0.25 * 0.011) ** 2 / 2);
});
