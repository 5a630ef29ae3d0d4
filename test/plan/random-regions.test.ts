// Random sounds with rate regions, block regions, spectra, models, loops, parallel ways, controls, moves and bypassed nodes, seeded:
// what plays sounds the same for every block, and in its bundle where it has one.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { NUDGE, NULL_DB_WORST, nullLimitDb, outputsNullDb } from '../../src/check/null-limit.ts';
import { compileBundle } from '../../src/compile/bundle.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { PASS_NAMES, type PassName } from '../../src/plan/passes/pass-name.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type RenderEvent, type RenderRequest, renderPatch } from '../../src/render/render-patch.ts';
import { makeRandom } from '../core/random.ts';
import { WASM_PATH } from '../inference/models.ts';
import { noise, registry } from '../render/helpers.ts';
import { type RandomSound, randomMoves, randomSound } from './random-sound.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
/** First seed: another one plays other sounds. */
const FIRST = Number(process.env.NEUROPATCH_SEED ?? 0);
const COUNT = isFull ? 300 : 14;
const FRAMES = 3000;
const SCHEDULES = [[1], [37], [128], [4096], [128, 1, 300, 2048]];

const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const runtime = createGraphRuntime(ort);
const fixtures = Object.fromEntries(
  ['identity', 'delay-1', 'lstm', 'encoder-128', 'decoder-128', 'settling-spectrum', 'mask-129'].map(name => {
    const bytes = new Uint8Array(readFileSync(new URL(`../fixtures/models/${name}.onnx`, import.meta.url)));
    return [name, loadModel(bytes, `${name}.onnx`)];
  }),
);

interface Playable extends RandomSound {
  readonly seed: number;
  readonly plan: Plan;
  readonly moves: readonly RenderEvent[];
}

/** The sound with the first fix applied until none is left; undefined when errors stay. */
function playable(seed: number): Playable | undefined {
  const random = makeRandom(5000 + seed);
  const sound = randomSound(random, fixtures);
  let { patch } = sound;
  for (let n = 0; n < 60; n++) {
    const { plan, problems } = makePlan(patch, registry, sound.resources);
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length === 0)
      return plan && { ...sound, seed, patch, plan, moves: randomMoves(random, { ...sound, patch }, FRAMES) };
    const fix = errors.find(problem => problem.fix)?.fix;
    if (!fix) return undefined;
    patch = applyTransaction(patch, fix.transaction).patch;
  }
  throw new Error(`seed ${seed}: fixes never end`);
}

const sounds = Array.from({ length: COUNT }, (_, n) => playable(FIRST + n)).filter(sound => sound !== undefined);
const hasLoop = (plan: Plan): boolean => plan.root.items.some(item => 'items' in item);
const input = [noise(FRAMES, 1).map(x => x * 0.25), noise(FRAMES, 2).map(x => x * 0.25)];

const play = (
  { patch, resources, moves }: Playable,
  schedule: readonly number[],
  gain = 1,
  more: Partial<RenderRequest> = {},
) =>
  renderPatch({
    ...more,
    patch,
    registry,
    resources,
    models,
    frames: FRAMES,
    inputs: { input: input.map(channel => channel.map(x => x * gain)) },
    events: moves,
    schedule,
  });

it('most sounds play, and all that is asked for is among them', () => {
  expect(sounds.length).toBeGreaterThan(COUNT * 0.7);
  const types = new Set(sounds.flatMap(({ plan }) => Object.values(plan.nodes).map(({ type }) => type)));
  for (const type of ['rate/block-adapter', 'rate/resampler', 'spectral/istft', 'neural/neural-model', 'control/lfo'])
    expect([...types]).toContain(type);
  expect(sounds.some(({ plan }) => hasLoop(plan))).toBe(true);
  expect(sounds.some(({ patch }) => Object.values(patch.nodes).some(({ isBypassed }) => isBypassed))).toBe(true);
});

/** Sounds that were compared block by block, and with their bundles: the others are left out with a reason, and must stay few. */
const compared = { blocks: 0, bundles: 0 };

describe('RENDER-9 BUNDLE-6 any sound is the same for every block and in its bundle', () => {
  it.each(sounds.map(sound => [sound.seed, sound] as const))(
    'random sound %i',
    async (_seed, sound) => {
      const whole = await play(sound, [480]);
      if (whole.faults.length > 0) {
        // A loop that runs away ends in a bypassed node, from the start of the call in which that is found.
        expect(hasLoop(sound.plan), JSON.stringify(whole.faults)).toBe(true);
        return;
      }
      const nudged = await play(sound, [480], NUDGE);
      const selfNoiseDb = outputsNullDb(nudged.outputs, whole.outputs, FRAMES);
      const limit = nullLimitDb([], selfNoiseDb);
      // No two players of it sound the same: an export says so.
      if (selfNoiseDb > NULL_DB_WORST) return;
      for (const schedule of SCHEDULES) {
        const cut = await play(sound, schedule);
        expect(cut.faults).toEqual([]);
        expect(outputsNullDb(cut.outputs, whole.outputs, FRAMES), `blocks of ${schedule}`).toBeLessThanOrEqual(limit);
      }
      // Nothing that makes it faster is heard: all passes left out, each by itself, and the plain form of the kernels.
      const slower = [
        { passes: new Set<PassName>() },
        ...PASS_NAMES.map(name => ({ passes: new Set(PASS_NAMES.filter(other => other !== name)) })),
        { kernelForm: 'scalar' as const },
      ];
      for (const more of isFull ? slower : [slower[0], slower[1 + (sound.seed % PASS_NAMES.length)], slower.at(-1)]) {
        const plain = await play(sound, [128], 1, more);
        expect(plain.faults).toEqual([]);
        expect(
          outputsNullDb(plain.outputs, whole.outputs, FRAMES),
          String(Object.values(more ?? {})),
        ).toBeLessThanOrEqual(limit);
      }
      compared.blocks++;
      if (hasLoop(sound.plan)) return;
      const player = new BundlePlayer(compileBundle(sound.patch, sound.plan, registry, sound.resources), runtime);
      const known = new Set(player.bundle.manifest.params.map(({ id }) => id));
      const events = sound.moves.flatMap(move =>
        move.kind === 'param' && known.has(`${move.nodeId}.${move.param}`)
          ? [{ frame: move.frame, param: `${move.nodeId}.${move.param}`, value: move.value }]
          : [],
      );
      const played = playBundle(player, { inputs: { input }, frames: FRAMES, schedule: [300, 37, 1], events });
      player.dispose();
      expect(outputsNullDb(played, whole.outputs, FRAMES), 'bundle').toBeLessThanOrEqual(limit);
      compared.bundles++;
    },
    120_000,
  );

  it('most of them were compared', () => {
    expect(compared.blocks).toBeGreaterThanOrEqual(sounds.length * 0.8);
    // Loops have no bundle yet.
    expect(compared.bundles).toBeGreaterThanOrEqual(sounds.length * 0.4);
  });
});
