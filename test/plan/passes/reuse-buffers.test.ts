// The pass 'reuse-buffers': fewer buffers, none shared by two signals that are needed at once, the same sound bit by bit, and everything
// can still be looked at.
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../../src/core/patch.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { findRows, type Row } from '../../../src/plan/passes/cascade.ts';
import { pairRows, type RowGroup } from '../../../src/plan/passes/pair-branches.ts';
import { ALL_PASSES, type PassName } from '../../../src/plan/passes/pass-name.ts';
import { ownBuffers, shareBuffers } from '../../../src/plan/passes/reuse-buffers.ts';
import type { Plan, SignalId } from '../../../src/plan/plan.ts';
import { Executor } from '../../../src/render/executor.ts';
import { makeRandom } from '../../core/random.ts';
import { makePatch, noise, registry } from '../../render/helpers.ts';
import { randomSound } from '../random-sound.ts';

const OWN: ReadonlySet<PassName> = new Set([...ALL_PASSES].filter(name => name !== 'reuse-buffers'));
const planOf = (patch: Patch): Plan | undefined => makePlan(patch, registry, {}, { maxFrames: 128 }).plan;

/** What is played as one: rows, and pairs of rows. */
function groupsOf(plan: Plan): RowGroup[] {
  const rows = findRows(plan, ({ type }) => registry.get(type)?.linear !== undefined, 1);
  const filtersIn = (row: Row): number =>
    row.filter(id => registry.get(plan.nodes[id].type)?.linear?.state !== undefined).length;
  return pairRows(plan, rows, filtersIn);
}
const share = (plan: Plan) =>
  shareBuffers(
    plan,
    groupsOf(plan).map(rows => rows.flat()),
  );

/** A row of waveshapers: each needs the one before alone. */
const chain = (count: number): Patch => {
  const ids = Array.from({ length: count }, (_, k) => `n${k}`);
  return makePatch(
    [
      ['in', 'source/audio-input', { channels: 'stereo' }],
      ...ids.map(id => [id, 'dynamics/waveshaper', { drive: 3 }] as const),
      ['out', 'output/audio-output', {}],
    ],
    ['in', ...ids].map((id, k) => `${id}.out > ${[...ids, 'out'][k]}.in`),
  );
};

/** Branches of one channel side by side, each a few filters, gains and curves; some begin within another one. */
function branches(seed: number): Patch {
  const random = makeRandom(seed);
  const nodes: (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['in', 'source/audio-input', { channels: 'mono' }],
  ];
  const wires: string[] = [];
  const ends = Array.from({ length: 4 }, () => {
    let last = random.pick(nodes)[0];
    for (let left = 1 + random.below(4); left > 0; left--) {
      const id = `n${nodes.length}`;
      nodes.push([
        id,
        random.pick(['filter/biquad-filter', 'filter/one-pole', 'dynamics/gain', 'dynamics/waveshaper']),
        {},
      ]);
      wires.push(`${last}.out > ${id}.in`);
      last = id;
    }
    return last;
  });
  return makePatch(
    [...nodes, ['mix', 'mix/mixer', { inputs: '4' }], ['out', 'output/audio-output', {}]],
    [...wires, ...ends.map((id, k) => `${id}.out > mix.in${k + 1}`), 'mix.out > out.in'],
  );
}

interface Call {
  readonly reads: readonly SignalId[];
  readonly writes: readonly SignalId[];
}

/** What the calls of the root read and write, in order; groups in the place of their last node, `asOne` or node by node. */
function callsOf(plan: Plan, asOne: boolean): Call[] {
  const groups = groupsOf(plan);
  const callOf = (first: string, last = first): Call => ({
    reads: Object.values(plan.nodes[first].inlets),
    writes: Object.values(plan.nodes[last].outlets),
  });
  return plan.root.items.flatMap(item => {
    if ('items' in item)
      return [{ reads: item.imports.map(({ outer }) => outer), writes: item.exports.map(({ outer }) => outer) }];
    if (item.kind !== 'node')
      return [{ reads: item.kind === 'sum' ? [...item.inputs] : [item.input], writes: [item.output] }];
    const rows = groups.find(group => group.flat().includes(item.nodeId)) ?? [[item.nodeId]];
    if (rows.flat().at(-1) !== item.nodeId) return [];
    if (!asOne) return rows.flat().map(id => callOf(id));
    const calls = rows.map(row => callOf(row[0], row.at(-1)));
    return [{ reads: calls.flatMap(({ reads }) => reads), writes: calls.flatMap(({ writes }) => writes) }];
  });
}

/** Plays the plan with names for numbers: every reader has to find what its writer left. */
function expectUnspoilt(plan: Plan, asOne: boolean): number {
  const { buffers, like } = share(plan);
  const holds = new Map<number, string>();
  const written = new Set<SignalId>();
  for (const { reads, writes } of callsOf(plan, asOne)) {
    for (const signal of reads)
      buffers[signal].forEach((buffer, c) => {
        if (written.has(signal)) expect(holds.get(buffer)).toBe(`${signal} ${c}`);
      });
    for (const signal of writes) {
      written.add(signal);
      buffers[signal].forEach((buffer, c) => {
        // No kernel writes over what it reads, nor two signals into one buffer.
        for (const read of reads) expect(buffers[read]).not.toContain(buffer);
        for (const other of writes) if (other !== signal) expect(buffers[other]).not.toContain(buffer);
        holds.set(buffer, `${signal} ${c}`);
      });
    }
  }
  for (const { signal } of plan.outputs)
    buffers[signal].forEach((buffer, c) => {
      if (written.has(signal)) expect(holds.get(buffer)).toBe(`${signal} ${c}`);
    });
  return ownBuffers(plan).like.length - like.length;
}

describe('reuse-buffers', () => {
  it('a chain of any length needs two stereo buffers and its ends', () => {
    for (const count of [4, 20, 50]) {
      const plan = planOf(chain(count)) as Plan;
      const { like } = share(plan);
      expect([ownBuffers(plan).like.length, like.length]).toEqual([2 * (count + 1), 8]);
    }
  });

  it('no reader finds what somebody else wrote, in random sounds', () => {
    let saved = 0;
    let plans = 0;
    let pairs = 0;
    const sounds = Array.from({ length: 60 }, (_, seed) => randomSound(makeRandom(900 + seed), {}));
    const desks = Array.from({ length: 40 }, (_, seed) => ({ patch: branches(seed), resources: {} }));
    for (const { patch, resources } of [...sounds, ...desks]) {
      const { plan } = makePlan(patch, registry, resources);
      if (!plan) continue;
      plans++;
      pairs += groupsOf(plan).filter(({ length }) => length === 2).length;
      saved += expectUnspoilt(plan, false);
      expectUnspoilt(plan, true);
    }
    expect(pairs).toBeGreaterThan(20);
    expect(plans).toBeGreaterThan(60);
    expect(saved).toBeGreaterThan(100);
  });

  it('changes no bit of the sound, and what is watched is what was written', () => {
    const patch = chain(9);
    const plan = planOf(patch) as Plan;
    const [shared, own] = [
      new Executor({ plan, registry, resources: {} }),
      new Executor({ plan, registry, resources: {}, passes: OWN }),
    ];
    const watched = Object.values(plan.nodes)
      .filter(({ type }) => type === 'dynamics/waveshaper')
      .map(({ outlets }) => outlets.out);
    for (let block = 0; block < 8; block++) {
      // Looked at from the fourth block on, one after the other.
      const looked = block < 4 ? [] : watched.slice(0, 2 * (block - 3));
      looked.forEach(signal => shared.watch(signal));
      for (const executor of [shared, own]) {
        executor.audio(plan.inputs[0].signal).forEach((input, c) => input.set(noise(128, 10 * block + c)));
        executor.process(128);
      }
      for (const signal of [plan.outputs[0].signal, ...looked])
        own
          .audio(signal)
          .forEach((x, c) => expect(shared.audio(signal)[c].subarray(0, 128)).toEqual(x.subarray(0, 128)));
    }
    expect(shared.watch(plan.outputs[0].signal)).toBe(true);
    expect(shared.watch(watched[0])).toBe(true);
    // Once nobody looks, all is as before: it is not there, and steps of others stay.
    shared.unwatch(watched[0]);
    expect(shared.watch(watched[1])).toBe(true);
    expect(shared.watch(watched[0])).toBe(false);
    shared.unwatch(watched[0]);
    for (const executor of [shared, own]) executor.process(128);
    for (const signal of [plan.outputs[0].signal, watched[1]])
      own.audio(signal).forEach((x, c) => expect(shared.audio(signal)[c]).toEqual(x));
  });
});
