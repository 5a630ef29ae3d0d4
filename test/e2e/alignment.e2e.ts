// The switch of a path's alignment in a real JupyterLab: what is recorded sounds different without it, and the same again after undo.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outputsNullDb } from '../../src/check/null-limit.ts';
import { decodeWav } from '../../src/dsp/wav.ts';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

const DRY = 'guitar.out>mix.dry';
const SECONDS = 2;

let server: LabServer;
let lab: LabPage;
let patch: PatchPage;
beforeAll(async () => {
  server = await startLab();
  // Where the model runs is fixed, so that all recordings have one latency.
  const file = join(server.folder, 'tube-amp.npatch');
  const document = JSON.parse(readFileSync(file, 'utf8'));
  document.nodes.find(({ id }: { id: string }) => id === 'amp').params.runsIn = 'audio thread';
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  lab = await openLab(server);
  patch = await PatchPage.open(lab, 'tube-amp.npatch');
  await patch.wire(DRY).waitFor({ state: 'attached' });
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

const badge = () => patch.root.locator(`[data-align="${DRY}"]`);

/** Plays from the start for two seconds and returns what the product recorded of it. */
async function record(): Promise<Float32Array[]> {
  const saved = join(server.folder, 'tube-amp.wav');
  rmSync(saved, { force: true });
  await patch.run('toggle-recording');
  await patch.play();
  await lab.page.waitForTimeout((SECONDS + 1) * 1000);
  await patch.run('toggle-recording');
  const read = (): Float32Array[] | undefined => {
    try {
      return existsSync(saved) ? (decodeWav(readFileSync(saved)).channels as Float32Array[]) : undefined;
    } catch {
      return undefined; // It is still being written.
    }
  };
  await expect.poll(() => read()?.[0]?.length ?? 0, { timeout: 20_000 }).toBeGreaterThan(SECONDS * 48_000);
  await patch.run('stop-audio');
  await patch.waitForStatus(/^Stopped/);
  return read() as Float32Array[];
}
/** How far two recordings are apart, in dB of the first. */
const apartDb = (a: Float32Array[], b: Float32Array[]): number =>
  outputsNullDb({ output: a }, { output: b }, SECONDS * 48_000);

it('a switched-off path is seen, heard and taken back', async () => {
  expect(await badge().getAttribute('aria-checked')).toBe('true');
  const aligned = await record();
  await badge().click();
  await expect.poll(() => badge().getAttribute('aria-checked')).toBe('false');
  expect(await badge().getAttribute('title')).toMatch(/^Comes \d+ samples early: alignment is off/);
  await lab.screenshot('alignment-off');
  const comb = await record();
  await patch.canvas.focus();
  await lab.page.keyboard.press('Control+z');
  await expect.poll(() => badge().getAttribute('aria-checked')).toBe('true');
  const again = await record();
  const [changed, back] = [apartDb(aligned, comb), apartDb(aligned, again)];
  console.log(`alignment off: ${changed.toFixed(1)} dB apart; after undo: ${back.toFixed(1)} dB`);
  expect(changed).toBeGreaterThan(-40);
  expect(back).toBeLessThan(-120);
});
