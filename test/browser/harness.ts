// A page on localhost in a real Chromium, without JupyterLab, for code that needs a browser: a static server with files
// from memory, the bundler's settings for page and worklet code, and the rule that no request and no script may fail.
// Must not know what a test looks at.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, extname, join } from 'node:path';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** Modules of Node that the runtime's glue mentions behind a test that is false in a browser. */
const NODE_ONLY = ['module', 'worker_threads', 'fs', 'path', 'url', 'util', 'os'];

/** Bundles a TypeScript file and all that it imports into one ES module for a page, a worker or a worklet. */
export async function bundleForBrowser(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    external: NODE_ONLY,
    ignoreAnnotations: true,
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles[0]!.text;
}

export interface BrowserPage {
  readonly page: Page;
  /** Address of the page, e.g. "http://localhost:40000/". */
  readonly url: string;
  /** Closes browser and server; throws when a request failed (HTTP ≥ 400) or a script did not catch its error. */
  close(): Promise<void>;
}

/**
 * Opens a page that loads `/main.js` as a module, on a server that answers with `files` ("/main.js": text or bytes) and
 * nothing else, in a fresh profile; `flags` are added to Chromium's.
 */
export async function openPage(
  files: Readonly<Record<string, string | Uint8Array>>,
  flags: readonly string[] = [],
): Promise<BrowserPage> {
  const { url, stop } = await serve({
    '/': '<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
    ...files,
  });
  const profile = mkdtempSync(join(tmpdir(), 'neuropatch-chromium-'));
  const problems: string[] = [];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    headless: true,
    args: [...FLAGS, ...flags],
  });
  context.on('response', response => {
    if (response.status() >= 400) problems.push(`HTTP ${response.status()} ${response.url()}`);
  });
  context.on('weberror', error => problems.push(error.error().stack ?? error.error().message));
  const page = context.pages()[0] ?? (await context.newPage());
  const close = async (): Promise<void> => {
    await context.close();
    await stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    if (problems.length > 0) throw new Error(`the page had problems:\n${problems.join('\n')}`);
  };
  try {
    await page.goto(url, { waitUntil: 'load' });
  } catch (error) {
    await close();
    throw error;
  }
  return { page, url, close };
}

/** Serves files from memory on a free port of localhost, which browsers treat as a secure context. */
export async function serve(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const body = files[pathname];
    const type = TYPES[extname(pathname) || '.html'] ?? 'application/octet-stream';
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  });
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise(done => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://localhost:${port}/`, stop };
}

/** The browser's program from the search path. */
export function chromiumPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap(name => folders.map(folder => join(folder, name)))
    .find(existsSync);
  if (found === undefined) throw new Error('Chromium is missing. Run `./dev setup`.');
  return found;
}
