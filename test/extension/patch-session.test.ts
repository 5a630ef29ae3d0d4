// The session of an open patch: a server that refuses a file must not keep the patch from the engine, nor later edits; and a plan must
// not keep the page from its first picture.
import { afterEach, describe, expect, it, vi } from 'vitest';
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

describe('a page that has drawn nothing yet', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('draws the patch before it is planned, with the edits made meanwhile', async () => {
    const pictures: (() => void)[] = [];
    vi.stubGlobal('requestAnimationFrame', (draw: () => void) => pictures.push(draw));
    // Only a page that is hidden goes on without a picture.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const store = new PatchStore(makePatch([['out', 'output/audio-output']], []), structuralParamOf(registry));
      const session = new PatchSession({ store, read: async () => new Uint8Array(), fileProblems: () => [] });
      await new Promise(resolve => setImmediate(resolve));
      store.dispatch(addNode({ id: 'gain', type: 'dynamics/gain', version: 1, position: [0, 0] }));
      expect(pictures.length).toBeGreaterThan(0);
      expect(session.host.made).toBeUndefined();
      for (const draw of pictures) draw();
      expect(session.host.made).toBeUndefined();
      await session.loaded;
      expect(Object.keys(session.host.made?.plan?.nodes ?? {}).sort()).toEqual(['gain', 'out']);
      await session.dispose();
    } finally {
      vi.useRealTimers();
    }
  });
});
