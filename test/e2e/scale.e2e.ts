// A patch of 1,000 nodes as a file in JupyterLab: it opens in sight as a whole, is edited and saved like any other. Not timed: the
// benchmark does that.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largePatch } from '../../src/bench/large-patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { registry } from '../../src/generated/registry.ts';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

const NODES = 1000;
let server: LabServer;
let lab: LabPage;
let patch: PatchPage;

beforeAll(async () => {
  server = await startLab();
  writeFileSync(join(server.folder, 'large.npatch'), serializePatch(largePatch(registry, NODES, 1200)));
  lab = await openLab(server);
  patch = await PatchPage.open(lab, 'large.npatch');
}, 120_000);
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

describe(`a file of ${NODES} nodes`, () => {
  it('opens in sight as a whole, with files and plan, and with hardly any elements', async () => {
    await patch.root
      .locator('.jp-Neuropatch-outline li')
      .nth(NODES - 1)
      .waitFor({ state: 'attached' });
    // The plan is there: its latency is told, and what waits has a figure.
    await patch.root
      .getByText(/samples · /)
      .first()
      .waitFor();
    await expect.poll(() => patch.root.locator('.jp-Neuropatch-notice').count()).toBe(0);
    expect(await patch.nodes.count()).toBe(0);
    expect(await patch.root.locator('.jp-Neuropatch-Canvas *').count()).toBeLessThan(100);
    await lab.screenshot('large-light');
    await lab.setTheme('dark');
    await lab.screenshot('large-dark');
    await lab.setTheme('light');
  });

  it('is edited near and saved, with all that was in it', async () => {
    await patch.canvas.focus();
    // By keyboard: the first node gets the focus, and with it its card.
    await lab.page.keyboard.press('Tab');
    await patch.nodes.first().waitFor({ state: 'attached' });
    const id = (await patch.nodes.first().getAttribute('data-node')) as string;
    await patch.run('reset-zoom');
    await expect.poll(() => patch.nodes.count()).toBeGreaterThan(1);
    await lab.page.keyboard.press('Alt+ArrowUp');
    await patch.save();
    const before = largePatch(registry, NODES, 1200);
    const { patch: saved } = parsePatch(readFileSync(join(server.folder, 'large.npatch'), 'utf8'));
    expect(Object.keys(saved.nodes).length).toBe(NODES);
    expect(saved.connections).toEqual(before.connections);
    const moved = Object.keys(saved.nodes).filter(
      key => JSON.stringify(saved.nodes[key]?.position) !== JSON.stringify(before.nodes[key]?.position),
    );
    expect(moved).toEqual([id]);
    expect(lab.problems).toEqual([]);
  });
});
