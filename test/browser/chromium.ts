// One real Chromium with a fresh profile for every test that needs a browser, and the rule that no request and no script
// may fail. Owns finding, starting and ending the program. Must not know what is opened in it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../../src/bench/chromium.ts';

export interface BrowserOptions {
  /**
   * Let sound start without a click. Off by default, so that the rule of the click is a real one; but what a test
   * evaluates in the page counts as a click as well.
   */
  readonly mayAutoplay?: boolean;
  /** Requests to addresses that match may fail, e.g. what a test removes on purpose. */
  readonly mayFail?: readonly RegExp[];
  /** Further flags of Chromium. */
  readonly flags?: readonly string[];
}

export interface Browser {
  readonly page: Page;
  /** Requests with HTTP ≥ 400, failed scripts and unhandled errors so far. */
  readonly problems: readonly string[];
  /** Ends the browser; throws when there were problems. */
  close(): Promise<void>;
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that needs no permission and hears Chromium's test signal.
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

/** Starts Chromium with one empty page of 1440 × 900. */
export async function launchChromium({
  mayAutoplay = false,
  mayFail = [],
  flags = [],
}: BrowserOptions = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'neuropatch-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: programPath(),
    headless: true,
    viewport: { width: 1440, height: 900 },
    args: [...FLAGS, ...(mayAutoplay ? ['--autoplay-policy=no-user-gesture-required'] : []), ...flags],
  });
  const problems: string[] = [];
  const page = context.pages()[0] ?? (await context.newPage());
  context.on('response', response => {
    const isExpected = mayFail.some(pattern => pattern.test(response.url()));
    if (response.status() >= 400 && !isExpected) problems.push(`HTTP ${response.status()} ${response.url()}`);
  });
  context.on('weberror', error => problems.push(`error: ${error.error().stack ?? error.error().message}`));
  page.on('crash', () => problems.push('the page crashed'));
  const close = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    if (problems.length > 0) throw new Error(`the page had problems:\n${problems.join('\n')}`);
  };
  return { page, problems, close };
}

/** The browser's program from the search path. */
function programPath(): string {
  const found = chromiumPath();
  if (found === undefined) throw new Error('Chromium is missing. Run `./dev setup`.');
  return found;
}
