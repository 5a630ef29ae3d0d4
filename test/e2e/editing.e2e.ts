// Patching by hand in a real JupyterLab: a new patch from the launcher, nodes, wires, undo, save, reload; what is refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePatch } from '../../src/core/patch-file.ts';
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

const saved = (name: string) => parsePatch(readFileSync(join(server.folder, name), 'utf8')).patch;

describe('a new patch', () => {
  let patch: PatchPage;

  it('opens from the launcher, empty, with the palette beside it', async () => {
    await lab.page.locator('.jp-LauncherCard', { hasText: 'Audio Patch' }).click();
    await lab.page.locator('.lm-TabBar-tab.lm-mod-current', { hasText: 'untitled.npatch' }).waitFor();
    patch = new PatchPage(lab);
    await patch.root.locator('.jp-Neuropatch-empty').waitFor();
    await lab.page.locator('.jp-Neuropatch-Palette').waitFor();
    expect(await patch.nodes.count()).toBe(0);
  });

  it('takes nodes from the palette and wires that are dragged', async () => {
    for (const type of ['source/oscillator', 'dynamics/gain', 'output/audio-output']) await patch.addFromPalette(type);
    expect(await patch.nodes.count()).toBe(3);
    // All three were added in the middle of the view: pulled apart by their headers.
    const places = { oscillator: { x: 500, y: 160 }, gain: { x: 500, y: 380 }, 'audio-output': { x: 500, y: 600 } };
    for (const id of ['audio-output', 'gain', 'oscillator'] as const) {
      const header = patch.node(id).locator('header');
      await patch.drag(await patch.centreOf(header), places[id]);
    }
    await patch.connect(['oscillator', 'out'], ['gain', 'in']);
    await patch.connect(['gain', 'out'], ['audio-output', 'in']);
    expect(await patch.wires.count()).toBe(2);
  });

  it('takes steps back and again, by keys while the canvas has the focus', async () => {
    await patch.canvas.focus();
    await lab.page.keyboard.press('Control+z');
    await expect.poll(() => patch.wires.count()).toBe(1);
    await lab.page.keyboard.press('Control+Shift+z');
    await expect.poll(() => patch.wires.count()).toBe(2);
  });

  it('is unsaved until it is saved, and is there again after a reload', async () => {
    await lab.page.locator('.lm-TabBar-tab.lm-mod-current.jp-mod-dirty').waitFor();
    await patch.save();
    const before = saved('untitled.npatch');
    expect(Object.keys(before.nodes).sort()).toEqual(['audio-output', 'gain', 'oscillator']);
    expect(Object.keys(before.connections).sort()).toEqual(['gain.out>audio-output.in', 'oscillator.out>gain.in']);
    // Lab saves its layout a moment after the last change.
    await lab.page.waitForTimeout(2000);
    await lab.reload();
    await patch.node('oscillator').waitFor();
    expect(await patch.nodes.count()).toBe(3);
    expect(await patch.wires.count()).toBe(2);
    await lab.page.locator('.jp-Neuropatch-Palette').waitFor({ state: 'attached' });
  });

  it('copies nodes with their inner wire', async () => {
    await patch.canvas.focus();
    await lab.page.keyboard.press('Control+a');
    await lab.page.keyboard.press('Control+c');
    await lab.page.keyboard.press('Control+v');
    await expect.poll(() => patch.nodes.count()).toBe(6);
    expect(await patch.wires.count()).toBe(4);
    await lab.page.keyboard.press('Control+z');
    await expect.poll(() => patch.nodes.count()).toBe(3);
  });

  it('goes back to what is on disk when it is reverted', async () => {
    await patch.canvas.focus();
    await lab.page.keyboard.press('Control+a');
    await lab.page.keyboard.press('Delete');
    await expect.poll(() => patch.nodes.count()).toBe(0);
    await lab.execute('docmanager:reload');
    await lab.page.locator('.jp-Dialog .jp-mod-accept').click();
    await expect.poll(() => patch.nodes.count()).toBe(3);
    await lab.page.locator('.lm-TabBar-tab.lm-mod-current.jp-mod-dirty').waitFor({ state: 'detached' });
  });
});

it('asks before unsaved work is closed', async () => {
  const patch = await PatchPage.open(lab, 'first-sound.npatch');
  const before = saved('first-sound.npatch');
  await patch.addFromPalette('time/delay');
  await patch.node('delay').waitFor();
  await lab.execute('application:close');
  const dialog = lab.page.locator('.jp-Dialog', { hasText: 'first-sound.npatch' });
  await dialog.waitFor();
  await dialog.locator('button', { hasText: 'Discard' }).click();
  await lab.page.locator('.lm-TabBar-tab', { hasText: 'first-sound.npatch' }).waitFor({ state: 'detached' });
  expect(saved('first-sound.npatch')).toEqual(before);
});

describe('a refused connection', () => {
  it('says why, and one click inserts a Resampler', async () => {
    const patch = await PatchPage.open(lab, 'tube-amp.npatch');
    // Until the model is read nobody knows its rate, and nothing is refused.
    await patch.node('amp').filter({ hasText: 'any block' }).waitFor();
    await patch.wire('to-model.out>amp.in').waitFor({ state: 'attached' });
    await patch.connect(['guitar', 'out'], ['amp', 'in']);
    await patch.refusal.waitFor();
    const text = (await patch.refusal.textContent()) ?? '';
    expect(text).toContain('44.1');
    expect(text).toContain('48');
    const fix = patch.refusal.locator('button', { hasText: 'Insert Resampler' });
    const nodes = await patch.nodes.count();
    await fix.click();
    await expect.poll(() => patch.nodes.count()).toBe(nodes + 1);
    await patch.save();
    const { connections, nodes: all } = saved('tube-amp.npatch');
    const added = Object.values(all)
      .filter(node => node.type === 'rate/resampler')
      .map(node => node.id);
    expect(added).toContain('resampler');
    expect(Object.keys(connections)).toEqual(
      expect.arrayContaining(['guitar.out>resampler.in', 'resampler.out>amp.in']),
    );
    await patch.canvas.focus();
    await lab.page.keyboard.press('Control+z');
    await expect.poll(() => patch.nodes.count()).toBe(nodes);
    await patch.save();
  });
});
