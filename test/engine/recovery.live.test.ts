// What the engine needs from outside and does not get: the runtime, its programs, the microphone. Each is told with its code,
// the rest plays, and a later start works.
import { describe, expect, it } from 'vitest';
import { connect, disconnect, removeNodes } from '../../src/core/edits.ts';
import { makePatch } from '../render/helpers.ts';
import { openEngine, useEngine } from './bench.ts';
import { modelRow } from './patches.ts';

const plain = modelRow({});
const modelled = modelRow({ amp: 'negate.onnx' }, { amp: { runtime: 'ONNX Runtime' } });
const pinned = modelRow({ amp: 'negate.onnx' }, { amp: { runsIn: 'worker', slack: 24_000 } });
const live = makePatch(
  [
    ['osc', 'source/oscillator'],
    ['mic', 'source/audio-input'],
    ['out', 'output/audio-output'],
  ],
  ['osc.out > out.in', 'mic.out > out.in'],
);

const browser = useEngine();

const WASM = '**/ort-wasm-simd-threaded.wasm';

describe('ENGINE-4 a runtime that is not one', () => {
  it.each([
    ['no wasm at all', Buffer.from('<html>not found</html>'), 'E-RESOURCE-MISSING', 'failed'],
    ['an empty program', Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]), 'E-MODEL-RUN', 'playing'],
    [
      'another program',
      Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 120, 1, 121, 0, 0]),
      'E-MODEL-RUN',
      'playing',
    ],
  ])(
    '%s: it is told, and the next start asks for it again',
    async (_, body, code, state) => {
      await browser.page.route(WASM, route => route.fulfill({ body, contentType: 'application/wasm' }));
      const first = await browser.run(async patch => {
        // What a test before this one had compiled is the page's.
        engine.forgetOrt(engine.urls.wasm);
        const bench = (globalThis.bench = new engine.Bench());
        await bench.load(patch);
        await bench.start();
        while (bench.host.faults.length === 0) await engine.wait(10);
        return { state: bench.host.state, codes: bench.host.faults.map(({ code }) => code) };
      }, modelled);
      expect(first).toEqual({ state, codes: [code] });
      await browser.page.unroute(WASM);
      const second = await browser.run(async () => {
        await bench.host.stop();
        bench.host.startCapture();
        const refused = await bench.start();
        await bench.play(4800);
        const captured = await bench.host.stopCapture();
        const faults = bench.host.faults;
        await bench.host.dispose();
        return { refused, faults, peak: captured!.outputs.out[0].reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
      }, undefined);
      expect(second).toMatchObject({ refused: [], faults: [] });
      expect(second.peak).toBeGreaterThan(0.1);
    },
    30_000,
  );
});

describe('ENGINE-3 programs', () => {
  it('one that did not load is asked for again by the next start', async () => {
    const told = await browser.run(async patch => {
      const addresses = ['data:text/plain,', engine.urls.worklet];
      const urls = {
        wasm: engine.urls.wasm,
        worker: engine.urls.worker,
        get worklet() {
          return addresses.shift() as string;
        },
      };
      const host = new engine.EngineHost({ registry: engine.registry, urls });
      host.load(patch, {});
      const code = await host.start().catch(error => error.code);
      const failed = host.state;
      await host.start();
      while ((host.live?.frames ?? 0) < 4800) await engine.wait(10);
      const { state, faults } = host;
      await host.dispose();
      return { code, failed, state, faults };
    }, plain);
    expect(told).toEqual({ code: 'E-RESOURCE-MISSING', failed: 'failed', state: 'playing', faults: [] });
  }, 30_000);

  it('an audio thread that ends while models are made ready is told; nothing hangs, and the next start plays', async () => {
    const told = await browser.run(async patch => {
      const nodes: AudioWorkletNode[] = [];
      const workers: Worker[] = [];
      const { AudioWorkletNode: NativeNode, Worker: NativeWorker } = globalThis;
      globalThis.AudioWorkletNode = class extends NativeNode {
        constructor(...given: ConstructorParameters<typeof NativeNode>) {
          super(...given);
          nodes.push(this);
        }
      };
      // The worker for models never answers that they are ready; Tone has one as well.
      globalThis.Worker = class extends NativeWorker {
        constructor(url: string | URL, options?: WorkerOptions) {
          const isOurs = url === engine.urls.worker;
          super(isOurs ? 'data:text/javascript,' : url, options);
          if (isOurs) workers.push(this);
        }
      };
      const bench = new engine.Bench();
      await bench.load(patch);
      const started = bench.start();
      while (workers.length === 0) await engine.wait(10);
      Object.assign(globalThis, { AudioWorkletNode: NativeNode, Worker: NativeWorker });
      nodes[0]!.onprocessorerror!(new ErrorEvent('processorerror', { message: 'out of memory' }));
      const refused = await started;
      const failed = { refused, state: bench.host.state, codes: bench.host.faults.map(({ code }) => code) };
      const again = await bench.start();
      await bench.play(4800);
      const { state, faults } = bench.host;
      await bench.host.dispose();
      return { failed, again, state, faults };
    }, pinned);
    expect(told).toEqual({
      failed: { refused: ['E-CANCELLED'], state: 'failed', codes: ['E-MODEL-RUN'] },
      again: [],
      state: 'playing',
      faults: [],
    });
  }, 30_000);

  it('a browser that does not resume after a model was added is told', async () => {
    const told = await browser.run(
      async patches => {
        const contexts: AudioContext[] = [];
        const Native = globalThis.AudioContext;
        globalThis.AudioContext = class extends Native {
          constructor(options?: AudioContextOptions) {
            super(options);
            contexts.push(this);
          }
        };
        const bench = new engine.Bench();
        await bench.load(patches[0]!);
        await bench.start();
        globalThis.AudioContext = Native;
        await bench.play(4800);
        contexts[0]!.resume = () => Promise.resolve();
        await bench.load(patches[1]!);
        while (bench.host.state === 'playing') await engine.wait(20);
        const told = { state: bench.host.state, codes: bench.host.faults.map(({ code }) => code) };
        await bench.host.dispose();
        return told;
      },
      [plain, modelled],
    );
    expect(told).toEqual({ state: 'failed', codes: ['E-GESTURE'] });
  }, 30_000);
});

describe('ENGINE-5 microphone', () => {
  it('refused: E-MICROPHONE is told once, and the rest plays', async () => {
    const strict = await openEngine({ flags: ['--use-fake-ui-for-media-stream=deny'] });
    try {
      const told = await strict.run(
        async ({ patch, edits }) => {
          const bench = new engine.Bench();
          await bench.load(patch);
          const refused = await bench.start();
          while (bench.host.faults.length === 0) await engine.wait(10);
          await bench.play(9600);
          // Every edit asks again; the answer is the same.
          for (const edit of edits) bench.dispatch(edit);
          await bench.play(24000);
          const told = { refused, codes: bench.host.faults.map(({ code }) => code), state: bench.host.state };
          await bench.host.stop();
          await bench.host.dispose();
          return told;
        },
        { patch: live, edits: [disconnect('osc.out>out.in'), connect('osc.out', 'out.in')] },
      );
      expect(told).toEqual({ refused: [], codes: ['E-MICROPHONE'], state: 'playing' });
    } finally {
      await strict.close();
    }
  }, 30_000);

  it('while a person is asked the patch plays, pauses and stops; one that is not wanted any more is closed', async () => {
    const told = await browser.run(
      async ({ patch, without }) => {
        const { mediaDevices } = navigator;
        const native = mediaDevices.getUserMedia.bind(mediaDevices);
        let isAsked = false;
        let answer = (): void => undefined;
        const tracks: MediaStreamTrack[] = [];
        mediaDevices.getUserMedia = async wanted => {
          await new Promise<void>(resolve => {
            isAsked = true;
            answer = resolve;
          });
          const stream = await native(wanted);
          tracks.push(...stream.getTracks());
          return stream;
        };
        const bench = new engine.Bench();
        await bench.load(patch);
        await bench.start();
        await bench.play(4800);
        // The program that asks may come later than the sound.
        while (!isAsked) await engine.wait(10);
        await bench.host.pause();
        const states: string[] = [bench.host.state];
        await bench.start();
        await bench.play(4800);
        await bench.host.stop();
        states.push(bench.host.state);
        answer();
        while (tracks[0]?.readyState !== 'ended') await engine.wait(10);
        // Allowed this time, and closed when the node is gone.
        await bench.start();
        while (tracks.length < 2) {
          answer();
          await engine.wait(10);
        }
        await bench.play(4800);
        states.push(tracks[1]!.readyState);
        bench.dispatch(without);
        while (tracks[1]!.readyState !== 'ended') await engine.wait(10);
        mediaDevices.getUserMedia = native;
        states.push(bench.host.state);
        await bench.host.dispose();
        return states;
      },
      { patch: live, without: removeNodes(live, ['mic']) },
    );
    expect(told).toEqual(['paused', 'stopped', 'live', 'playing']);
  }, 30_000);
});
