// Subpatches are made, dissolved, saved and inserted: the patch comes back as it was, and sounds as before.
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../src/core/patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { PatchStore } from '../../src/core/store.ts';
import { atSubpatch, insideSubpatch, patchOfSubpatch } from '../../src/core/subpatch.ts';
import { dissolveSubpatch, insertPatch, makeSubpatch } from '../../src/core/subpatch-edits.ts';
import { applyTransaction, type Transaction } from '../../src/core/transaction.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';
import { makeRandom, type Random, randomPatch } from './random.ts';

const apply = (patch: Patch, { changes, label }: Transaction): Patch =>
  applyTransaction(patch, { changes, label }).patch;
const someOf = (random: Random, ids: readonly string[]): string[] => ids.filter(() => random.next() < 0.5);

/** Makes a subpatch of some nodes, perhaps another inside it, and dissolves both again. */
function thereAndBack(patch: Patch, random: Random): { made: Patch; back: Patch } {
  const { transaction, nodeId, subpatchId } = makeSubpatch(
    patch,
    someOf(random, Object.keys(patch.nodes)),
    'A',
    registry,
  );
  let made = apply(patch, transaction);
  const inside = insideSubpatch(made, subpatchId);
  const own = Object.keys(inside.nodes).filter(id => Object.hasOwn(patch.nodes, id));
  const inner = makeSubpatch(inside, someOf(random, own), 'B', registry);
  made = apply(made, atSubpatch(inner.transaction, subpatchId));
  const first = dissolveSubpatch(insideSubpatch(made, subpatchId), inner.nodeId);
  if (random.next() < 0.5) {
    // From outside in: what was inside twice stands in the patch once.
    const outer = apply(made, dissolveSubpatch(made, nodeId)!.transaction);
    const left = Object.values(outer.nodes).find(node => node.params?.patch === inner.subpatchId)!.id;
    return { made, back: apply(outer, dissolveSubpatch(outer, left)!.transaction) };
  }
  const again = apply(made, atSubpatch(first!.transaction, subpatchId));
  return { made, back: apply(again, dissolveSubpatch(again, nodeId)!.transaction) };
}

describe('SUBPATCH-6 nodes become a subpatch, and it is dissolved', () => {
  it('random patches, one in another, come back to the byte', () => {
    const random = makeRandom(6);
    for (let n = 0; n < 300; n++) {
      const patch = randomPatch(random, 2 + random.below(12));
      const { made, back } = thereAndBack(patch, random);
      expect(serializePatch(back), `patch ${n}`).toBe(serializePatch(patch));
      // What was made is a file like any other.
      expect(serializePatch(parsePatch(serializePatch(made)).patch), `made ${n}`).toBe(serializePatch(made));
    }
  });

  it('each is one step of undo and redo', () => {
    const random = makeRandom(7);
    for (let n = 0; n < 50; n++) {
      const store = new PatchStore(randomPatch(random, 8), () => false);
      const texts = [serializePatch(store.patch)];
      const step = (transaction: Transaction): void => {
        store.dispatch(transaction);
        texts.push(serializePatch(store.patch));
      };
      const made = makeSubpatch(store.patch, someOf(random, Object.keys(store.patch.nodes)), 'A', registry);
      step(made.transaction);
      step(insertPatch(store.patch, patchOfSubpatch(store.patch, made.subpatchId), [0, 0], registry).transaction);
      step(dissolveSubpatch(store.patch, made.nodeId)!.transaction);
      for (let at = texts.length - 2; at >= 0; at--) {
        store.undo();
        expect(serializePatch(store.patch)).toBe(texts[at]);
      }
      for (const text of texts.slice(1)) {
        store.redo();
        expect(serializePatch(store.patch)).toBe(text);
      }
    }
  });

  it('what is made sounds as before, with knobs and control signals across its border', async () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['knob', 'control/knob', { min: -60, max: 0, value: -6, unit: 'dB' }],
        ['gain', 'dynamics/gain', { level: 0 }],
        ['delay', 'time/delay', { time: 3 }],
        ['filter', 'filter/one-pole'],
        ['limiter', 'dynamics/limiter'],
        ['out', 'output/audio-output'],
      ],
      [
        'input.out > gain.in',
        'knob.out > gain.level',
        'gain.out > delay.in',
        'delay.out > filter.in',
        'filter.out > limiter.in',
        'gain.out > out.in',
        'limiter.out > out.in',
      ],
    );
    const heard = async (played: Patch): Promise<Float32Array> => {
      expect(makePlan(played, registry, {}).problems).toEqual([]);
      const inputs = { input: [noise(4800, 5)] };
      return (await renderPatch({ patch: played, registry, resources: {}, frames: 4800, inputs })).outputs.out[0];
    };
    const before = await heard(patch);
    const random = makeRandom(9);
    const nodes = ['knob', 'gain', 'delay', 'filter', 'limiter'];
    for (let n = 0; n < 12; n++) {
      const made = makeSubpatch(patch, someOf(random, nodes), 'Some', registry);
      const played = apply(patch, made.transaction);
      // Sums may be added up in another order.
      expect(nullDb(await heard(played), before)).toBeLessThan(-130);
      expect(makePlan(played, registry, {}).plan?.latencySamples).toBe(
        makePlan(patch, registry, {}).plan?.latencySamples,
      );
    }
  });

  it('a setting that was turned outside is the knob’s when it is dissolved; other copies stay', () => {
    const inner = makePatch([['level', 'control/knob', { value: 0.5 }]], []);
    const { transaction, nodeId, subpatchId } = insertPatch(
      makePatch([], []),
      { ...inner, name: 'K' },
      [16, 32],
      registry,
    );
    let patch = apply(makePatch([], []), transaction);
    patch = apply(patch, { label: '', changes: [{ path: ['nodes', nodeId, 'params', 'level'], value: 0.75 }] });
    const two = { ...patch, nodes: { ...patch.nodes, second: { ...patch.nodes[nodeId], id: 'second' } } };
    const once = apply(two, dissolveSubpatch(two, nodeId)!.transaction);
    expect(once.nodes.level).toMatchObject({ params: { value: 0.75 }, position: [16, 32] });
    expect(Object.keys(once.subpatches)).toEqual([subpatchId]);
    const none = apply(once, dissolveSubpatch(once, 'second')!.transaction);
    expect([Object.keys(none.nodes), Object.keys(none.subpatches)]).toEqual([['level', 'level-2'], []]);
  });
});

describe('SUBPATCH-7 saved and inserted', () => {
  it('a subpatch is a file with all that it needs, and comes in again under free ids', () => {
    const deep = { ...makePatch([['gain', 'dynamics/gain']], []), name: 'Deep' };
    const one = insertPatch(makePatch([], []), deep, [0, 0], registry);
    const holder = { ...apply(makePatch([], []), one.transaction), name: 'Echo' };
    const two = insertPatch(makePatch([], []), holder, [0, 0], registry);
    const patch = apply(makePatch([], []), two.transaction);
    expect(Object.keys(patch.subpatches).sort()).toEqual(['deep', 'echo']);
    const saved = patchOfSubpatch(patch, 'echo');
    expect(Object.keys(saved.subpatches)).toEqual(['deep']);
    const { patch: read, problems } = parsePatch(serializePatch(saved));
    expect(problems).toEqual([]);
    const again = apply(patch, insertPatch(patch, read, [0, 0], registry).transaction);
    expect(Object.keys(again.subpatches).sort()).toEqual(['deep', 'deep-2', 'echo', 'echo-2']);
    expect(Object.values(again.subpatches['echo-2'].nodes)[0].params).toEqual({ patch: 'deep-2' });
    expect(makePlan(again, registry, {}).problems.filter(({ code }) => code === 'E-SUBPATCH')).toEqual([]);
  });
});
