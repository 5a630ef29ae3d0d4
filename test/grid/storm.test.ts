// Storms: every param of every example jumps a thousand times a second, and nothing breaks; nothing clicks that is smoothed.
// The bound of a step follows from the log of moves and the one-pole's closed form, on nodes whose output is a known function
// of their params. Without smoothing the same check has to find the clicks.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { examplePatch } from '../../src/core/example.ts';
import { inferPatch, type ResourceBook } from '../../src/core/infer.ts';
import type { Param, ParamValue } from '../../src/core/param.ts';
import { isMovable } from '../../src/core/param.ts';
import type { Patch } from '../../src/core/patch.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { Executor } from '../../src/render/executor.ts';
import { Performer, type PerformerEvent } from '../../src/render/performer.ts';
import { planOrThrow } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { GALLERY, readBuiltin } from '../builtin.ts';
import { makeRandom, type Random } from '../core/random.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, registry } from '../render/helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const models = createInference(await loadOrtFromFile(WASM_PATH));
const RATE_HZ = 48000;
const MOVE_FRAMES = RATE_HZ / 1000;
const SECONDS = isFull ? 60 : 1;
const BLOCK = 128;

type Move = Extract<PerformerEvent, { kind: 'param' }>;

function drawValue(definition: Param, random: Random): ParamValue {
  if ('min' in definition) return definition.min + random.next() * (definition.max - definition.min);
  return 'choices' in definition ? random.pick(definition.choices) : '';
}

/** Makes the moves of the ms from a frame on: one of every param that can move while it plays, each at a frame of its own. */
function stormOf(patch: Patch, resources: ResourceBook, seed: number): (from: number) => Move[] {
  const random = makeRandom(seed);
  const movable = [...inferPatch(patch, registry, resources).shapes].flatMap(([nodeId, { params }]) =>
    Object.entries(params).flatMap(([name, param]) =>
      isMovable(param) ? [{ nodeId, param: name, definition: param }] : [],
    ),
  );
  return from =>
    movable.map(({ nodeId, param, definition }) => ({
      frame: from + random.below(MOVE_FRAMES),
      kind: 'param',
      nodeId,
      param,
      value: drawValue(definition, random),
    }));
}

/** Plays a storm; gives each stretch of every output to `listen`. Returns the log of moves, as they took effect. */
function playStorm(
  patch: Patch,
  resources: ResourceBook,
  seconds: number,
  inputs: Record<string, Float32Array[]>,
  listen: (id: string, samples: Float32Array) => void,
): { log: Move[]; faults: unknown[] } {
  const plan = planOrThrow(patch, registry, resources, BLOCK);
  const executor = new Executor({ plan, registry, resources, models });
  const log: Move[] = [];
  const performer = new Performer(executor, event => {
    if (event.kind === 'param') log.push(event);
  });
  const storm = stormOf(patch, resources, 7);
  const faults: unknown[] = [];
  let stormed = 0;
  for (let frame = 0; frame < seconds * RATE_HZ; frame += BLOCK) {
    for (; stormed < frame + BLOCK; stormed += MOVE_FRAMES) for (const move of storm(stormed)) performer.schedule(move);
    const heard = new Map<string, Float32Array>();
    performer.process(BLOCK, inputs, (at, count) => {
      for (const { nodeId, channels } of performer.outputs())
        for (let c = 0; c < channels; c++) {
          const key = `${nodeId} ${c}`;
          const samples = heard.get(key) ?? new Float32Array(BLOCK);
          heard.set(key, samples);
          performer.addOutput(nodeId, c, samples, at, count);
        }
    });
    for (const [key, samples] of heard) listen(key, samples);
    faults.push(...performer.takeFaults());
  }
  performer.dispose();
  return { log, faults };
}

const examples: [string, Patch][] = [
  ...Object.values(registry.types).map((type): [string, Patch] => [type.id, examplePatch(type, registry)]),
  ...readdirSync(GALLERY)
    .filter(name => name.endsWith('.npatch'))
    .map((name): [string, Patch] => [name, parsePatch(readFileSync(GALLERY + name, 'utf8')).patch]),
];

describe('STORM-1 a thousand moves a second on every param', () => {
  it.each(examples)(
    '%s stays finite, without a fault',
    async (_name, patch) => {
      const { resources } = await loadResources(patch, registry, readBuiltin);
      const { inputs: terminals } = planOrThrow(patch, registry, resources, BLOCK);
      const inputs = Object.fromEntries(
        terminals
          .filter(({ nodeId }) => patch.nodes[nodeId].type === 'source/audio-input')
          .map(({ nodeId, channels }) => [
            nodeId,
            Array.from({ length: channels }, (_, c) => noise(BLOCK, 5 + c).map(x => x / 4)),
          ]),
      );
      let broken = 0;
      const { faults } = playStorm(patch, resources, SECONDS, inputs, (_id, samples) => {
        for (const x of samples) if (!Number.isFinite(x)) broken++;
      });
      expect(faults).toEqual([]);
      expect(broken).toBe(0);
    },
    1_800_000,
  );
});

/** 10^(dB/20) and its slope per dB. */
const gainOf = (levelDb: number): number => 10 ** (levelDb / 20);
const SLOPE = Math.LN10 / 20;

/** A param on its way: value and step of each frame, from the log alone. */
interface Glide {
  value: number;
  before: number;
  target: number;
  /** Most that one frame can change the value: (1 − a)·|target − value|. */
  step: number;
}

interface Scene {
  readonly name: string;
  readonly patch: Patch;
  readonly inputs: Record<string, Float32Array[]>;
  readonly starts: Readonly<Record<string, number>>;
  /** Largest step of an output channel in a frame. */
  readonly bound: (glides: Readonly<Record<string, Glide>>) => number;
}

const constant = (value: number): Float32Array[] => [new Float32Array(BLOCK).fill(value)];
const gainStep = ({ value, before, step }: Glide): number => step * SLOPE * gainOf(Math.max(value, before));

const scenes: Scene[] = [
  {
    name: 'gain',
    patch: makePatch(
      [
        ['input', 'source/audio-input'],
        ['node', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > node.in', 'node.out > out.in'],
    ),
    inputs: { input: constant(0.5) },
    starts: { level: 0 },
    bound: ({ level }) => 0.5 * gainStep(level),
  },
  {
    name: 'mixer with pan',
    patch: makePatch(
      [
        ['a', 'source/audio-input'],
        ['b', 'source/audio-input'],
        ['node', 'mix/mixer', { inputs: '2', pan: 'on' }],
        ['out', 'output/audio-output'],
      ],
      ['a.out > node.in1', 'b.out > node.in2', 'node.out > out.in'],
    ),
    inputs: { a: constant(0.5), b: constant(-0.25) },
    starts: { level1: 0, level2: 0, pan1: 0, pan2: 0 },
    // |Δ(g·cos φ)| ≤ |Δg| + g·|Δφ|, φ = (pan + 1)·π/4.
    bound: glides =>
      [0.5, 0.25].reduce((sum, x, at) => {
        const level = glides[`level${at + 1}`];
        const turn = (Math.PI / 4) * glides[`pan${at + 1}`].step;
        return sum + x * (gainStep(level) + turn * gainOf(Math.max(level.value, level.before)));
      }, 0),
  },
  {
    name: 'dry/wet',
    patch: makePatch(
      [
        ['a', 'source/audio-input'],
        ['b', 'source/audio-input'],
        ['node', 'mix/dry-wet'],
        ['out', 'output/audio-output'],
      ],
      ['a.out > node.dry', 'b.out > node.wet', 'node.out > out.in'],
    ),
    inputs: { a: constant(0.75), b: constant(-0.75) },
    starts: { mix: 0.5 },
    bound: ({ mix }) => 1.5 * mix.step,
  },
];

const SMOOTHING_MS = 20;
/** Two roundings to f32 of values up to the peak. */
const ROUNDING = 2 ** -23;

/** Steps of what a storm makes of a scene, against the bound that its log allows where smoothing is on. */
function clicksOf(scene: Scene, isSmoothed: boolean) {
  const smoothingMs = Object.fromEntries(Object.keys(scene.starts).map(name => [name, isSmoothed ? SMOOTHING_MS : 0]));
  const patch = {
    ...scene.patch,
    nodes: { ...scene.patch.nodes, node: { ...scene.patch.nodes.node, smoothingMs } },
  };
  const heard: Record<string, number[]> = {};
  const { log, faults } = playStorm(patch, {}, isFull ? 60 : 2, scene.inputs, (key, samples) => {
    const all = (heard[key] ??= []);
    for (const x of samples) all.push(x);
  });
  expect(faults).toEqual([]);
  const keep = Math.exp(-1 / ((SMOOTHING_MS / 1000) * RATE_HZ));
  const glides: Record<string, Glide> = Object.fromEntries(
    Object.entries(scene.starts).map(([name, value]) => [name, { value, before: value, target: value, step: 0 }]),
  );
  const channels = Object.values(heard);
  let [clicks, largestStep, largestBound, next] = [0, 0, 0, 0];
  for (let n = 0; n < channels[0].length; n++) {
    for (; next < log.length && log[next].frame <= n; next++)
      if (log[next].nodeId === 'node') glides[log[next].param].target = Number(log[next].value);
    for (const glide of Object.values(glides)) {
      glide.before = glide.value;
      glide.step = (1 - keep) * Math.abs(glide.target - glide.value);
      glide.value = glide.target + keep * (glide.value - glide.target);
    }
    if (n === 0) continue;
    const bound = scene.bound(glides);
    largestBound = Math.max(largestBound, bound);
    for (const x of channels) {
      const step = Math.abs(x[n] - x[n - 1]);
      largestStep = Math.max(largestStep, step);
      if (step > bound + ROUNDING * Math.max(1, Math.abs(x[n]), Math.abs(x[n - 1]))) clicks++;
    }
  }
  return { clicks, largestStep, largestBound, moves: log.filter(({ nodeId }) => nodeId === 'node').length };
}

describe('STORM-2 what is smoothed stays under the bound of its log', () => {
  it.each(scenes)(
    '$name: no step is larger; without smoothing the same check finds the clicks',
    scene => {
      const smooth = clicksOf(scene, true);
      expect(smooth.clicks).toBe(0);
      // The bound is near: a tenth of it would be broken.
      expect(smooth.largestStep).toBeGreaterThan(smooth.largestBound / 10);
      const rough = clicksOf(scene, false);
      expect(rough.moves).toBe(smooth.moves);
      expect(rough.clicks).toBeGreaterThan(0.5 * (isFull ? 60_000 : 2000));
      expect(rough.largestStep).toBeGreaterThan(10 * smooth.largestBound);
    },
    600_000,
  );
});
