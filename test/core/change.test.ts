// Transactions, the store's history and the edits of a person.
import { describe, expect, it } from 'vitest';
import * as edits from '../../src/core/edits.ts';
import { fixCycle } from '../../src/core/fixes.ts';
import { emptyPatch, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { PatchStore, type StoreChange } from '../../src/core/store.ts';
import { applyTransaction, classifyTransaction, type Transaction } from '../../src/core/transaction.ts';
import { registry } from '../render/helpers.ts';
import { makeRandom, type Random, randomPatch } from './random.ts';

const isStructural = (_type: string, param: string): boolean => param === 'channels';
const node = (id: string, more: Partial<PatchNode> = {}): PatchNode => ({
  id,
  type: 'dynamics/gain',
  version: 1,
  position: [0, 0],
  ...more,
});
const withNodes = (...nodes: PatchNode[]): Patch => ({
  ...emptyPatch(),
  nodes: Object.fromEntries(nodes.map(n => [n.id, n])),
});

function randomEdit(patch: Patch, random: Random): Transaction {
  const ids = Object.keys(patch.nodes);
  const id = ids.length > 0 && random.next() < 0.9 ? random.pick(ids) : 'ghost';
  const other = ids.length > 0 ? random.pick(ids) : 'ghost';
  const makers: (() => Transaction)[] = [
    () => edits.addNode(node(edits.freeNodeId(patch, 'dynamics/gain'))),
    () => edits.removeNodes(patch, [id, other]),
    () => edits.connect(`${id}.out`, `${other}.in`),
    () => edits.disconnect(random.pick([...Object.keys(patch.connections), 'none'])),
    () => edits.moveNodes({ [id]: [random.below(9), 1], [other]: [2, random.below(9)] }),
    () => edits.setParam(id, random.pick(['level', 'mix']), random.next()),
    () => ({ label: 'unset', changes: [{ path: ['nodes', id, 'params', 'level'], value: undefined }] }),
    () => edits.setSmoothing(id, 'level', random.below(50)),
    () => edits.setLabel(id, random.pick(['', 'name'])),
    () => edits.setBypassed(id, random.next() < 0.5),
    () => edits.setResource(id, 'model', 'a.onnx'),
    () => edits.setContract(id, random.next() < 0.5 ? undefined : { sampleRateHz: 44100 }),
    () => edits.setPatchField('name', random.pick(['a', 'b'])),
    () => edits.setMark('notes', 'note', random.next() < 0.5 ? undefined : 'words', 'text'),
    () => edits.setMark('frames', 'frame', undefined),
    () => edits.pasteFragment(patch, edits.copyFragment(patch, ids.slice(0, 3)), [8, 8]).transaction,
  ];
  return random.pick(makers)();
}

describe('CHANGE-1 every transaction has an inverse', () => {
  it('1,000 random edits, each undone exactly, and all undone at the end', () => {
    const random = makeRandom(3);
    let patch = randomPatch(random, 5);
    const start = patch;
    const frozen = JSON.stringify(start);
    const back: Transaction[] = [];
    for (let n = 0; n < 1000; n++) {
      const { patch: next, inverse } = applyTransaction(patch, randomEdit(patch, random));
      expect(applyTransaction(next, inverse).patch, inverse.label).toEqual(patch);
      patch = next;
      back.push(inverse);
    }
    for (const inverse of back.reverse()) patch = applyTransaction(patch, inverse).patch;
    expect(patch).toEqual(start);
    expect(JSON.stringify(start)).toBe(frozen);
  });

  it('many changes in one tree leave the old patch as it was, and are undone', () => {
    const before = withNodes(node('old', { params: { level: 1 } }));
    const changes = Array.from({ length: 500 }, (_, i) => ({
      path: ['nodes', `gain-${i}`],
      value: node(`gain-${i}`) as never,
    }));
    const level = { path: ['nodes', 'old', 'params', 'level'], value: undefined };
    const { patch, inverse } = applyTransaction(before, { label: 'x', changes: [...changes, level] });
    expect(Object.keys(patch.nodes)).toHaveLength(501);
    expect(patch.nodes.old).toEqual(node('old'));
    expect(before).toEqual(withNodes(node('old', { params: { level: 1 } })));
    expect(applyTransaction(patch, inverse).patch).toEqual(before);
  });

  it('setting a first param and taking it back leaves no empty field', () => {
    const patch = withNodes(node('gain'));
    const { patch: next, inverse } = applyTransaction(patch, edits.setParam('gain', 'level', 3));
    expect(next.nodes.gain.params).toEqual({ level: 3 });
    expect(Object.hasOwn(applyTransaction(next, inverse).patch.nodes.gain, 'params')).toBe(false);
  });
});

describe('CHANGE-2 a change belongs to a class', () => {
  const patch = withNodes(node('gain'));
  it.each<[string, Transaction, string]>([
    ['move', edits.moveNodes({ gain: [1, 1] }), 'layout'],
    ['rename', edits.setLabel('gain', 'x'), 'layout'],
    ['note', edits.setMark('notes', 'n', { id: 'n', text: '' }), 'layout'],
    ['name', edits.setPatchField('name', 'x'), 'layout'],
    ['param', edits.setParam('gain', 'level', 1), 'param'],
    ['smoothing', edits.setSmoothing('gain', 'level', 1), 'param'],
    ['structural param', edits.setParam('gain', 'channels', 'stereo'), 'structure'],
    ['bypass', edits.setBypassed('gain', true), 'structure'],
    ['model', edits.setResource('gain', 'model', 'a.onnx'), 'structure'],
    ['rate', edits.setPatchField('sampleRateHz', 44100), 'structure'],
    ['add', edits.addNode(node('b')), 'structure'],
    ['connect', edits.connect('gain.out', 'gain.in'), 'structure'],
    [
      'move and param',
      {
        label: '',
        changes: [...edits.moveNodes({ gain: [1, 1] }).changes, ...edits.setParam('gain', 'level', 1).changes],
      },
      'param',
    ],
  ])('%s', (_name, transaction, kind) => {
    expect(classifyTransaction(transaction, patch, isStructural)).toBe(kind);
  });
});

describe('CHANGE-3 a change to what is gone is left out', () => {
  it('a drag goes on after somebody else deleted the node: no half node appears', () => {
    const patch = withNodes(node('gain'));
    for (const transaction of [
      edits.setParam('ghost', 'level', 1),
      edits.moveNodes({ ghost: [1, 1] }),
      edits.setLabel('ghost', 'x'),
      edits.setMark('notes', 'ghost', 'x', 'text'),
    ]) {
      const { patch: next, inverse } = applyTransaction(patch, transaction);
      expect(next).toEqual(patch);
      expect(applyTransaction(next, inverse).patch).toEqual(patch);
    }
  });

  it('a key of object machinery becomes a plain key', () => {
    const { patch } = applyTransaction(withNodes(), {
      label: '',
      changes: [{ path: ['nodes', '__proto__'], value: { polluted: 1 } }],
    });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(patch.nodes)).toBe(Object.prototype);
  });
});

describe('UNDO-1 one gesture is one step', () => {
  const store = (): PatchStore => new PatchStore(withNodes(node('gain', { params: { level: 0 } })), isStructural);

  it('merges a drag, goes back to where it started, and forward to where it ended', () => {
    const s = store();
    for (let level = 1; level <= 50; level++) s.dispatch(edits.setParam('gain', 'level', level, 'drag'));
    s.endGesture();
    s.dispatch(edits.setParam('gain', 'level', 99, 'drag'));
    s.undo();
    expect(s.patch.nodes.gain.params?.level).toBe(50);
    s.undo();
    expect(s.patch.nodes.gain.params?.level).toBe(0);
    expect(s.canUndo).toBe(false);
    s.redo();
    expect(s.patch.nodes.gain.params?.level).toBe(50);
  });

  it('a drag of 10,000 moves is undone by one change', () => {
    const s = store();
    for (let n = 0; n < 10_000; n++) s.dispatch(edits.moveNodes({ gain: [n, n] }, 'drag'));
    let told: StoreChange | undefined;
    s.subscribe(change => {
      told = change;
    });
    s.undo();
    expect(told?.transaction.changes).toHaveLength(1);
    expect(s.patch.nodes.gain.position).toEqual([0, 0]);
  });

  it('a new edit clears redo; an empty one does nothing', () => {
    const s = store();
    s.dispatch(edits.setParam('gain', 'level', 1));
    s.undo();
    s.dispatch({ label: 'nothing', changes: [] });
    expect(s.canRedo).toBe(true);
    s.dispatch(edits.setParam('gain', 'level', 2));
    expect(s.canRedo).toBe(false);
    expect(s.undoLabel).toBe('Set gain.level');
  });

  it('listeners see the history as it is after the change, and may dispatch', () => {
    const s = store();
    const seen: boolean[] = [];
    const stop = s.subscribe(() => seen.push(s.canUndo));
    s.dispatch(edits.setParam('gain', 'level', 1));
    s.undo();
    expect(seen).toEqual([true, false]);
    stop();
    let once = true;
    s.subscribe(() => {
      if (once) {
        once = false;
        s.dispatch(edits.setLabel('gain', 'inner'));
      }
    });
    s.dispatch(edits.setParam('gain', 'level', 7));
    s.undo();
    expect(s.patch.nodes.gain.label).toBeUndefined();
    expect(s.patch.nodes.gain.params?.level).toBe(7);
  });
});

describe("UNDO-2 other people's edits have no undo", () => {
  it('tells them as remote, keeps them, and undoes one’s own around them', () => {
    const store = new PatchStore(withNodes(node('gain'), node('other')), isStructural);
    const origins: string[] = [];
    store.subscribe(change => origins.push(`${change.origin} ${change.kind}`));
    store.dispatch(edits.setParam('gain', 'level', 5));
    store.applyRemote(edits.setParam('other', 'level', 8));
    expect(store.undo()).toBe(true);
    expect(store.undo()).toBe(false);
    expect(store.patch.nodes.other.params?.level).toBe(8);
    expect(store.patch.nodes.gain.params).toBeUndefined();
    expect(origins).toEqual(['local param', 'remote param', 'local param']);
  });
});

describe('EDIT-1 paste keeps inner wires and gives new ids', () => {
  const wired = applyTransaction(
    applyTransaction(withNodes(node('gain'), node('gain-2'), node('far')), edits.connect('gain.out', 'gain-2.in'))
      .patch,
    edits.connect('far.out', 'gain.in'),
  ).patch;

  it('copies the wire between the two, not the one from outside', () => {
    const fragment = edits.copyFragment(wired, ['gain', 'gain-2']);
    const { transaction, ids } = edits.pasteFragment(wired, fragment, [16, 32]);
    const { patch } = applyTransaction(wired, transaction);
    expect(ids).toEqual(['gain-3', 'gain-4']);
    expect(patch.nodes['gain-3'].position).toEqual([16, 32]);
    expect(Object.keys(patch.connections).sort()).toEqual([
      'far.out>gain.in',
      'gain-3.out>gain-4.in',
      'gain.out>gain-2.in',
    ]);
  });

  it('removing a node takes its connections, inserting one splits a connection', () => {
    const removed = applyTransaction(wired, edits.removeNodes(wired, ['gain'])).patch;
    expect(Object.keys(removed.connections)).toEqual([]);
    const inserted = applyTransaction(
      wired,
      edits.insertInto(wired.connections['gain.out>gain-2.in'], node('mid'), 'in', 'out'),
    ).patch;
    expect(Object.keys(inserted.connections).sort()).toEqual([
      'far.out>gain.in',
      'gain.out>mid.in',
      'mid.out>gain-2.in',
    ]);
  });

  it('a free id is no longer than an id may be', () => {
    const long = 'x'.repeat(64);
    expect(edits.freeNodeId(withNodes(node(long)), `any/${long}`).length).toBeLessThanOrEqual(64);
  });
});

describe('places for new nodes', () => {
  const at = (x: number, y: number) => ({
    ...emptyPatch(),
    nodes: { a: { id: 'a', type: 'dynamics/gain', version: 1, position: [x, y] as const } },
  });

  it('FIX-1 a free place is kept, on the grid of 16 px', () => {
    expect(edits.freePosition(at(0, 0), [405, 3])).toEqual([400, 0]);
  });

  it('FIX-1 a taken place gives the nearest free one below or to the right', () => {
    const [x, y] = edits.freePosition(at(64, 64), [64, 64]);
    expect(Math.max((x - 64) / 224, (y - 64) / 112)).toBeGreaterThanOrEqual(1);
    expect([x, y]).toEqual([64, 176]);
  });

  it('FIX-1 it is the nearest of all by rings, whatever lies around, and each node is asked for few of them', () => {
    const random = makeRandom(7);
    for (let round = 0; round < 60; round++) {
      let reads = 0;
      const count = 1 + random.below(120);
      const corners = Array.from(
        { length: count },
        () => [random.below(1600) - 400, random.below(1200) - 300] as const,
      );
      const nodes = Object.fromEntries(
        corners.map((position, n) => {
          const made = { ...node(`n-${n}`), position };
          return [made.id, Object.defineProperty(made, 'position', { get: () => (reads++, position) })];
        }),
      );
      const wanted = [random.below(1200), random.below(800)] as const;
      const isFree = (x: number, y: number): boolean =>
        corners.every(corner => Math.abs(corner[0] - x) >= 224 || Math.abs(corner[1] - y) >= 112);
      const [left, top] = wanted.map(value => Math.round(value / 16) * 16);
      const nearest = (): [number, number] => {
        for (let ring = 0; ; ring += 16)
          for (let along = 0; along <= ring; along += 16) {
            if (isFree(left + ring, top + along)) return [left + ring, top + along];
            if (isFree(left + along, top + ring)) return [left + along, top + ring];
          }
      };
      expect(edits.freePosition({ ...emptyPatch(), nodes }, wanted)).toEqual(nearest());
      expect(reads).toBe(count);
    }
  });

  it('FIX-1 the Delay that a cycle is mended with repeats nothing by itself', () => {
    const fix = fixCycle(
      applyTransaction(
        applyTransaction(at(0, 0), edits.addNode({ id: 'b', type: 'dynamics/gain', version: 1, position: [0, 112] }))
          .patch,
        edits.connect('a.out', 'b.in'),
      ).patch,
      registry,
      { id: 'a.out>b.in', from: { node: 'a', port: 'out' }, to: { node: 'b', port: 'in' } },
    );
    const added = fix?.transaction.changes.find(({ path }) => path[0] === 'nodes')?.value;
    expect(added).toMatchObject({ type: 'time/delay', params: { time: 0, feedback: 0 } });
  });
});
