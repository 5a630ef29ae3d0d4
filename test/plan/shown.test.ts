// What the product promises of resamplers around a model and of the latency of models, measured offline on whole patches.
// References are closed forms: sums of sines, an impulse.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../src/core/resource.ts';
import { estimateDelay } from '../../src/dsp/measure.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { makeRandom } from '../core/random.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, nullDb, registry } from '../render/helpers.ts';

const models = createInference(await loadOrtFromFile(WASM_PATH));
const model = (name: string): Resource =>
  loadModel(new Uint8Array(readFileSync(new URL(`../fixtures/models/${name}.onnx`, import.meta.url))), `${name}.onnx`);
const RATE_HZ = 48000;

const around = (quality: string, mix: number) =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['down', 'rate/resampler', { to: '44100', quality }],
      ['amp', 'neural/neural-model'],
      ['up', 'rate/resampler', { to: '48000', quality }],
      ['mix', 'mix/dry-wet', { mix }],
      ['out', 'output/audio-output'],
    ],
    [
      'input.out > down.in',
      'down.out > amp.in',
      'amp.out > up.in',
      'up.out > mix.wet',
      'input.out > mix.dry',
      'mix.out > out.in',
    ],
  );
const resources = { amp: { model: model('identity') } };
const through = async (quality: string, mix: number, input: Float32Array) => {
  const { outputs, plan, faults } = await renderPatch({
    patch: around(quality, mix),
    registry,
    resources,
    models,
    frames: input.length,
    inputs: { input: [input] },
  });
  expect(faults).toEqual([]);
  return { heard: outputs.out[0], latencySamples: plan.latencySamples };
};

/** Sines of random phase every 90 Hz from 60 Hz to 18 kHz, together at −12 dBFS peak or less. */
function bandLimited(frames: number): Float32Array {
  const random = makeRandom(9);
  const sum = new Float64Array(frames);
  for (let hz = 60; hz <= 18000; hz += 90) {
    const phase = 2 * Math.PI * random.next();
    for (let n = 0; n < frames; n++) sum[n] += Math.sin((2 * Math.PI * hz * n) / RATE_HZ + phase);
  }
  const peak = sum.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
  // A fade-in, because a hard start has energy at all frequencies.
  return Float32Array.from(
    sum,
    (x, n) => (0.25 * x * (n < 4800 ? 0.5 - 0.5 * Math.cos((Math.PI * n) / 4800) : 1)) / peak,
  );
}

/** Frequency of a tone near `hz` in Hz: the phase it gains between two windows of a second's distance. */
function toneHz(signal: Float32Array, hz: number, first: number, second: number, length: number): number {
  const phaseAt = (from: number): number => {
    let re = 0;
    let im = 0;
    for (let n = from; n < from + length; n++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (n - from)) / length);
      re += window * signal[n] * Math.cos((2 * Math.PI * hz * n) / RATE_HZ);
      im -= window * signal[n] * Math.sin((2 * Math.PI * hz * n) / RATE_HZ);
    }
    return Math.atan2(im, re);
  };
  const gained = phaseAt(second) - phaseAt(first);
  const wrapped = gained - 2 * Math.PI * Math.round(gained / (2 * Math.PI));
  return hz + (wrapped / (2 * Math.PI)) * (RATE_HZ / (second - first));
}

describe('LATENCY-2 two resamplers around an identity model', () => {
  it('0.00 cents', async () => {
    const tone = Float32Array.from(
      { length: 2 * RATE_HZ },
      (_, n) => 0.5 * Math.sin((2 * Math.PI * 997 * n) / RATE_HZ),
    );
    const { heard } = await through('standard', 1, tone);
    const cents = 1200 * Math.log2(toneHz(heard, 997, 10_000, 58_000, 16_384) / 997);
    expect(Math.abs(cents)).toBeLessThan(0.005);
  });

  it.each(['standard', 'best', 'low-latency'])('%s: measured = reported latency', async quality => {
    const input = bandLimited(24_000);
    const { heard, latencySamples } = await through(quality, 1, input);
    expect(
      Math.abs(estimateDelay(input, heard, Math.ceil(latencySamples) + 300).delayFrames - latencySamples),
    ).toBeLessThan(0.001);
  });

  it.each(['standard', 'best'])(
    '%s: the aligned dry path nulls at equal mix to −100 dBFS below 18 kHz',
    async quality => {
      const input = bandLimited(24_000);
      const { heard, latencySamples } = await through(quality, 0.5, input);
      const late = Math.round(latencySamples);
      expect(Math.abs(latencySamples - late)).toBeLessThan(1e-6);
      expect(nullDb(heard.subarray(late), input.subarray(0, input.length - late))).toBeLessThanOrEqual(-100);
    },
  );
});

describe('LATENCY-3 a model of any block adds no latency', () => {
  it.each([[128], [1], [37], [480]])(
    'called with %i frames: an impulse leaves at the frame at which it came',
    async block => {
      const patch = makePatch(
        [
          ['input', 'source/audio-input'],
          ['amp', 'neural/neural-model'],
          ['out', 'output/audio-output'],
        ],
        ['input.out > amp.in', 'amp.out > out.in'],
      );
      const loaded = { amp: { model: model('identity-48k') } };
      const impulse = new Float32Array(1000);
      impulse[333] = 1;
      const { plan } = makePlan(patch, registry, loaded);
      expect([plan?.latencySamples, plan?.latency]).toEqual([0, { buffering: 0, inference: 0, model: 0, filter: 0 }]);
      const { outputs } = await renderPatch({
        patch,
        registry,
        resources: loaded,
        models,
        frames: 1000,
        inputs: { input: [impulse] },
        schedule: [block],
      });
      expect(nullDb(outputs.out[0], impulse)).toBe(-Infinity);
    },
  );
});
