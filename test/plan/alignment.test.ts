// Spectra that meet: what whole hops can't align is told with the figure that is heard.
import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/plan/make-plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, registry } from '../render/helpers.ts';

const FRAMES = 4000;
const LOOKAHEAD = { lookAhead: 3 };

/** Frames at which something is heard of a click at frame 0. */
async function clicks(patch: ReturnType<typeof makePatch>): Promise<number[]> {
  const click = new Float32Array(FRAMES);
  click[0] = 0.1;
  const { outputs } = await renderPatch({ patch, registry, resources: {}, frames: FRAMES, inputs: { input: [click] } });
  return [...outputs.out[0].keys()].filter(n => Math.abs(outputs.out[0][n]) > 0.01);
}

describe('LATENCY-6 spectra wait for whole hops', () => {
  const nodes = [
    ['input', 'source/audio-input'],
    ['limiter', 'dynamics/limiter', LOOKAHEAD],
    ['wet', 'spectral/stft', { window: '256' }],
    ['dry', 'spectral/stft', { window: '256' }],
    ['istft', 'spectral/istft'],
    ['out', 'output/audio-output'],
  ] as const;
  const ends = ['wet.out > istft.in', 'dry.out > istft.in', 'istft.out > out.in', 'input.out > limiter.in'];

  it('what is left over is told, with the samples by which the ways are heard apart', async () => {
    const patch = makePatch(nodes, [...ends, 'limiter.out > wet.in', 'input.out > dry.in']);
    const { plan, problems } = makePlan(patch, registry, {});
    const latency = plan!.nodes.limiter.latency.filter + plan!.nodes.limiter.latency.buffering;
    const apart = latency - Math.round(latency / 128) * 128;
    expect(Math.abs(apart)).toBeGreaterThan(5);
    expect(problems).toMatchObject([{ code: 'E-ALIGN', severity: 'warning', path: 'connections.dry.out>istft.in' }]);
    const side = apart > 0 ? 'early' : 'late';
    expect(problems[0].message).toContain(
      `got these ${Math.abs(apart)} samples too ${side}, since spectra wait for whole hops of 128 samples`,
    );
    const [first, second, ...more] = await clicks(patch);
    expect([second - first, more]).toEqual([Math.abs(apart), []]);
  });

  it('brought together as sound they meet to the sample', async () => {
    const patch = makePatch(
      [...nodes, ['meet', 'time/latency-align']],
      [...ends, 'limiter.out > meet.in1', 'input.out > meet.in2', 'meet.out1 > wet.in', 'meet.out2 > dry.in'],
    );
    const { plan, problems } = makePlan(patch, registry, {});
    expect(problems).toEqual([]);
    expect(await clicks(patch)).toEqual([plan!.latencySamples]);
  });

  it('ways that are late by whole hops need no warning', () => {
    const patch = makePatch(
      nodes.filter(([id]) => id !== 'limiter'),
      ['input.out > wet.in', 'input.out > dry.in', 'wet.out > istft.in', 'dry.out > istft.in', 'istft.out > out.in'],
    );
    expect(makePlan(patch, registry, {}).problems).toEqual([]);
  });
});
