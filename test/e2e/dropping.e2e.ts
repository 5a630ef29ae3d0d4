// Files dropped on a patch in a real JupyterLab: those of the person's computer are kept beside the patch, those of the file
// browser stay where they are; both are loaded, and what fails is told.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, recordingPath, startLab } from './harness.ts';
import { PatchPage, type Point } from './patch-page.ts';

const MODEL = 'models/tape-tcn.onnx';

let server: LabServer;
let lab: LabPage;
let patch: PatchPage;
beforeAll(async () => {
  server = await startLab();
  lab = await openLab(server, { mayFail: [/\/x{300}\.wav/] });
  patch = await PatchPage.open(lab, 'filter-drums.npatch');
  await patch.wires.first().waitFor({ state: 'attached' });
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

/** Drops a file of this name and content on an element of the patch. */
async function drop(selector: string, name: string, bytes: Uint8Array): Promise<void> {
  await patch.root.locator(selector).evaluate(
    (element, [name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], name));
      const { x, y } = element.getBoundingClientRect();
      for (const type of ['dragover', 'drop'])
        element.dispatchEvent(
          new DragEvent(type, { dataTransfer, clientX: x + 8, clientY: y + 8, bubbles: true, cancelable: true }),
        );
    },
    [name, Buffer.from(bytes).toString('base64')] as const,
  );
}
const playerOf = (): string => {
  const { nodes } = JSON.parse(readFileSync(join(server.folder, 'filter-drums.npatch'), 'utf8'));
  return nodes.find(({ type }: { type: string }) => type === 'source/audio-file-player').id;
};

it('a recording on a player becomes its file, a copy of another content gets another name', async () => {
  const wav = readFileSync(recordingPath);
  const player = `[data-node="${playerOf()}"]`;
  await drop(player, 'front.wav', wav);
  await expect.poll(() => patch.root.locator(player).innerText()).toContain('front.wav');
  expect(readFileSync(join(server.folder, 'front.wav')).equals(wav)).toBe(true);
  // The same again is the same file; other bytes of that name are kept beside it.
  await drop(player, 'front.wav', wav);
  const shorter = readFileSync(join(server.folder, 'audio/voice.wav'));
  await drop(player, 'front.wav', shorter);
  await expect.poll(() => patch.root.locator(player).innerText()).toContain('front-2.wav');
  expect(readFileSync(join(server.folder, 'front.wav')).equals(wav)).toBe(true);
  expect(existsSync(join(server.folder, 'front-3.wav'))).toBe(false);
});

it('a model on the canvas becomes a node, in one undo step', async () => {
  const before = await patch.nodes.count();
  await drop('.jp-Neuropatch-Canvas', 'tape.onnx', readFileSync(join(server.folder, MODEL)));
  const node = patch.node('neural-model');
  await node.waitFor();
  await expect.poll(() => node.innerText()).toMatch(/any block|block \d+/);
  await patch.canvas.focus();
  await lab.page.keyboard.press('Control+z');
  await expect.poll(() => patch.nodes.count()).toBe(before);
});

it('what is no WAV or ONNX, and what the folder does not take, is told with its code', async () => {
  await drop('.jp-Neuropatch-Canvas', 'song.mp3', Uint8Array.of(1, 2, 3));
  await patch.notice('E-AUDIO-FORMAT').waitFor();
  expect(await patch.notice('E-AUDIO-FORMAT').innerText()).toContain(
    'song.mp3: expected a .wav or .onnx file, got .mp3.',
  );
  await patch.notice('E-AUDIO-FORMAT').getByRole('button', { name: 'Dismiss' }).click();
  await patch.notice('E-AUDIO-FORMAT').waitFor({ state: 'detached' });
  // A name of 304 letters is longer than file systems take.
  await drop('.jp-Neuropatch-Canvas', `${'x'.repeat(300)}.wav`, readFileSync(recordingPath));
  await patch.notice('E-DISK').waitFor();
});

describe('from the file browser', () => {
  /** Shows a folder in JupyterLab's file browser. */
  const browse = async (folder: string): Promise<void> => {
    await lab.execute('filebrowser:activate');
    await lab.execute('filebrowser:open-path', { path: folder });
  };
  /** Drags a file of the folder that is shown, with the mouse, onto a place of the patch. */
  const dragFile = async (name: string, to: Point): Promise<void> => {
    const item = lab.page.locator('.jp-DirListing-item', { hasText: name });
    await item.waitFor();
    await patch.drag(await patch.centreOf(item), to);
  };
  const files = (): string[] => readdirSync(server.folder, { recursive: true, encoding: 'utf8' }).sort();

  it('a recording on a player is named where it is, a model on the canvas becomes a node; nothing is copied', async () => {
    patch = await PatchPage.open(lab, 'filter-drums.npatch');
    const before = files();
    const id = playerOf();
    await browse('audio');
    await dragFile('voice.wav', await patch.centreOf(patch.node(id)));
    await expect.poll(() => patch.node(id).innerText()).toContain('voice.wav');
    const count = await patch.nodes.count();
    await browse('models');
    const { x, y, height } = (await patch.canvas.boundingBox()) as { x: number; y: number; height: number };
    await dragFile('tape-tcn.onnx', { x: x + 60, y: y + height / 2 });
    await expect.poll(() => patch.nodes.count()).toBe(count + 1);
    await patch.save();
    const { nodes } = JSON.parse(readFileSync(join(server.folder, 'filter-drums.npatch'), 'utf8'));
    const named = nodes.map((node: { resources?: object }) => node.resources ?? {});
    expect(named).toContainEqual({ audio: 'audio/voice.wav' });
    expect(named).toContainEqual({ model: MODEL });
    expect(files()).toEqual(before);
    expect(await patch.root.locator('.jp-Neuropatch-mod-dropping').count()).toBe(0);
  });

  it('what lies outside of the folder of the patch is told; files that no node takes are left to JupyterLab', async () => {
    mkdirSync(join(server.folder, 'inner'));
    cpSync(join(server.folder, 'impulse-echo.npatch'), join(server.folder, 'inner/echo.npatch'));
    patch = await PatchPage.open(lab, 'inner/echo.npatch');
    await patch.wires.first().waitFor({ state: 'attached' });
    const count = await patch.nodes.count();
    await browse('audio');
    await dragFile('voice.wav', await patch.centreOf(patch.canvas));
    await patch.notice('E-RESOURCE-PATH').waitFor();
    expect(await patch.notice('E-RESOURCE-PATH').innerText()).toContain(
      'voice.wav: expected a file in the folder of the patch, got "audio/voice.wav".',
    );
    await browse('/');
    await dragFile('first-sound.npatch', await patch.centreOf(patch.canvas));
    await lab.page.locator('.lm-TabBar-tab', { hasText: 'first-sound.npatch' }).waitFor();
    expect(await patch.nodes.count()).toBe(count);
  });
});
