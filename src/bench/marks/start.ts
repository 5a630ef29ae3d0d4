// Mark: JupyterLab starts with the extension as it does without; how long the first open and the first sound take.
// In a real JupyterLab of the clone's Python environment, in Chromium. What is fetched when is tested by test/e2e/start.e2e.ts.
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type LabServer, startLab } from '../lab-server.ts';
import type { Mark } from '../mark.ts';
import { cloneFolder } from '../places.ts';
import { median, medianBounds, percentile } from '../statistics.ts';
import type { Fetched } from './fetched.ts';

/** Pairs of starts, one with the extension and one without, in a heat; of a quick run. */
const PAIRS = 24;
const QUICK_PAIRS = 2;
/** Starts of each kind before them: files come into the cache with the first, and their compiled code with the third. */
const STARTS_BEFORE = 4;
/** What a person does between opening a patch and a click. */
const LOOK_MS = 3000;
const WITHOUT_MODEL = 'filter-drums';
const WITH_MODEL = 'tube-amp';

/** What start.page.ts puts into JupyterLab's page. */
interface Looks {
  restored(): Promise<number>;
  fetched(): Fetched;
  open(path: string): Promise<number>;
  /** Before the click. */
  listen(): void;
  /** After the click. */
  heard(): Promise<number>;
}
declare const benchStart: Looks;

/** Workspaces that nobody saw before, so that nothing is restored. */
let visits = 0;

/** How long a start of JupyterLab took, in ms: until all was restored, and of it the page's own work, whatever else the machine did. */
interface Visit {
  readonly restoredMs: number;
  readonly workMs: number;
  readonly fetched: Fetched;
}

async function visit(page: Page, server: LabServer): Promise<Visit> {
  await page.goto('about:blank');
  const browser = await page.context().newCDPSession(page);
  // What the page before left behind is nobody's work.
  await browser.send('HeapProfiler.collectGarbage');
  await browser.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(`${server.url}lab/workspaces/bench-${++visits}`);
  await page.waitForFunction(() => 'jupyterapp' in globalThis, null, { polling: 10, timeout: 60_000 });
  const restoredMs = await page.evaluate(() => benchStart.restored());
  const { metrics } = await browser.send('Performance.getMetrics');
  const fetched = await page.evaluate(() => benchStart.fetched());
  await browser.detach();
  const workMs = 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  return { restoredMs, workMs, fetched };
}

export const startMark: Mark = {
  id: 'start',
  title: 'Start',
  text: `JupyterLab with the extension beside JupyterLab without any: ${PAIRS} pairs of starts in turns, files and compiled code of both in the cache, the median of the differences within a pair; the first open of a patch and its first sound, with a cold cache.`,
  peers: [],
  heats: 2,
  goals: [
    { figure: 'added to the start, ms', words: 'ms added to the start of JupyterLab', atMost: 50 },
    { figure: 'work added to the start, ms', words: 'ms of them are work of the main thread', atMost: 50 },
  ],
  whenMissed: [
    'With files in the cache the extension asks the server for nothing and adds 3 KB of settings to one answer; what it adds is in the work of the main thread. The difference of two starts of seconds each scatters by more than that on a machine with other work: see between which bounds it lies.',
  ],
  async heat(bench) {
    const built = join(cloneFolder ?? '', 'extension/neuropatch/labextension');
    if (!existsSync(built)) return { figures: {}, notes: ['the extension is not built: run `npm run build`'] };
    const page = await bench.page('start');
    if (!page) return { figures: {} };
    await page.addInitScript(await (await fetch(new URL('/main.js', page.url()))).text());
    const folder = mkdtempSync(join(tmpdir(), 'neuropatch-bench-lab-'));
    const none = mkdtempSync(join(tmpdir(), 'neuropatch-bench-lab-'));
    symlinkSync(built, join(folder, 'neuropatch'), 'dir');
    const servers: LabServer[] = [];
    try {
      for (const extensions of [folder, none])
        servers.push(await startLab({ options: [`--LabApp.labextensions_path=${extensions}`] }));
      return { figures: await measure(page, servers[0], servers[1], bench.isQuick ? QUICK_PAIRS : PAIRS) };
    } finally {
      for (const server of servers) await server.stop();
      for (const made of [folder, none]) rmSync(made, { recursive: true, force: true });
    }
  },
};

/** The median of differences, and between which bounds it lies with 95 %. */
function told(name: string, differences: readonly number[]): Record<string, number> {
  const [low, high] = medianBounds(differences);
  return { [`${name}, ms`]: median(differences), [`${name}, at least, ms`]: low, [`${name}, at most, ms`]: high };
}

async function measure(
  page: Page,
  withUs: LabServer,
  without: LabServer,
  pairs: number,
): Promise<Record<string, number>> {
  const all: { readonly with: Visit; readonly without: Visit }[] = [];
  for (let n = -STARTS_BEFORE; n < pairs; n++) {
    const first = await visit(page, n % 2 === 0 ? withUs : without);
    const second = await visit(page, n % 2 === 0 ? without : withUs);
    if (n >= 0) all.push(n % 2 === 0 ? { with: first, without: second } : { with: second, without: first });
  }
  const restored = (name: 'with' | 'without'): number[] => all.map(pair => pair[name].restoredMs);
  const fetched = (key: keyof Fetched): number => median(all.map(pair => pair.with.fetched[key]));
  return {
    ...told(
      'added to the start',
      all.map(pair => pair.with.restoredMs - pair.without.restoredMs),
    ),
    ...told(
      'work added to the start',
      all.map(pair => pair.with.workMs - pair.without.workMs),
    ),
    'fetches at the start, ms': fetched('ms'),
    'requests at the start': fetched('requests'),
    'files at the start': fetched('files'),
    'KB at the start': fetched('bytes') / 1000,
    'added to the fastest quarter, ms': percentile(restored('with'), 0.25) - percentile(restored('without'), 0.25),
    'start with the extension, ms': median(restored('with')),
    'start without extensions, ms': median(restored('without')),
    ...(await firstTimes(page, withUs)),
  };
}

/** The first open of a patch and its first sound, in ms, with nothing in the cache. */
async function firstTimes(page: Page, server: LabServer): Promise<Record<string, number>> {
  const first: Record<string, number> = {};
  const browser = await page.context().newCDPSession(page);
  for (const [words, name] of [
    ['without a model', WITHOUT_MODEL],
    ['with a model', WITH_MODEL],
  ]) {
    await browser.send('Network.clearBrowserCache');
    await visit(page, server);
    await page.waitForTimeout(LOOK_MS);
    first[`first open ${words}, ms`] = await page.evaluate(path => benchStart.open(path), `${name}.npatch`);
    await page.waitForTimeout(LOOK_MS);
    await page.evaluate(() => benchStart.listen());
    await page.click('.jp-Neuropatch-start');
    first[`first sound ${words}, ms`] = await page.evaluate(() => benchStart.heard());
  }
  return first;
}
