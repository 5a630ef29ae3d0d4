// Seeded randomness and random patches for property tests. Owns test data only.
import { type Connection, emptyPatch, makeConnection, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { emptySubpatch } from '../../src/core/subpatch.ts';

export interface Random {
  /** Uniform in 0…1. */
  next(): number;
  /** Whole number in 0…n−1. */
  below(n: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** Mulberry32, a public-domain generator by T. Ettinger. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { next, below, pick: items => items[below(items.length)] };
}

const TYPES = ['dynamics/gain', 'time/delay', 'filter/biquad-filter', 'unknown/thing', 'mix/dry-wet'];

/** A patch of `count` nodes with every optional field in use somewhere; need not make sense as sound. */
export function randomPatch(random: Random, count: number): Patch {
  const nodes: Record<string, PatchNode> = {};
  const ids = Array.from({ length: count }, (_, i) => `node-${i}`);
  for (const id of ids) {
    nodes[id] = {
      id,
      type: random.pick(TYPES),
      version: 1 + random.below(2),
      position: [random.below(1000), 16 - random.below(1000)],
      ...(random.next() < 0.5 ? { params: { level: random.next(), shape: 'sine' } } : {}),
      ...(random.next() < 0.3 ? { smoothingMs: { level: random.below(100) } } : {}),
      ...(random.next() < 0.3 ? { resources: { model: 'models/a.onnx' } } : {}),
      ...(random.next() < 0.3 ? { contract: { sampleRateHz: 44100, states: [{ input: 'h' }] } } : {}),
      ...(random.next() < 0.3 ? { label: 'My <b>name</b>' } : {}),
      ...(random.next() < 0.2 ? { isBypassed: true } : {}),
      ...(random.next() < 0.2 ? { explain: 'it smooths' } : {}),
      ...(random.next() < 0.2 ? { extra: { newField: [1, { a: null }] } } : {}),
    };
  }
  const connections: Record<string, Connection> = {};
  for (let i = 0; i < count; i++) {
    const connection = makeConnection(`${random.pick(ids)}.out`, `${random.pick(ids)}.in`);
    connections[connection.id] = random.next() < 0.2 ? { ...connection, extra: { colour: 'red' } } : connection;
  }
  return {
    ...emptyPatch('random'),
    description: 'words',
    nodes,
    connections,
    frames: { frame: { id: 'frame', label: 'A', position: [0, 0], size: [10, 10] } },
    notes: { note: { id: 'note', text: '<script>alert(1)</script>', position: [0, 0], size: [10, 10] } },
    subpatches: {
      inner: {
        ...emptySubpatch('Inner'),
        nodes: { a: { id: 'a', type: 'dynamics/gain', version: 1, position: [0, 0] } },
      },
    },
    extra: { newThing: { deep: [true] } },
  };
}
