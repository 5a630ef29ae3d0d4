// A patch in a notebook's output: drawn, silent until a click, playable and editable there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

let server: LabServer;
let lab: LabPage;

beforeAll(async () => {
  server = await startLab();
  const patch = JSON.parse(readFileSync(join(server.folder, 'waveshaper-pad.npatch'), 'utf8'));
  const notebook = {
    cells: [
      {
        cell_type: 'code',
        id: 'patch',
        execution_count: 1,
        metadata: {},
        source: 'patch',
        outputs: [
          {
            output_type: 'execute_result',
            execution_count: 1,
            metadata: {},
            data: { 'application/vnd.neuropatch.patch+json': patch, 'text/plain': '<Patch>' },
          },
        ],
      },
    ],
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(join(server.folder, 'patch.ipynb'), JSON.stringify(notebook));
  lab = await openLab(server);
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

it('shows the patch, plays it after a click, and lets knobs be turned', async () => {
  await lab.open('patch.ipynb');
  const patch = new PatchPage(lab, '.jp-Neuropatch-Output');
  await patch.canvas.waitFor();
  await patch.startButton.waitFor();
  expect(await patch.nodes.count()).toBeGreaterThan(2);
  expect(await patch.root.evaluate(element => element.clientHeight)).toBeGreaterThan(300);
  await lab.page.waitForTimeout(500);
  expect(await patch.root.locator('.jp-Neuropatch-mod-playing').count()).toBe(0);
  await patch.play();
  const knob = patch.root.locator('[role=slider]').first();
  const before = await knob.getAttribute('aria-valuenow');
  await knob.focus();
  await lab.page.keyboard.press('PageDown');
  await expect.poll(() => knob.getAttribute('aria-valuenow')).not.toBe(before);
  await lab.screenshot('notebook-output');
  expect(lab.problems).toEqual([]);
});
