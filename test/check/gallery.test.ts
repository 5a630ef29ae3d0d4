// Every patch of the gallery: no problem, and its bundle sounds as the engine for every block while params move.
// The long run exports each of them whole, with all the checks that a user's export makes.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BundleEvent, BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { nullLimitDb, outputsNullDb } from '../../src/check/null-limit.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import type { BundleManifest } from '../../src/compile/manifest.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import type { Resource } from '../../src/core/resource.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { NodeAudio } from '../../src/render/performer.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { GALLERY, readBuiltin } from '../builtin.ts';
import { WASM_PATH } from '../inference/models.ts';
import { noise, registry } from '../render/helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const ort = await loadOrtFromFile(WASM_PATH);
const models = withKernels(createInference(ort));
const runtime = createGraphRuntime(ort);
const FRAMES = 6000;
/** Frames by block: many short calls are slow in a general runtime. */
const STRETCHES: readonly (readonly [block: number, frames: number])[] = [
  [1, 200],
  [37, 1200],
  [128, 3000],
  [480, FRAMES],
  [2048, FRAMES],
];

async function open(name: string) {
  const { patch, problems } = parsePatch(readFileSync(GALLERY + name, 'utf8'));
  const loaded = await loadResources(patch, registry, readBuiltin);
  const { plan, problems: told } = makePlan(patch, registry, loaded.resources);
  expect([...problems, ...loaded.problems, ...told]).toEqual([]);
  return { patch, resources: loaded.resources, plan: plan! };
}

/** Players play seeded noise instead of their file, so that every frame has sound in it. */
function withNoise(resources: ResourceBook, inputs: NodeAudio): ResourceBook {
  const swapped = Object.entries(inputs).map(([id, channels]): [string, Record<string, Resource | undefined>] => [
    id,
    Object.fromEntries(
      Object.entries(resources[id] ?? {}).map(([slot, resource]) => [
        slot,
        resource?.kind === 'audio' ? { ...resource, channels, sha256: 'noise' } : resource,
      ]),
    ),
  ]);
  return { ...resources, ...Object.fromEntries(swapped) };
}

/** Every param to a quarter and three quarters of its range at odd frames, a first one within the shortest stretch. */
const movesOf = (manifest: BundleManifest): BundleEvent[] =>
  manifest.params.flatMap(({ id, min, max, choices }, index) =>
    [0.25, 0.75].map((share, step) => ({
      frame: 61 + 7 * index + 901 * step,
      param: id,
      value: choices ? Math.floor(share * choices.length) : min + share * (max - min),
    })),
  );

const cut = (audio: NodeAudio, frames: number): NodeAudio =>
  Object.fromEntries(
    Object.entries(audio).map(([id, channels]) => [id, channels.map(channel => channel.subarray(0, frames))]),
  );

describe.each(readdirSync(GALLERY).filter(name => name.endsWith('.npatch')))('%s', name => {
  it('BUNDLE-2 sounds the same from its bundle, for blocks of 1, 37, 128, 480 and 2048, while params move', async () => {
    const { patch, resources, plan } = await open(name);
    const bundle = readBundle(packBundle(compileBundle(patch, plan, registry, resources)));
    const { manifest } = bundle;
    const inputs = Object.fromEntries(
      manifest.inputs.map(({ id, channels }, index) => [
        id,
        Array.from({ length: channels }, (_, c) => noise(FRAMES, 10 * index + c).map(x => x * 0.25)),
      ]),
    );
    const events = movesOf(manifest);
    const engine = async (scale: number) => {
      const scaled = Object.fromEntries(
        Object.entries(inputs).map(([id, channels]) => [id, channels.map(channel => channel.map(x => x * scale))]),
      );
      const { outputs, faults } = await renderPatch({
        patch,
        registry,
        resources: withNoise(resources, scaled),
        models,
        frames: FRAMES,
        inputs: scaled,
        events: events.map(({ frame, param, value }) => ({
          frame,
          kind: 'param',
          nodeId: param.slice(0, param.indexOf('.')),
          param: param.slice(param.indexOf('.') + 1),
          value,
        })),
      });
      expect(faults).toEqual([]);
      return outputs;
    };
    const expected = await engine(1);
    expect(
      Object.values(expected)
        .flat()
        .some(channel => channel.some(x => Math.abs(x) > 1e-3)),
    ).toBe(true);
    const limitDb = nullLimitDb(manifest.tolerances, outputsNullDb(expected, await engine(1 + 2 ** -23), FRAMES));
    const player = new BundlePlayer(bundle, runtime);
    for (const [block, frames] of STRETCHES) {
      for (const param of manifest.params) player.setParam(param.id, param.default);
      player.reset();
      const played = playBundle(player, {
        inputs,
        frames,
        schedule: [block],
        events: events.filter(event => event.frame < frames),
      });
      expect(outputsNullDb(played, cut(expected, frames), frames), `blocks of ${block}`).toBeLessThanOrEqual(limitDb);
    }
    player.dispose();
  }, 120_000);

  it.runIf(isFull)(
    'BUNDLE-3 exports, with every check that a user’s export makes',
    async () => {
      const { patch, resources } = await open(name);
      const { report, bytes } = await exportBundle({ patch, registry, resources, models, runtime });
      expect(report.checks.filter(check => !check.ok)).toEqual([]);
      expect(bytes.length).toBeGreaterThan(1000);
    },
    600_000,
  );
});
