// Latency Meter, Null Test, Signal Inspector and Latency Align: the numbers that they tell, against closed forms.
import { describe, expect, test } from 'vitest';
import type { Figure } from '../../src/core/node-type.ts';
import { type NodeRun, runNode } from './kernel-harness.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise, signal } from './signals.ts';

const { registry } = await loadRegistry();
const RATE = 48000;

/** What a node tells after a run, by label. */
function figuresOf(
  id: string,
  run: NodeRun,
  waitSamples: Record<string, number> = {},
): Record<string, Figure | undefined> {
  const type = registry.types[id];
  const { state } = runNode(type, { schedule: [128], ...run });
  const values = type.figures!.values({ probes: state, rateHz: RATE, waitSamples });
  return Object.fromEntries(type.figures!.labels.map((label, i) => [label, values[i]]));
}

describe('latency meter', () => {
  const frames = 40000;
  const source = noise(frames + 9000, 3, 0.5);
  const meter = (a: Float32Array, b: Float32Array, waits = {}): Record<string, Figure | undefined> =>
    figuresOf('analysis/latency-meter', { audio: { a: [a], b: [b] }, frames: a.length }, waits);
  const later = (delay: number): Float32Array => source.slice(9000 - delay, 9000 - delay + frames);

  test.each([0, 1, 448, 8000, -37])('noise that is %d samples later', delay => {
    const { Delay, Time, Confidence, 'At inlets': left } = meter(later(0), later(delay));
    expect(Math.abs(Delay!.value - delay)).toBeLessThan(0.001);
    expect(Math.abs(Time!.value - (1000 * delay) / RATE)).toBeLessThan(1e-4);
    expect(left!.value).toBe(Delay!.value);
    expect(Confidence!.value).toBeGreaterThan(80);
  });

  test('a delay between samples: a sum of cosines at uneven distances, half a sample later', () => {
    const phases = noise(400, 11, Math.PI);
    const sound = (delay: number) =>
      signal(frames, n => {
        let sum = 0;
        for (let k = 0; k < 400; k++) sum += Math.cos(((n - delay) * (Math.PI * k + phases[k])) / 440);
        return sum / 40;
      });
    expect(Math.abs(meter(sound(0), sound(12.5)).Delay!.value - 12.5)).toBeLessThan(0.01);
  });

  test('what the patch makes wait is added: 448 waited for, nothing left', () => {
    const told = meter(later(0), later(0), { a: 448 });
    expect(told.Delay!.value).toBeCloseTo(448, 3);
    expect(told['At inlets']!.value).toBeCloseTo(0, 3);
  });

  test('gives no figure for silence, a tone and two different noises', () => {
    const tone = signal(frames, n => Math.sin((2 * Math.PI * 1000 * n) / RATE));
    for (const [a, b] of [
      [new Float32Array(frames), later(0)],
      [tone, tone],
      [later(0), noise(frames, 77)],
    ]) {
      const { Delay, Confidence } = meter(a, b);
      expect(Delay).toBeUndefined();
      expect(Confidence!.value).toBeLessThan(10);
    }
  });
});

describe('null test', () => {
  const x = noise(RATE, 5, 0.5);
  test.each([-130, -60, -6])('a difference of %d dB', db => {
    const b = x.slice();
    b[4000] += 10 ** (db / 20);
    const expected = 20 * Math.log10(Math.abs(b[4000] - x[4000]));
    const { Null } = figuresOf('analysis/null-test', { audio: { a: [x], b: [b] }, frames: RATE });
    expect(Null!.value).toBeCloseTo(expected, 9);
    expect(Null!.isBad).toBe(db > -80);
  });

  test('equal sounds give −∞; louder than full scale it is relative to the peak', () => {
    expect(figuresOf('analysis/null-test', { audio: { a: [x], b: [x] }, frames: RATE }).Null!.value).toBe(-Infinity);
    const loud = x.map(v => 20 * v);
    const peak = loud.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const { Null } = figuresOf('analysis/null-test', {
      audio: { a: [loud], b: [loud.map(v => v * 1.001)] },
      frames: RATE,
    });
    expect(Null!.value).toBeCloseTo(20 * Math.log10((0.001 * peak) / (1.001 * peak)), 2);
  });
});

describe('signal inspector', () => {
  test('a sine with an offset: peak, RMS, crest and DC by their formulas', () => {
    const told = figuresOf('analysis/signal-inspector', {
      audio: { in: [signal(RATE * 4, n => 0.25 + 0.5 * Math.sin((2 * Math.PI * 1000 * n) / RATE))] },
      frames: RATE * 4,
    });
    const rms = Math.sqrt(0.25 ** 2 + 0.5 ** 2 / 2);
    expect(told.Peak!.value).toBeCloseTo(20 * Math.log10(0.75), 6);
    expect(told.RMS!.value).toBeCloseTo(20 * Math.log10(rms), 2);
    expect(told.Crest!.value).toBeCloseTo(20 * Math.log10(0.75 / rms), 2);
    expect(told.DC!.value).toBeCloseTo(0.25, 3);
    expect([told.Clipped!.value, told.Broken!.value, told.Rate!.value, told.Channels!.value]).toEqual([0, 0, RATE, 1]);
  });

  test('counts what clips and what is no number, in all channels, and passes that as silence', () => {
    const broken = signal(1000, n => (n === 3 ? Number.NaN : n === 4 ? Number.POSITIVE_INFINITY : n < 10 ? -1 : 0.5));
    const run = { audio: { in: [broken, new Float32Array(1000)] }, frames: 1000 };
    const told = figuresOf('analysis/signal-inspector', run);
    expect([told.Clipped!.value, told.Broken!.value, told.Channels!.value]).toEqual([8, 2, 2]);
    const { audio } = runNode(registry.types['analysis/signal-inspector'], run);
    expect([...audio.out[0].subarray(0, 11)]).toEqual([-1, -1, -1, 0, 0, -1, -1, -1, -1, -1, 0.5]);
  });
});

describe('latency align', () => {
  test('two lanes of the same noise, one trimmed by 24, cancel at odd multiples of 1 kHz', () => {
    const tone = (hertz: number) => signal(RATE, n => 0.5 * Math.sin((2 * Math.PI * hertz * n) / RATE));
    for (const [hertz, level] of [
      [1000, 0],
      [3000, 0],
      [2000, 1],
    ]) {
      const x = tone(hertz);
      const { audio } = runNode(registry.types['time/latency-align'], {
        audio: { in1: [x], in2: [x] },
        params: { trim2: 24 },
        frames: RATE,
      });
      const sum = audio.out1[0].map((v, n) => v + audio.out2[0][n]).subarray(100);
      expect(sum.reduce((m, v) => Math.max(m, Math.abs(v)), 0)).toBeCloseTo(level, 5);
    }
  });

  test('has as many lanes as are asked for', () => {
    const { ports, params } = registry.types['time/latency-align'];
    const shape = { values: { lanes: '4' }, resources: {}, patchRateHz: RATE };
    expect(Object.keys(ports(shape))).toEqual(['in1', 'in2', 'in3', 'in4', 'out1', 'out2', 'out3', 'out4']);
    expect(Object.keys(params(shape))).toEqual(['lanes', 'trim1', 'trim2', 'trim3', 'trim4']);
  });
});
