// Mark: JupyterLab starts with the extension as it does without; how long the first open and the first sound take.
// In a real JupyterLab of the clone's Python environment, in Chromium. What is fetched when is tested by test/e2e/start.e2e.ts.
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type LabServer, startLab } from '../lab-server.ts';
import type { Mark } from '../mark.ts';
import { cloneFolder } from '../places.ts';
import { median } from '../statistics.ts';

/** Starts of each kind in a heat; one more goes before them. */
const STARTS = 8;
/** What a person does between opening a patch and a click. */
const LOOK_MS = 3000;
const WITHOUT_MODEL = 'filter-drums';
const WITH_MODEL = 'tube-amp';

/** What start.page.ts puts into JupyterLab's page. */
interface Looks {
  restored(): Promise<number>;
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
}

async function visit(page: Page, server: LabServer): Promise<Visit> {
  await page.goto('about:blank');
  const browser = await page.context().newCDPSession(page);
  await browser.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(`${server.url}lab/workspaces/bench-${++visits}`);
  await page.waitForFunction(() => 'jupyterapp' in globalThis, null, { polling: 10, timeout: 60_000 });
  const restoredMs = await page.evaluate(() => benchStart.restored());
  const { metrics } = await browser.send('Performance.getMetrics');
  await browser.detach();
  return { restoredMs, workMs: 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) };
}

export const startMark: Mark = {
  id: 'start',
  title: 'Start',
  text: 'JupyterLab with the extension beside JupyterLab without any, starting in turns with a warm cache; the first open of a patch and its first sound, with a cold one.',
  peers: [],
  heats: 3,
  goals: [
    { figure: 'added to the start, ms', words: 'ms added to the start of JupyterLab', atMost: 50 },
    { figure: 'work added to the start, ms', words: 'ms of them are work of the main thread', atMost: 50 },
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
      return { figures: await measure(page, servers[0], servers[1], bench.isQuick ? 2 : STARTS) };
    } finally {
      for (const server of servers) await server.stop();
      for (const made of [folder, none]) rmSync(made, { recursive: true, force: true });
    }
  },
};

async function measure(
  page: Page,
  withUs: LabServer,
  without: LabServer,
  starts: number,
): Promise<Record<string, number>> {
  const all: Record<'with' | 'without', Visit[]> = { with: [], without: [] };
  for (let n = 0; n <= starts; n++) {
    const turn = [['with', withUs] as const, ['without', without] as const];
    for (const [name, server] of n % 2 === 0 ? turn : turn.reverse()) {
      const found = await visit(page, server);
      if (n > 0) all[name].push(found);
    }
  }
  const startMs = (name: keyof typeof all): number => median(all[name].map(({ restoredMs }) => restoredMs));
  const workMs = (name: keyof typeof all): number => median(all[name].map(visited => visited.workMs));
  const first: Record<string, number> = {};
  const browser = await page.context().newCDPSession(page);
  for (const [words, name] of [
    ['without a model', WITHOUT_MODEL],
    ['with a model', WITH_MODEL],
  ]) {
    await browser.send('Network.clearBrowserCache');
    await visit(page, withUs);
    await page.waitForTimeout(LOOK_MS);
    first[`first open ${words}, ms`] = await page.evaluate(path => benchStart.open(path), `${name}.npatch`);
    await page.waitForTimeout(LOOK_MS);
    await page.evaluate(() => benchStart.listen());
    await page.click('.jp-Neuropatch-start');
    first[`first sound ${words}, ms`] = await page.evaluate(() => benchStart.heard());
  }
  return {
    'added to the start, ms': startMs('with') - startMs('without'),
    'work added to the start, ms': workMs('with') - workMs('without'),
    'start with the extension, ms': startMs('with'),
    'start without extensions, ms': startMs('without'),
    ...first,
  };
}
