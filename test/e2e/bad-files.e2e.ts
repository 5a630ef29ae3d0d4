// Files that are not as they should be: each opens with its coded message, shows names as text, and loses nothing on saving.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

const PLAIN = {
  format: 'neuropatch-patch',
  version: 1,
  name: 'Plain',
  sampleRateHz: 48000,
  nodes: [
    { id: 'osc', type: 'source/oscillator', version: 1, position: [0, 0] },
    { id: 'out', type: 'output/audio-output', version: 1, position: [0, 192] },
  ],
  connections: [{ from: 'osc.out', to: 'out.in' }],
};
const ATTACK = '<img src=x onerror="window.wasAttacked=true"><b>bold</b>';
const FILES: Readonly<Record<string, string>> = {
  'newer.npatch': JSON.stringify({ ...PLAIN, version: 99, holograms: [{ id: 'h', depth: 3 }] }),
  'unknown.npatch': JSON.stringify({
    ...PLAIN,
    nodes: [
      ...PLAIN.nodes,
      { id: 'alien', type: 'space/alien', version: 7, position: [240, 96], params: { tentacles: 8 }, colour: 'green' },
    ],
    connections: [...PLAIN.connections, { from: 'osc.out', to: 'alien.ear' }],
  }),
  'double.npatch': JSON.stringify({
    ...PLAIN,
    nodes: [...PLAIN.nodes, { id: 'osc', type: 'dynamics/gain', version: 1, position: [240, 0] }],
  }),
  'malformed.npatch': '{ "format": "neuropatch-patch", "nodes": [ {',
  'html.npatch': JSON.stringify({
    ...PLAIN,
    name: ATTACK,
    description: ATTACK,
    nodes: PLAIN.nodes.map(node => ({ ...node, label: ATTACK })),
    notes: [{ id: 'note', text: ATTACK, position: [240, 0], size: [208, 96] }],
    frames: [{ id: 'frame', label: ATTACK, position: [-32, -32], size: [240, 160] }],
  }),
  'missing.npatch': JSON.stringify({
    ...PLAIN,
    nodes: [
      ...PLAIN.nodes,
      {
        id: 'player',
        type: 'source/audio-file-player',
        version: 1,
        position: [240, 0],
        resources: { audio: 'not-there.wav' },
      },
    ],
  }),
  'outside.npatch': JSON.stringify({
    ...PLAIN,
    nodes: [
      ...PLAIN.nodes,
      {
        id: 'player',
        type: 'source/audio-file-player',
        version: 1,
        position: [240, 0],
        resources: { audio: '../../secret.wav' },
      },
    ],
  }),
};

let server: LabServer;
let lab: LabPage;

beforeAll(async () => {
  server = await startLab();
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(server.folder, name), text);
  lab = await openLab(server, { mayFail: [/not-there\.wav/] });
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

const read = (name: string): string => readFileSync(join(server.folder, name), 'utf8');

/** Moves everything a little, so that there is something to save, and saves. */
async function moveAndSave(patch: PatchPage): Promise<void> {
  await patch.canvas.focus();
  await patch.run('select-all');
  await lab.page.keyboard.press('Alt+ArrowRight');
  await lab.page.locator('.lm-TabBar-tab.lm-mod-current.jp-mod-dirty').waitFor();
  await patch.save();
}

/** Messages of the toolbar's list. */
async function problemTexts(patch: PatchPage): Promise<string> {
  await patch.root.locator('.jp-Neuropatch-problemButton').click();
  const text = (await patch.root.locator('.jp-Neuropatch-popup').textContent()) ?? '';
  await lab.page.keyboard.press('Escape');
  return text;
}

it('a newer version opens with a message and keeps its version and what is not known', async () => {
  const patch = await PatchPage.open(lab, 'newer.npatch');
  await patch.notice('E-VERSION-NEWER').waitFor();
  await moveAndSave(patch);
  const { version, holograms, nodes, connections } = JSON.parse(read('newer.npatch'));
  expect({ version, holograms, connections }).toEqual({
    version: 99,
    holograms: [{ id: 'h', depth: 3 }],
    connections: PLAIN.connections,
  });
  expect(nodes.map((node: { position: number[] }) => node.position)).toEqual([
    [16, 0],
    [16, 192],
  ]);
});

it('an unknown node type is drawn, told, and keeps its wires and values', async () => {
  const patch = await PatchPage.open(lab, 'unknown.npatch');
  await patch.node('alien').waitFor();
  const told = await problemTexts(patch);
  expect(told).toContain('E-NODE-TYPE');
  expect(told).toContain('space/alien');
  await moveAndSave(patch);
  const { nodes, connections } = JSON.parse(read('unknown.npatch'));
  expect(nodes.find((node: { id: string }) => node.id === 'alien')).toEqual({
    id: 'alien',
    type: 'space/alien',
    version: 7,
    position: [256, 96],
    params: { tentacles: 8 },
    colour: 'green',
  });
  expect(connections).toContainEqual({ from: 'osc.out', to: 'alien.ear' });
});

it('double ids are mended, told, and none of the two nodes is lost', async () => {
  const patch = await PatchPage.open(lab, 'double.npatch');
  await patch.notice('E-ID-DUPLICATE').waitFor();
  expect(await patch.nodes.count()).toBe(3);
  await moveAndSave(patch);
  expect(
    JSON.parse(read('double.npatch')).nodes.map((node: { id: string; type: string }) => `${node.id} ${node.type}`),
  ).toEqual(['osc source/oscillator', 'osc-2 dynamics/gain', 'out output/audio-output']);
});

it('text that is no patch is shown with its reason, opens as text, and stays as it is on saving', async () => {
  await lab.open('malformed.npatch');
  const card = lab.page.locator('.jp-Neuropatch-unreadable:visible');
  await card.waitFor();
  expect(await card.textContent()).toContain('E-JSON');
  await lab.execute('docmanager:save');
  await lab.page.waitForTimeout(500);
  expect(read('malformed.npatch')).toBe(FILES['malformed.npatch']);
  await card.locator('button', { hasText: 'Open as text' }).click();
  await lab.page.locator('.jp-FileEditor:visible').waitFor();
});

it('HTML in names and notes is text', async () => {
  const patch = await PatchPage.open(lab, 'html.npatch');
  await patch.node('osc').waitFor();
  await patch.run('show-inspector');
  await patch.select('osc');
  expect(await patch.node('osc').locator('header').textContent()).toContain(ATTACK);
  expect(await patch.root.locator('.jp-Neuropatch-Canvas').textContent()).toContain(ATTACK);
  expect(await lab.page.locator('img[src="x"]').count()).toBe(0);
  expect(await patch.root.locator('.jp-Neuropatch-Canvas b', { hasText: /^bold$/ }).count()).toBe(0);
  expect(await lab.page.evaluate(() => 'wasAttacked' in window)).toBe(false);
  await moveAndSave(patch);
  expect(JSON.parse(read('html.npatch'))).toMatchObject({
    name: ATTACK,
    description: ATTACK,
    notes: [{ text: ATTACK }],
    frames: [{ label: ATTACK }],
  });
});

it('a file that is not there is told, and the rest plays', async () => {
  const patch = await PatchPage.open(lab, 'missing.npatch');
  await patch.node('player').waitFor();
  const told = await problemTexts(patch);
  expect(told).toContain('E-RESOURCE-MISSING');
  expect(told).toContain('not-there.wav');
  await patch.play();
  await patch.waitForStatus(/^Playing · 0:00\.[1-9]/);
  await patch.run('stop-audio');
  await patch.waitForStatus(/^Stopped/);
});

it('a patch with errors is not exported, and nothing is written', async () => {
  const patch = await PatchPage.open(lab, 'missing.npatch');
  await patch.run('export-bundle');
  const verdict = lab.page.locator('.jp-Neuropatch-verdict');
  await verdict.waitFor();
  expect(await verdict.getAttribute('data-ok')).toBe('false');
  expect(await lab.page.locator('.jp-Neuropatch-report').textContent()).toContain('E-RESOURCE-MISSING');
  await lab.page.locator('.jp-Dialog .jp-mod-accept').click();
  expect(existsSync(join(server.folder, 'missing.npbundle'))).toBe(false);
});

it('a file outside the folder of the patch is not asked for', async () => {
  const asked: string[] = [];
  lab.page.on('request', request => asked.push(request.url()));
  const patch = await PatchPage.open(lab, 'outside.npatch');
  await patch.node('player').waitFor();
  expect(await problemTexts(patch)).toContain('E-RESOURCE-PATH');
  expect(asked.filter(url => url.includes('secret'))).toEqual([]);
});
