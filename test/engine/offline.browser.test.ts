// The worklet in an OfflineAudioContext, and the worker: the bits of Node, each time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serializePatch } from '../../src/core/patch-file.ts';
import { LOG_FORMAT, LOG_VERSION, type PerformanceLog } from '../../src/render/log.ts';
import { makePatch } from '../render/helpers.ts';
import { decode, type EnginePage, openEngine, renderLog } from './bench.ts';
import { ampPatch } from './patches.ts';

const FRAMES = 4096 * 8;
const log: PerformanceLog = {
  format: LOG_FORMAT,
  version: LOG_VERSION,
  sampleRateHz: 48000,
  blockFrames: 128,
  hostBlockFrames: 0,
  slackFrames: {},
  patch: serializePatch(ampPatch),
  entries: [],
  frames: FRAMES,
};

let browser: EnginePage;
let inNode: Float32Array;
beforeAll(async () => {
  browser = await openEngine();
  inNode = (await renderLog(log, FRAMES)).out[0];
}, 60_000);
afterAll(() => browser?.close());

describe('ENGINE-7 one engine', () => {
  it('the worklet, rendered offline, gives the bits of Node, twice', async () => {
    // One block more than whole chunks, which sends the last of them.
    const render = () =>
      browser.run(([patch, frames]) => engine.renderOffline(patch, frames), [ampPatch, FRAMES + 128] as const);
    const first = await render();
    expect(decode(first.captured)).toEqual(inNode);
    expect(await render()).toEqual(first);
  }, 30_000);

  it('the worker renders the same bits with progress, and stops when told', async () => {
    const result = await browser.run(
      async ([patch, frames]) => {
        const { resources } = await engine.loadResources(patch, engine.registry, engine.read);
        const client = new engine.WorkerClient({ urls: engine.urls });
        const shares: number[] = [];
        const { outputs, realTimeFactor } = await client.render(
          { patch, resources, frames, schedule: [128] },
          { onProgress: share => shares.push(share) },
        );
        const control = new AbortController();
        const code = await client
          .render(
            { patch, resources, frames: 48000 * 600 },
            { signal: control.signal, onProgress: () => control.abort() },
          )
          .catch(error => error.code);
        client.dispose();
        return { samples: engine.encode(outputs.out[0]), shares, realTimeFactor, code };
      },
      [ampPatch, FRAMES] as const,
    );
    expect(decode(result.samples)).toEqual(inNode);
    expect(result.shares.length).toBeGreaterThan(1);
    expect(result.shares.at(-1)).toBe(1);
    expect(result.realTimeFactor).toBeGreaterThan(1);
    expect(result.code).toBe('E-CANCELLED');
  }, 30_000);

  it('the worker exports a bundle that passed its checks, and refuses a patch with problems', async () => {
    const good = makePatch(
      [
        ['input', 'source/audio-input'],
        ['gain', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > gain.in', 'gain.out > out.in'],
    );
    const bad = makePatch(
      [
        ['a', 'dynamics/gain'],
        ['b', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['a.out > b.in', 'b.out > a.in', 'b.out > out.in'],
    );
    const result = await browser.run(
      async ([good, bad]) => {
        const client = new engine.WorkerClient({ urls: engine.urls });
        const { bytes, report } = await client.exportBundle({ patch: good, resources: {} });
        const code = await client.exportBundle({ patch: bad, resources: {} }).catch(error => error.code);
        client.dispose();
        return { head: [...bytes.subarray(0, 4)], length: bytes.length, report, code };
      },
      [good, bad] as const,
    );
    expect(result.head).toEqual([0x50, 0x4b, 3, 4]);
    expect(result.report.ok).toBe(true);
    expect(result.report.checks.length).toBeGreaterThan(0);
    expect(result.code).toBe('E-CYCLE');
  }, 30_000);
});
