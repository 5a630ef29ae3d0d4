// Measuring in the browser's worker: the same rows as in Node, progress, cancel.
import { expect, it } from 'vitest';
import { useEngine } from './bench.ts';
import { ampPatch } from './patches.ts';

const browser = useEngine();

it('the worker measures every latency of a patch with a model, and stops when told', async () => {
  const { report, shares, code } = await browser.run(async patch => {
    const { resources } = await engine.loadResources(patch, engine.registry, engine.read);
    const client = new engine.WorkerClient({ urls: engine.urls });
    const shares: number[] = [];
    const report = await client.measure({ patch, resources }, { onProgress: share => shares.push(share) });
    const control = new AbortController();
    const code = await client
      .measure({ patch, resources }, { signal: control.signal, onProgress: () => control.abort() })
      .catch(error => error.code);
    client.dispose();
    return { report, shares, code };
  }, ampPatch);
  expect(report.ok).toBe(true);
  expect(report.rows.some(row => row.kind === 'node')).toBe(true);
  for (const { path, method, error, ok } of report.rows)
    expect([path, method, error, ok]).toEqual([path, method, 0, true]);
  expect(shares.at(-1)).toBe(1);
  expect(code).toBe('E-CANCELLED');
}, 60_000);
