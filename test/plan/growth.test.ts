// How the work of a plan grows, counted and not timed; and that what is kept from plan to plan changes nothing.
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeBigPatch } from '../../src/bench/big-patch.ts';
import * as edits from '../../src/core/edits.ts';
import { emptyPatch, type Patch } from '../../src/core/patch.ts';
import { type Registry, shapeNode, structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import type { Transaction } from '../../src/core/transaction.ts';
import { checkConnection } from '../../src/core/validate.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { makeRandom, type Random } from '../core/random.ts';
import { makePatch, registry } from '../render/helpers.ts';

const OPTIONS = { maxFrames: 128, hostBlockFrames: 128 };
const COUNTED = ['ports', 'params', 'judge', 'latency'] as const;
type Counts = Record<(typeof COUNTED)[number], number>;

/** The registry with all its node types counting how often they are asked. */
function countingRegistry(): { counting: Registry; counts: Counts } {
  const counts: Counts = { ports: 0, params: 0, judge: 0, latency: 0 };
  const types = Object.fromEntries(
    Object.entries(registry.types).map(([id, type]) => {
      const counted = COUNTED.flatMap(name => {
        const asked = type[name] as ((ctx: never) => unknown) | undefined;
        if (!asked) return [];
        const ask = (ctx: never): unknown => {
          counts[name]++;
          return asked(ctx);
        };
        return [[name, ask]];
      });
      return [id, { ...type, ...Object.fromEntries(counted) }];
    }),
  );
  return { counting: { types, get: type => types[type] }, counts };
}

/** Look-ups in maps and sets while `work` runs: what all that goes over nodes and connections has to do. */
function countLookUps(work: () => void): number {
  const prototypes = [Map.prototype, Set.prototype] as { has(key: unknown): boolean; get?(key: unknown): unknown }[];
  const kept = prototypes.map(({ has, get }) => ({ has, get }));
  let count = 0;
  prototypes.forEach((prototype, at) => {
    const { has, get } = kept[at];
    prototype.has = function (key) {
      count++;
      return has.call(this, key);
    };
    if (get)
      prototype.get = function (key) {
        count++;
        return get.call(this, key);
      };
  });
  try {
    work();
  } finally {
    prototypes.forEach((prototype, at) => {
      prototype.has = kept[at].has;
      if (kept[at].get) prototype.get = kept[at].get;
    });
  }
  return count;
}

type Wire = readonly [from: string, to: string];
const many = <Item>(count: number, item: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => item(n));
const name = (n: number): string => `n-${String(n).padStart(5, '0')}`;

function patchOf(count: number, type: (n: number) => string, wires: readonly Wire[]): Patch {
  const nodes = many(count, n => {
    // Far from each other: room for what a fix inserts.
    const position = [512 * (n % 40), 512 * Math.floor(n / 40)] as const;
    return [name(n), { id: name(n), type: type(n), version: 1, position, params: {} }] as const;
  });
  const connections = wires.map(([from, to]) => {
    const [connection] = edits.connect(from, to).changes;
    return [connection.path[1], connection.value as never] as const;
  });
  return { ...emptyPatch(), nodes: Object.fromEntries(nodes), connections: Object.fromEntries(connections) };
}

/** Against the order of the ids, in which nodes are first looked at. */
const upstream = (count: number): Wire[] => many(count - 1, n => [`${name(n + 1)}.out`, `${name(n)}.in`]);

const GROWING: readonly (readonly [string, (count: number) => Patch])[] = [
  ['a patch of all kinds', makeBigPatch],
  [
    // Where nodes lie close together, a place for what a fix inserts is far, and takes long to find.
    'refused: a patch of all kinds, far from each other, at a rate that does not fit',
    count => {
      const patch = makeBigPatch(count);
      const apart = Object.values(patch.nodes).map(node => {
        const [x, y] = node.position;
        return [node.id, { ...node, position: [2 * x, 3 * y] as const }] as const;
      });
      return { ...patch, sampleRateHz: 44100, nodes: Object.fromEntries(apart) };
    },
  ],
  ['a chain', count => patchOf(count, () => 'dynamics/gain', upstream(count))],
  [
    'refused: a chain before a loop without a delay',
    count => patchOf(count, () => 'dynamics/gain', [...upstream(count), [`${name(0)}.out`, `${name(1)}.in`]]),
  ],
  [
    'one loop of delays behind a source',
    count =>
      patchOf(count, n => (n === count - 1 ? 'source/oscillator' : 'time/delay'), [
        ...upstream(count),
        [`${name(0)}.out`, `${name(count - 2)}.in`],
      ]),
  ],
  [
    'many loops',
    count =>
      patchOf(
        count,
        n => (n % 2 ? 'time/delay' : 'math/add'),
        many(count, n => (n % 2 ? [`${name(n)}.out`, `${name(n - 1)}.b`] : [`${name(n)}.out`, `${name(n + 1)}.in`])),
      ),
  ],
  [
    'all into one inlet',
    count =>
      patchOf(
        count,
        n => (n === 0 ? 'output/audio-output' : 'source/oscillator'),
        many(count - 1, n => [`${name(n + 1)}.out`, `${name(0)}.in`]),
      ),
  ],
  [
    'a chain of spectra',
    count => patchOf(count, n => (n === count - 1 ? 'spectral/stft' : 'spectral/spectral-mask'), upstream(count)),
  ],
];

describe('PLAN-3 the work of a plan grows in proportion to the nodes', () => {
  it.each(GROWING)('%s', (title, make) => {
    const work = (count: number): number => {
      const patch = make(count);
      expect(Object.keys(patch.nodes)).toHaveLength(count);
      expect(makePlan(patch, registry, {}, OPTIONS).plan === undefined).toBe(title.startsWith('refused'));
      // Once more for what is kept from plan to plan.
      return countLookUps(() => makePlan(patch, registry, {}, OPTIONS));
    };
    const [small, large] = [work(150), work(600)];
    expect(large / small).toBeLessThan(4.6);
    expect(large).toBeLessThan(200 * 600);
  });

  it('a node is asked once for its ports and its latency, and only what an edit changed is asked again', () => {
    const { counting, counts } = countingRegistry();
    const patch = makeBigPatch(300);
    const judging = Object.values(patch.nodes).filter(({ type }) => counting.get(type)?.judge).length;
    const asked = (work: () => void): Counts => {
      for (const what of COUNTED) counts[what] = 0;
      work();
      return { ...counts };
    };
    expect(asked(() => makePlan(patch, counting, {}, OPTIONS))).toEqual({
      ports: 300,
      params: expect.toSatisfy(count => count >= 300 && count <= 600),
      judge: judging,
      latency: 300,
    });
    const store = new PatchStore(patch, structuralParamOf(counting));
    store.dispatch(edits.addNode({ id: 'new', type: 'filter/one-pole', version: 1, position: [0, 0] }));
    store.dispatch(edits.setParam('echo-0', 'time', 9));
    store.dispatch(edits.connect('source-1.out', 'new.in'));
    const after = asked(() => makePlan(store.patch, counting, {}, OPTIONS));
    expect(after).toMatchObject({ ports: 2, judge: judging, latency: 301 });
    const refused = asked(() => checkConnection(store.patch, counting, {}, 'source-1.out', 'gate-0.in'));
    expect(refused).toMatchObject({ ports: 0, latency: 0 });
  });

  it('a node that gets another file, rate or type is asked anew', () => {
    const { counting, counts } = countingRegistry();
    const node = { id: 'n', type: 'neural/neural-model', version: 1, position: [0, 0] } as const;
    const model = { kind: 'model', contract: undefined } as never;
    const gain = counting.get('dynamics/gain');
    const type = counting.get(node.type);
    if (!gain || !type) throw new Error('no such types');
    const shape = shapeNode(gain, node, {}, 48000);
    expect(shapeNode(gain, node, {}, 48000)).toBe(shape);
    expect(shapeNode(gain, { ...node }, {}, 48000)).not.toBe(shape);
    expect(shapeNode(gain, node, {}, 44100).shape.patchRateHz).toBe(44100);
    const before = counts.ports;
    expect(shapeNode(type, node, {}, 44100).type).toBe(type);
    expect(() => shapeNode(type, node, { model }, 44100)).toThrow();
    expect(counts.ports).toBe(before + 2);
  });
});

/** One edit that a person could make, wise or not. */
function randomEdit(random: Random, patch: Patch, step: number): Transaction {
  const ids = Object.keys(patch.nodes);
  const wires = Object.keys(patch.connections);
  const shape = (id: string) => {
    const node = patch.nodes[id];
    const type = registry.get(node.type);
    return type && shapeNode(type, node, {}, patch.sampleRateHz);
  };
  const ends = (direction: 'inlet' | 'outlet'): string[] =>
    ids.flatMap(id =>
      Object.entries(shape(id)?.ports ?? {}).flatMap(([port, { direction: is }]) =>
        is === direction ? `${id}.${port}` : [],
      ),
    );
  const movable = ids.filter(id => Object.keys(shape(id)?.params ?? {}).length > 0);
  switch (random.below(8)) {
    case 0: {
      const type = random.pick(Object.keys(registry.types).filter(each => !each.startsWith('neural/')));
      return edits.addNode({ id: `made-${step}`, type, version: 1, position: [random.below(900), random.below(900)] });
    }
    case 1:
      return edits.removeNodes(patch, [random.pick(ids)]);
    case 2:
    case 3:
      if (ends('inlet').length * ends('outlet').length === 0) return edits.setPatchField('name', 'x');
      return edits.connect(random.pick(ends('outlet')), random.pick(ends('inlet')));
    case 4:
      return wires.length > 0 ? edits.disconnect(random.pick(wires)) : edits.setPatchField('name', 'x');
    case 5:
      return edits.setBypassed(random.pick(ids), random.next() < 0.5);
    case 6:
      return random.next() < 0.2
        ? edits.setPatchField('sampleRateHz', random.pick([44100, 48000]))
        : edits.moveNodes({ [random.pick(ids)]: [random.below(900), random.below(900)] });
    default: {
      const id = random.pick(movable);
      const [param, definition] = random.pick(Object.entries(shape(id)?.params ?? {}));
      if (definition.kind === 'choice') return edits.setParam(id, param, random.pick(definition.choices));
      if (definition.kind === 'text') return edits.setParam(id, param, 'word');
      return edits.setParam(id, param, definition.min + (definition.max - definition.min) * random.next());
    }
  }
}

/** Plans the patch as it came to be, and made of other objects throughout, so that nothing can be kept. */
function expectSamePlan(patch: Patch): ReturnType<typeof makePlan> {
  const kept = makePlan(patch, registry, {}, OPTIONS);
  const fresh = makePlan(structuredClone(patch), registry, {}, OPTIONS);
  expect(kept.problems).toEqual(fresh.problems);
  // A million values in all: too many for a comparison that explains itself.
  expect(isDeepStrictEqual(kept.plan, fresh.plan), 'the plans').toBe(true);
  expect(isDeepStrictEqual(kept.inference.connections, fresh.inference.connections)).toBe(true);
  return kept;
}

describe('PLAN-4 a plan after any edits is the plan of the same patch made from nothing', () => {
  it('when the ports at either end of a connection change', () => {
    const start = makePatch(
      [
        ['in', 'source/audio-input'],
        ['blocks', 'rate/block-adapter', { block: 0 }],
        ['mixer', 'mix/mixer', { inputs: '4' }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > blocks.in', 'blocks.out > mixer.in4', 'mixer.out > out.in'],
    );
    const store = new PatchStore(start, structuralParamOf(registry));
    const codes = (): string[] => expectSamePlan(store.patch).problems.map(({ code }) => code);
    expect(codes()).toEqual([]);
    store.dispatch(edits.setParam('mixer', 'inputs', '2'));
    expect(codes()).toEqual(['E-CONNECTION']);
    store.undo();
    expect(codes()).toEqual([]);
    store.dispatch(edits.setParam('blocks', 'block', 64));
    expect(codes()).toEqual(['E-BLOCK']);
  });

  it.each(many(4, seed => [seed]))(
    'random edits of seed %i',
    seed => {
      const random = makeRandom(400 + seed);
      const bare = makePatch(
        [
          ['in', 'source/audio-input'],
          ['out', 'output/audio-output'],
        ],
        [],
      );
      const store = new PatchStore(seed % 2 ? makeBigPatch(30 + 8 * seed) : bare, structuralParamOf(registry));
      let plans = 0;
      for (let step = 0; step < 70; step++) {
        const roll = random.next();
        if (roll < 0.15 || Object.keys(store.patch.nodes).length < 2) store.undo();
        else if (roll < 0.2) store.redo();
        else if (roll < 0.4) {
          const fix = makePlan(store.patch, registry, {}, OPTIONS).problems.find(problem => problem.fix)?.fix;
          if (fix) store.dispatch(fix.transaction);
        } else store.dispatch(randomEdit(random, store.patch, step));
        if (expectSamePlan(store.patch).plan) plans++;
      }
      expect(plans).toBeGreaterThan(10);
    },
    60_000,
  );
});
