// The gallery's patches exported by the worker of a real Chromium: every check of the export, and the bytes of Node's.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { readGolden } from '../../src/check/golden.ts';
import { readArchive } from '../../src/compile/archive.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import { BUNDLE_FILES } from '../../src/compile/manifest.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { GALLERY, readBuiltin } from '../builtin.ts';
import { WASM_PATH } from '../inference/models.ts';
import { registry } from '../render/helpers.ts';
import { serveBuiltins, useEngine } from './bench.ts';

const PATCHES = readdirSync(GALLERY).filter(name => name.endsWith('.npatch'));

const browser = useEngine(serveBuiltins);

async function open(name: string) {
  const { patch, problems } = parsePatch(readFileSync(GALLERY + name, 'utf8'));
  const loaded = await loadResources(patch, registry, readBuiltin);
  expect([...problems, ...loaded.problems]).toEqual([]);
  return { patch, resources: loaded.resources };
}

/** The whole way of a user's export: the page reads the files, its worker compiles, checks and packs. */
async function exportInBrowser(name: string) {
  const { text, report } = await browser.run(
    async patch => {
      const { resources } = await engine.loadResources(patch, engine.registry, engine.read);
      const client = new engine.WorkerClient({ urls: engine.urls });
      const { bytes, report } = await client.exportBundle({ patch, resources });
      client.dispose();
      return { text: engine.encode(bytes), report };
    },
    (await open(name)).patch,
  );
  return { bytes: new Uint8Array(Buffer.from(text, 'base64')), report };
}

const peakOf = (channels: readonly Float32Array[]): number =>
  Math.max(...channels.map(channel => channel.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0)));

describe.each(PATCHES)('%s', name => {
  it('BUNDLE-3 exports in the worker of a browser, every check within its limit, to the bytes of Node', async () => {
    const { bytes, report } = await exportInBrowser(name);
    expect(report.checks.filter(check => !check.ok)).toEqual([]);
    expect(report.ok).toBe(true);
    // Each of them is there: a list without them would have passed above.
    const levels = report.checks.filter(({ id }) => id === 'null' || id === 'blocks');
    expect(new Set(levels.map(({ id }) => id))).toEqual(new Set(['null', 'blocks']));
    for (const { what, value, limit } of levels) expect(value, what).toBeLessThanOrEqual(limit as number);

    // A golden of silence would null against anything.
    const bundle = readBundle(bytes);
    expect(peakOf(Object.values(readGolden(bundle)!.outputs).flat())).toBeGreaterThan(0.01);

    const { patch, resources } = await open(name);
    const { plan } = makePlan(patch, registry, resources);
    // The golden is the browser's: bundle.json names its hashes.
    const inNode = readArchive(
      packBundle({ ...compileBundle(patch, plan!, registry, resources), files: bundle.files }),
    );
    const inBrowser = readArchive(bytes);
    expect([...inBrowser.keys()].sort()).toEqual([...inNode.keys()].sort());
    for (const part of [BUNDLE_FILES.model, BUNDLE_FILES.manifest, BUNDLE_FILES.patch])
      expect(Buffer.compare(inBrowser.get(part)!, inNode.get(part)!), part).toBe(0);
  }, 120_000);
});

it('BUNDLE-3 the golden of a browser, played by its engine, is that of Node: the whole archive is the same', async () => {
  const name = 'tube-amp.npatch';
  const ort = await loadOrtFromFile(WASM_PATH);
  const { bytes } = await exportBundle({
    ...(await open(name)),
    registry,
    models: withKernels(createInference(ort)),
    runtime: createGraphRuntime(ort),
  });
  expect(Buffer.compare((await exportInBrowser(name)).bytes, bytes)).toBe(0);
}, 120_000);
