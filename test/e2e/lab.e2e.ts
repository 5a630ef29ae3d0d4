// JupyterLab starts with the extension, at the root and under a hub's path; a patch opens and plays there, in both themes.
// The screenshots are for people to look at, beside the design.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

describe.each(['/', '/user/x/'])('JupyterLab at %s', baseUrl => {
  const name = baseUrl === '/' ? 'root' : 'hub';
  let server: LabServer;
  let lab: LabPage;
  let patch: PatchPage;

  beforeAll(async () => {
    server = await startLab({ baseUrl });
    lab = await openLab(server);
  });

  afterAll(async () => {
    await lab?.close();
    await server?.stop();
  });

  it('loads nothing of the editor before a patch is opened', async () => {
    const loaded = await lab.page.evaluate(() => performance.getEntriesByType('resource').map(entry => entry.name));
    const own = loaded.filter(url => url.includes('/lab/extensions/neuropatch/'));
    expect(own.some(url => url.includes('remoteEntry'))).toBe(true);
    expect(own.filter(url => /worklet|worker|\.wasm|\.onnx|\.wav/.test(url))).toEqual([]);
  });

  it('gives patch files their icon and opens them in the editor', async () => {
    const item = lab.page.locator('.jp-DirListing-item', { hasText: 'tube-amp.npatch' });
    await item.locator('[data-icon="neuropatch:patch"]').waitFor();
    await item.dblclick();
    patch = new PatchPage(lab);
    await patch.node('amp').waitFor();
    await patch.wire('drive.out>amp.drive').waitFor({ state: 'attached' });
    expect(await patch.root.locator('.jp-Neuropatch-problemButton').isVisible()).toBe(false);
  });

  it('plays after a click and stops', async () => {
    await patch.waitForStatus(/^Audio off$/);
    await patch.play();
    await patch.waitForStatus(/^Playing · 0:0[1-9]/);
    expect(lab.problems).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('in the %s theme', async theme => {
    await lab.setTheme(theme);
    await patch.run('show-palette');
    await patch.run('show-inspector');
    await lab.page.locator('.jp-Neuropatch-Inspector').waitFor();
    await patch.select('amp');
    await lab.page.locator('.jp-Neuropatch-Inspector', { hasText: 'Contract' }).waitFor();
    await lab.page.waitForTimeout(500);
    await lab.screenshot(`lab-${name}-${theme}`);
    expect(lab.problems).toEqual([]);
  });

  it('pauses, goes on and stops by keys while the canvas has the focus', async () => {
    await patch.canvas.focus();
    await lab.page.keyboard.press('Space');
    await patch.waitForStatus(/^Paused/);
    await lab.page.keyboard.press('Space');
    await patch.waitForStatus(/^Playing/);
    await lab.page.keyboard.press('Shift+Space');
    await patch.waitForStatus(/^Stopped/);
  });

  it('leaves keys to the fields of a patch', async () => {
    await patch.select('amp');
    await patch.run('rename-node');
    await lab.page.keyboard.type('n c f');
    await lab.page.keyboard.press('Enter');
    expect(await patch.node('amp').locator('header').textContent()).toContain('n c f');
    expect(await patch.root.locator('.jp-Neuropatch-choiceCard').count()).toBe(0);
  });
});
