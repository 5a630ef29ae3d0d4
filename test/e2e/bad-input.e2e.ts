// Input that can't be right, in the interface: each patch opens, shows its coded message, and saving keeps what the file says.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, recordingPath, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

interface FileNode {
  readonly id: string;
  readonly type: string;
  readonly params?: Readonly<Record<string, number>>;
  readonly resources?: Readonly<Record<string, string>>;
}

const OUT: FileNode = { id: 'out', type: 'output/audio-output' };
const patchOf = (nodes: readonly FileNode[], connections: readonly (readonly [string, string])[], extra = {}) => ({
  format: 'neuropatch-patch',
  version: 1,
  name: 'Bad',
  sampleRateHz: 48000,
  nodes: nodes.map((node, index) => ({ ...node, version: 1, position: [0, 192 * index] })),
  connections: connections.map(([from, to]) => ({ from, to })),
  ...extra,
});
const player = (audio: string) =>
  patchOf([{ id: 'player', type: 'source/audio-file-player', resources: { audio } }, OUT], [['player.out', 'out.in']]);
const model = (file: string) =>
  patchOf(
    [
      { id: 'osc', type: 'source/oscillator' },
      { id: 'amp', type: 'neural/neural-model', resources: { model: file } },
      OUT,
    ],
    [
      ['osc.out', 'amp.in'],
      ['amp.out', 'out.in'],
    ],
  );

const CASES: readonly (readonly [name: string, code: string, patch: ReturnType<typeof patchOf>])[] = [
  [
    'cycle',
    'E-CYCLE',
    patchOf(
      [{ id: 'a', type: 'dynamics/gain' }, { id: 'b', type: 'dynamics/gain' }, OUT],
      [
        ['a.out', 'b.in'],
        ['b.out', 'a.in'],
        ['b.out', 'out.in'],
      ],
    ),
  ],
  ['truncated model', 'E-MODEL-FORMAT', model('truncated.onnx')],
  ['operator', 'E-MODEL-OPERATOR', model('custom-domain.onnx')],
  ['NaN weights', 'E-MODEL-WEIGHTS', model('nan-weights.onnx')],
  ['44.1 kHz model on a 48 kHz wire', 'E-RATE', model('amp-44k.onnx')],
  ['empty WAV', 'E-AUDIO-FORMAT', player('empty.wav')],
  ['cut WAV', 'E-AUDIO-FORMAT', player('cut.wav')],
  ['folder as a file', 'E-RESOURCE-MISSING', player('folder.wav')],
  ['URL', 'E-RESOURCE-PATH', player('https://example.org/sound.wav')],
  [
    'param out of range',
    'E-PARAM-RANGE',
    patchOf([{ id: 'osc', type: 'source/oscillator', params: { frequency: 1e9 } }, OUT], [['osc.out', 'out.in']]),
  ],
];
const fileOf = (name: string): string => `${name.replaceAll(' ', '-')}.npatch`;

let server: LabServer;
let lab: LabPage;

beforeAll(async () => {
  server = await startLab();
  const at = (name: string): string => join(server.folder, name);
  for (const name of ['truncated', 'custom-domain', 'nan-weights'])
    copyFileSync(`test/fixtures/models/${name}.onnx`, at(`${name}.onnx`));
  copyFileSync('notebooks/gallery/models/tube-amp-gru32.onnx', at('amp-44k.onnx'));
  writeFileSync(at('empty.wav'), '');
  writeFileSync(at('cut.wav'), readFileSync(recordingPath).subarray(0, 30));
  mkdirSync(at('folder.wav'));
  for (const [name, , patch] of CASES) writeFileSync(at(fileOf(name)), JSON.stringify(patch));
  writeFileSync(at('big.npatch'), JSON.stringify(patchOf([OUT], [], { description: 'x'.repeat(50 * 1024 * 1024) })));
  lab = await openLab(server, { mayFail: [/folder\.wav/] });
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

describe('bad input', () => {
  it.each(CASES)('%s: %s', async (name, code, patch) => {
    const page = await PatchPage.open(lab, fileOf(name));
    await page.node('out').waitFor();
    await page.root.locator('.jp-Neuropatch-problemButton').click();
    const panel = page.root.locator('.jp-Neuropatch-popup');
    await panel.filter({ hasText: code }).waitFor({ timeout: 10_000 });
    await lab.page.keyboard.press('Escape');
    await page.canvas.focus();
    await page.run('select-all');
    await lab.page.keyboard.press('Alt+ArrowRight');
    await lab.page.locator('.lm-TabBar-tab.lm-mod-current.jp-mod-dirty').waitFor();
    await page.save();
    const saved = JSON.parse(readFileSync(join(server.folder, fileOf(name)), 'utf8')) as typeof patch;
    for (const { position: _, ...node } of patch.nodes)
      expect(saved.nodes.find(({ id }) => id === node.id)).toMatchObject(node);
    expect(saved.connections).toHaveLength(patch.connections.length);
    for (const connection of patch.connections) expect(saved.connections).toContainEqual(connection);
    await lab.execute('application:close');
  });

  it('50 MB: E-SIZE, shown and left as it is', async () => {
    await lab.open('big.npatch');
    const card = lab.page.locator('.jp-Neuropatch-unreadable:visible');
    await card.waitFor({ timeout: 60_000 });
    expect(await card.textContent()).toContain('E-SIZE');
  });
});
