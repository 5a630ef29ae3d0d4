// What a node that can't go on does to the sound: it is told once, and never makes a loop run away.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setBypassed } from '../../src/core/edits.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Patch } from '../../src/core/patch.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { Executor } from '../../src/render/executor.ts';
import { Performer } from '../../src/render/performer.ts';
import { planOrThrow, type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { modelAt } from '../core/resources.ts';
import { CountingRuntime } from './counting-runtime.ts';
import { makePatch, noise, nullDb, registry } from './helpers.ts';

const peakOf = (x: Float32Array): number => x.reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);

describe('RENDER-12 a faulty node inside a loop', () => {
  it.each(['delay', 'gain'])('%s falls silent instead of passing its input round at gain 1', async at => {
    // One frame of an input that is no number, in front of the node: it fails there, and stays so.
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['mix', 'dynamics/gain'],
        ['delay', 'time/delay', { time: 1 }],
        ['gain', 'dynamics/gain', { level: -12 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > mix.in', 'mix.out > delay.in', 'delay.out > gain.in', 'gain.out > mix.in', 'mix.out > out.in'],
    );
    const plan = planOrThrow(patch, registry, {}, 128);
    const executor = new Executor({ plan, registry, resources: {} });
    const run = executor.nodes.get(at);
    const input = noise(48000, 5);
    let peak = 0;
    for (let from = 0; from < input.length; from += 128) {
      if (from === 1280 && run) run.fault = 'E-NAN';
      const { signal } = plan.inputs[0];
      executor.audio(signal)[0].set(input.subarray(from, from + 128));
      executor.process(Math.min(128, input.length - from));
      peak = Math.max(peak, peakOf(executor.audio(plan.outputs[0].signal)[0].subarray(0, 128)));
      if (from > 12800) expect([...run!.io.audioOut.out[0].subarray(0, 48)].every(x => x === 0)).toBe(true);
    }
    expect(peak).toBeLessThan(2);
  });
});

describe('RENDER-12 a node of spectra that failed', () => {
  it.each([[[128]], [[300, 37]]])(
    'gives them on whole hops late, beside a dry way of sound, in calls of %j frames',
    async schedule => {
      const model = loadModel(
        new Uint8Array(readFileSync(new URL('../fixtures/models/settling-spectrum.onnx', import.meta.url))),
        'settling-spectrum.onnx',
        { latencySamples: 256 },
      );
      const patch = makePatch(
        [
          ['input', 'source/audio-input'],
          ['stft', 'spectral/stft', { window: '256' }],
          ['model', 'neural/neural-model'],
          ['istft', 'spectral/istft'],
          ['mix', 'mix/dry-wet', { mix: 0.5 }],
          ['out', 'output/audio-output'],
        ],
        [
          'input.out > stft.in',
          'stft.out > model.in',
          'model.out > istft.in',
          'istft.out > mix.wet',
          'input.out > mix.dry',
          'mix.out > out.in',
        ],
      );
      const latencySamples = 255 + 256;
      const x = noise(6000, 3);
      const silence = new Float32Array(latencySamples);
      const resources = { model: { model } };
      const request = { patch, registry, resources, frames: x.length, inputs: { input: [x] }, schedule };
      const { faults, outputs } = await renderPatch(request);
      expect(faults.map(({ code }) => code)).toEqual(['E-MODEL-RUN']);
      const wanted = Float32Array.from([...silence, ...x.subarray(0, x.length - latencySamples)]);
      // The mix at 0.5 gives both ways at half their level.
      expect(nullDb(outputs.out[0], wanted)).toBeLessThan(-120);
    },
  );
});

describe('RENDER-13 models that nothing runs', () => {
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['model', 'neural/neural-model'],
      ['out', 'output/audio-output'],
    ],
    ['input.out > model.in', 'model.out > out.in'],
  );
  const resources = { model: { model: modelAt(48000) } };
  const inputs = { input: [noise(1000, 1)] };

  it('are told once; the sound goes through', async () => {
    const { faults, outputs } = await renderPatch({ patch, registry, resources, frames: 1000, inputs });
    expect(faults.map(({ code, nodeId }) => [code, nodeId])).toEqual([['E-MODEL-RUN', 'model']]);
    expect(faults[0].message).toContain('expected a runtime');
    expect(outputs.out[0]).toEqual(inputs.input[0]);
  });

  it('say what becomes of the sound: bypassed, or silent in a loop and where what goes in is unlike what comes out', () => {
    const looped = makePatch(
      [
        ['model', 'neural/neural-model'],
        ['delay', 'time/delay', { time: 1 }],
        ['out', 'output/audio-output'],
      ],
      ['model.out > delay.in', 'delay.out > model.in', 'model.out > out.in'],
    );
    const encoder = loadModel(
      new Uint8Array(readFileSync(new URL('../fixtures/models/encoder-128.onnx', import.meta.url))),
      'encoder-128.onnx',
    );
    const messageOf = (p: Patch, book: ResourceBook, nodeId = 'model'): string | undefined => {
      const executor = new Executor({ plan: planOrThrow(p, registry, book, 128), registry, resources: book });
      return executor.takeFaults().find(fault => fault.nodeId === nodeId)?.message;
    };
    expect(messageOf(patch, resources)).toMatch(/got none\. It is bypassed; play it again once models run\.$/);
    expect(messageOf(looped, resources)).toMatch(/got none\. It is silent; play it again once models run\.$/);
    const encoding = makePatch(
      [
        ['input', 'source/audio-input'],
        ['blocks', 'rate/block-adapter', { block: 128 }],
        ['model', 'neural/neural-model'],
      ],
      ['input.out > blocks.in', 'blocks.out > model.in'],
    );
    expect(messageOf(encoding, { model: { model: encoder } })).toMatch(/got none\. It is silent; /);
  });

  it('run as soon as a runtime is there', () => {
    const plan = planOrThrow(patch, registry, resources, 128);
    const models = new CountingRuntime();
    const performer = new Performer(new Executor({ plan, registry, resources }));
    performer.process(128, inputs, () => undefined);
    expect(performer.takeFaults()).toHaveLength(1);
    const executor = new Executor({ plan, registry, resources, models });
    performer.schedule({ frame: 0, kind: 'swap', executor, tag: '' });
    performer.process(128, inputs, () => undefined);
    expect([performer.takeFaults(), executor.nodes.get('model')?.fault]).toEqual([[], undefined]);
    performer.dispose();
    expect(models.alive).toBe(0);
  });

  it('leave no runner behind when the plan can’t be built: too much memory, or a later model refused', () => {
    const models = new CountingRuntime();
    const wide = makePatch(
      [
        ['a', 'neural/neural-model'],
        ...Array.from({ length: 600 }, (_, i) => [`d${i}`, 'time/delay', { maxTime: '10 s' }] as const),
      ],
      [],
    );
    const late = makePatch(
      [
        ['a', 'neural/neural-model'],
        ['b', 'neural/neural-model'],
      ],
      [],
    );
    const good = modelAt(48000);
    const make = (p: Patch, book: Record<string, { model: typeof good }>) => () =>
      new Executor({ plan: planOrThrow(p, registry, book, 128), registry, resources: book, models });
    expect(make(wide, { a: { model: good } })).toThrow(/E-SIZE/);
    expect(models.alive).toBe(0);
    expect(make(late, { a: { model: good }, b: { model: { ...good, sha256: 'broken' } } })).toThrow(/broken/);
    expect(models.alive).toBe(0);
  });
});

describe('RENDER-16 a model that its runtime refuses', () => {
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['model', 'neural/neural-model'],
      ['out', 'output/audio-output'],
    ],
    ['input.out > model.in', 'model.out > out.in'],
  );
  const bookOf = (sha256: string) => ({ model: { model: { ...modelAt(48000), sha256 } } });
  const inputs = { input: [noise(128, 2)] };
  const make = (sha256: string, models: CountingRuntime) => {
    const resources = bookOf(sha256);
    const plan = planOrThrow(patch, registry, resources, 128);
    return new Executor({ plan, registry, resources, models, bypassesRefused: true });
  };

  it('is bypassed and told once in its words; never asked for again in a block, but with the next plan; with another file it runs', () => {
    const models = new CountingRuntime();
    const refused = make('broken', models);
    const performer = new Performer(refused);
    const play = () => performer.process(128, inputs, () => undefined);
    play();
    expect(refused.output('out')?.[0].subarray(0, 128)).toEqual(inputs.input[0]);
    const [fault, ...more] = performer.takeFaults();
    expect([fault?.code, fault?.nodeId, more]).toEqual(['E-MODEL-RUN', 'model', []]);
    expect(fault?.message).toContain('broken');
    play();
    expect(performer.takeFaults()).toEqual([]);
    // Plans are made outside the blocks, in which there is no time to load a model.
    const swap = (sha256: string) =>
      performer.schedule({ frame: performer.frame, kind: 'swap', executor: make(sha256, models), tag: '' });
    swap('broken');
    for (let block = 0; block < 10; block++) play();
    expect([performer.takeFaults(), models.asked]).toEqual([[], 2]);
    performer.schedule({ frame: performer.frame, kind: 'reset', nodeId: 'model' });
    play();
    expect([performer.takeFaults(), models.asked]).toEqual([[], 2]);
    // After a reset it is told again, should it be refused again.
    swap('broken');
    for (let block = 0; block < 10; block++) play();
    expect([performer.takeFaults(), models.asked]).toEqual([[fault], 3]);
    swap('good');
    play();
    expect([performer.takeFaults(), models.alive]).toEqual([[], 1]);
    performer.dispose();
    expect(models.alive).toBe(0);
  });

  it('is thrown by a render', async () => {
    const models = new CountingRuntime();
    const render = renderPatch({ patch, registry, resources: bookOf('broken'), models, frames: 128, inputs });
    await expect(render).rejects.toThrow('broken');
    expect(models.alive).toBe(0);
  });
});

describe('RENDER-11 bypass while playing', () => {
  it('a delay that is switched on again does not repeat what it held when it was bypassed', async () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['delay', 'time/delay', { time: 100 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > delay.in', 'delay.out > out.in'],
    );
    const bypassed = applyTransaction(patch, setBypassed('delay', true)).patch;
    const burst = noise(30000, 2).fill(0, 4000);
    const events: RenderEvent[] = [
      { frame: 4000, kind: 'patch', patch: bypassed, resources: {} },
      { frame: 12000, kind: 'patch', patch, resources: {} },
    ];
    const inputs = { input: [burst] };
    const { outputs } = await renderPatch({ patch, registry, resources: {}, frames: 30000, inputs, events });
    expect(peakOf(outputs.out[0].subarray(5000))).toBe(0);
  });
});
