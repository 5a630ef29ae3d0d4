// Times of models: each is taken once, whether a start waits for it or it is taken ahead; who ends what.
import { beforeEach, describe, expect, it } from 'vitest';
import { fail, type PatchError } from '../../src/core/errors.ts';
import { ModelTimings } from '../../src/engine/transport/model-timings.ts';
import type { ModelTiming } from '../../src/engine/transport/time-model.ts';
import { readModel } from '../inference/models.ts';

const TIMING: ModelTiming = { meanMs: 1, p95Ms: 2, p99Ms: 3, loadMs: 4 };
const gru = { model: readModel('gru'), callFrames: 128 };

let runs: { path: string; end: (error?: PatchError) => void; progress: (share: number) => void; isEnded: boolean }[];
let timings: ModelTimings;
let told: unknown[];
beforeEach(() => {
  runs = [];
  told = [];
  timings = new ModelTimings(
    ({ path }, _, { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        const run = {
          path,
          end: (error?: PatchError) => (error ? reject(error) : resolve(TIMING)),
          progress: onProgress,
          isEnded: false,
        };
        signal.addEventListener('abort', () => {
          run.isEnded = true;
          reject(refused());
        });
        runs.push(run);
      }),
    () => told.push(timings.measuring?.share),
  );
});

const refused = (): PatchError => {
  try {
    return fail('E-CANCELLED', '', 'ended');
  } catch (error) {
    return error as PatchError;
  }
};

describe('the time of a model', () => {
  it('is taken ahead in silence; a start that comes meanwhile joins, tells how far it is, and the next knows it', async () => {
    const ahead = timings.takeAhead(gru, new AbortController().signal);
    runs[0].progress(0.25);
    expect([timings.measuring, told]).toEqual([undefined, []]);
    const waiting = timings.wait(gru, new AbortController().signal);
    expect(timings.measuring).toEqual({ share: 0.25, what: gru.model.card.name });
    runs[0].progress(0.5);
    runs[0].end();
    expect(await waiting).toBe(TIMING);
    await ahead;
    expect(told).toEqual([0.25, 0.5, undefined]);
    expect(await timings.wait(gru, new AbortController().signal)).toBe(TIMING);
    expect([runs.length, timings.known(gru), timings.loadMs(gru.model)]).toEqual([1, TIMING, 4]);
    expect(timings.known({ ...gru, callFrames: 64 })).toBeUndefined();
  });

  it('may be told how far it is from the first moment on', () => {
    const early = new ModelTimings(
      (_model, _frames, { onProgress }) => {
        onProgress(0.25);
        return new Promise(() => undefined);
      },
      () => undefined,
    );
    void early.wait(gru, new AbortController().signal);
    expect(early.measuring?.share).toBe(0.25);
  });

  it('is not taken any more when a start is stopped; the next start begins afresh', async () => {
    const stop = new AbortController();
    const ahead = timings.takeAhead(gru, new AbortController().signal);
    const waiting = timings.wait(gru, stop.signal);
    stop.abort();
    const again = timings.wait(gru, new AbortController().signal);
    await expect(waiting).rejects.toMatchObject({ code: 'E-CANCELLED' });
    await ahead;
    expect(runs.map(({ isEnded }) => isEnded)).toEqual([true, false]);
    runs[1].end();
    expect(await again).toBe(TIMING);
  });

  it('goes on when only what was taken ahead is ended while a start waits, and ends when nobody does', async () => {
    const end = new AbortController();
    void timings.takeAhead(gru, end.signal);
    const waiting = timings.wait(gru, new AbortController().signal);
    end.abort();
    expect(runs[0].isEnded).toBe(false);
    runs[0].end();
    expect(await waiting).toBe(TIMING);
    const other = { ...gru, callFrames: 64 };
    const alone = new AbortController();
    const ahead = timings.takeAhead(other, alone.signal);
    alone.abort();
    await ahead;
    expect(runs[1].isEnded).toBe(true);
  });

  it('that can not be had keeps nobody from playing, and is asked for again', async () => {
    const ahead = timings.takeAhead(gru, new AbortController().signal);
    const waiting = timings.wait(gru, new AbortController().signal);
    runs[0].end(refused());
    expect(await waiting).toBeUndefined();
    await ahead;
    const again = timings.wait(gru, new AbortController().signal);
    runs[1].end();
    expect(await again).toBe(TIMING);
  });
});
