// JupyterLab starts with the extension, at the root and under a hub's path, and shows a patch file in both themes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';

describe.each(['/', '/user/x/'])('JupyterLab at %s', baseUrl => {
  const name = baseUrl === '/' ? 'root' : 'hub';
  let server: LabServer;
  let lab: LabPage;

  beforeAll(async () => {
    server = await startLab({ baseUrl });
    writeFileSync(join(server.folder, 'first.npatch'), '{"format": 1}\n');
    lab = await openLab(server);
  });

  afterAll(async () => {
    await lab?.close();
    await server?.stop();
  });

  it('activates the extension', async () => {
    const isActive = await lab.page.evaluate(() =>
      (window as unknown as { jupyterapp: { isPluginActivated(id: string): boolean } }).jupyterapp.isPluginActivated(
        'neuropatch:plugin',
      ),
    );
    expect(isActive).toBe(true);
  });

  it('gives patch files their icon and opens them', async () => {
    const item = lab.page.locator('.jp-DirListing-item', { hasText: 'first.npatch' });
    await item.locator('[data-icon="neuropatch:patch"]').waitFor();
    await item.dblclick();
    await lab.page.locator('.lm-TabBar-tab.lm-mod-current', { hasText: 'first.npatch' }).waitFor();
  });

  it.each(['light', 'dark'] as const)('in the %s theme', async theme => {
    await lab.setTheme(theme);
    await lab.screenshot(`lab-${name}-${theme}`);
    expect(lab.problems).toEqual([]);
  });
});
