// A model in a live context is not late: what the audio thread plays through it, captured, beside the same clicks without it.
// The tests of the plan say the same of a render; here the browser calls the model, one block at a time.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import { makePatch } from '../render/helpers.ts';
import { decode, useEngine, withFiles } from './bench.ts';

const FIXTURES = new URL('../fixtures/models/', import.meta.url);
/** Frames between two clicks: a prime, so that they come at other places of a block each time. */
const PERIOD_FRAMES = 4801;
const CLICKS = 10;

/** Clicks to one output through a model, to another without it. */
const besides = (model: string, sampleRateHz: number): Patch =>
  withFiles(
    makePatch(
      [
        ['click', 'source/impulse', { period: PERIOD_FRAMES / sampleRateHz }],
        ['amp', 'neural/neural-model'],
        ['wet', 'output/audio-output'],
        ['dry', 'output/audio-output'],
      ],
      ['click.out > amp.in', 'amp.out > wet.in', 'click.out > dry.in'],
      sampleRateHz,
    ),
    { amp: { model } },
  );

const browser = useEngine(page =>
  page.route('**/files/*.onnx', route => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) as string;
    return route.fulfill({ body: readFileSync(new URL(name, FIXTURES)) });
  }),
);

/** Plays ten clicks; gives the frames at which each output is not silent, and what the engine says of its latency. */
async function clicksOf(patch: Patch) {
  const played = await browser.run(
    async ({ patch, frames }) => {
      const bench = new engine.Bench();
      await bench.load(patch);
      bench.host.startCapture();
      const refused = await bench.start();
      await bench.play(frames);
      const captured = await bench.capture();
      const { made, live, faults } = bench.host;
      await bench.host.stop();
      const { latency, latencySamples } = made?.plan ?? {};
      return { captured, refused, faults, latency, latencySamples, blockFrames: live?.blockFrames };
    },
    { patch, frames: PERIOD_FRAMES * CLICKS },
  );
  expect([played.refused, played.faults]).toEqual([[], []]);
  expect(played.blockFrames).toBe(128);
  expect(played.captured.startFrame).toBe(0);
  const framesOf = (output: string): number[] =>
    [...decode(played.captured.outputs[output][0]).entries()]
      .filter(([, value]) => value !== 0)
      .map(([frame]) => frame);
  return { ...played, wet: framesOf('wet'), dry: framesOf('dry'), samples: played.captured.outputs };
}

describe('LATENCY-3 a model of any block, live in blocks of 128', () => {
  it.each([
    ['identity-48k.onnx', 48000],
    ['identity.onnx', 44100],
  ] as const)(
    '%s at %i Hz: every click leaves at the frame at which it came',
    async (model, sampleRateHz) => {
      const { wet, dry, samples, latency, latencySamples } = await clicksOf(besides(model, sampleRateHz));
      expect([latencySamples, latency]).toEqual([0, { buffering: 0, inference: 0, model: 0, filter: 0 }]);
      expect(dry.length).toBeGreaterThanOrEqual(CLICKS);
      expect(dry).toEqual(dry.map((_, index) => index * PERIOD_FRAMES));
      expect(wet).toEqual(dry);
      expect(samples.wet).toEqual(samples.dry);
    },
    30_000,
  );

  it('the measure sees one sample: a model that is late and denies it is heard so, one that says so is aligned', async () => {
    const honest = besides('delay-1.onnx', 44100);
    const denied = {
      ...honest,
      nodes: { ...honest.nodes, amp: { ...honest.nodes.amp, contract: { latencySamples: 0 } } },
    };
    const late = await clicksOf(denied);
    expect(late.latencySamples).toBe(0);
    expect(late.wet.slice(0, CLICKS)).toEqual(late.dry.slice(0, CLICKS).map(frame => frame + 1));
    const aligned = await clicksOf(honest);
    expect(aligned.latencySamples).toBe(1);
    expect(aligned.wet).toEqual(aligned.dry);
    expect(aligned.dry[0]).toBe(1);
  }, 30_000);
});
