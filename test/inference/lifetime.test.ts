// The life of runners and sessions: what they take of the runtime's memory and give back.
import { beforeAll, expect, it } from 'vitest';
import type { Inference } from '../../src/core/model-runner.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import type { OrtModule } from '../../src/inference/ort-glue.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { errorOf } from './error-of.ts';
import { readGolden, readModel, WASM_PATH } from './models.ts';

let ort: OrtModule;
let inference: Inference;

beforeAll(async () => {
  ort = await loadOrtFromFile(WASM_PATH);
  inference = createInference(ort);
  return () => inference.dispose();
});

it('keeps views and samples right when the memory grows between calls', () => {
  const x = readGolden('noise').subarray(0, 256);
  const render = (between: () => void): Float32Array => {
    const runner = inference.createRunner(readModel('gru'), 128);
    const y = new Float32Array(256);
    const input = runner.input('x', 128);
    input.set(x.subarray(0, 128));
    runner.run(128);
    y.set(runner.output('y', 128));
    between();
    input.set(x.subarray(128));
    expect(runner.input('x', 128)).toEqual(x.subarray(128));
    runner.run(128);
    y.set(runner.output('y', 128), 128);
    // A binding made after the growth lies in the same place.
    expect(runner.output('y', 64)).toEqual(y.subarray(128, 192));
    return y;
  };
  const quiet = render(() => {});
  const grown = render(() => {
    const before = ort.HEAPU8.length;
    ort._free(ort._malloc(before));
    expect(ort.HEAPU8.length).toBeGreaterThan(before);
  });
  expect(grown).toEqual(quiet);
});

/** The runtime with counters of what is made and not yet given back, and of the sessions ever made. */
function count(): {
  ort: OrtModule;
  held: Record<'blocks' | 'tensors' | 'sessions' | 'options', number>;
  made: () => number;
} {
  const held = { blocks: 0, tensors: 0, sessions: 0, options: 0 };
  let sessions = 0;
  const change =
    <A extends unknown[]>(kind: keyof typeof held, by: 1 | -1, call: (...args: A) => number | void) =>
    (...args: A): number => {
      held[kind] += by;
      if (kind === 'sessions' && by === 1) sessions += 1;
      return call(...args) as number;
    };
  const counting: OrtModule = {
    ...ort,
    get HEAPU8() {
      return ort.HEAPU8;
    },
    _malloc: change('blocks', 1, ort._malloc),
    _free: change('blocks', -1, ort._free),
    _OrtCreateTensor: change('tensors', 1, ort._OrtCreateTensor),
    _OrtReleaseTensor: change('tensors', -1, ort._OrtReleaseTensor),
    _OrtCreateSession: change('sessions', 1, ort._OrtCreateSession),
    _OrtReleaseSession: change('sessions', -1, ort._OrtReleaseSession),
    _OrtCreateRunOptions: change('options', 1, ort._OrtCreateRunOptions),
    _OrtReleaseRunOptions: change('options', -1, ort._OrtReleaseRunOptions),
  };
  return { ort: counting, held, made: () => sessions };
}

const NOTHING = { blocks: 0, tensors: 0, sessions: 0, options: 0 };

it('gives back all memory, and 200 runners do not move the end of the heap', () => {
  const models = [readModel('many'), readModel('gru')];
  const { ort: counting, held } = count();
  const own = createInference(counting);
  const sharers = models.map(model => own.createRunner(model, 256));
  const base = { ...held };
  const live = (runners: number): void => {
    for (let i = 0; i < runners; i += 1) {
      const runner = own.createRunner(models[i % models.length]!, 256);
      for (const frames of [1, 37]) runner.run(frames);
      runner.dispose();
      expect(held).toEqual(base);
    }
  };
  // A block that is larger than any gap goes to the end.
  const endOfHeap = (): number => {
    const block = ort._malloc(8 << 20);
    ort._free(block);
    return block;
  };
  live(10);
  const before = [endOfHeap(), ort.HEAPU8.length];
  live(200);
  expect([endOfHeap(), ort.HEAPU8.length]).toEqual(before);
  for (const runner of sharers) runner.dispose();
  expect(held).toEqual(NOTHING);
});

it('gives back what it took when a runner is refused', () => {
  const { ort: counting, held } = count();
  const own = createInference(counting);
  const broken = { ...readModel('identity'), bytes: new Uint8Array([8, 8, 8]) };
  const layout = readModel('identity', { outputs: [{ tensor: 'y', channels: 1, layout: 'xyz' }] });
  for (const model of [broken, layout, readModel('halves'), readModel('block64', { blockFrames: 8192 })]) {
    errorOf(() => own.createRunner(model, 4096));
    expect(held).toEqual({ ...NOTHING, sessions: model === broken ? held.sessions : 0 });
    held.sessions = 0; // a session that was refused is never there to be released
  }
});

it('shares a session between runners of one model and releases it with the last', () => {
  const { ort: counting, held, made } = count();
  const own = createInference(counting);
  const first = own.createRunner(readModel('gru'), 128);
  const second = own.createRunner(readModel('gru'), 64);
  first.dispose();
  second.run(64);
  expect([held.sessions, made()]).toEqual([1, 1]);
  second.dispose();
  expect([held.sessions, made()]).toEqual([0, 1]);
  own.createRunner(readModel('gru'), 128);
  own.createRunner(readModel('conv'), 128);
  expect([held.sessions, made()]).toEqual([2, 3]);
  own.dispose();
  expect(held).toEqual(NOTHING);
});

it('takes nothing in steady state: the same views and handles for each frame count that was seen', () => {
  const { ort: counting, held } = count();
  const own = createInference(counting);
  const runner = own.createRunner(readModel('gru'), 128);
  // 91 + 37: a block that is split at an event.
  const play = (): Float32Array[] =>
    [128, 91, 37].flatMap(frames => {
      runner.run(frames);
      return [runner.input('x', frames), runner.output('y', frames)];
    });
  const views = play();
  const before = { ...held };
  for (let i = 0; i < 10; i += 1) {
    for (const [at, view] of play().entries()) expect(view).toBe(views[at]);
    runner.reset();
  }
  expect(held).toEqual(before);
});
