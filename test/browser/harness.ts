// A page on localhost in a real Chromium, without JupyterLab, for code that needs a browser: a static server with files
// from memory, and programs bundled as the product's are. Must not know what a test looks at.
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { serve } from '../../src/bench/serve-files.ts';
import { browserOptions } from '../../src/build/programs.ts';
import { launchChromium } from './chromium.ts';

export { serve };

/** Bundles a TypeScript file and all that it imports into one ES module for a page, a worker or a worklet. */
export async function bundleForBrowser(entry: string): Promise<string> {
  const result = await build({
    ...browserOptions,
    entryPoints: [entry],
    minify: false,
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
  const { page, close: closeBrowser } = await launchChromium({ mayAutoplay: true, flags });
  const close = async (): Promise<void> => {
    await closeBrowser().finally(stop);
  };
  try {
    await page.goto(url, { waitUntil: 'load' });
  } catch (error) {
    await close();
    throw error;
  }
  return { page, url, close };
}
