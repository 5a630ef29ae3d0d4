// The shared document: file ↔ Yjs ↔ store, two people at once, undo of one's own. Text forms come from the fixtures that
// Python is held to as well.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { diffPatches } from '../../extension/document/diff.ts';
import { SharedPatch } from '../../extension/document/shared-patch.ts';
import { defineNode } from '../../src/core/define-node.ts';
import {
  addNode,
  connect,
  disconnect,
  moveNodes,
  removeNodes,
  setBypassed,
  setContract,
  setMark,
  setParam,
  setPatchField,
  setResource,
} from '../../src/core/edits.ts';
import { cannot } from '../../src/core/lower.ts';
import { emptyPatch, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { makeRegistry } from '../../src/core/registry.ts';
import { applyTransaction } from '../../src/core/transaction.ts';

const root = join(import.meta.dirname, '../..');
const textsIn = (folder: string): [string, string][] =>
  readdirSync(join(root, folder))
    .filter(name => name.endsWith('.npatch'))
    .map(name => [name, readFileSync(join(root, folder, name), 'utf8')]);

const GAIN: PatchNode = { id: 'gain', type: 'dynamics/gain', version: 1, position: [0, 0] };
const text = (...nodes: PatchNode[]): string =>
  serializePatch({ ...emptyPatch(), nodes: Object.fromEntries(nodes.map(node => [node.id, node])) });

/** Two documents of one patch that hear each other only when `meet` is called. */
function makePair(source: string): { a: SharedPatch; b: SharedPatch; meet(): void } {
  const [a, b] = [SharedPatch.create(), SharedPatch.create()];
  const meet = (): void => {
    const [fromA, fromB] = [
      Y.encodeStateAsUpdate(a.ydoc, Y.encodeStateVector(b.ydoc)),
      Y.encodeStateAsUpdate(b.ydoc, Y.encodeStateVector(a.ydoc)),
    ];
    Y.applyUpdate(a.ydoc, fromB, 'network');
    Y.applyUpdate(b.ydoc, fromA, 'network');
  };
  a.setSource(source);
  meet();
  return { a, b, meet };
}

describe('file and shared document', () => {
  it.each([...textsIn('notebooks/gallery'), ...textsIn('test/fixtures/patches')])(
    '%s comes back byte by byte, also at a second person',
    (_, source) => {
      const { a, b } = makePair(source);
      const wanted = serializePatch(parsePatch(source).patch);
      expect(a.getSource()).toBe(wanted);
      expect(b.getSource()).toBe(wanted);
    },
  );

  it('a newer version is told to everybody, also where somebody else read the file', () => {
    const { a, b } = makePair(JSON.stringify({ ...JSON.parse(text(GAIN)), version: 99 }));
    for (const doc of [a, b]) expect(doc.problems.map(({ code }) => code)).toEqual(['E-VERSION-NEWER']);
    expect(b.getSource()).toContain('"version": 99');
  });

  it('keeps what is no patch as it was, for everybody', () => {
    const { a, b, meet } = makePair('{"nodes": [');
    for (const doc of [a, b]) {
      expect(doc.isUnreadable).toBe(true);
      expect(doc.getSource()).toBe('{"nodes": [');
      expect(doc.problems.map(problem => problem.code)).toEqual(['E-JSON']);
    }
    a.setSource(text(GAIN));
    meet();
    expect(b.isUnreadable).toBe(false);
    expect(b.getSource()).toBe(text(GAIN));
  });

  it('has the three maps of a node from the start and no other empty field', () => {
    const doc = SharedPatch.create();
    doc.setSource(text(GAIN));
    const shared = doc.ydoc.getMap('nodes').toJSON();
    expect(shared).toEqual({ gain: { ...GAIN, params: {}, smoothingMs: {}, resources: {} } });
    expect(doc.store.patch.nodes.gain).toEqual(GAIN);
  });
});

describe('two people', () => {
  it('turn two params of one node at once, also when they are its first', () => {
    const { a, b, meet } = makePair(text(GAIN));
    a.store.dispatch(setParam('gain', 'level', -6));
    b.store.dispatch(setParam('gain', 'other', 3));
    meet();
    expect(a.store.patch.nodes.gain?.params).toEqual({ level: -6, other: 3 });
    expect(b.getSource()).toBe(a.getSource());
  });

  it('undo only what they did themselves', () => {
    const { a, b, meet } = makePair(text(GAIN));
    a.store.dispatch(setParam('gain', 'level', -6));
    meet();
    b.store.dispatch(moveNodes({ gain: [32, 48] }));
    meet();
    expect(a.undo()).toBe(true);
    expect(a.canUndo()).toBe(false);
    meet();
    expect(b.store.patch.nodes.gain).toEqual({ ...GAIN, position: [32, 48] });
    expect(b.undo()).toBe(true);
    meet();
    expect(a.getSource()).toBe(text(GAIN));
  });

  it('do not bring back half a node when one undoes a param and the other removed the node', () => {
    const { a, b, meet } = makePair(text(GAIN));
    a.store.dispatch(setParam('gain', 'level', -6));
    meet();
    b.store.dispatch(removeNodes(b.store.patch, ['gain']));
    meet();
    a.undo();
    meet();
    expect(a.store.patch.nodes).toEqual({});
    expect(b.getSource()).toBe(a.getSource());
  });

  it('agree after edits of every kind', () => {
    const { a, b, meet } = makePair(text(GAIN, { ...GAIN, id: 'gain-2' }));
    a.store.dispatch(connect('gain.out', 'gain-2.in'));
    b.store.dispatch(setMark('notes', 'note', { id: 'note', text: '<b>x</b>', position: [0, 0], size: [64, 64] }));
    b.store.dispatch(setPatchField('name', 'Two'));
    a.store.dispatch(setBypassed('gain', true));
    b.store.dispatch(setResource('gain-2', 'model', 'a.onnx'));
    a.store.dispatch(setContract('gain', { blockFrames: 64 }));
    a.store.dispatch(addNode({ ...GAIN, id: 'gain-3', params: { level: 1 } }));
    meet();
    a.store.dispatch(disconnect('gain.out>gain-2.in'));
    b.store.dispatch(setParam('gain-3', 'level', 2));
    meet();
    expect(b.getSource()).toBe(a.getSource());
    expect(a.store.patch.name).toBe('Two');
    expect(a.store.patch.nodes['gain-3']?.params).toEqual({ level: 2 });
    expect(a.store.patch.connections).toEqual({});
    while (a.undo());
    meet();
    expect(b.store.patch.nodes['gain-3']).toBeUndefined();
    expect(b.store.patch.nodes['gain-2']?.resources).toEqual({ model: 'a.onnx' });
  });
});

describe('node types come after the file', () => {
  /** A product whose Gain is of version 2, with its level in dB/2. */
  const types = makeRegistry({
    'dynamics/gain': defineNode({
      version: 2,
      label: 'Gain',
      help: 'A later one.',
      ports: {},
      params: {},
      kernel: () => undefined,
      lower: cannot('is made up'),
      cases: [{ name: 'nothing', out: {}, tolerance: 0, reference: 'none' }],
      example: () => undefined,
      migrate: { 1: node => ({ ...node, params: { half: Number(node.params?.level) / 2 } }) },
    }),
  });
  const old = text({ ...GAIN, params: { level: 6 } });
  const wanted = { ...GAIN, version: 2, params: { half: 3 } };

  it('an older node stays as it is until they are there; then it is brought up to them, which is no edit', () => {
    const doc = SharedPatch.create();
    doc.setSource(old);
    expect(doc.getSource()).toBe(old);
    let told = 0;
    doc.changed.connect(() => {
      told++;
    });
    doc.useTypes(types);
    expect(doc.store.patch.nodes.gain).toEqual(wanted);
    expect(doc.ydoc.getMap('nodes').toJSON().gain).toMatchObject({ version: 2, params: { half: 3 } });
    expect([told, doc.canUndo()]).toEqual([0, false]);
    doc.setSource(old);
    expect(doc.store.patch.nodes.gain).toEqual(wanted);
  });

  it('where a server read the file, one brings it up for oneself and leaves what is shared', () => {
    const { a, b } = makePair(old);
    b.useTypes(types);
    expect(b.store.patch.nodes.gain).toEqual(wanted);
    expect(a.getSource()).toBe(old);
    expect(b.ydoc.getMap('nodes').toJSON().gain).toMatchObject({ version: 1, params: { level: 6 } });
  });
});

describe('what the document tells', () => {
  it('every edit once or more, and nothing after it is disposed', () => {
    const doc = SharedPatch.create();
    doc.setSource(text(GAIN));
    let count = 0;
    doc.changed.connect(() => count++);
    doc.store.dispatch(setParam('gain', 'level', -6));
    expect(count).toBe(1);
    doc.dispose();
    doc.ydoc.getMap('patch').set('name', 'x');
    expect(count).toBe(1);
  });

  it('forgets undo when the file is read again', () => {
    const doc = SharedPatch.create();
    doc.setSource(text(GAIN));
    doc.store.dispatch(setParam('gain', 'level', -6));
    doc.setSource(text(GAIN));
    expect(doc.canUndo()).toBe(false);
    expect(doc.store.patch.nodes.gain).toEqual(GAIN);
  });
});

describe('difference of two patches', () => {
  const apply = (patch: Patch, to: Patch): Patch =>
    applyTransaction(patch, { label: '', changes: diffPatches(patch, to) }).patch;

  it.each(textsIn('notebooks/gallery'))('carries an empty patch to %s and back', (_, source) => {
    const { patch } = parsePatch(source);
    expect(serializePatch(apply(emptyPatch(), patch))).toBe(source);
    expect(serializePatch(apply(patch, emptyPatch()))).toBe(serializePatch(emptyPatch()));
  });

  it('names one param, not its node', () => {
    const before = parsePatch(text({ ...GAIN, params: { level: 1, other: 2 } })).patch;
    const after = parsePatch(text({ ...GAIN, params: { level: 3, other: 2 } })).patch;
    expect(diffPatches(before, after)).toEqual([{ path: ['nodes', 'gain', 'params', 'level'], value: 3 }]);
    expect(diffPatches(before, before)).toEqual([]);
  });
});
