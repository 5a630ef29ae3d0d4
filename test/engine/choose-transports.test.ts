// The rule that decides where models run, by hand-made times: no test here depends on how fast a machine is.
import { describe, expect, it } from 'vitest';
import {
  chooseTransports,
  type Device,
  type ModelUse,
  outgrownSlack,
  slackFor,
} from '../../src/engine/transport/choose-transports.ts';
import { timeModel } from '../../src/engine/transport/time-model.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { errorOf } from '../inference/error-of.ts';
import { readModel, WASM_PATH } from '../inference/models.ts';

/** A device that asks for 512 frames at a time: 10.667 ms. */
const device: Device = { rateHz: 48000, quantumFrames: 128, callbackSeconds: 512 / 48000 };

const use = (nodeId: string, meanMs: number, p95Ms: number, change: Partial<ModelUse> = {}): ModelUse => ({
  nodeId,
  wish: 'auto',
  slackFrames: 0,
  isInLoop: false,
  callSeconds: 128 / 48000,
  timing: { meanMs, p95Ms, p99Ms: p95Ms + 1, loadMs: 1 },
  ...change,
});
const places = (uses: readonly ModelUse[]): Record<string, string> =>
  Object.fromEntries(Object.entries(chooseTransports(uses, device)).map(([id, { place }]) => [id, place]));

describe('ENGINE-14 where a model runs', () => {
  it('in the audio thread, unless 1 of 20 calls takes half a callback of the device', () => {
    expect(places([use('a', 0.2, 5.33)])).toEqual({ a: 'audio thread' });
    expect(places([use('a', 0.2, 5.34)])).toEqual({ a: 'worker' });
  });

  it('the heaviest leave it until the rest takes less than 60 % of the sound', () => {
    // 0.2, 0.3 and 0.35 of 2.667 ms each.
    const uses = [use('a', 0.2 * 2.667, 1), use('b', 0.3 * 2.667, 1), use('c', 0.35 * 2.667, 1)];
    expect(places(uses.slice(0, 2))).toEqual({ a: 'audio thread', b: 'audio thread' });
    expect(places(uses)).toEqual({ a: 'audio thread', b: 'audio thread', c: 'worker' });
    // A call for 2048 frames may take as much longer.
    expect(places([use('a', 5, 5, { callSeconds: 2048 / 48000 })])).toEqual({ a: 'audio thread' });
  });

  it('what is pinned stays, and counts; in a loop nothing can be late', () => {
    const uses = [use('a', 2, 6, { wish: 'audio thread' }), use('b', 0.1, 1), use('c', 0.1, 1, { wish: 'worker' })];
    expect(places(uses)).toEqual({ a: 'audio thread', b: 'worker', c: 'worker' });
    expect(places([use('a', 9, 9, { isInLoop: true })])).toEqual({ a: 'audio thread' });
    expect(places([{ ...use('a', 0, 0), timing: undefined }])).toEqual({ a: 'audio thread' });
  });

  it('the slack is a callback, a slow call and 3 ms in whole blocks; models of one worker wait for each other', () => {
    // 10.667 + 7 + 3 ms are 992 frames: 8 blocks. With another 2 ms of a second model 1088: 9 blocks.
    expect(slackFor(device, 7)).toBe(1024);
    expect(chooseTransports([use('a', 1, 6)], device).a).toEqual({
      place: 'worker',
      slackFrames: 1024,
      p95Ms: 6,
      isPinned: false,
    });
    const both = chooseTransports([use('a', 1, 6), use('b', 0.1, 1, { wish: 'worker' })], device);
    expect([both.a.slackFrames, both.b.slackFrames]).toEqual([1152, 1152]);
    expect(chooseTransports([use('a', 1, 6, { wish: 'worker', slackFrames: 300 })], device).a.slackFrames).toBe(300);
  });
});

describe('ENGINE-25 models that come into the worker later', () => {
  const inWorker = (nodeId: string, p95Ms: number, slackFrames: number): ModelUse =>
    use(nodeId, 0.1, p95Ms, { wish: 'worker', slackFrames });

  it('are too much when the slow calls of all no longer fit into a slack that had room for those before', () => {
    // 10.667 + 7 + 3 ms are 8 blocks with 0.67 ms left: a call of 0.5 ms fits, one of 1 ms does not.
    const a = inWorker('a', 6, 1024);
    expect(
      outgrownSlack([a], [a, { ...a, nodeId: 'b', timing: { ...a.timing!, p99Ms: 0.5 } }], device),
    ).toBeUndefined();
    const late = outgrownSlack([a], [a, { ...a, nodeId: 'b', timing: { ...a.timing!, p99Ms: 1 } }], device);
    expect(late).toEqual({ nodeId: 'a', slackFrames: 1024, wantedFrames: 1152 });
  });

  it('are not to blame for a slack that was too short before, nor where nothing came', () => {
    const a = inWorker('a', 6, 512);
    expect(outgrownSlack([a], [a, inWorker('b', 6, 2048)], device)).toBeUndefined();
    const b = inWorker('b', 6, 1024);
    expect(outgrownSlack([b], [b], device)).toBeUndefined();
    expect(outgrownSlack([], [b], device)).toBeUndefined();
  });
});

describe('ENGINE-15 the warm-up measurement', () => {
  it('times 50 calls of the block that is wanted after 10 that are not, and how long loading takes', async () => {
    const models = createInference(await loadOrtFromFile(WASM_PATH));
    // The clock goes on by 1 ms each time it is read, and by 4 ms more in 1 of 10 calls.
    let reads = 0;
    let time = 0;
    const now = (): number => {
      time += reads % 20 === 5 ? 5 : 1;
      reads++;
      return time;
    };
    const shares: number[] = [];
    const timing = await timeModel(models, readModel('block64'), 64, {
      now,
      onProgress: async share => void shares.push(share),
    });
    expect(timing.loadMs).toBe(1);
    expect(reads).toBe(2 + 2 * 60);
    expect(timing.meanMs).toBeCloseTo(1 + 4 / 10, 9);
    expect([timing.p95Ms, timing.p99Ms]).toEqual([5, 5]);
    expect(shares).toEqual([0, 1, 2, 3, 4, 5].map(n => n / 6));
    // At 400 ms a call, the warm ones are enough to know that five more will do.
    let slow = 0;
    const slowly = await timeModel(models, readModel('gru'), 128, { now: () => (slow += 400) });
    expect([slowly.meanMs, slow / 400]).toEqual([400, 2 + 2 * 15]);
    const stopped = timeModel(models, readModel('gru'), 128, { now, signal: { aborted: true } });
    expect(await stopped.catch(error => error.code)).toBe('E-CANCELLED');
    expect(errorOf(() => models.createRunner(readModel('halves'), 128)).code).toBe('E-MODEL-RUN');
    models.dispose();
  });
});
