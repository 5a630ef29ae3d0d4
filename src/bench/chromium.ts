// A fresh headless Chromium with a page from memory. Owns bundling, starting and ending. Must not know what is measured.
// esbuild and playwright-core are there in a clone only, where they are needed for tests and build.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Page } from 'playwright-core';
import { cloneFolder } from './places.ts';
import { type ServedFiles, serve } from './serve-files.ts';

export interface BenchPage {
  readonly page: Page;
  /** "Chromium 130.0". */
  readonly browser: string;
  end(): Promise<void>;
}

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

/** The browser's program on the search path; undefined without one. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap(name => folders.map(folder => join(folder, name)))
    .find(path => existsSync(path));
}

/** Why no page can be opened here; undefined when one can. */
export function whyNoChromium(): string | undefined {
  if (!cloneFolder) return 'pages are built from the sources: run it in a clone';
  return chromiumPath() === undefined ? 'no chromium on the PATH' : undefined;
}

const fromClone = (name: string): unknown => createRequire(join(cloneFolder as string, 'package.json'))(name);

/** Where each package of a node_modules folder lies, by name. */
const packagesIn = (modules: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(modules)
      .filter(name => !/^[.@]/.test(name))
      .map(name => [name, join(modules, name)]),
  );

/** Bundles a module of a page or worklet; `modules` is a further node_modules folder to look into first. */
export async function bundle(entry: string, modules?: string): Promise<string> {
  const { build } = fromClone('esbuild') as typeof import('esbuild');
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: cloneFolder,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    minify: true,
    platform: 'browser',
    conditions: ['onnxruntime-web-use-extern-wasm'],
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['module', 'worker_threads', 'fs', 'path', 'url', 'util', 'os', 'node:*'],
    loader: { '.css': 'text' },
    // As the product's programs are: a package may name polyfills that the audio thread needs as free of effects.
    ignoreAnnotations: true,
    logLevel: 'silent',
    // A peer's packages before the product's of the same name, so that there is one of each.
    ...(modules ? { alias: packagesIn(modules) } : {}),
  });
  return result.outputFiles[0].text;
}

/** Opens "/", a page that loads "/main.js" as a module, and waits until it is loaded. */
export async function openPage(files: ServedFiles, flags: readonly string[] = []): Promise<BenchPage> {
  const { chromium } = fromClone('playwright-core') as typeof import('playwright-core');
  const server = await serve({
    '/': '<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
    ...files,
  });
  const profile = mkdtempSync(join(tmpdir(), 'neuropatch-bench-'));
  const removeProfile = (): void => rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  let close = async (): Promise<void> => {};
  const end = async (): Promise<void> => {
    await close().catch(() => {});
    await server.stop();
    removeProfile();
    process.off('exit', removeProfile);
  };
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      headless: true,
      viewport: { width: 1440, height: 900 },
      args: [...FLAGS, ...flags],
      // Whoever runs the benchmark hears signals and ends what was started, profile and all; this would end the process before that.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    // An error that nobody awaited: the browser has been ended when this is heard, its files are still there.
    process.once('exit', removeProfile);
    close = () => context.close();
    const page = context.pages()[0] ?? (await context.newPage());
    const version = context.browser()?.version() ?? (await page.evaluate(() => navigator.userAgent));
    const errors: string[] = [];
    page.on('pageerror', error => errors.push(error.message));
    await page.goto(server.url, { waitUntil: 'load' });
    if (errors.length > 0) throw new Error(errors[0]);
    return {
      page,
      browser: `Chromium ${/\d+(\.\d+)*/.exec(version.replace(/.*Chrome\//, ''))?.[0] ?? version}`,
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
