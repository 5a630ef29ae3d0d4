// What the engine's tests share: a page with the product's programs, patches, and rendering a log again in Node.
// Must not know what a test looks at.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Patch } from '../../src/core/patch.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { parseLog, type PerformanceLog } from '../../src/render/log.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { type BrowserPage, bundleForBrowser, openPage } from '../browser/harness.ts';
import { registry } from '../render/helpers.ts';

const root = join(import.meta.dirname, '../..');
const WASM = join(root, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm');

/** Path in a patch → file of the clone. */
export const FILES: Readonly<Record<string, string>> = {
  'amp.onnx': 'test/inference/models/gru.onnx',
  'guitar.wav': 'notebooks/gallery/audio/guitar-di.wav',
  'nan.onnx': 'test/fixtures/models/nan-weights.onnx',
};
const readFile = (path: string): Uint8Array => new Uint8Array(readFileSync(join(root, FILES[path] ?? path)));

export async function openEngine(): Promise<BrowserPage> {
  const [main, worklet] = await Promise.all([join(import.meta.dirname, 'engine.page.ts'), join(root, 'src/engine/worklet/main.ts')].map(bundleForBrowser));
  const files = Object.keys(FILES).map(name => [`/files/${name}`, readFile(name)] as const);
  const browser = await openPage({ '/main.js': main, '/worklet.js': worklet, '/ort-wasm-simd-threaded.wasm': readFileSync(WASM), ...Object.fromEntries(files) });
  await browser.page.waitForFunction('globalThis.engine');
  return browser;
}

export const decode = (text: string): Float32Array => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

const read = async (path: string): Promise<Uint8Array | undefined> => (FILES[path] ? readFile(path) : undefined);

const loadPatch = async (text: string): Promise<Pick<Extract<RenderEvent, { kind: 'patch' }>, 'patch' | 'resources'>> => {
  const { patch } = parsePatch(text);
  return { patch, resources: (await loadResources(patch, registry, read)).resources };
};

/** Renders a log in Node, through its own text, as `neuropatch render --automation` does. */
export async function renderLog(log: PerformanceLog, frames: number): Promise<Record<string, Float32Array[]>> {
  const { patch: text, entries, blockFrames } = parseLog(JSON.stringify(log));
  const models = createInference(await loadOrtFromFile(WASM));
  const events = await Promise.all(entries.map(async (entry): Promise<RenderEvent> => (entry.kind === 'patch' ? { frame: entry.frame, kind: 'patch', ...(await loadPatch(entry.patch)) } : entry)));
  const { outputs } = await renderPatch({ ...(await loadPatch(text)), registry, models, frames, events, schedule: [blockFrames] });
  return outputs;
}

/** Gives nodes their files: `withFiles(patch, { amp: { model: 'amp.onnx' } })`. */
export const withFiles = (patch: Patch, files: Readonly<Record<string, Readonly<Record<string, string>>>>): Patch => ({
  ...patch,
  nodes: Object.fromEntries(Object.entries(patch.nodes).map(([id, node]) => [id, files[id] ? { ...node, resources: files[id] } : node])),
});
