// Loading what a patch names: whatever keeps a file away is one problem of one slot, and the cache holds what is in use.
import { describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/dsp/wav.ts';
import { loadResources, type ReadResource, type ResourceCache } from '../../src/resources/load-resources.ts';
import { withFiles } from '../engine/bench.ts';
import { makePatch, registry } from '../render/helpers.ts';

const wav = encodeWav([new Float32Array([0, 0.5, -0.5, 0])], 48_000, 'f32');
const two = makePatch(
  [
    ['a', 'source/audio-file-player'],
    ['b', 'source/audio-file-player'],
    ['out', 'output/audio-output'],
  ],
  ['a.out > out.in', 'b.out > out.in'],
);
const patchOf = (a: string, b: string) => withFiles(two, { a: { audio: a }, b: { audio: b } });

describe('FILE-1 reading', () => {
  it.each([
    ['a folder', new Error('HTTP 400 a is not a file')],
    ['no permission', new Error('HTTP 403 Forbidden')],
    ['a broken network', new TypeError('Failed to fetch')],
    ['not even an error', 'gone'],
  ])('%s is a problem of its slot in the words of the one who refused; the others are loaded', async (_, thrown) => {
    const read: ReadResource = async path => {
      if (path === 'bad.wav') throw thrown;
      return wav;
    };
    const { resources, problems } = await loadResources(patchOf('bad.wav', 'good.wav'), registry, read);
    expect(problems).toMatchObject([
      { code: 'E-RESOURCE-MISSING', severity: 'error', nodeId: 'a', path: 'nodes.a.resources.audio' },
    ]);
    expect(problems[0]?.message).toContain(thrown instanceof Error ? thrown.message : thrown);
    expect(Object.keys(resources)).toEqual(['b']);
  });

  it('the cache keeps files in use and forgets the others', async () => {
    const cache: ResourceCache = new Map();
    const read: ReadResource = async () => wav;
    const first = await loadResources(patchOf('1.wav', '2.wav'), registry, read, { cache });
    expect(cache.size).toBe(2);
    const second = await loadResources(patchOf('1.wav', '3.wav'), registry, read, { cache });
    expect(second.resources.a?.audio).toBe(first.resources.a?.audio);
    expect([...cache.keys()].filter(key => key.includes('2.wav'))).toEqual([]);
    expect(cache.size).toBe(2);
  });
});
