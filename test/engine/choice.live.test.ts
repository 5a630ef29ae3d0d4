// Where models run, decided at the start: by times that the tests hand in, so that nothing depends on the machine; how long a model
// really takes is measured once and not judged. And models that are loaded under playing sound.
import { describe, expect, it } from 'vitest';
import { addNode, connect, removeNodes } from '../../src/core/edits.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { decode, playInTime, renderLog, useEngine } from './bench.ts';
import { modelRow } from './patches.ts';

const browser = useEngine();

describe('ENGINE-17 the choice', () => {
  it('a slow model goes to the worker with its slack, is aligned, logged, and stays until stop', {
    timeout: 90_000,
  }, async () => {
    const played = await playInTime(
      () =>
        browser.run(
          async ({ patch, more }) => {
            // Slow beyond any device's callback; its slack is long enough for any machine.
            let slowMs = 400;
            const timed: string[] = [];
            const bench = new engine.Bench(async model => {
              timed.push(model.path);
              const ms = model.path === 'amp.onnx' ? slowMs : 0.1;
              return { meanMs: 0.1, p95Ms: ms, p99Ms: ms, loadMs: 0.1 };
            });
            await bench.load(patch);
            const before = bench.host.made?.plan?.latencySamples;
            bench.host.startCapture();
            await bench.start();
            await bench.play(48_000);
            const first = { transports: bench.host.transports, plan: bench.host.made!.plan!.latency };
            // Another node of the same model while it plays, when a call would be quick: it is known and not timed again.
            slowMs = 0.1;
            await bench.load(more);
            while (bench.host.log()!.entries.length === 0) await engine.wait(20);
            await bench.play(48_000);
            const captured = await bench.capture();
            const second = { transports: bench.host.transports, late: bench.host.live!.lateCalls };
            await bench.host.stop();
            const timedOnce = [...timed];
            await bench.load(patch);
            await bench.start();
            await bench.play(4800);
            const third = bench.host.transports;
            await bench.host.dispose();
            return { before, first, second, third, captured, timedOnce, timed };
          },
          {
            patch: modelRow({ a: 'amp.onnx', b: 'negate.onnx' }),
            more: modelRow({ a: 'amp.onnx', b: 'negate.onnx', c: 'amp.onnx' }),
          },
        ),
      ({ second }) => second.late,
    );
    const { a, b } = played.first.transports;
    expect([played.before, b]).toEqual([0, { place: 'audio thread', slackFrames: 0, p95Ms: 0.1, isPinned: false }]);
    expect(a).toMatchObject({ place: 'worker', p95Ms: 400, isPinned: false });
    // At least 403 ms, in blocks of 128.
    expect([a.slackFrames % 128, a.slackFrames > 0.403 * 48_000, a.slackFrames < 0.6 * 48_000]).toEqual([
      0,
      true,
      true,
    ]);
    expect(played.first.plan).toEqual({ buffering: 0, inference: a.slackFrames, model: 0, filter: 0 });
    expect(played.second.transports.a).toEqual(a);
    expect(played.second.transports.c.place).toBe('worker');
    expect(played.second.late).toEqual({ a: 0, c: 0 });
    // Times are kept: neither the edit nor the second start took any.
    expect([played.timedOnce, played.timed]).toEqual([
      ['amp.onnx', 'negate.onnx'],
      ['amp.onnx', 'negate.onnx'],
    ]);
    expect(played.third).toEqual(played.first.transports);
    const rendered = await renderLog(played.captured.log!, played.captured.frames);
    expect(rendered.out[0]).toEqual(decode(played.captured.outputs.out[0]));
  });

  it('a stop while models are timed ends the start; the next one works', async () => {
    const told = await browser.run(
      async patch => {
        let isEndless = true;
        const bench = new engine.Bench((_model, _frames, { signal, onProgress }) => {
          onProgress(0.25);
          if (!isEndless) return Promise.resolve({ meanMs: 1, p95Ms: 1, p99Ms: 1, loadMs: 1 });
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
        });
        await bench.load(patch);
        const started = bench.start();
        while (!bench.host.measuring) await engine.wait(10);
        const states: unknown[] = [bench.host.state, bench.host.measuring.share];
        await bench.host.stop();
        states.push(await started, bench.host.state, bench.host.measuring, bench.host.faults);
        isEndless = false;
        states.push(await bench.start());
        await bench.play(4800);
        states.push(bench.host.state);
        await bench.host.dispose();
        return states;
      },
      modelRow({ a: 'amp.onnx' }),
    );
    expect(told).toEqual(['starting', 0.25, ['E-CANCELLED'], 'stopped', undefined, [], [], 'playing']);
  }, 30_000);

  it('a stop right after a start is the last word, while the sound before still fades out; so is a start', async () => {
    const told = await browser.run(
      async ({ first, second }) => {
        const timed: string[] = [];
        const bench = new engine.Bench(async model => {
          timed.push(model.path);
          return { meanMs: 0.1, p95Ms: 0.1, p99Ms: 0.1, loadMs: 0.1 };
        });
        const { resources } = await engine.loadResources(second, engine.registry, engine.read);
        await bench.load(first);
        await bench.start();
        await bench.play(24_000);
        // All within the first fade-out.
        void bench.host.stop();
        bench.host.load(second, resources);
        const cancelled = bench.start();
        const state = bench.host.state;
        await bench.host.stop();
        const stopped = [await cancelled, state, bench.host.state, timed.length, bench.host.faults.length];
        const again = await bench.start();
        await bench.play(24_000);
        void bench.host.stop();
        const refused = [...again, ...(await bench.start())];
        const { frames } = bench.host.live ?? { frames: 0 };
        const restarted = [refused, bench.host.state, frames < 24_000];
        await bench.play(4800);
        await bench.host.dispose();
        return { stopped, restarted };
      },
      { first: modelRow({}), second: modelRow({ a: 'amp.onnx' }) },
    );
    expect(told.stopped).toEqual([['E-CANCELLED'], 'starting', 'stopped', 0, 0]);
    expect(told.restarted).toEqual([[], 'playing', true]);
  }, 30_000);

  it('a stop while the runtime is fetched ends the start; the next one waits for it and plays', async () => {
    const pinned = modelRow({ a: 'amp.onnx' }, { a: { runsIn: 'audio thread', runtime: 'ONNX Runtime' } });
    let arrive = (): void => undefined;
    const letIn = new Promise<void>(resolve => {
      arrive = resolve;
    });
    await browser.page.route('**/*.wasm', async route => {
      await letIn;
      await route.continue();
    });
    try {
      const stopped = await browser.run(async given => {
        // What a test before this one had compiled is the page's.
        engine.forgetOrt(engine.urls.wasm);
        const bench = new engine.Bench();
        globalThis.bench = bench;
        await bench.load(given);
        const started = bench.start();
        await engine.wait(300);
        const state = bench.host.state;
        const begin = performance.now();
        await bench.host.stop();
        return [state, await started, bench.host.state, performance.now() - begin < 5000];
      }, pinned);
      expect(stopped).toEqual(['starting', ['E-CANCELLED'], 'stopped', true]);
      arrive();
      const played = await browser.run(async () => {
        const refused = await globalThis.bench.start();
        await globalThis.bench.play(4800);
        const { state, faults } = globalThis.bench.host;
        await globalThis.bench.host.dispose();
        return [refused, state, faults];
      }, undefined);
      expect(played).toEqual([[], 'playing', []]);
    } finally {
      await browser.page.unroute('**/*.wasm');
    }
  }, 30_000);

  it('the real measurement runs in a worker and gives times; without its program the patch plays all the same', async () => {
    const told = await browser.run(
      async patch => {
        const bench = new engine.Bench('really');
        await bench.load(patch);
        const refused = await bench.start();
        await bench.play(4800);
        const choice = bench.host.transports.a;
        await bench.host.dispose();
        const host = new engine.EngineHost({
          registry: engine.registry,
          urls: { ...engine.urls, worker: 'data:text/javascript,throw new Error("no worker")' },
        });
        host.load(patch, (await engine.loadResources(patch, engine.registry, engine.read)).resources);
        await host.start();
        while ((host.live?.frames ?? 0) < 4800) await engine.wait(10);
        const without = [host.state, host.transports.a.place, host.transports.a.p95Ms, host.faults.length];
        await host.dispose();
        return { refused, p95Ms: choice.p95Ms, without };
      },
      modelRow({ a: 'amp.onnx' }),
    );
    expect(told.refused).toEqual([]);
    expect(told.p95Ms).toBeGreaterThanOrEqual(0);
    expect(told.without).toEqual(['playing', 'audio thread', undefined, 0]);
  }, 30_000);
});

describe('ENGINE-18 models under playing sound', () => {
  it('one that was warmed up in a worker holds the audio thread up for less than 20 ms, and the sound goes on', async () => {
    const start = modelRow({ b: 'negate.onnx' });
    const node = {
      id: 'amp',
      type: 'neural/neural-model',
      version: 1,
      position: [0, 0],
      resources: { model: 'amp.onnx' },
    } as const;
    const edits = [addNode(node), connect('osc.out', 'amp.in')];
    const played = await browser.run(
      async ({ start, edits, removal }) => {
        const seen = engine.watchWorklet();
        // Really timed, which warms it up; whether it is faded must not depend on this machine.
        const bench = new engine.Bench(async (model, callFrames) => {
          const client = new engine.WorkerClient({ urls: engine.urls });
          const timing = await client.time({ model, callFrames });
          client.dispose();
          return { ...timing, p95Ms: 0.1, meanMs: 0.1, loadMs: 0.1 };
        });
        await bench.load(start);
        bench.host.startCapture();
        await bench.start();
        await bench.play(24_000);
        seen.ready.length = 0;
        seen.holds = 0;
        for (let at = 0; at < 7; at++) {
          for (const edit of [...edits, removal]) {
            const known = bench.host.log()!.entries.length;
            bench.dispatch(edit);
            while (bench.host.log()!.entries.length === known) await engine.wait(10);
            await bench.play(2400);
          }
        }
        const captured = await bench.capture();
        await bench.host.dispose();
        return { captured, ready: seen.ready, holds: seen.holds, skipped: bench.host.live?.lastDropouts ?? [] };
      },
      {
        start,
        edits,
        removal: removeNodes(
          edits.reduce((patch, edit) => applyTransaction(patch, edit).patch, start),
          ['amp'],
        ),
      },
    );
    // Never faded; what a plan took in the audio thread, the model included, in whole ms: the middle of many, since the machine
    // may stop anything at any time.
    expect(played.holds).toBe(0);
    const added = played.ready.filter((_, at) => at % 3 === 0).sort((a, b) => a - b);
    expect(added).toHaveLength(7);
    expect(added[3]).toBeLessThanOrEqual(20);
    expect(played.skipped.every(({ skippedFrames }) => skippedFrames === 0)).toBe(true);
    const rendered = await renderLog(played.captured.log!, played.captured.frames);
    expect(rendered.out[0]).toEqual(decode(played.captured.outputs.out[0]));
  }, 60_000);

  it('one that takes long to load is faded; one in the worker never is', async () => {
    const start = modelRow({ b: 'negate.onnx' });
    const told = await browser.run(
      async ({ start, inThread, inWorker }) => {
        const holds: number[] = [];
        for (const next of [inThread, inWorker]) {
          const seen = engine.watchWorklet();
          const bench = new engine.Bench(async () => ({ meanMs: 0.1, p95Ms: 0.1, p99Ms: 0.1, loadMs: 300 }));
          await bench.load(start);
          await bench.start();
          await bench.play(9600);
          seen.holds = 0;
          await bench.load(next);
          while (bench.host.log()!.entries.length === 0) await engine.wait(20);
          await bench.play(4800);
          holds.push(seen.holds);
          await bench.host.dispose();
        }
        return holds;
      },
      {
        start,
        inThread: modelRow({ b: 'negate.onnx', a: 'amp.onnx' }),
        inWorker: modelRow({ b: 'negate.onnx', a: 'amp.onnx' }, { a: { runsIn: 'worker', slack: 24_000 } }),
      },
    );
    expect(told).toEqual([1, 0]);
  }, 30_000);
});
