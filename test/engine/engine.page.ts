// The page of the engine's tests: the product's host with resources from the test's server. What a test does on the page is
// written here as small steps; what it expects is in the tests. Signals leave as base64, which keeps every bit.
import { getContext } from 'tone/build/esm/core/Global.js';
import { emptyPatch, type Patch } from '../../src/core/patch.ts';
import { structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import type { Transaction } from '../../src/core/transaction.ts';
import { joinChunks } from '../../src/engine/captured-audio.ts';
import { EngineHost } from '../../src/engine/host.ts';
import { type FromWorklet, PROCESSOR_NAME, type ToWorklet, type WorkletOptions } from '../../src/engine/messages.ts';
import { packResources } from '../../src/engine/resource-transfer.ts';
import type { TimeModel } from '../../src/engine/transport/model-timings.ts';
import { WorkerClient } from '../../src/engine/worker-client.ts';
import { registry } from '../../src/generated/registry.ts';
import { compileOrt, forgetOrt } from '../../src/inference/browser.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { loadResources } from '../../src/resources/load-resources.ts';

const urls = {
  worklet: '/worklet.js',
  worker: '/worker.js',
  wasm: '/ort-wasm-simd-threaded.wasm',
  relaxed: '/kernels-relaxed.wasm',
};

const read = async (path: string): Promise<Uint8Array | undefined> => {
  const response = await fetch(`/files/${path}`);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
};

const encode = (samples: Float32Array | Uint8Array): string => {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
};

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const quickModel: TimeModel = async () => ({ meanMs: 0.1, p95Ms: 0.1, p99Ms: 0.1, loadMs: 0.1 });

/** One editor's worth: a document, its engine, and the steps that a test takes. */
class Bench {
  readonly host: EngineHost;

  /** What the setting says. */
  isRelaxed = false;
  store!: PatchStore;
  readonly #cache = new Map();

  /** Left out, every model is taken for quick: no choice depends on the machine that runs the tests. */
  constructor(timeModel: TimeModel | 'really' = quickModel) {
    const really = timeModel === 'really' ? {} : { timeModel };
    this.host = new EngineHost({
      registry,
      urls,
      isStallAllowed: true,
      relaxedSimd: () => this.isRelaxed,
      ...really,
    });
  }

  async load(patch: Patch): Promise<void> {
    this.store = new PatchStore(patch, structuralParamOf(registry));
    this.host.load(patch, await this.#resources());
    this.store.subscribe(({ patch: next, kind, transaction }) => {
      void this.#resources().then(resources => this.host.update(next, resources, kind, transaction));
    });
  }
  async #resources() {
    return (await loadResources(this.store.patch, registry, read, { cache: this.#cache })).resources;
  }
  dispatch(transaction: Transaction): void {
    this.store.dispatch(transaction);
  }
  /** Resolves with the problems of a start that was refused, or with nothing. */
  async start(): Promise<string[]> {
    try {
      await this.host.start();
      return [];
    } catch (error) {
      return ((error as { problems?: { code: string }[] }).problems ?? [{ code: String(error) }]).map(
        ({ code }) => code,
      );
    }
  }
  /** Waits until `frames` more frames have been played. */
  async play(frames: number): Promise<void> {
    const end = (this.host.live?.frames ?? 0) + frames;
    while ((this.host.live?.frames ?? 0) < end) await wait(10);
  }
  async capture() {
    const captured = await this.host.stopCapture();
    if (!captured) throw new Error('no capture');
    const outputs = Object.entries(captured.outputs).map(([id, channels]) => [id, channels.map(encode)] as const);
    return { ...captured, outputs: Object.fromEntries(outputs), log: this.host.log() };
  }
}

/** Plays a patch in an OfflineAudioContext, where time is the browser's and not the clock's; returns capture and loudspeakers. */
async function renderOffline(patch: Patch, frames: number) {
  const { resources } = await loadResources(patch, registry, read);
  const { plan } = makePlan(patch, registry, resources, { maxFrames: 128 });
  if (!plan) throw new Error('no plan');
  const context = new OfflineAudioContext(2, frames, patch.sampleRateHz);
  await context.audioWorklet.addModule(urls.worklet);
  const node = new AudioWorkletNode(context, PROCESSOR_NAME, {
    outputChannelCount: [2],
    processorOptions: { lateLimitMs: 1e9, isStallAllowed: false } satisfies WorkletOptions,
  });
  node.connect(context.destination);
  const chunks: Extract<FromWorklet, { kind: 'chunk' }>[] = [];
  const waiting: (() => void)[] = [];
  node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
    if (data.kind === 'chunk') chunks.push(data);
    if (data.kind === 'captured') waiting.shift()?.();
  };
  const post = (message: ToWorklet): void => node.port.postMessage(message);
  post({ kind: 'runtime', module: await compileOrt(urls.wasm) });
  post({ kind: 'plan', tag: 1, plan, ...packResources(resources, new Set()), isFresh: true });
  post({ kind: 'run', isRunning: true });
  post({ kind: 'capture', isOn: false });
  await new Promise<void>(resolve => waiting.push(resolve));
  post({ kind: 'capture', isOn: true });
  await wait(100);
  const speakers = await context.startRendering();
  await wait(100);
  const end = Math.max(...chunks.map(({ frame, channels }) => frame + channels[0].length));
  return {
    captured: encode(Object.values(joinChunks(chunks, 0, end).outputs)[0][0]),
    speakers: encode(speakers.getChannelData(0)),
  };
}

/** Looks on at what the next audio thread is told and tells: how long each plan took it in ms, and how often it was faded out. */
function watchWorklet(): { readonly ready: number[]; holds: number } {
  const seen = { ready: [] as number[], holds: 0 };
  const Native = globalThis.AudioWorkletNode;
  globalThis.AudioWorkletNode = class extends Native {
    constructor(...given: ConstructorParameters<typeof AudioWorkletNode>) {
      super(...given);
      globalThis.AudioWorkletNode = Native;
      const { port } = this;
      port.addEventListener('message', ({ data }: MessageEvent<FromWorklet>) => {
        if (data.kind === 'ready') seen.ready.push(data.ms);
      });
      const post = port.postMessage.bind(port) as (message: ToWorklet, transfer?: Transferable[]) => void;
      port.postMessage = (message: ToWorklet, transfer: unknown = []) => {
        if (message.kind === 'run' && !message.isRunning) seen.holds++;
        post(message, transfer as Transferable[]);
      };
    }
  };
  return seen;
}

/** Where Tone's transport is. */
const transportSeconds = (): number => getContext().transport.seconds;

const steps = {
  transportSeconds,
  watchWorklet,
  Bench,
  EngineHost,
  wait,
  encode,
  registry,
  urls,
  read,
  renderOffline,
  forgetOrt,
  WorkerClient,
  loadResources,
};
declare global {
  var engine: typeof steps;
  var bench: Bench;
}
globalThis.engine = steps;

// A start without any gesture, and one from a click, for the test that asks for them.
if (location.hash === '#start') {
  const bench = new Bench();
  globalThis.bench = bench;
  const patch = {
    ...emptyPatch('test'),
    nodes: { out: { id: 'out', type: 'output/audio-output', version: 1, position: [0, 0] } },
  } as const;
  document.querySelector('button')!.onclick = () => void bench.start();
  await bench.load(patch);
  void bench.start().then(codes => console.info(`start: ${codes.join()}`));
}
