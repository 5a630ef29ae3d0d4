// The session of an open patch: a server that refuses a file must not keep the patch from the engine, nor later edits.
import { describe, expect, it } from 'vitest';
import { PatchSession } from '../../extension/editor/patch-session.ts';
import { addNode, setResource } from '../../src/core/edits.ts';
import { structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import { withFiles } from '../engine/bench.ts';
import { makePatch, registry } from '../render/helpers.ts';

const patch = withFiles(
  makePatch(
    [
      ['player', 'source/audio-file-player'],
      ['out', 'output/audio-output'],
    ],
    ['player.out > out.in'],
  ),
  { player: { audio: 'folder' } },
);

describe('a server that refuses to read', () => {
  it('is told with its words, the patch is planned all the same, and edits after it arrive', async () => {
    const store = new PatchStore(patch, structuralParamOf(registry));
    const session = new PatchSession({
      store,
      read: async path => {
        throw new Error(`HTTP 400: ${path} is not a file`);
      },
      fileProblems: () => [],
    });
    await session.loaded;
    expect(session.host.made?.plan).toBeDefined();
    expect(session.view.plan?.problems.map(({ code, message }) => [code, message])).toEqual([
      ['E-RESOURCE-MISSING', expect.stringContaining('folder is not a file')],
    ]);
    store.dispatch(addNode({ id: 'gain', type: 'dynamics/gain', version: 1, position: [0, 0] }));
    expect(Object.keys(session.host.made?.plan?.nodes ?? {})).toContain('gain');
    store.dispatch(setResource('player', 'audio', 'other'));
    await session.loaded;
    expect(session.view.plan?.problems.map(({ message }) => message).join()).toContain('other is not a file');
    await session.dispose();
  });
});
