// Blocks: any host block against any native block, at the least latency that can be, live and in a bundle.
// Latencies are counted on impulses; the formula is Letz's, the rest of the sound is compared sample by sample.
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import { setParam } from '../../src/core/edits.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { gcd } from '../../src/dsp/clock.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { PlanOptions } from '../../src/plan/node-context.ts';
import { Executor } from '../../src/render/executor.ts';
import { Performer, type PerformerEvent } from '../../src/render/performer.ts';
import { WASM_PATH } from '../inference/models.ts';
import { loadRegistry } from '../nodes/load-nodes.ts';
import { noise } from '../nodes/signals.ts';
import { makePatch } from '../render/helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const runtime = createGraphRuntime(ort);
const { registry } = await loadRegistry();

/** y[n] = gain·x[n − 1] with a memory, declared to run in blocks: the model of neural-model's own case. */
const lateModel = registry.get('neural/neural-model')?.cases[1].resources?.model as ModelResource;
const blockModel = (blockFrames: ModelResource['contract']['blockFrames'], sampleRateHz = 0): ModelResource => ({
  ...lateModel,
  contract: { ...lateModel.contract, blockFrames, sampleRateHz },
});

const CHAIN = [
  'input.out > to-blocks.in',
  'to-blocks.out > model.in',
  'model.out > to-stream.in',
  'to-stream.out > out.in',
];
const chain = (block: number): Patch =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['to-blocks', 'rate/block-adapter', { block }],
      ['model', 'neural/neural-model'],
      ['to-stream', 'rate/block-adapter', { block: 0 }],
      ['out', 'output/audio-output'],
    ],
    CHAIN,
  );

function play(
  patch: Patch,
  block: number,
  x: Float32Array,
  schedule: readonly number[],
  options: PlanOptions = {},
  events: readonly PerformerEvent[] = [],
) {
  const resources = { model: { model: blockModel(block) } };
  const { plan, problems } = makePlan(patch, registry, resources, options);
  expect(problems).toEqual([]);
  const executor = new Executor({ plan: plan!, registry, resources, models });
  const performer = new Performer(executor);
  for (const event of events) performer.schedule(event);
  const y = new Float32Array(x.length);
  let done = 0;
  for (let call = 0; done < x.length; call++) {
    const frames = Math.min(schedule[call % schedule.length], x.length - done);
    performer.process(frames, { input: [x.subarray(done)] }, (offset, count) =>
      performer.addOutput('out', 0, y, done + offset, count),
    );
    done += frames;
  }
  expect(performer.takeFaults()).toEqual([]);
  performer.dispose();
  return { y, plan: plan! };
}

const impulse = (frames: number, at = 0): Float32Array => {
  const x = new Float32Array(frames);
  x[at] = 1;
  return x;
};

const HOST = isFull ? [1, 32, 37, 64, 128, 192, 480, 512, 1024] : [1, 37, 128, 192, 512];
const NATIVE = isFull ? [1, 16, 64, 100, 128, 441, 512, 2048] : [1, 64, 100, 512];

describe('a host block against a native block', () => {
  it.each(HOST.flatMap(host => NATIVE.map(native => [host, native] as const)))(
    'BLOCK-1 costs m − gcd(b, m) and no sample more: b = %i, m = %i',
    (host, native) => {
      const least = native - gcd(host, native);
      const frames = host * Math.ceil((least + native + 40) / host + 2);
      const { y, plan } = play(chain(native), native, impulse(frames, 3), [host], { hostBlockFrames: host });
      expect(plan.latency).toEqual({ buffering: least, inference: 0, model: 1, filter: 0 });
      expect(y.indexOf(1)).toBe(3 + least + 1);
      expect(y.filter(value => value !== 0)).toHaveLength(1);
    },
  );

  it.each(NATIVE)('BLOCK-2 without a promise of the host it is m − 1, whatever the calls: m = %i', native => {
    const x = noise(4000, 3, 0.5);
    const { y, plan } = play(chain(native), native, x, [1, 37, 480, 128, 3]);
    expect(plan.latency.buffering).toBe(native - 1);
    const late = native - 1 + 1;
    for (let n = 0; n < x.length; n++) expect(y[n]).toBe(n < late ? 0 : x[n - late]);
    expect(play(chain(native), native, x, [x.length], { maxFrames: x.length }).y).toEqual(y);
  });
});

describe('params in a block region', () => {
  const moves: PerformerEvent[] = [0, 70, 71, 200, 512, 900].map((frame, at) => ({
    frame,
    kind: 'param',
    nodeId: 'model',
    param: 'gain',
    value: 1 - at / 4,
  }));

  it('BLOCK-3 a move holds for the whole block in which it falls, in the engine and in the bundle, whatever the calls', async () => {
    const native = 64;
    const x = noise(2000, 5, 0.5);
    const patch = chain(native);
    const { y, plan } = play(patch, native, x, [128], {}, moves);
    for (const schedule of [[1], [37], [2000]])
      expect(play(patch, native, x, schedule, { maxFrames: 2000 }, moves).y, `${schedule}`).toEqual(y);
    const gainAt = (n: number): number => {
      const last = moves.filter(move => move.frame < (Math.floor(n / native) + 1) * native).at(-1);
      return last?.kind === 'param' ? Number(last.value) : 1;
    };
    for (let n = native; n < x.length; n++) expect(y[n]).toBeCloseTo(gainAt(n - native + 1) * (x[n - native] ?? 0), 6);
    const bundle = new BundlePlayer(
      readBundle(packBundle(compileBundle(patch, plan, registry, { model: { model: blockModel(native) } }))),
      runtime,
    );
    for (const schedule of [[1, 37, 480], [128], [2000]]) {
      bundle.reset();
      const outputs = playBundle(bundle, {
        frames: x.length,
        inputs: { input: [x] },
        schedule,
        events: moves.map(move => ({
          frame: move.frame,
          param: 'model.gain',
          value: (move as { value: number }).value,
        })),
      });
      // −0 and 0 are the same sound.
      expect(
        outputs.out[0].map(v => v + 0),
        `${schedule}`,
      ).toEqual(y.map(v => v + 0));
    }
  });
});

describe('edits around a block region', () => {
  const delayed = makePatch(
    [
      ['input', 'source/audio-input'],
      ['to-blocks', 'rate/block-adapter', { block: 2048 }],
      ['delay', 'time/delay', { time: 30, feedback: 0.5 }],
      ['level', 'dynamics/gain'],
      ['to-stream', 'rate/block-adapter', { block: 0 }],
      ['out', 'output/audio-output'],
    ],
    [
      'input.out > to-blocks.in',
      'to-blocks.out > delay.in',
      'delay.out > level.in',
      'level.out > to-stream.in',
      'to-stream.out > out.in',
    ],
  );
  const x = noise(12_000, 9, 0.5);

  it('BLOCK-3 a move in the first block, which fills in many calls or in one, sounds the same', () => {
    const events: PerformerEvent[] = [{ frame: 0, kind: 'param', nodeId: 'delay', param: 'time', value: 1 }];
    const { y } = play(delayed, 0, x, [4096], { maxFrames: 4096 }, events);
    expect(y.some(value => value !== 0)).toBe(true);
    for (const schedule of [[128], [37, 1, 2000]])
      expect(play(delayed, 0, x, schedule, { maxFrames: 4096 }, events).y, `${schedule}`).toEqual(y);
  });

  it('RENDER-3 a plan that takes over knows better than a move that still waits for its block', () => {
    const resources = {};
    const make = (level: number): Executor => {
      const patch = applyTransaction(delayed, setParam('level', 'level', level)).patch;
      return new Executor({ plan: makePlan(patch, registry, resources).plan!, registry, resources, models });
    };
    const performer = new Performer(make(0));
    performer.schedule({ frame: 100, kind: 'param', nodeId: 'level', param: 'level', value: -40 });
    performer.process(256, {}, () => undefined);
    performer.schedule({ frame: 256, kind: 'swap', executor: make(0), tag: '' });
    performer.process(4096, {}, () => undefined);
    expect(performer.executor.nodes.get('level')?.slots.get('level')?.target).toBe(0);
    performer.dispose();
  });
});

it('RENDER-12 what passes a model that failed is as late as the model', () => {
  const model = { ...lateModel, contract: { ...lateModel.contract, latencySamples: 50 } };
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['model', 'neural/neural-model'],
      ['out', 'output/audio-output'],
    ],
    ['input.out > model.in', 'model.out > out.in'],
  );
  const resources = { model: { model } };
  const { plan } = makePlan(patch, registry, resources);
  const executor = new Executor({ plan: plan!, registry, resources, models });
  const x = noise(1000, 4, 0.5);
  const run = executor.nodes.get('model')!;
  run.fault = 'E-NAN';
  for (let from = 0; from < x.length; from += 37) {
    const count = Math.min(37, x.length - from);
    executor.audio(plan!.inputs[0].signal)[0].set(x.subarray(from, from + count));
    executor.process(count);
    const y = executor.audio(plan!.outputs[0].signal)[0];
    for (let i = 0; i < count; i++) expect(y[i]).toBe(from + i < 50 ? 0 : x[from + i - 50]);
  }
  executor.dispose();
});

it('delays that align paths count as memory: a patch that wants too much is refused before it is taken', () => {
  // Each pair of adapters is 65,535 frames late, and the dry sounds beside them wait for the whole chain.
  const steps = Array.from({ length: 64 }, (_, n) => n);
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ...steps.flatMap(
        n =>
          [
            [`in-${n}`, 'rate/block-adapter', { block: 65536 }],
            [`out-${n}`, 'rate/block-adapter', { block: 0 }],
            [`sum-${n}`, 'dynamics/gain'],
          ] as const,
      ),
      ...steps.map(n => [`dry-${n}`, 'dynamics/gain'] as const),
      ['out', 'output/audio-output'],
    ],
    [
      ...steps.flatMap(n => [
        `${n === 0 ? 'input' : `out-${n - 1}`}.out > in-${n}.in`,
        `in-${n}.out > sum-${n}.in`,
        `sum-${n}.out > out-${n}.in`,
      ]),
      ...steps.flatMap(n => [`input.out > dry-${n}.in`, `dry-${n}.out > out.in`]),
      'out-63.out > out.in',
    ],
  );
  const { plan } = makePlan(patch, registry, {});
  expect(() => new Executor({ plan: plan!, registry, resources: {} })).toThrow(/E-SIZE/);
});

it('BLOCK-4 what leaves a patch is a stream at its rate: every type of output refuses blocks', () => {
  const outputs = Object.values(registry.types).filter(type => type.lowering.kind === 'output');
  expect(outputs.map(({ id }) => id)).toContain('output/file-recorder');
  for (const { id } of outputs) {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['to-blocks', 'rate/block-adapter', { block: 256 }],
        ['out', id],
      ],
      ['input.out > to-blocks.in', 'to-blocks.out > out.in'],
    );
    const { plan, problems } = makePlan(patch, registry, {});
    expect([id, plan, problems.map(({ code }) => code)]).toEqual([id, undefined, ['E-BLOCK']]);
  }
});

describe('a stream that meets a fixed block', () => {
  const straight = makePatch(
    [
      ['input', 'source/audio-input'],
      ['model', 'neural/neural-model'],
      ['gain', 'dynamics/gain'],
      ['out', 'output/audio-output'],
    ],
    ['input.out > model.in', 'model.out > gain.in', 'gain.out > out.in'],
  );
  it.each([
    ['one size', 512, 512],
    ['a list of sizes', [1024, 256], 256],
    ['a multiple', { multipleOf: 96 }, 96],
  ] as const)(
    'BLOCK-4 is refused with the reason, and one click puts adapters around the model: %s',
    (_name, rule, least) => {
      const resources = { model: { model: blockModel(rule) } };
      const problem = validatePatch(straight, registry, resources).find(({ nodeId }) => nodeId === 'model')!;
      expect(problem).toMatchObject({ code: 'E-BLOCK', path: 'connections.input.out>model.in' });
      expect(problem.message).toContain('got a stream');
      expect(problem.fix?.label).toContain(`+${least - 1} samples`);
      const mended = applyTransaction(straight, problem.fix!.transaction).patch;
      expect(validatePatch(mended, registry, resources)).toEqual([]);
      expect(makePlan(mended, registry, resources).plan?.latency.buffering).toBe(least - 1);
    },
  );

  it('BLOCK-5 between resamplers the path is whole: m − 1 at the region’s rate, rounded once', () => {
    const resources = { model: { model: blockModel(512, 44100) } };
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '44100' }],
        ['to-blocks', 'rate/block-adapter', { block: 512 }],
        ['model', 'neural/neural-model'],
        ['to-stream', 'rate/block-adapter', { block: 0 }],
        ['up', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      [
        'input.out > down.in',
        'down.out > to-blocks.in',
        'to-blocks.out > model.in',
        'model.out > to-stream.in',
        'to-stream.out > up.in',
        'up.out > out.in',
      ],
    );
    const { plan, problems } = makePlan(patch, registry, resources, { hostBlockFrames: 128 });
    expect(problems).toEqual([]);
    expect(plan?.latencySamples).toBeCloseTo(Math.round(plan!.latencySamples), 9);
    expect(plan?.latency.buffering).toBeCloseTo((511 * 48000) / 44100, 9);
  });
});
