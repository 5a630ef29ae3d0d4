// Resources on their way to the audio thread: each crosses once while it is in use, and both sides forget what no plan names.
import { describe, expect, it } from 'vitest';
import type { AudioResource } from '../../src/core/resource.ts';
import { packResources, type ResourcePayload, unpackResources } from '../../src/engine/resource-transfer.ts';

const audio = (name: string): AudioResource => ({
  kind: 'audio',
  path: `${name}.wav`,
  sha256: name,
  sampleRateHz: 48_000,
  channels: [new Float32Array(4)],
});

describe('ENGINE-7 memory', () => {
  it('a hundred files one after the other leave one on each side, and one that comes back crosses again', () => {
    const sent = new Set<string>();
    const store = new Map<string, ResourcePayload['data']>();
    const swap = (...names: string[]): number => {
      const book = Object.fromEntries(names.map((name, index) => [`node${index}`, { audio: audio(name) }]));
      const { references, payloads } = packResources(book, sent);
      expect(unpackResources(references, payloads, store)).toEqual(book);
      expect([...store.keys()].sort()).toEqual([...sent].sort());
      return payloads.length;
    };
    for (let file = 0; file < 100; file++) expect(swap('kept', `file${file}`)).toBe(file === 0 ? 2 : 1);
    expect(sent.size).toBe(2);
    expect(swap('kept', 'file99')).toBe(0);
    expect(swap('kept', 'file0')).toBe(1);
    // Two nodes, one file.
    expect(swap('twin', 'twin')).toBe(1);
    expect(sent.size).toBe(1);
  });
});
