// Measured latency in a real JupyterLab: the command shows a row per path and model, each as late as it reports.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

let server: LabServer;
let lab: LabPage;
beforeAll(async () => {
  server = await startLab();
  lab = await openLab(server);
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

it('Measure Latency shows every path and model of the tube amplifier, measured as reported', async () => {
  const patch = await PatchPage.open(lab, 'tube-amp.npatch');
  await patch.wire('drive.out>amp.drive').waitFor({ state: 'attached' });
  await patch.run('measure-latency');
  const verdict = lab.page.locator('.jp-Neuropatch-verdict');
  await verdict.waitFor({ timeout: 60_000 });
  expect(await verdict.textContent()).toBe('3 of 3 latencies as reported.');
  expect(await verdict.getAttribute('data-ok')).toBe('true');
  const rows = await lab.page.locator('.jp-Neuropatch-reportTable tbody tr').allTextContents();
  expect(rows.filter(row => row.startsWith('✓ passed'))).toHaveLength(3);
  expect(rows.join('\n')).toContain('guitar > to-model > amp > to-patch > mix > output');
  await lab.page.locator('.jp-Dialog .jp-mod-accept').click();
});
