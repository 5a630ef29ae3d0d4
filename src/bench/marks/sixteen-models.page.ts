// A page that plays a patch with the product's own engine and tells what came too late. Must not know which patch it is.
import type { Patch } from '../../core/patch.ts';
import { EngineHost } from '../../engine/host.ts';
import { registry } from '../../generated/registry.ts';
import { loadResources } from '../../resources/load-resources.ts';
import type { Played } from './played.ts';

const urls = { worklet: '/worklet.js', worker: '/worker.js', wasm: '/ort-wasm-simd-threaded.wasm' };

const read = async (path: string): Promise<Uint8Array | undefined> => {
  const response = await fetch(`/files/${path}`);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
};

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

async function play(patch: Patch, seconds: number): Promise<Played> {
  const host = new EngineHost({ registry, urls });
  const { resources, problems } = await loadResources(patch, registry, read);
  if (problems.length > 0) throw new Error(problems[0].message);
  host.load(patch, resources);
  await host.start();
  const loads: number[] = [];
  while ((host.live?.frames ?? 0) < seconds * patch.sampleRateHz) {
    await wait(100);
    if (host.live) loads.push(host.live.loadMean);
    if (host.faults.length > 0) throw new Error(host.faults[0].message);
  }
  const live = host.live;
  await host.stop();
  if (!live) throw new Error('the engine told nothing');
  return {
    seconds: live.frames / patch.sampleRateHz,
    loadMean: loads.reduce((sum, load) => sum + load, 0) / loads.length,
    lateBlocks: live.dropouts,
    skippedFrames: live.lastDropouts.reduce((sum, { skippedFrames }) => sum + skippedFrames, 0),
    lateCalls: Object.values(live.lateCalls).reduce((sum, count) => sum + count, 0),
    deviceGaps: live.underruns?.events ?? null,
    inWorker: Object.values(host.transports).filter(({ place }) => place === 'worker').length,
  };
}

declare global {
  var benchPlay: typeof play;
}
globalThis.benchPlay = play;
