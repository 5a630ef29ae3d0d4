// Random patches of real nodes, seeded: whatever the graph, planning does not throw, the fixes that are offered apply, and
// what plays sounds the same for every block and in its bundle.
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { outputsNullDb } from '../../src/check/null-limit.ts';
import { compileBundle } from '../../src/compile/bundle.ts';
import { connect } from '../../src/core/edits.ts';
import type { Patch, PatchNode } from '../../src/core/patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { makeRandom, type Random, randomPatch } from '../core/random.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, registry } from '../render/helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const PATCHES = isFull ? 400 : 60;
const BUNDLES = isFull ? 60 : 8;
const FRAMES = 1500;
const MIDDLE: readonly (readonly [
  type: string,
  inlets: readonly string[],
  params: Readonly<Record<string, readonly (string | number)[]>>,
])[] = [
  ['dynamics/gain', ['in'], { level: [-12, -6, -3] }],
  ['time/delay', ['in'], { time: [0, 0.5, 3, 20], feedback: [0, 0.5], maxTime: ['0.5 s'] }],
  ['filter/biquad-filter', ['in'], { cutoff: [200, 4000] }],
  ['dynamics/waveshaper', ['in'], {}],
  ['mix/dry-wet', ['dry', 'wet'], { mix: [0.2, 0.8] }],
  ['rate/resampler', ['in'], { to: ['16000', '44100', '48000', '96000'], quality: ['low-latency'] }],
];

/** Sources, some nodes with random wires among them (loops happen), knobs, two outputs. */
function randomSound(random: Random): Patch {
  const nodes: [string, string, Record<string, string | number>?][] = [
    ['input', 'source/audio-input', { channels: random.pick(['mono', 'stereo']) }],
    ['osc', 'source/oscillator', { frequency: 300, level: -12 }],
  ];
  const outlets = ['input.out', 'osc.out'];
  const inlets: string[] = [];
  const count = 2 + random.below(6);
  for (let i = 0; i < count; i++) {
    const [type, names, choices] = random.pick(MIDDLE);
    nodes.push([
      `n-${i}`,
      type,
      Object.fromEntries(Object.entries(choices).map(([name, values]) => [name, random.pick(values)])),
    ]);
    outlets.push(`n-${i}.out`);
    inlets.push(...names.map(name => `n-${i}.${name}`));
  }
  nodes.push(
    ['out', 'output/audio-output'],
    ['second', 'output/audio-output'],
    ['knob', 'control/knob', { min: -6, max: 0, value: -2 }],
  );
  inlets.push('out.in', 'second.in');
  let patch = makePatch(nodes, []);
  const wire = (from: string, to: string): void => {
    patch = applyTransaction(patch, connect(from, to)).patch;
  };
  for (const inlet of inlets)
    for (let k = 0; k <= (random.next() < 0.3 ? 1 : 0); k++) wire(random.pick(outlets), inlet);
  for (const [id, type] of nodes) if (type === 'dynamics/gain' && random.next() < 0.5) wire('knob.out', `${id}.level`);
  for (const id of Object.keys(patch.nodes)) {
    if (random.next() < 0.1)
      patch = { ...patch, nodes: { ...patch.nodes, [id]: { ...patch.nodes[id], isBypassed: true } as PatchNode } };
  }
  return patch;
}

/** Applies the first fix until none is offered; undefined when problems stay. */
function mended(patch: Patch): { patch: Patch; plan: Plan } | undefined {
  for (let n = 0; n < 40; n++) {
    const { plan, problems } = makePlan(patch, registry, {});
    if (problems.length === 0) return plan && { patch, plan };
    const fix = problems.find(problem => problem.fix)?.fix;
    if (!fix) return undefined;
    patch = applyTransaction(patch, fix.transaction).patch;
  }
  throw new Error('fixes never end');
}

const sounds = Array.from({ length: PATCHES }, (_, seed) => ({
  seed,
  ...mended(randomSound(makeRandom(1000 + seed))),
}));
const playable = sounds.filter(
  (sound): sound is { seed: number; patch: Patch; plan: Plan } => sound.plan !== undefined,
);
const hasLoop = (plan: Plan): boolean => plan.root.items.some(item => 'items' in item);
const inputs = { input: [noise(FRAMES, 1).map(x => x * 0.25), noise(FRAMES, 2).map(x => x * 0.25)] };

describe('PLAN-2 any patch can be planned', () => {
  it('random documents never make planning throw', () => {
    for (let seed = 0; seed < 300; seed++) {
      const { patch } = makePlanned(randomPatch(makeRandom(seed), 1 + (seed % 30)));
      expect(parsePatch(serializePatch(patch)).problems).toEqual([]);
    }
  });

  it('most random sounds play once their fixes are applied; loops and rates are among them', () => {
    expect(playable.length).toBeGreaterThan(PATCHES / 3);
    expect(playable.some(({ plan }) => hasLoop(plan))).toBe(true);
    expect(playable.some(({ plan }) => new Set(plan.signals.map(signal => signal.rateHz)).size > 2)).toBe(true);
  });
});

const makePlanned = (patch: Patch): { patch: Patch } => {
  makePlan(patch, registry, {});
  return { patch };
};

describe('RENDER-9 any patch sounds the same for every block', () => {
  it.each(playable.map(({ seed, patch }) => [seed, patch] as const))('random patch %i', async (_seed, patch) => {
    const play = (schedule: readonly number[]) =>
      renderPatch({ patch, registry, resources: {}, frames: FRAMES, inputs, schedule });
    const whole = await play([480]);
    for (const schedule of [[1], [37], [128, 1, 300]]) {
      const cut = await play(schedule);
      for (const channel of Object.values(cut.outputs).flat()) expect(channel.every(Number.isFinite)).toBe(true);
      // A loop that runs away ends in a bypassed node, from the start of the call in which that is found.
      expect(cut.faults.length > 0).toBe(whole.faults.length > 0);
      if (whole.faults.length > 0) continue;
      expect(outputsNullDb(cut.outputs, whole.outputs, FRAMES), `blocks of ${schedule}`).toBeLessThanOrEqual(-120);
    }
  });
});

describe('BUNDLE-6 any patch without a loop between nodes sounds the same from its bundle', async () => {
  const runtime = createGraphRuntime(await loadOrtFromFile(WASM_PATH));
  it.each(
    playable
      .filter(({ plan }) => !hasLoop(plan) && plan.outputs.length > 0)
      .slice(0, BUNDLES)
      .map(sound => [sound.seed, sound] as const),
  )(
    'random patch %i',
    async (_seed, { patch, plan }) => {
      const engine = await renderPatch({ patch, registry, resources: {}, frames: FRAMES, inputs });
      const player = new BundlePlayer(compileBundle(patch, plan, registry, {}), runtime);
      expect(
        outputsNullDb(playBundle(player, { inputs, frames: FRAMES, schedule: [300, 37] }), engine.outputs, FRAMES),
      ).toBeLessThanOrEqual(-120);
      player.dispose();
    },
    60_000,
  );
});
