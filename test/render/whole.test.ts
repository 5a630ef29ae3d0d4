// Models that need the whole sound at once: refused live with the reason, rendered in one call, also at a rate of their own.
// References: numpy (make_whole_reference.py), or the closed form in f64.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PatchError } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import type { Patch } from '../../src/core/patch.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { type RenderRequest, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, nullDb, registry } from './helpers.ts';

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const numbers = (name: string): Float32Array => new Float32Array(read(name).slice().buffer);
const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const backwards = loadModel(read('backwards.onnx'), 'backwards.onnx');
const peak = loadModel(read('peak.onnx'), 'peak.onnx');
const x = numbers('sound.f32');

/** Counts the frames of every call of a model. */
function counting(): { runtime: Inference; calls: number[] } {
  const calls: number[] = [];
  const runtime: Inference = {
    createRunner(model, maxFrames, slackFrames) {
      const runner = models.createRunner(model, maxFrames, slackFrames);
      const run = (frames: number): void => {
        calls.push(frames);
        runner.run(frames);
      };
      const counted: Partial<ModelRunner> = { run };
      return new Proxy(runner, {
        get: (target, name) => {
          const value = Reflect.get(counted, name) ?? Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
    dispose: () => undefined,
  };
  return { runtime, calls };
}

const chain = makePatch(
  [
    ['input', 'source/audio-input'],
    ['model', 'neural/neural-model'],
    ['out', 'output/audio-output'],
  ],
  ['input.out > model.in', 'model.out > out.in'],
);
const play = (patch: Patch, resources: ResourceBook, sound: Float32Array, more: Partial<RenderRequest> = {}) =>
  renderPatch({ patch, registry, resources, models, frames: sound.length, inputs: { input: [sound] }, ...more });

const codeOf = async (work: () => unknown): Promise<string | undefined> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof PatchError) return error.code;
    throw error;
  }
  return undefined;
};

describe('WHOLE-1 a model of the whole sound is not played, but rendered in one call', () => {
  it('says so in its file, and live it is refused with the reason', () => {
    expect(backwards.contract.blockFrames).toBe('whole');
    const { plan, problems } = makePlan(chain, registry, { model: { model: backwards } });
    expect(plan).toBeUndefined();
    expect(problems.map(({ code, nodeId }) => [code, nodeId])).toEqual([['E-OFFLINE', 'model']]);
    expect(problems[0].message).toMatch(/^model: expected the whole sound at once, got .+ Render /);
  });

  it('bypassed it stands in nobody’s way', () => {
    const nodes = { ...chain.nodes, model: { ...chain.nodes.model, isBypassed: true as const } };
    expect(makePlan({ ...chain, nodes }, registry, { model: { model: backwards } }).plan?.isOneShot).toBe(false);
  });

  it('backwards as numpy has it, in one call, whatever the block', async () => {
    for (const more of [{}, { schedule: [37] }, { hostBlockFrames: 480 }]) {
      const { runtime, calls } = counting();
      const events = [{ frame: 0, kind: 'param', nodeId: 'model', param: 'level', value: 0.5 }] as const;
      const heard = await play(chain, { model: { model: backwards } }, x, { models: runtime, events, ...more });
      expect(calls).toEqual([x.length]);
      expect(heard.plan.latencySamples).toBe(0);
      expect(nullDb(heard.outputs.out[0], numbers('backwards.f32'))).toBeLessThan(-140);
    }
  });

  it('a param holds for the whole sound: a later move is the one', async () => {
    const move = (frame: number, value: number) =>
      ({ frame, kind: 'param', nodeId: 'model', param: 'level', value }) as const;
    const { runtime, calls } = counting();
    const events = [move(10, 2), move(2000, 0.5)];
    const heard = await play(chain, { model: { model: backwards } }, x, { models: runtime, events });
    expect(calls).toEqual([x.length]);
    expect(nullDb(heard.outputs.out[0], numbers('backwards.f32'))).toBeLessThan(-140);
  });

  it('at a rate of its own between resamplers, and beside a model that is called in pieces', async () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '24000' }],
        ['model', 'neural/neural-model'],
        ['up', 'rate/resampler', { to: '48000' }],
        ['late', 'neural/neural-model'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > down.in', 'down.out > model.in', 'model.out > up.in', 'up.out > late.in', 'late.out > out.in'],
    );
    const late = registry.get('neural/neural-model')?.cases[1].resources ?? {};
    const frames = 100_000;
    const sound = Float32Array.from({ length: frames }, (_, n) => 0.2 * Math.sin((2 * Math.PI * 440 * n) / 48000));
    const { runtime, calls } = counting();
    const heard = await play(patch, { model: { model: peak }, late }, sound, { models: runtime, isAligned: true });
    const played = frames + heard.alignedFrames;
    expect(heard.alignedFrames).toBe(heard.plan.latencySamples);
    expect(calls).toEqual([Math.ceil(played / 2), 32768, 32768, 32768, played - 3 * 32768]);
    // A sine of any size becomes one of size 1, where the filters have settled.
    const inner = (from: ArrayLike<number>): number[] => Array.from(from).slice(4800, frames - 4800);
    const expected = sound.map(s => s / 0.2);
    expect(nullDb(inner(heard.outputs.out[0]), inner(expected))).toBeLessThan(-80);
  });

  it('two of them in series, each once', async () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['model', 'neural/neural-model'],
        ['again', 'neural/neural-model'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > model.in', 'model.out > again.in', 'again.out > out.in'],
    );
    const heard = await play(patch, { model: { model: backwards }, again: { model: backwards } }, x);
    const loudest = Math.max(...x.map(Math.abs));
    expect(
      nullDb(
        heard.outputs.out[0],
        x.map(s => s / loudest),
      ),
    ).toBeLessThan(-140);
  });
});

describe('WHOLE-2 what can not be one call is refused', () => {
  it('a place in a loop', async () => {
    const ring = makePatch(
      [
        ['input', 'source/audio-input'],
        ['model', 'neural/neural-model'],
        ['delay', 'time/delay'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > model.in', 'model.out > delay.in', 'delay.out > model.in', 'model.out > out.in'],
    );
    expect(await codeOf(() => play(ring, { model: { model: backwards } }, x))).toBe('E-OFFLINE');
  });

  it('a swap or reset on the way', async () => {
    const events = [{ frame: 100, kind: 'reset', nodeId: 'model' }] as const;
    expect(await codeOf(() => play(chain, { model: { model: backwards } }, x, { events }))).toBe('E-OFFLINE');
  });

  it('more than fits into memory at once', async () => {
    const sound = new Float32Array(3600 * 48000);
    expect(await codeOf(() => play(chain, { model: { model: backwards } }, sound))).toBe('E-SIZE');
  });

  it('minutes fit', async () => {
    const sound = noise(5 * 60 * 48000, 3);
    const heard = await play(chain, { model: { model: backwards } }, sound);
    const loudest = sound.reduce((most, s) => Math.max(most, Math.abs(s)), 0);
    expect(
      nullDb(
        heard.outputs.out[0].subarray(0, 4800),
        sound
          .slice(-4800)
          .reverse()
          .map(s => s / loudest),
      ),
    ).toBeLessThan(-140);
  });
});
