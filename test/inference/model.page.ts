// The page of the worklet test: renders samples through the model processor, offline. Compiles the runtime as the product.
import type { ModelResource } from '../../src/core/resource.ts';
import { compileOrt } from '../../src/inference/browser.ts';
import type { ModelOptions } from './model.worklet.ts';

const module = compileOrt('/ort-wasm-simd-threaded.wasm');

async function renderModel(model: ModelResource, samples: readonly number[]): Promise<number[]> {
  const context = new OfflineAudioContext(1, samples.length, 48000);
  await context.audioWorklet.addModule('/worklet.js');
  const processorOptions: ModelOptions = {
    module: await module,
    model,
  };
  const node = new AudioWorkletNode(context, 'model', { outputChannelCount: [1], processorOptions });
  const answer = await new Promise<unknown>(resolve => {
    node.port.onmessage = event => resolve(event.data);
  });
  if (answer !== 'ready') throw new Error(String(answer));
  const buffer = context.createBuffer(1, samples.length, 48000);
  buffer.copyToChannel(Float32Array.from(samples), 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(node).connect(context.destination);
  source.start();
  const rendered = await context.startRendering();
  return [...rendered.getChannelData(0)];
}

/** The same samples through the same code in a Worker. */
async function renderModelInWorker(model: ModelResource, samples: readonly number[]): Promise<number[]> {
  const worker = new Worker('/worker.js', { type: 'module' });
  const answer = new Promise<number[]>((resolve, reject) => {
    worker.onmessage = event => resolve(event.data);
    worker.onerror = event => reject(new Error(event.message));
  });
  worker.postMessage({ module: await module, model, samples });
  return answer.finally(() => worker.terminate());
}

const renderers = { worklet: renderModel, worker: renderModelInWorker };

declare global {
  var renderIn: typeof renderers;
}
globalThis.renderIn = renderers;
