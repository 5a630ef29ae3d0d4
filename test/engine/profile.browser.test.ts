// The profile in the browser's worker: figures for every row, the clock's steps told, progress, cancel. Speed is not tested.
import { describe, expect, it } from 'vitest';
import { useEngine } from './bench.ts';
import { ampPatch } from './patches.ts';

const browser = useEngine();

describe('LOAD-4 the worker', () => {
  it('profiles a patch with a model, tells how coarse its clock is, and stops when told', async () => {
    const { result, shares, code } = await browser.run(async patch => {
      const { resources } = await engine.loadResources(patch, engine.registry, engine.read);
      const client = new engine.WorkerClient({ urls: engine.urls });
      const shares: number[] = [];
      const result = await client.profile(
        { patch, resources, seconds: 0.3, blocks: [64, 1024], ratesHz: [48000] },
        { onProgress: share => shares.push(share) },
      );
      const control = new AbortController();
      const code = await client
        .profile({ patch, resources, seconds: 600 }, { signal: control.signal, onProgress: () => control.abort() })
        .catch(error => error.code);
      client.dispose();
      return { result, shares, code };
    }, ampPatch);
    expect(result.rows.map(({ blockFrames, blocks }) => [blockFrames, blocks])).toEqual([
      [64, 225],
      [1024, 100],
    ]);
    for (const row of result.rows) {
      expect(row.problems).toEqual([]);
      expect(Object.keys(row.nodes).sort()).toEqual(Object.keys(ampPatch.nodes).sort());
      const sum = Object.values(row.nodes).reduce((all, { meanMs }) => all + meanMs, row.rest?.meanMs ?? 0);
      expect(sum).toBeCloseTo(row.total?.meanMs ?? 0, 6);
      expect(row.total?.meanMs).toBeGreaterThan(0);
    }
    // A page that is not isolated gets a clock of 0.1 ms in Chromium.
    expect(result.clockStepMs).toBeGreaterThan(0.001);
    expect(shares.at(-1)).toBe(1);
    expect(code).toBe('E-CANCELLED');
  }, 60_000);
});
