// What goes where past a bypassed or a failed node, in the engine and in the bundle; expected sounds are the inputs themselves.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { compileBundle } from '../../src/compile/bundle.ts';
import { setBypassed } from '../../src/core/edits.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Patch } from '../../src/core/patch.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { planOrThrow, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';

const runtime = createGraphRuntime(await loadOrtFromFile(WASM_PATH));
const FRAMES = 2000;
const x = noise(FRAMES, 1);
const y = noise(FRAMES, 2);
const inputs = { x: [x], y: [y] };
const bypass = (patch: Patch, ...ids: string[]): Patch =>
  ids.reduce((bypassed, id) => applyTransaction(bypassed, setBypassed(id, true)).patch, patch);

/** Outputs of the engine and of the bundle. */
async function playBoth(patch: Patch, resources: ResourceBook = {}) {
  const { plan, problems } = makePlan(patch, registry, resources);
  expect(problems).toEqual([]);
  const { outputs } = await renderPatch({ patch, registry, resources, frames: FRAMES, inputs, schedule: [100] });
  const player = new BundlePlayer(compileBundle(patch, plan!, registry, resources), runtime);
  const played = playBundle(player, { inputs, frames: FRAMES, schedule: [300, 37] });
  player.dispose();
  return { plays: [outputs, played], latencySamples: plan!.latencySamples };
}

const lanes = (wires: readonly string[]): Patch =>
  makePatch(
    [
      ['x', 'source/audio-input'],
      ['y', 'source/audio-input'],
      ['align', 'time/latency-align', { trim1: 50, trim2: 7 }],
      ['a', 'output/audio-output'],
      ['b', 'output/audio-output'],
    ],
    [...wires, 'align.out1 > a.in', 'align.out2 > b.in'],
  );

describe('BYPASS-2 what goes where', () => {
  it('each lane of a node passes on its own', async () => {
    const { plays } = await playBoth(bypass(lanes(['x.out > align.in1', 'y.out > align.in2']), 'align'));
    for (const { a, b } of plays) expect([a, b]).toEqual([[x], [y]]);
  });

  it('a lane that nothing is wired to is silent', async () => {
    const { plays } = await playBoth(bypass(lanes(['y.out > align.in2']), 'align'));
    for (const { a, b } of plays) expect([a, b]).toEqual([[new Float32Array(FRAMES)], [y]]);
  });

  it('spectra that meet in front of it are added, whole spectra, in the bundle as well', async () => {
    const model = loadModel(
      new Uint8Array(readFileSync(new URL('../fixtures/models/settling-spectrum.onnx', import.meta.url))),
      'settling-spectrum.onnx',
      { latencySamples: 250 },
    );
    const patch = makePatch(
      [
        ['x', 'source/audio-input'],
        ['y', 'source/audio-input'],
        ['stft-x', 'spectral/stft', { window: '256' }],
        ['stft-y', 'spectral/stft', { window: '256' }],
        ['before', 'neural/neural-model'],
        ['model', 'neural/neural-model'],
        ['istft', 'spectral/istft'],
        ['out', 'output/audio-output'],
      ],
      [
        'x.out > stft-x.in',
        'y.out > stft-y.in',
        'stft-x.out > before.in',
        'before.out > model.in',
        // Waits for what goes through `before`: two aligned ways, and both into one inlet.
        'stft-y.out > model.in',
        'model.out > istft.in',
        'istft.out > out.in',
      ],
    );
    const whole = { ...model, contract: { ...model.contract, latencySamples: 256 } };
    const { plays, latencySamples } = await playBoth(bypass(patch, 'before', 'model'), {
      before: { model: whole },
      model: { model: whole },
    });
    expect(latencySamples).toBe(255 + 2 * 256);
    const wanted = x.map((v, n) => v + y[n]).subarray(0, FRAMES - latencySamples);
    for (const { out } of plays) expect(nullDb(out[0].subarray(latencySamples), wanted)).toBeLessThan(-120);
  });

  it('spectra that can’t wait as long as the node is late are told with the samples that are left over', async () => {
    const model = loadModel(
      new Uint8Array(readFileSync(new URL('../fixtures/models/settling-spectrum.onnx', import.meta.url))),
      'settling-spectrum.onnx',
      { latencySamples: 190 },
    );
    const patch = bypass(
      makePatch(
        [
          ['x', 'source/audio-input'],
          ['stft', 'spectral/stft', { window: '256' }],
          ['model', 'neural/neural-model'],
          ['istft', 'spectral/istft'],
          ['out', 'output/audio-output'],
        ],
        ['x.out > stft.in', 'stft.out > model.in', 'model.out > istft.in', 'istft.out > out.in'],
      ),
      'model',
    );
    const resources = { model: { model } };
    const { plan, problems } = makePlan(patch, registry, resources);
    const click = new Float32Array(FRAMES);
    click[0] = 1;
    const { outputs } = await renderPatch({ patch, registry, resources, frames: FRAMES, inputs: { x: [click] } });
    const heard = outputs.out[0].findIndex(v => Math.abs(v) > 0.5);
    const early = plan!.latencySamples - heard;
    expect([plan!.latencySamples, early]).toEqual([255 + 190, 62]);
    expect(plan!.connections['model.out>istft.in'].alignErrorSamples).toBe(early);
    expect(problems).toMatchObject([
      { code: 'E-ALIGN', severity: 'warning', path: 'connections.model.out>istft.in', nodeId: 'istft' },
    ]);
    expect(problems[0].message).toContain(`got these ${early} samples too early, since model is bypassed`);
  });

  it('a converter works on', async () => {
    const patch = makePatch(
      [
        ['x', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '16000' }],
        ['up', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      ['x.out > down.in', 'down.out > up.in', 'up.out > out.in'],
    );
    const [on, off] = [await playBoth(patch), await playBoth(bypass(patch, 'down'))];
    expect(off.plays[0].out).toEqual(on.plays[0].out);
  });

  it('a node that failed passes the same', () => {
    const plan = planOrThrow(lanes(['x.out > align.in1', 'y.out > align.in2']), registry, {}, 128);
    const executor = new Executor({ plan, registry, resources: {} });
    const run = executor.nodes.get('align')!;
    run.fault = 'E-NAN';
    for (const { nodeId, signal } of plan.inputs)
      executor.audio(signal)[0].set((nodeId === 'x' ? x : y).subarray(0, 100));
    executor.process(100);
    const { out1, out2 } = run.io.audioOut;
    expect([out1[0].slice(0, 100), out2[0].slice(0, 100)]).toEqual([x.slice(0, 100), y.slice(0, 100)]);
  });
});
