// The worker of transport B as the page gets it, without a browser: when it is made, ended, and who is given its port.
// The runtime and the worker's program are the product's; only the thread is missing.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PatchError, type Problem } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import { ModelWorker } from '../../src/engine/transport/model-worker.ts';
import { Transports } from '../../src/engine/transport/transports.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import type { OrtModule } from '../../src/inference/ort-glue.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { type ModelName, readModel, WASM_PATH } from '../inference/models.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { type LocalWorker, localWorkers } from './local-worker.ts';

let ort: OrtModule;
beforeAll(async () => {
  ort = await loadOrtFromFile(WASM_PATH);
});
/** A compiled program, as far as handing it on goes: the empty one. */
const MODULE = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
const device = { rateHz: 48000, quantumFrames: 128, callbackSeconds: 0.01 };
const patch = makePatch(
  [
    ['osc', 'source/oscillator'],
    ['amp', 'neural/neural-model', { runsIn: 'worker', slack: 1024 }],
    ['out', 'output/audio-output'],
  ],
  ['osc.out > amp.in', 'amp.out > out.in'],
);

let made: LocalWorker[];
const workersRun = (runtime: OrtModule | Error): void => {
  const workers = localWorkers(runtime);
  made = workers.made;
  vi.stubGlobal('Worker', workers.Worker);
};
beforeEach(() => workersRun(ort));
afterEach(() => void vi.unstubAllGlobals());

function begin(runtime: () => Promise<WebAssembly.Module> = async () => MODULE) {
  const failures: string[] = [];
  const transports = new Transports({
    workerUrl: 'worker.js',
    runtime,
    timeModel: () => Promise.reject(new RangeError('nothing is to be timed here')),
    isStallAllowed: false,
    onProblem: ({ code }) => failures.push(code),
    onProgress: () => undefined,
  });
  /** Codes of what was refused, or whether a port came. */
  const settle = async (model: ModelName, signal = new AbortController().signal): Promise<string> => {
    const resources: ResourceBook = { amp: { model: readModel(model) } };
    const planned = makePlan(patch, registry, resources, { maxFrames: 128, slackFrames: { amp: 1024 } });
    try {
      const port = await transports.settle(planned, resources, device, { signal, isPlaying: false });
      return port ? 'a port' : 'no port';
    } catch (error) {
      return error instanceof PatchError ? String(error.code) : String(error);
    }
  };
  return { transports, settle, failures };
}

describe('ENGINE-20 the port of the worker', () => {
  it('comes once, with the first models, also where the runtime refuses them', async () => {
    const { transports, settle } = begin();
    // The audio thread hears of it from the runner that it asks for: the start goes on.
    expect(await settle('halves')).toBe('a port');
    expect(await settle('gru')).toBe('no port');
    expect(transports.choices.amp.place).toBe('worker');
    expect(await settle('halves')).toBe('no port');
    expect(await settle('conv')).toBe('no port');
    expect(made.map(({ isTerminated }) => isTerminated)).toEqual([false]);
    transports.close();
  });

  it('comes with a new worker when the runtime did not start in the first, or when it ended', async () => {
    workersRun(new Error('no memory'));
    const { transports, settle, failures } = begin();
    expect(await settle('gru')).toMatch(/^E-/);
    expect(made.map(({ isTerminated }) => isTerminated)).toEqual([true]);
    workersRun(ort);
    expect(await settle('gru')).toBe('a port');
    made[0].onerror?.({ message: 'out of memory' });
    expect(failures).toEqual(['E-TRANSPORT']);
    expect(await settle('gru')).toBe('a port');
    transports.close();
  });
});

describe('ENGINE-21 what waits for the worker', () => {
  it('is told when the worker is closed meanwhile', async () => {
    const worker = new ModelWorker('worker.js', false, () => undefined);
    const prepared = worker.prepare({ amp: { model: readModel('gru') } }, { amp: 128 });
    worker.close();
    await expect(prepared).rejects.toMatchObject({ code: 'E-CANCELLED' });
  });

  it('a stop ends the wait for the runtime and for models; the next start has its port', async () => {
    const never = begin(() => new Promise(() => undefined));
    const stop = new AbortController();
    const loading = never.settle('gru', stop.signal);
    stop.abort();
    expect(await loading).toBe('E-CANCELLED');
    expect(made).toEqual([]);
    const { transports, settle } = begin();
    expect(await settle('gru', AbortSignal.abort())).toBe('E-CANCELLED');
    const again = new AbortController();
    const preparing = settle('gru', again.signal);
    while (!made.at(-1)?.posted.includes('prepare')) await undefined;
    again.abort();
    expect(await preparing).toBe('E-CANCELLED');
    expect(made.every(({ isTerminated }) => isTerminated)).toBe(true);
    expect(await settle('gru')).toBe('a port');
    transports.close();
  });
});

describe('ENGINE-25 a model that comes into the worker while it plays', () => {
  /** Models in a row, all pinned to the worker, with measured slack where none is given. */
  const rowOf = (ids: readonly string[], slacks: Readonly<Record<string, number>>) => {
    const all = ['osc', ...ids, 'out'];
    return makePatch(
      [
        ['osc', 'source/oscillator'],
        ...ids.map(id => [id, 'neural/neural-model', { runsIn: 'worker', slack: slacks[id] ?? 0 }] as const),
        ['out', 'output/audio-output'],
      ],
      all.slice(1).map((id, at) => `${all[at]}.out > ${id}.in`),
    );
  };
  const told: Problem[] = [];
  let transports: Transports;
  beforeEach(() => {
    told.splice(0);
    transports = new Transports({
      workerUrl: 'worker.js',
      runtime: async () => MODULE,
      timeModel: async ({ path }) => {
        const ms = path.startsWith('gru') ? 7 : path.startsWith('conv') ? 0.2 : 5;
        return { meanMs: ms, p95Ms: ms, p99Ms: ms, loadMs: 1 };
      },
      isStallAllowed: false,
      onProblem: problem => told.push(problem),
      onProgress: () => undefined,
    });
  });
  afterEach(() => transports.close());
  const play = async (
    models: Readonly<Record<string, ModelName>>,
    slacks: Readonly<Record<string, number>> = {},
  ): Promise<void> => {
    const row = rowOf(Object.keys(models), slacks);
    const resources = Object.fromEntries(Object.entries(models).map(([id, name]) => [id, { model: readModel(name) }]));
    const planned = makePlan(row, registry, resources, { maxFrames: 128, slackFrames: transports.slackFrames(row) });
    await transports.settle(planned, resources, device, { signal: new AbortController().signal, isPlaying: true });
  };

  it('is told when the slacks that are fixed have no room for it, once, and not after a fresh start', async () => {
    await play({ a: 'gru' });
    expect(transports.choices.a.slackFrames).toBe(1024);
    await play({ a: 'gru', b: 'conv' });
    expect(told).toEqual([]);
    await play({ a: 'gru', b: 'conv', c: 'identity' });
    expect(told).toMatchObject([{ code: 'E-TRANSPORT', severity: 'warning', nodeId: 'c' }]);
    expect(told[0].message).toMatch(
      /^c: expected .* beside a, whose slack of 1024 samples .*, got .* 1280 together\. .*stop and start again/,
    );
    expect(transports.choices.a.slackFrames).toBe(1024);
    await play({ a: 'gru', b: 'conv', c: 'identity' });
    transports.forget(false);
    await play({ a: 'gru', b: 'conv', c: 'identity' });
    expect([told.length, transports.choices.a.slackFrames]).toEqual([1, 1280]);
  });

  it('is told as well when its own slack is set by hand', async () => {
    await play({ a: 'gru' });
    await play({ a: 'gru', b: 'identity' }, { b: 2048 });
    expect(told).toMatchObject([{ code: 'E-TRANSPORT', severity: 'warning', nodeId: 'b' }]);
    expect(transports.choices.b.slackFrames).toBe(2048);
  });

  it('is told as well when those that are there were set by hand', async () => {
    await play({ a: 'gru' }, { a: 1024 });
    await play({ a: 'gru', b: 'identity' }, { a: 1024 });
    expect(told).toMatchObject([{ code: 'E-TRANSPORT', severity: 'warning', nodeId: 'b' }]);
    expect(transports.choices.a.slackFrames).toBe(1024);
  });
});
