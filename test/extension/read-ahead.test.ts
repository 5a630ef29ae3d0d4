// What is asked for while the editor's code is on its way: each file once, and only files that a patch may name.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startReading } from '../../extension/editor/read-ahead.ts';
import type { ReadFile } from '../../extension/editor/read-files.ts';
import { withFiles } from '../engine/bench.ts';
import { makePatch } from '../render/helpers.ts';

const players = makePatch(
  ['a', 'b', 'c'].map((id): [string, string] => [id, 'source/audio-file-player']),
  [],
);
const patch = withFiles(players, { a: { audio: '1.wav' }, b: { audio: '1.wav' }, c: { audio: '2.wav' } });

let fetched: string[];
beforeEach(() => {
  fetched = [];
  vi.stubGlobal('fetch', async (url: string) => {
    fetched.push(String(url).replace(/.*\//, ''));
    return new Response('');
  });
});
afterEach(() => void vi.unstubAllGlobals());

/** A server that notes what it is asked for and answers with how often it was asked. */
function server(): { asked: string[]; read: ReadFile } {
  const asked: string[] = [];
  const read: ReadFile = async (path, options) => {
    asked.push(path);
    await undefined;
    options?.onProgress?.(1);
    options?.signal?.throwIfAborted();
    return Uint8Array.of(asked.filter(other => other === path).length);
  };
  return { asked, read };
}

describe('files that are asked for ahead', () => {
  it('are asked for at once, each once, and given once; a later reading is a new one', async () => {
    const { asked, read } = server();
    const files = startReading(patch, read);
    expect(asked).toEqual(['1.wav', '2.wav']);
    const shares: number[] = [];
    expect(await files('1.wav', { onProgress: share => shares.push(share) })).toEqual(Uint8Array.of(1));
    expect([asked.length, shares]).toEqual([2, [1]]);
    expect(await files('1.wav')).toEqual(Uint8Array.of(2));
    expect(await files('other.wav')).toEqual(Uint8Array.of(1));
  });

  it('end with whoever took them', async () => {
    const files = startReading(patch, server().read);
    const end = new AbortController();
    const reading = files('1.wav', { signal: end.signal });
    end.abort();
    await expect(reading).rejects.toThrow(/abort/i);
  });

  it('lie in the folder of the patch, as those that are read later', () => {
    const { asked, read } = server();
    startReading(
      withFiles(players, { a: { audio: '../1.wav' }, b: { audio: 'https://x/y' }, c: { audio: '/z' } }),
      read,
    );
    expect(asked).toEqual([]);
  });

  it('tell what else is needed: the worker only where a model is among them, the runtime where a node asks for it', () => {
    startReading(patch, server().read);
    expect(fetched.filter(name => /wasm|worker/.test(name))).toEqual([]);
    startReading(withFiles(players, { a: { audio: 'm.onnx' } }), server().read);
    expect(fetched.filter(name => /wasm|worker/.test(name))).toEqual(['worker.wjs']);
    const forced = makePatch([['a', 'neural/neural-model', { runtime: 'ONNX Runtime' }]], []);
    startReading(withFiles(forced, { a: { model: 'm.onnx' } }), server().read);
    expect(fetched.filter(name => /wasm|worker/.test(name))).toEqual(['worker.wjs', 'ort-wasm-simd-threaded.wasm']);
  });
});
