// The log of a performance: what it must hold, and that nothing else is read.
import { describe, expect, it } from 'vitest';
import { PatchError } from '../../src/core/errors.ts';
import { emptyPatch } from '../../src/core/patch.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
import { type LogEntry, parseLog } from '../../src/render/log.ts';

const patch = serializePatch(emptyPatch());
const log = {
  format: 'neuropatch-log',
  version: 1,
  sampleRateHz: 48000,
  blockFrames: 128,
  slackSamples: 0,
  patch,
  frames: 1000,
  entries: [] as unknown[],
};
const codeOf = (json: unknown): string | undefined => {
  try {
    parseLog(typeof json === 'string' ? json : JSON.stringify(json));
    return undefined;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return error.code;
  }
};

describe('LOG-1 a log is read whole or refused', () => {
  it('entries in order of frame; those of one frame keep their order', () => {
    const entries: LogEntry[] = [
      { frame: 9, kind: 'param', nodeId: 'gain', param: 'level', value: 1 },
      { frame: 3, kind: 'patch', patch },
      { frame: 9, kind: 'param', nodeId: 'gain', param: 'level', value: 2 },
      { frame: 3, kind: 'reset', nodeId: 'gain' },
      { frame: 0, kind: 'param', nodeId: 'osc', param: 'shape', value: 'square' },
    ];
    expect(parseLog(JSON.stringify({ ...log, entries })).entries).toEqual([
      entries[4],
      entries[1],
      entries[3],
      entries[0],
      entries[2],
    ]);
  });

  it('in which form the kernels ran, where it was not the render’s own', () => {
    expect(parseLog(JSON.stringify(log))).not.toHaveProperty('kernelForm');
    expect(parseLog(JSON.stringify({ ...log, kernelForm: 'relaxed' })).kernelForm).toBe('relaxed');
    for (const kernelForm of ['fused', '', 1, null, ['relaxed']])
      expect(codeOf({ ...log, kernelForm })).toBe('E-SCHEMA');
  });

  it('block and slack of the live engine; a log from before they were known has neither', () => {
    expect(parseLog(JSON.stringify(log))).toMatchObject({ blockFrames: 128, hostBlockFrames: 0, slackFrames: {} });
    const { slackSamples: _, ...rest } = log;
    const told = { ...rest, hostBlockFrames: 128, slackFrames: { amp: 1024 } };
    const entries = [{ frame: 3, kind: 'patch', patch, slackFrames: { amp: 1024, other: 512 } }];
    expect(parseLog(JSON.stringify({ ...told, entries }))).toMatchObject({ ...told, entries });
  });

  it.each<[string, unknown, string]>([
    ['a slack in words', { ...log, slackFrames: { amp: 'long' } }, 'E-SCHEMA'],
    ['more slack than there may be', { ...log, slackFrames: { amp: 5e8 } }, 'E-SCHEMA'],
    ['half a slack', { ...log, entries: [{ frame: 1, kind: 'patch', patch, slackFrames: { amp: 0.5 } }] }, 'E-SCHEMA'],
    ['no JSON', '{', 'E-JSON'],
    ['null', 'null', 'E-SCHEMA'],
    ['another format', { ...log, format: 'x' }, 'E-SCHEMA'],
    ['a newer version', { ...log, version: 2 }, 'E-SCHEMA'],
    ['no patch', { ...log, patch: undefined }, 'E-SCHEMA'],
    ['a rate in words', { ...log, sampleRateHz: 'fast' }, 'E-SCHEMA'],
    ['half a frame', { ...log, frames: 0.5 }, 'E-SCHEMA'],
    ['a frame before the start', { ...log, entries: [{ frame: -1, kind: 'reset', nodeId: 'a' }] }, 'E-SCHEMA'],
    ['an unknown kind', { ...log, entries: [{ frame: 1, kind: 'swap' }] }, 'E-SCHEMA'],
    [
      'a param without a value',
      { ...log, entries: [{ frame: 1, kind: 'param', nodeId: 'a', param: 'b' }] },
      'E-SCHEMA',
    ],
    [
      'a node that is no id',
      { ...log, entries: [{ frame: 1, kind: 'param', nodeId: '__proto__', param: 'b', value: 1 }] },
      'E-SCHEMA',
    ],
    ['an entry that is none', { ...log, entries: [null] }, 'E-SCHEMA'],
    [
      'endless nesting',
      `{"format":"neuropatch-log","version":1,"patch":"","entries":[${'['.repeat(50_000)}${']'.repeat(50_000)}]}`,
      'E-SCHEMA',
    ],
    ['70 MB', ' '.repeat(70 * 2 ** 20), 'E-SIZE'],
  ])('%s', (_name, json, code) => expect(codeOf(json)).toBe(code));
});
