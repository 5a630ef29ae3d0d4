// Live = offline in a real JupyterLab: a real recording is played through a patch that is edited meanwhile, recorded and logged
// by the product's own commands, and rendered from the log by the command line; the two null. Then it is exported.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nullLimitDb, outputsNullDb } from '../../src/check/null-limit.ts';
import { readBundle } from '../../src/compile/bundle.ts';
import { peakOf } from '../../src/dsp/level.ts';
import { decodeWav, encodeWav } from '../../src/dsp/wav.ts';
import { parseLog } from '../../src/render/log.ts';
import { playInTime } from '../engine/bench.ts';
import { type LabPage, type LabServer, openLab, recordingPath, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

/** No self-noise of this patch excuses more, in dB. */
const LIMIT_DB_WORST = -100;

/** More than half a second. */
const SLACK_WHEN_LATE = 24_000;

let server: LabServer;
let lab: LabPage;
let patch: PatchPage;

beforeAll(async () => {
  server = await startLab();
  copyFileSync(recordingPath, fileAt('recording.wav'));
  const text = readFileSync(fileAt('tube-amp.npatch'), 'utf8');
  writeFileSync(fileAt('tube-amp.npatch'), text.replace('builtin:audio/guitar-di.wav', 'recording.wav'));
  lab = await openLab(server);
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

const fileAt = (name: string): string => join(server.folder, name);
const waitForSaved = (name: string): Promise<void> => lab.page.getByText(`Saved ${name}`).first().waitFor();

/** Renders the log by the product's own command; `recording` stands in for the player's file. */
function renderLog(name: string, recording: string): Float32Array[] {
  const run = spawnSync(
    process.execPath,
    ['dist/cli.mjs', 'render', fileAt('tube-amp.npatch'), '--automation', fileAt('tube-amp.nplog.json')].concat([
      '--in',
      `guitar=${fileAt(recording)}`,
      '--out',
      fileAt(name),
    ]),
    { encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(`render ended with ${run.status}:\n${run.stdout}${run.stderr}`);
  return decodeWav(readFileSync(fileAt(name))).channels as Float32Array[];
}

/** Blocks of models that came too late since the start, as the product counts them: by the figure that it shows. */
async function lateCalls(): Promise<Record<string, number>> {
  const told = (await patch.root.locator('.jp-Neuropatch-cell', { hasText: 'Dropouts' }).getAttribute('title')) ?? '';
  expect(told).toContain('Late blocks: ');
  return Object.fromEntries(
    [...told.matchAll(/([^. ][^.]*): (\d+) blocks? late/g)].map(([, name, count]) => [name, Number(count)]),
  );
}

/** What the product advises where results come too late: more slack, in samples. */
async function raiseSlack(): Promise<void> {
  await patch.select('amp');
  await patch.run('show-inspector');
  const field = lab.page.locator('.jp-Neuropatch-Inspector input[aria-label=Slack]');
  await field.fill(String(SLACK_WHEN_LATE));
  await field.press('Enter');
  await expect.poll(() => field.inputValue()).toContain(String(SLACK_WHEN_LATE));
}

/** Plays while a knob, a wire and a node change, records and logs it, and takes the changes back. Returns what came too late. */
async function perform(): Promise<Record<string, number>> {
  const files = ['tube-amp.wav', 'tube-amp.nplog.json'];
  for (const name of files) rmSync(fileAt(name), { force: true });
  await patch.run('toggle-recording');
  expect(await patch.startButton.textContent()).toContain('click to start');
  await patch.play();
  await lab.page.waitForTimeout(5000);
  // 50 moves of the Drive knob.
  const knob = await patch.centreOf(patch.node('drive').locator('[role=slider]'));
  await lab.page.mouse.move(knob.x, knob.y);
  await lab.page.mouse.down();
  for (let move = 1; move <= 50; move++) {
    await lab.page.mouse.move(knob.x, knob.y - 60 * Math.sin(move / 8));
    await lab.page.waitForTimeout(10);
  }
  await lab.page.mouse.up();
  // A wire goes and comes back.
  await patch.selectWire('to-patch.out>mix.wet');
  await lab.page.keyboard.press('Delete');
  await expect.poll(() => patch.wire('to-patch.out>mix.wet').count()).toBe(0);
  await lab.page.waitForTimeout(300);
  await lab.page.keyboard.press('Control+z');
  await expect.poll(() => patch.wire('to-patch.out>mix.wet').count()).toBe(1);
  await lab.page.waitForTimeout(300);
  // A node comes.
  await patch.addFromPalette('analysis/level-meter');
  await patch.node('level-meter').waitFor();
  await lab.page.waitForTimeout(500);
  await patch.waitForStatus(/^Playing · 0:\d\d\.\d · \d+ dropouts?( · \d+ gaps? of the device)?$/);
  await patch.run('toggle-recording');
  await waitForSaved('tube-amp.wav');
  const late = await lateCalls();
  await patch.run('save-log');
  await waitForSaved('tube-amp.nplog.json');
  await expect.poll(() => files.every(name => existsSync(fileAt(name)))).toBe(true);
  await patch.run('stop-audio');
  await patch.waitForStatus(/^Stopped/);
  // The node and the knob: played again, it begins as it did.
  await patch.canvas.focus();
  for (let undone = 0; undone < 2; undone++) await lab.page.keyboard.press('Control+z');
  await expect.poll(() => patch.node('level-meter').count()).toBe(0);
  return late;
}

describe('the tube amplifier', () => {
  // A block of the model that comes too late is silence, and rightly so; a render has none. What came in time is judged as it is.
  it('plays from a click while a knob, a wire and a node change, is recorded and logged', async () => {
    patch = await PatchPage.open(lab, 'tube-amp.npatch');
    await patch.wire('drive.out>amp.drive').waitFor({ state: 'attached' });
    let plays = 0;
    const late = await playInTime(
      async () => {
        if (plays++ > 0) await raiseSlack();
        return perform();
      },
      counts => counts,
    );
    console.log(`${plays} plays, late blocks of models: ${JSON.stringify(late)}`);
    expect(late, 'the machine stops the worker for longer than any slack').toEqual({});
  });

  it('nulls, as heard, against the render of its own log', async () => {
    const log = parseLog(readFileSync(fileAt('tube-amp.nplog.json'), 'utf8'));
    const heard = decodeWav(readFileSync(fileAt('tube-amp.wav')));
    const frames = heard.channels[0]!.length;
    expect(frames).toBeGreaterThan(6 * 48_000);
    expect(peakOf(heard.channels[0]!)).toBeGreaterThan(0.05);
    expect(log.entries.filter(entry => entry.kind === 'param').length).toBeGreaterThanOrEqual(50);
    // The wire away, the wire back, the node.
    expect(log.entries.filter(entry => entry.kind === 'patch').length).toBeGreaterThanOrEqual(3);
    // A chunk that was lost would be a gap: the log covers every frame that was recorded.
    expect(log.frames).toBeGreaterThanOrEqual(frames);
    const recording = decodeWav(readFileSync(recordingPath));
    // Louder by one rounding step of float32: what a computation makes of it is its self-noise.
    const louder = recording.channels.map(channel => channel.map(x => x * (1 + 2 ** -23)));
    writeFileSync(fileAt('louder.wav'), encodeWav(louder, recording.sampleRateHz, 'f32'));
    const render = { output: renderLog('render.wav', 'recording.wav') };
    const selfNoiseDb = outputsNullDb(render, { output: renderLog('nudged.wav', 'louder.wav') }, frames);
    const limitDb = Math.min(LIMIT_DB_WORST, nullLimitDb([], selfNoiseDb));
    const nullDb = outputsNullDb(render, { output: heard.channels }, frames);
    console.log(`live against render: ${nullDb.toFixed(1)} dB, limit ${limitDb.toFixed(1)} dB, ${frames} frames`);
    expect(nullDb).toBeLessThanOrEqual(limitDb);
  });
});

describe('export from the toolbar', () => {
  it('shows the report and writes a bundle that can be read', async () => {
    await patch.root.locator('button', { hasText: 'Export bundle' }).click();
    const verdict = lab.page.locator('.jp-Neuropatch-verdict');
    await verdict.waitFor({ timeout: 90_000 });
    expect(await verdict.getAttribute('data-ok')).toBe('true');
    const rows = lab.page.locator('.jp-Neuropatch-reportTable tbody tr');
    expect(await rows.count()).toBeGreaterThan(2);
    expect(await lab.page.locator('.jp-Neuropatch-reportTable tr[data-ok="false"]').count()).toBe(0);
    await lab.page.locator('.jp-Dialog .jp-mod-accept').click();
    await waitForSaved('tube-amp.npbundle');
    const bundle = readBundle(readFileSync(fileAt('tube-amp.npbundle')));
    expect(bundle.manifest.sampleRateHz).toBe(48000);
    await lab.open('tube-amp.npbundle');
    const card = lab.page.locator('.jp-Neuropatch-bundleCard');
    await card.waitFor();
    expect(await card.textContent()).toContain(`${bundle.manifest.latencySamples} samples`);
    await lab.open('tube-amp.npatch');
  });

  it('writes nothing when it is cancelled', async () => {
    const other = await PatchPage.open(lab, 'tape-voice.npatch');
    await other.wires.first().waitFor({ state: 'attached' });
    await other.root.locator('button', { hasText: 'Export bundle' }).click();
    await lab.page.locator('.jp-Dialog .jp-mod-reject').click();
    await lab.page.locator('.jp-Dialog').waitFor({ state: 'detached' });
    await lab.page.waitForTimeout(2000);
    expect(existsSync(fileAt('tape-voice.npbundle'))).toBe(false);
  });
});
