// JupyterLab in a real browser for the end-to-end tests, both thrown away afterwards.
// Owns what can be done in its page; the server is src/bench/lab-server.ts. Must not know what a test looks at.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import type { LabServer } from '../../src/bench/lab-server.ts';
import { type Browser, type BrowserOptions, launchChromium } from '../browser/chromium.ts';

export { type LabServer, startLab } from '../../src/bench/lab-server.ts';

const root = resolve(import.meta.dirname, '../..');

/** Where screenshots go. */
export const resultsFolder = join(root, 'test-results');

/** A real recording of a voice, 48 kHz, mono, 16 bit, 1.4 s: from Debian's alsa-utils, installed by `./dev test`. */
export const recordingPath = '/usr/share/sounds/alsa/Front_Center.wav';

export interface PageOptions extends BrowserOptions {
  /** Path after the server's address, default a fresh workspace. */
  readonly path?: string;
}

/** JupyterLab in a browser of its own. */
export interface LabPage extends Browser {
  /** Runs a JupyterLab command and does not wait for what it returns. */
  execute(command: string, args?: Record<string, unknown>): Promise<void>;
  /** Opens a file as a double click would; settles once JupyterLab has it in front. */
  open(path: string, factory?: string): Promise<void>;
  /** Loads the page again, with the layout that JupyterLab saved. */
  reload(): Promise<void>;
  setTheme(theme: 'light' | 'dark'): Promise<void>;
  /** Writes test-results/<name>.png. */
  screenshot(name: string): Promise<void>;
}

/** The part of JupyterLab's application that the harness calls in the page. */
interface ExposedApp {
  readonly restored: Promise<void>;
  readonly commands: { execute(id: string, args?: Record<string, unknown>): Promise<unknown> };
}

let workspace = 0;

/** Waits until JupyterLab has laid out what was open. */
async function restored(page: Page): Promise<void> {
  await page.waitForFunction(() => 'jupyterapp' in window, null, { timeout: 60_000 });
  await page.evaluate(() => (window as unknown as { jupyterapp: ExposedApp }).jupyterapp.restored);
}

/** Opens JupyterLab in a fresh browser profile and waits until it is restored. */
export async function openLab(server: LabServer, options: PageOptions = {}): Promise<LabPage> {
  const browser = await launchChromium(options);
  const { page } = browser;
  const address = `${server.url}${options.path ?? `lab/workspaces/test-${++workspace}`}`;
  try {
    await page.goto(address);
    await restored(page);
  } catch (error) {
    // What the page complained about says more than a timeout does.
    await browser.close();
    throw error;
  }

  const execute = (command: string, args: Record<string, unknown> = {}): Promise<void> =>
    // The braces matter: a command may return a widget, which cannot leave the page.
    page.evaluate(
      ([id, values]) => {
        void (window as unknown as { jupyterapp: ExposedApp }).jupyterapp.commands.execute(id, values);
      },
      [command, args] as const,
    );
  return {
    ...browser,
    execute,
    open: (path, factory) =>
      page.evaluate(
        async values => {
          await (window as unknown as { jupyterapp: ExposedApp }).jupyterapp.commands.execute(
            'docmanager:open',
            values,
          );
        },
        factory === undefined ? { path } : { path, factory },
      ),
    async reload() {
      // Not the address of now: it names the file in front, which JupyterLab opens once more a while after the rest.
      await page.goto(address);
      await restored(page);
    },
    async setTheme(theme) {
      await execute('apputils:change-theme', { theme: theme === 'light' ? 'JupyterLab Light' : 'JupyterLab Dark' });
      await page.waitForSelector(`body[data-jp-theme-light="${theme === 'light'}"]`, { state: 'attached' });
    },
    async screenshot(name) {
      mkdirSync(resultsFolder, { recursive: true });
      await page.screenshot({ path: join(resultsFolder, `${name}.png`) });
    },
  };
}
