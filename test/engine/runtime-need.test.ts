// ONNX Runtime's program is fetched where a model needs it and nowhere else: by the plan of a patch, the worker that runs models, and
// jobs. The server and the threads are the test's; who needs what is the product's.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelResource } from '../../src/core/resource.ts';
import { Planning } from '../../src/engine/planning.ts';
import { Transports } from '../../src/engine/transport/transports.ts';
import { WorkerClient } from '../../src/engine/worker-client.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { WASM_PATH } from '../inference/models.ts';
import { Graph, gru } from '../neural/models.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { localWorkers } from './local-worker.ts';
import { modelRow } from './patches.ts';

const MODULE = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
const kernelModel = (): ModelResource => gru(8, true).load('gru');
const unknownModel = (): ModelResource => {
  const g = new Graph();
  g.op('Erf', ['x'], {}, 'y');
  return g.load('erf');
};
const rowOf = (params: Readonly<Record<string, string | number>> = {}) =>
  modelRow({ amp: 'amp.onnx' }, { amp: params });
const FORCED = { runtime: 'ONNX Runtime' };
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

let fetched: string[];
beforeEach(() => {
  fetched = [];
  vi.stubGlobal('fetch', async (url: string) => {
    fetched.push(String(url));
    return new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  });
});
afterEach(() => void vi.unstubAllGlobals());

describe('a patch', () => {
  let count = 0;
  const open = (model: ModelResource, params = {}): { fetches: () => number; planning: Planning } => {
    // What was compiled is kept for the page: each test has a program of its own.
    const wasm = `runtime-${count++}.wasm`;
    const planning = new Planning({
      registry,
      urls: { worklet: 'worklet.js', worker: 'worker.js', wasm },
      onProblem: () => undefined,
      onProgress: () => undefined,
    });
    const patch = rowOf(params);
    planning.expect(patch);
    planning.take(patch, { amp: { model } });
    planning.plan(undefined);
    return { fetches: () => fetched.filter(url => url === wasm).length, planning };
  };

  it('whose models run on the kernels asks for no runtime', () => {
    expect(open(kernelModel()).fetches()).toBe(0);
  });
  it('with a model that they do not take asks for it once, before anybody plays', () => {
    const { fetches, planning } = open(unknownModel());
    planning.plan(undefined);
    expect(fetches()).toBe(1);
  });
  it('with a node that wants it asks for it before its files are there', () => {
    expect(open(kernelModel(), FORCED).fetches()).toBe(1);
  });
  it('asks for it once an edit needs it', () => {
    const { fetches, planning } = open(kernelModel());
    planning.take(rowOf(FORCED), { amp: { model: kernelModel() } });
    planning.plan(undefined);
    expect(fetches()).toBe(1);
  });
});

describe('the worker that runs models', () => {
  it('is given the runtime with the first model that needs it', async () => {
    const workers = localWorkers(await loadOrtFromFile(WASM_PATH));
    vi.stubGlobal('Worker', workers.Worker);
    let asked = 0;
    const transports = new Transports({
      workerUrl: 'worker.js',
      runtime: async () => {
        asked++;
        return MODULE;
      },
      timeModel: () => Promise.reject(new RangeError('nothing is to be timed here')),
      isStallAllowed: false,
      onProblem: () => undefined,
      onProgress: () => undefined,
    });
    const device = { rateHz: 48000, quantumFrames: 128, callbackSeconds: 0.01 };
    const settle = (model: ModelResource) => {
      const patch = rowOf({ runsIn: 'worker', slack: 1024 });
      const resources = { amp: { model } };
      const planned = makePlan(patch, registry, resources, { maxFrames: 128, slackFrames: { amp: 1024 } });
      return transports.settle(planned, resources, device, { signal: new AbortController().signal, isPlaying: false });
    };
    expect(await settle(kernelModel())).toBeDefined();
    expect([asked, workers.made[0].posted]).toEqual([0, ['serve', 'prepare']]);
    expect(await settle(unknownModel())).toBeUndefined();
    expect(await settle(unknownModel())).toBeUndefined();
    expect([asked, workers.made.length]).toEqual([1, 1]);
    expect(workers.made[0].posted.filter(kind => kind === 'runtime')).toHaveLength(1);
    transports.close();
  });
});

describe('a job', () => {
  const posted = async (begin: (client: WorkerClient) => Promise<unknown>): Promise<readonly string[]> => {
    const workers = localWorkers(new Error('no runtime here'));
    vi.stubGlobal('Worker', workers.Worker);
    const client = new WorkerClient({ urls: { worker: 'worker.js', wasm: '' }, runtime: async () => MODULE });
    const done = begin(client).catch(() => undefined);
    await turn();
    client.dispose();
    await done;
    return workers.made[0].posted;
  };
  const request = (params: Readonly<Record<string, string | number>>, model: ModelResource) => ({
    patch: rowOf(params),
    resources: { amp: { model } },
    frames: 128,
  });

  it('brings the runtime only where kernels do not run all models of it; an export always does', async () => {
    const both = ['runtime', 'job'];
    expect(await posted(client => client.time({ model: kernelModel(), callFrames: 128 }))).toEqual(['job']);
    expect(await posted(client => client.time({ model: unknownModel(), callFrames: 128 }))).toEqual(both);
    expect(await posted(client => client.render(request({}, kernelModel())))).toEqual(['job']);
    expect(await posted(client => client.render(request(FORCED, kernelModel())))).toEqual(both);
    expect(await posted(client => client.measure(request({}, unknownModel())))).toEqual(both);
    expect(await posted(client => client.exportBundle(request({}, kernelModel())))).toEqual(both);
  });

  it('brings it where a later patch of a performance needs it', async () => {
    const later = { frame: 64, kind: 'patch' as const, ...request({}, unknownModel()) };
    const first = { ...request({}, kernelModel()), patch: makePatch([], []) };
    expect(await posted(client => client.render({ ...first, events: [later] }))).toEqual(['runtime', 'job']);
  });
});
