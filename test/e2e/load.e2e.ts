// Load and tracks in a real JupyterLab: a patch is profiled and cancelled, what is late and every node's mean are listed while
// it plays, and a file recorder's track is saved beside the patch. How fast anything is, is not tested.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peakOf } from '../../src/dsp/level.ts';
import { decodeWav } from '../../src/dsp/wav.ts';
import { type LabPage, type LabServer, openLab, resultsFolder, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

let server: LabServer;
let lab: LabPage;
let patch: PatchPage;
beforeAll(async () => {
  server = await startLab();
  lab = await openLab(server);
  patch = await PatchPage.open(lab, 'impulse-echo.npatch');
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

const dialog = () => lab.page.locator('.jp-Dialog');

describe('the profile', () => {
  it('is measured by the worker and shown as chart and tables, labelled as profiled', async () => {
    const done = patch.run('profile-load');
    await dialog().locator('.jp-Neuropatch-profile').waitFor({ timeout: 120_000 });
    const report = dialog().locator('.jp-Neuropatch-profile');
    expect(await report.locator('svg[role=img]').textContent()).toContain(
      'Profiled: offline on this machine, without a sound card',
    );
    const [totals, nodes] = await report.locator('table').all();
    const rows = await totals.locator('tbody tr').all();
    expect(rows).toHaveLength(12);
    expect((await rows[8].innerText()).replaceAll('\u2009', ' ')).toMatch(/^48 kHz, 128 frames\s+2\.67\s/);
    const names = (await nodes.locator('tbody td:first-child').allInnerTexts()).sort();
    const { nodes: inPatch } = JSON.parse(readFileSync(join(server.folder, 'impulse-echo.npatch'), 'utf8'));
    expect(names).toEqual(
      [...inPatch.map(({ id, label }: { id: string; label?: string }) => label || id), 'Between nodes'].sort(),
    );
    await report.locator('select').selectOption({ index: 0 });
    expect(await nodes.locator('tbody tr').first().innerText()).toMatch(/ of \d{4}/);
    await lab.page.screenshot({ path: join(resultsFolder, 'profile.png') });
    await dialog().getByRole('button', { name: 'Ok' }).click();
    await done;
  });

  it('is cancelled without a report', async () => {
    const done = patch.run('profile-load');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await done;
    expect(await dialog().count()).toBe(0);
  });
});

describe('while it plays', () => {
  it('every node’s mean load, late blocks and the gaps of the device are listed', async () => {
    await patch.play();
    await lab.page.getByRole('button', { name: 'Load per node and late blocks' }).click();
    const panel = lab.page.getByRole('dialog', { name: 'Load and dropouts' });
    // Means are told after the first second.
    await expect.poll(async () => (await panel.locator('tr').count()) > 4, { timeout: 10_000 }).toBe(true);
    const text = await panel.innerText();
    expect(text).toMatch(/Blocks that came too late\s+\d+/);
    expect(text).toMatch(/Gaps of the device\s+\d+ \(/);
    expect(text).toMatch(/Whole patch\s+\d/);
    await lab.page.screenshot({ path: join(resultsFolder, 'load.png') });
    await panel.press('Escape');
    await patch.run('stop-audio');
  });

  it('a file recorder’s track is saved as a file of its own, and only that', async () => {
    await patch.addFromPalette('output/file-recorder');
    await patch.node('file-recorder').waitFor();
    const [source] = JSON.parse(readFileSync(join(server.folder, 'impulse-echo.npatch'), 'utf8')).connections;
    await patch.connect(source.from.split('.'), ['file-recorder', 'in']);
    await expect.poll(() => patch.wire(`${source.from}>file-recorder.in`).count()).toBe(1);
    const record = patch.node('file-recorder').locator('button.jp-Neuropatch-record');
    await record.click();
    await expect.poll(() => record.textContent()).toBe('Records from the start');
    await patch.play();
    await expect.poll(() => record.textContent()).toBe('Stop and save');
    await lab.page.waitForTimeout(1500);
    await record.click();
    const name = 'impulse-echo-file-recorder.wav';
    await lab.page.getByText(`Saved ${name}`).first().waitFor();
    const { channels, sampleRateHz } = decodeWav(readFileSync(join(server.folder, name)));
    expect(sampleRateHz).toBe(48000);
    expect(channels[0].length).toBeGreaterThan(48000);
    expect(peakOf(channels[0])).toBeGreaterThan(0.01);
    expect(readdirSync(server.folder).filter(file => file.endsWith('.wav'))).toEqual([name]);
    expect(existsSync(join(server.folder, 'impulse-echo.wav'))).toBe(false);
    await expect.poll(() => record.textContent()).toBe('Record');
    await patch.run('stop-audio');
  });
});
