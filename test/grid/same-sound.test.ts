// One sound for every block: each patch of the gallery played by the engine in blocks of 1, 37, 128, 480, 4096 and in changing
// ones, on the plan for any block, while every param moves, and by its bundle in blocks of 4096 and in changing ones (the others
// are test/check/gallery's). Live has the same performer; that its capture is this render is test/engine's.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BundleEvent, BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { nullLimitDb, outputsNullDb } from '../../src/check/null-limit.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import type { BundleManifest } from '../../src/compile/manifest.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import type { NodeAudio } from '../../src/render/performer.ts';
import { planOrThrow, renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { GALLERY, readBuiltin } from '../builtin.ts';
import { makeRandom } from '../core/random.ts';
import { WASM_PATH } from '../inference/models.ts';
import { noise, registry } from '../render/helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const runtime = createGraphRuntime(ort);
const FRAMES = isFull ? 96_000 : 9000;
const BUNDLE_FRAMES = isFull ? 48_000 : 5000;
const CHANGING = [1, 480, 37, 4096, 3, 128, 641];
const SCHEDULES = [[1], [37], [480], [4096], CHANGING];
/** Moves of each param in a run. */
const MOVES = 12;

/** Every param over its range at seeded frames, some of them in one frame. */
function movesOf({ params }: BundleManifest): BundleEvent[] {
  const random = makeRandom(12);
  return params
    .flatMap(({ id, min, max, choices }) =>
      Array.from({ length: MOVES }, () => ({
        frame: 100 * random.below(FRAMES / 100) + random.below(2),
        param: id,
        value: choices ? random.below(choices.length) : min + random.next() * (max - min),
      })),
    )
    .sort((a, b) => a.frame - b.frame);
}

const cut = (audio: NodeAudio, frames: number): NodeAudio =>
  Object.fromEntries(Object.entries(audio).map(([id, all]) => [id, all.map(channel => channel.subarray(0, frames))]));

describe.each(readdirSync(GALLERY).filter(name => name.endsWith('.npatch')))('%s', name => {
  it('BLOCK-6 sounds the same in any blocks, from the engine and from the bundle, while every param moves', async () => {
    const { patch } = parsePatch(readFileSync(GALLERY + name, 'utf8'));
    const { resources } = await loadResources(patch, registry, readBuiltin);
    const plan = planOrThrow(patch, registry, resources, 4096);
    const bundle = readBundle(packBundle(compileBundle(patch, plan, registry, resources)));
    const moves = movesOf(bundle.manifest);
    const live = plan.inputs.filter(({ nodeId }) => patch.nodes[nodeId].type === 'source/audio-input');
    const inputs = Object.fromEntries(
      live.map(({ nodeId, channels }, at) => [
        nodeId,
        Array.from({ length: channels }, (_, c) => noise(FRAMES, 10 * at + c).map(x => x / 4)),
      ]),
    );
    const engine = async (schedule: readonly number[], scale = 1) => {
      const scaled = Object.fromEntries(
        Object.entries(inputs).map(([id, all]) => [id, all.map(c => c.map(x => x * scale))]),
      );
      const { outputs, faults } = await renderPatch({
        patch,
        registry,
        resources,
        models,
        frames: FRAMES,
        schedule,
        inputs: scaled,
        events: moves.map(({ frame, param, value }) => {
          const [nodeId, ...rest] = param.split('.');
          return { frame, kind: 'param', nodeId, param: rest.join('.'), value };
        }),
      });
      expect(faults).toEqual([]);
      return outputs;
    };
    const expected = await engine([128]);
    expect(
      Object.values(expected)
        .flat()
        .some(channel => channel.some(x => Math.abs(x) > 1e-3)),
    ).toBe(true);
    const selfNoiseDb = outputsNullDb(expected, await engine([128], 1 + 2 ** -23), FRAMES);
    const limitDb = nullLimitDb(bundle.manifest.tolerances, selfNoiseDb);
    for (const schedule of SCHEDULES)
      expect(outputsNullDb(await engine(schedule), expected, FRAMES), `engine, ${schedule}`).toBeLessThanOrEqual(
        limitDb,
      );
    const player = new BundlePlayer(bundle, runtime);
    const files = Object.fromEntries(
      bundle.manifest.inputs.map(({ id }) => {
        const [, resource] = Object.entries(resources[id] ?? {}).find(([, one]) => one?.kind === 'audio') ?? [];
        return [id, inputs[id] ?? (resource?.kind === 'audio' ? resource.channels : [])];
      }),
    );
    for (const schedule of [[4096], CHANGING]) {
      for (const param of bundle.manifest.params) player.setParam(param.id, param.default);
      player.reset();
      const events = moves.filter(({ frame }) => frame < BUNDLE_FRAMES);
      const played = playBundle(player, { inputs: cut(files, BUNDLE_FRAMES), frames: BUNDLE_FRAMES, schedule, events });
      const difference = outputsNullDb(played, cut(expected, BUNDLE_FRAMES), BUNDLE_FRAMES);
      expect(difference, `bundle, ${schedule}`).toBeLessThanOrEqual(limitDb);
    }
    player.dispose();
  }, 600_000);
});
