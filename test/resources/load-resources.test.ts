// Loading what a patch names: whatever keeps a file away is one problem of one slot, and the cache holds what is in use.
import { describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/dsp/wav.ts';
import { fail } from '../../src/core/errors.ts';
import { decodeResource } from '../../src/resources/decode-resource.ts';
import {
  type LoadOptions,
  loadResources,
  type ReadResource,
  type ResourceCache,
} from '../../src/resources/load-resources.ts';
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

  it('all files are on their way at once, and one that two nodes name is read once', async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const read: ReadResource = path => {
      asked.push(path);
      return new Promise(resolve => answers.push(() => resolve(wav)));
    };
    const three = withFiles(
      makePatch(
        ['a', 'b', 'c'].map((id): [string, string] => [id, 'source/audio-file-player']),
        [],
      ),
      { a: { audio: '1.wav' }, b: { audio: '2.wav' }, c: { audio: '1.wav' } },
    );
    const loading = loadResources(three, registry, read);
    expect(asked).toEqual(['1.wav', '2.wav']);
    for (const answer of answers.reverse()) answer();
    const { resources } = await loading;
    expect(Object.keys(resources)).toEqual(['a', 'b', 'c']);
    expect(resources.c?.audio).toBe(resources.a?.audio);
    expect(asked).toHaveLength(2);
  });

  it('what keeps one file away from two nodes is told of both', async () => {
    const { problems } = await loadResources(patchOf('bad.wav', 'bad.wav'), registry, async () =>
      fail('E-SIZE', '', 'x'),
    );
    expect(problems.map(({ nodeId, message }) => [nodeId, message])).toEqual([
      ['a', expect.stringContaining('a.audio: ')],
      ['b', expect.stringContaining('b.audio: ')],
    ]);
  });

  it('progress is told of one file after the other', async () => {
    const told: (readonly [string, number])[] = [];
    const read: ReadResource = async (path, readOptions) => {
      readOptions?.onProgress?.(path === '1.wav' ? 0.5 : 0.25);
      if (path === '2.wav') await new Promise(resolve => setTimeout(resolve));
      readOptions?.onProgress?.(1);
      return wav;
    };
    const onProgress: LoadOptions['onProgress'] = ({ path, share }) => told.push([path, share]);
    await loadResources(patchOf('1.wav', '2.wav'), registry, read, { onProgress });
    expect(told).toEqual([
      ['1.wav', 0.25],
      ['1.wav', 0.5],
      ['2.wav', 0.5],
    ]);
  });

  it('what one decoder takes away is not missed: the next load knows the file by its hash', async () => {
    const cache: ResourceCache = new Map();
    const known: (string | undefined)[] = [];
    const shares: number[] = [];
    const options: LoadOptions = {
      cache,
      decode: async (request, { onProgress }) => {
        known.push(request.knownSha256);
        onProgress?.(0.5);
        // As a worker gets it.
        return decodeResource(structuredClone(request, { transfer: [request.bytes.buffer as ArrayBuffer] }));
      },
      onProgress: ({ share }) => shares.push(share),
    };
    const read: ReadResource = async () => new Uint8Array(wav);
    const load = async () =>
      (await loadResources(patchOf('1.wav', '1.wav'), registry, read, options)).resources.a?.audio;
    const first = await load();
    expect(await load()).toBe(first);
    const hash = first?.sha256;
    expect(known).toEqual([undefined, hash]);
    expect(shares).toEqual([0.75, 0.75]);
  });

  it('a load that nobody waits for any more throws what its reader threw', async () => {
    const read: ReadResource = async () => fail('E-CANCELLED', 'a', 'ended');
    const load = loadResources(patchOf('1.wav', '2.wav'), registry, read, { signal: { aborted: true } });
    await expect(load).rejects.toMatchObject({ code: 'E-CANCELLED' });
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
