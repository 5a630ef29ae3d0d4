// Subpatches in the shared document: edits inside them reach the other person, and undo is one's own.
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { SharedPatch } from '../../extension/document/shared-patch.ts';
import { removeNodes, setMark, setParam } from '../../src/core/edits.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
import { atSubpatch, insideSubpatch } from '../../src/core/subpatch.ts';
import { dissolveSubpatch, makeSubpatch } from '../../src/core/subpatch-edits.ts';
import { makePatch, registry } from '../render/helpers.ts';

function makePair(): { a: SharedPatch; b: SharedPatch; meet(): void } {
  const [a, b] = [SharedPatch.create(), SharedPatch.create()];
  const meet = (): void => {
    const [fromA, fromB] = [a, b].map(({ ydoc }) => Y.encodeStateAsUpdate(ydoc));
    Y.applyUpdate(a.ydoc, fromB, 'network');
    Y.applyUpdate(b.ydoc, fromA, 'network');
  };
  const chain = makePatch(
    [
      ['osc', 'source/oscillator'],
      ['gain', 'dynamics/gain', { level: -6 }],
      ['delay', 'time/delay'],
      ['out', 'output/audio-output'],
    ],
    ['osc.out > gain.in', 'gain.out > delay.in', 'delay.out > out.in'],
  );
  a.setSource(serializePatch(chain));
  meet();
  return { a, b, meet };
}

describe('SUBPATCH-6 in a shared document', () => {
  it('made here, edited there, dissolved here; undo takes back one’s own', () => {
    const { a, b, meet } = makePair();
    const first = a.getSource();
    const { transaction, nodeId, subpatchId } = makeSubpatch(a.store.patch, ['gain', 'delay'], 'Pair', registry);
    a.store.dispatch(transaction);
    meet();
    expect(b.store.patch).toEqual(a.store.patch);
    b.store.dispatch(atSubpatch(setParam('gain', 'level', -20), subpatchId));
    b.store.dispatch(
      atSubpatch(setMark('notes', 'note', { id: 'note', text: 'x', position: [0, 0], size: [64, 64] }), subpatchId),
    );
    b.store.dispatch(atSubpatch(removeNodes(insideSubpatch(b.store.patch, subpatchId), ['delay']), subpatchId));
    meet();
    expect(a.store.patch).toEqual(b.store.patch);
    expect(a.store.patch.subpatches[subpatchId].nodes.gain.params).toEqual({ level: -20 });
    expect(Object.keys(a.store.patch.subpatches[subpatchId].notes)).toEqual(['note']);
    for (let n = 0; n < 3; n++) b.undo();
    meet();
    a.store.dispatch(dissolveSubpatch(a.store.patch, nodeId)!.transaction);
    meet();
    expect([a.getSource(), b.getSource()]).toEqual([first, first]);
    a.undo();
    a.undo();
    meet();
    expect(b.getSource()).toBe(first);
  });

  it('everything inside can be taken away, and it stays a subpatch', () => {
    const { a, b, meet } = makePair();
    const { transaction, subpatchId } = makeSubpatch(a.store.patch, ['gain', 'delay'], 'Pair', registry);
    a.store.dispatch(transaction);
    const inside = insideSubpatch(a.store.patch, subpatchId);
    a.store.dispatch(atSubpatch(removeNodes(inside, Object.keys(inside.nodes)), subpatchId));
    meet();
    expect(b.store.patch.subpatches[subpatchId]).toMatchObject({ name: 'Pair', nodes: {}, connections: {} });
    expect(b.getSource()).toBe(a.getSource());
    a.undo();
    meet();
    expect(Object.keys(b.store.patch.subpatches[subpatchId].nodes)).toContain('delay');
  });
});
