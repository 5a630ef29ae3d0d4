// Patches at every rate: each node in a patch of that rate, and patches of the gallery carried to another one. A seeded few
// nodes and the ends of the list each time; every node, patch and rate in the long run.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { measurePatch } from '../../src/check/measure.ts';
import { outputsNullDb } from '../../src/check/null-limit.ts';
import { verifyBundle } from '../../src/check/verify-bundle.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { NodeType } from '../../src/core/node-type.ts';
import type { Patch } from '../../src/core/patch.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { SAMPLE_RATES_HZ } from '../../src/core/sample-rates.ts';
import { SUBPATCH_TYPE } from '../../src/core/subpatch.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { GALLERY, readBuiltin } from '../builtin.ts';
import { makeRandom } from '../core/random.ts';
import { WASM_PATH } from '../inference/models.ts';
import { isFiniteArray, noise } from '../nodes/signals.ts';
import { feed, movesOf, NODE, type Stand, standUp, variantsOf } from '../nodes/stand.ts';
import { registry } from '../render/helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const runtime = createGraphRuntime(ort);
const FRAMES = 3000;
/** What a rate is hardest on: ranges beyond half the rate, own clocks, states and latencies sized by time, and the loaded response. */
const HARD = [
  'dynamics/compressor',
  'dynamics/limiter',
  'filter/biquad-filter',
  'filter/convolution',
  'rate/resampler',
  'source/oscillator',
  'source/sine-sweep',
];
const DRAWN = 12;
const FIXES_MAX = 8;

const random = makeRandom(8);
// A subpatch is laid out flat before anything plays: test/render/subpatch hears it.
const types = Object.values(registry.types).filter(({ id }) => id !== SUBPATCH_TYPE);
const ends = [SAMPLE_RATES_HZ[0], SAMPLE_RATES_HZ[SAMPLE_RATES_HZ.length - 1]];
const CELLS: [rateHz: number, id: string][] = isFull
  ? SAMPLE_RATES_HZ.flatMap(rateHz => types.map(({ id }): [number, string] => [rateHz, id]))
  : [
      ...ends.flatMap(rateHz => HARD.map((id): [number, string] => [rateHz, id])),
      ...Array.from({ length: DRAWN }, (): [number, string] => [random.pick(SAMPLE_RATES_HZ), random.pick(types).id]),
    ];

const play = (stand: Stand, schedule: readonly number[], events: readonly RenderEvent[]) =>
  renderPatch({
    patch: stand.patch,
    registry,
    resources: stand.resources,
    models,
    frames: FRAMES,
    inputs: feed(stand, seed => noise(FRAMES, 100 + seed, 0.5)),
    events,
    schedule,
  });

/** What a bundle takes: sound for live inputs, and for players what they would read. */
function bundleInputs(stand: Stand, plan: Plan): Record<string, Float32Array[]> {
  const inputs: Record<string, Float32Array[]> = feed(stand, seed => noise(FRAMES, 100 + seed, 0.5));
  for (const { nodeId } of plan.inputs)
    for (const resource of Object.values(stand.resources[nodeId] ?? {}))
      if (resource?.kind === 'audio')
        inputs[nodeId] = resource.channels.map(channel =>
          Float32Array.from({ length: FRAMES }, (_, n) => channel[n % channel.length]),
        );
  return inputs;
}

const isLowerable = (stand: Stand, plan: Plan): boolean => {
  try {
    compileBundle(stand.patch, plan, registry, stand.resources);
    return true;
  } catch (error) {
    if (error instanceof PatchError && error.code === 'E-LOWER') return false;
    throw error;
  }
};

/** A patch carried to another rate: its Resamplers that come back lead there, and the product's fixes do the rest. */
function carried(patch: Patch, sampleRateHz: number, resources: ResourceBook): Patch {
  const nodes = Object.entries(patch.nodes).map(([id, node]): [string, typeof node] => [
    id,
    node.type === 'rate/resampler' && (node.params?.to ?? '48000') === String(patch.sampleRateHz)
      ? { ...node, params: { ...node.params, to: String(sampleRateHz) } }
      : node,
  ]);
  let mended: Patch = { ...patch, sampleRateHz, nodes: Object.fromEntries(nodes) };
  for (let n = 0; n < FIXES_MAX; n++) {
    const fix = validatePatch(mended, registry, resources).find(problem => problem.fix)?.fix;
    if (fix) mended = applyTransaction(mended, fix.transaction).patch;
  }
  return mended;
}

const neuralRates = (plan: Plan | undefined): number[] =>
  Object.values(plan?.nodes ?? {}).flatMap(node => (node.type === 'neural/neural-model' ? [node.rateHz] : []));

describe('RATE-3 a patch of every rate', () => {
  it.each(CELLS)('%i Hz: %s', async (rateHz, id) => {
    const type = registry.get(id) as NodeType;
    const [variant] = variantsOf(type);
    const stand = standUp(type, variant, registry, rateHz);
    const { plan, problems } = makePlan(stand.patch, registry, stand.resources);
    expect(problems).toEqual([]);
    const events = movesOf(type, variant, FRAMES);
    const whole = await play(stand, [4096], events);
    expect(whole.faults).toEqual([]);
    for (const channel of Object.values(whole.outputs).flat()) expect(isFiniteArray(channel)).toBe(true);
    const cut = await play(stand, [37, 1, 480], events);
    expect(outputsNullDb(cut.outputs, whole.outputs, FRAMES)).toBeLessThanOrEqual(-120);
    const { rows } = await measurePatch({ patch: stand.patch, registry, resources: stand.resources, models });
    expect(rows.filter(({ ok }) => ok === false)).toEqual([]);
    // Where there is an output, some way to it must have been measured.
    expect(rows.some(({ ok }) => ok)).toBe(plan !== undefined && plan.outputs.length > 0);
    if (!plan || plan.outputs.length === 0 || !isLowerable(stand, plan)) return;
    const bundle = readBundle(packBundle(compileBundle(stand.patch, plan, registry, stand.resources)));
    expect(bundle.manifest.sampleRateHz).toBe(rateHz);
    const known = new Set(bundle.manifest.params.map(param => param.id));
    const player = new BundlePlayer(bundle, runtime);
    const played = playBundle(player, {
      inputs: bundleInputs(stand, plan),
      frames: FRAMES,
      schedule: [480],
      events: events.flatMap(event =>
        event.kind === 'param' && known.has(`${NODE}.${event.param}`)
          ? [{ frame: event.frame, param: `${NODE}.${event.param}`, value: event.value }]
          : [],
      ),
    });
    player.dispose();
    const heard = await play(
      stand,
      [480],
      events.filter(event => event.kind === 'param' && known.has(`${NODE}.${event.param}`)),
    );
    expect(outputsNullDb(played, heard.outputs, FRAMES)).toBeLessThanOrEqual(-120);
  });

  const gallery = readdirSync(GALLERY).filter(name => name.endsWith('.npatch'));
  it.each(
    isFull
      ? gallery.flatMap(name => [22050, 96000].map(rateHz => [name, rateHz] as const))
      : [['tube-amp.npatch', 22050] as const, ['tube-amp.npatch', 96000] as const],
  )(
    '%s at %i Hz exports, verifies and keeps the rate of its models',
    async (name, rateHz) => {
      const at48 = parsePatch(readFileSync(GALLERY + name, 'utf8')).patch;
      const { resources } = await loadResources({ ...at48, sampleRateHz: rateHz }, registry, readBuiltin);
      const patch = carried(at48, rateHz, resources);
      const { plan, problems } = makePlan(patch, registry, resources);
      expect(problems).toEqual([]);
      const { bytes, report } = await exportBundle({ patch, registry, resources, models, runtime });
      expect(report.ok).toBe(true);
      const read = readBundle(bytes);
      expect(read.manifest.sampleRateHz).toBe(rateHz);
      expect((await verifyBundle(read, runtime)).ok).toBe(true);
      const before = makePlan(at48, registry, (await loadResources(at48, registry, readBuiltin)).resources);
      expect(neuralRates(plan)).toEqual(neuralRates(before.plan));
    },
    600_000,
  );
});
