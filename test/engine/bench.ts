// What the engine's tests share: a page with the product's programs, patches, and rendering a log again in Node.
// Must not know what a test looks at.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { type PerformanceLog, parseLog } from '../../src/render/log.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { launchChromium } from '../browser/chromium.ts';
import { bundleForBrowser, serve } from '../browser/harness.ts';
import { readBuiltin } from '../builtin.ts';
import { file, ints, NEGATE, node, weights } from '../onnx/models.ts';
import { registry } from '../render/helpers.ts';

const root = join(import.meta.dirname, '../..');
const WASM = join(root, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm');

const fromClone = (path: string): Uint8Array => new Uint8Array(readFileSync(join(root, path)));

/** One call multiplies matrices of 256² four times: 67 million operations for any number of frames. */
const slowModel = (): Uint8Array => {
  const products = ['a', 'b', 'c', 'd'].map((name, index, all) =>
    node('MatMul', [index === 0 ? 'wide' : all[index - 1], 'wide'], [name]),
  );
  return file({
    nodes: [
      node('ReduceMean', ['x'], ['mean']),
      node('Expand', ['mean', 'size'], ['wide']),
      ...products,
      node('ReduceMean', ['d'], ['last']),
      node('Mul', ['last', 'zero'], ['nothing']),
      node('Add', ['x', 'nothing'], ['y']),
    ],
    tensors: [ints('size', [1, 256, 256]), weights('zero', [0])],
  });
};

/** Path in a patch → the file. */
const FILES: Readonly<Record<string, () => Uint8Array>> = {
  'amp.onnx': () => fromClone('test/inference/models/gru.onnx'),
  // Blocks of 64 only.
  'block64.onnx': () => fromClone('test/inference/models/block64.onnx'),
  'guitar.wav': () => fromClone('notebooks/gallery/audio/guitar-di.wav'),
  'negate.onnx': () => file(NEGATE),
  'refused.onnx': () => fromClone('test/inference/models/halves.onnx'),
  'slow.onnx': slowModel,
  // Not a number wherever its input is negative.
  'root.onnx': () => file({ nodes: [node('Sqrt', ['x'], ['y'])] }),
};

export interface EnginePage {
  readonly page: Page;
  /** Calls a function in the page. (Playwright's own type for this gives up on a document's recursive types.) */
  run<Given, Result>(work: (given: Given) => Promise<Result>, given: Given): Promise<Result>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Sound needs no gesture, so that tests need not click. */
  readonly mayAutoplay?: boolean;
  readonly hash?: string;
  /** Name of the server in the page's address; any but localhost is no secure context. */
  readonly host?: string;
  /** Further flags of Chromium. */
  readonly flags?: readonly string[];
  /** Called before anything is loaded. */
  readonly onOpen?: (page: Page) => void;
}

const PROGRAMS = {
  '/main.js': 'test/engine/engine.page.ts',
  '/worklet.js': 'src/engine/worklet/main.ts',
  '/worker.js': 'src/engine/worker/main.ts',
};
let bundled: Promise<Record<string, string>> | undefined;
const bundlePrograms = async (): Promise<Record<string, string>> => {
  const entries = Object.entries(PROGRAMS);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, entry]) => [name, await bundleForBrowser(join(root, entry))] as const)),
  );
};

/** Opens a page with the engine. */
export async function openEngine({
  mayAutoplay = true,
  hash = '',
  host = 'localhost',
  flags = [],
  onOpen,
}: OpenOptions = {}): Promise<EnginePage> {
  bundled ??= bundlePrograms();
  const { url, stop } = await serve({
    '/': '<!doctype html><title>test</title><link rel="icon" href="data:,"><button>Play</button><script type="module" src="/main.js"></script>',
    '/ort-wasm-simd-threaded.wasm': readFileSync(WASM),
    '/kernels-relaxed.wasm': readFileSync(join(root, 'src/generated/kernels-relaxed.wasm')),
    ...(await bundled),
    ...Object.fromEntries(Object.entries(FILES).map(([name, make]) => [`/files/${name}`, make()])),
  });
  const browser = await launchChromium({
    mayAutoplay,
    flags: [`--host-resolver-rules=MAP ${host} 127.0.0.1`, ...flags],
  });
  const close = async (): Promise<void> => {
    await stop();
    await browser.close();
  };
  onOpen?.(browser.page);
  try {
    await browser.page.goto(`${url.replace('localhost', host)}${hash}`, { waitUntil: 'load' });
    // The module has run before the load event. Nothing is evaluated here: that would count as a gesture.
    return { page: browser.page, run: (work, given) => browser.page.evaluate(work as never, given as never), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One page for all tests of a file; `prepare` is waited for before the first. */
export function useEngine(prepare?: (page: Page) => Promise<unknown>): Pick<EnginePage, 'page' | 'run'> {
  let opened: EnginePage | undefined;
  beforeAll(async () => {
    opened = await openEngine();
    await prepare?.(opened.page);
  }, 60_000);
  afterAll(() => opened?.close());
  return {
    get page() {
      return (opened as EnginePage).page;
    },
    run: (work, given) => (opened as EnginePage).run(work, given),
  };
}

/** Lets a page read the files that come with the product. */
export const serveBuiltins = (page: Page): Promise<unknown> =>
  page.route('**/files/builtin:*/**', async route => {
    const path = decodeURIComponent(new URL(route.request().url()).pathname).slice('/files/'.length);
    const body = await readBuiltin(path);
    return body ? route.fulfill({ body: Buffer.from(body) }) : route.fulfill({ status: 404 });
  });

/** Times that a performance is played again because the machine stopped the worker for longer than the slack. */
const PLAYED_AGAIN_MAX = 2;

/**
 * Plays until no result came late: a machine that stops the worker for longer than the slack makes results late, and rightly so.
 * Nothing else is a reason to play again: whatever was captured in time is judged.
 */
export async function playInTime<Played>(
  play: () => Promise<Played>,
  lateCalls: (played: Played) => Readonly<Record<string, number>> | undefined,
): Promise<Played> {
  for (let again = 0; ; again++) {
    const played = await play();
    const isLate = Object.values(lateCalls(played) ?? {}).some(count => count > 0);
    if (!isLate || again === PLAYED_AGAIN_MAX) return played;
  }
}

export const decode = (text: string): Float32Array => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

const read = async (path: string): Promise<Uint8Array | undefined> => FILES[path]?.();

const loadPatch = async (
  text: string,
): Promise<Pick<Extract<RenderEvent, { kind: 'patch' }>, 'patch' | 'resources'>> => {
  const { patch } = parsePatch(text);
  return { patch, resources: (await loadResources(patch, registry, read)).resources };
};

/** Renders a log in Node, through its own text, as `neuropatch render --automation` does. */
export async function renderLog(log: PerformanceLog, frames: number): Promise<Record<string, Float32Array[]>> {
  const { patch: text, entries, blockFrames, hostBlockFrames, slackFrames } = parseLog(JSON.stringify(log));
  const models = withKernels(createInference(await loadOrtFromFile(WASM)));
  const events = await Promise.all(
    entries.map(
      async (entry): Promise<RenderEvent> =>
        entry.kind === 'patch' ? { ...entry, ...(await loadPatch(entry.patch)) } : entry,
    ),
  );
  const { outputs } = await renderPatch({
    ...(await loadPatch(text)),
    registry,
    models,
    frames,
    events,
    schedule: [blockFrames],
    hostBlockFrames,
    slackFrames,
  });
  return outputs;
}

/** Gives nodes their files: `withFiles(patch, { amp: { model: 'amp.onnx' } })`. */
export const withFiles = (patch: Patch, files: Readonly<Record<string, Readonly<Record<string, string>>>>): Patch => ({
  ...patch,
  nodes: Object.fromEntries(
    Object.entries(patch.nodes).map(([id, node]) => [id, files[id] ? { ...node, resources: files[id] } : node]),
  ),
});
