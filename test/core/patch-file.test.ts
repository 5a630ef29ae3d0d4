// The patch file: what is written, read again, mended and refused.
import { describe, expect, it } from 'vitest';
import { PatchError } from '../../src/core/errors.ts';
import type { Json, Patch } from '../../src/core/patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { makeRandom, randomPatch } from './random.ts';

const FORMAT = { format: 'neuropatch-patch', version: 1 };
const parseJson = (json: object) => parsePatch(JSON.stringify({ ...FORMAT, ...json }));
const codes = (problems: readonly { code: string }[]): string[] => problems.map(problem => problem.code);
const shuffled = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, shuffled(inner as Json)]),
  );
};

describe('PATCH-1 what is written is read again', () => {
  it('gives the same patch and the same bytes, for 200 random patches', () => {
    for (let seed = 0; seed < 200; seed++) {
      const patch = randomPatch(makeRandom(seed), 1 + (seed % 12));
      const text = serializePatch(patch);
      const again = parsePatch(text);
      expect(again.problems).toEqual([]);
      expect(again.patch).toEqual(patch);
      expect(serializePatch(again.patch)).toBe(text);
    }
  });

  it('an empty file is an empty patch', () => {
    expect(parsePatch(' \n')).toEqual({ patch: parsePatch('').patch, problems: [] });
    expect(parsePatch('').patch.nodes).toEqual({});
  });
});

describe('PATCH-2 the order of the file is fixed', () => {
  it('does not depend on the order in memory or in the file that was read', () => {
    const patch = randomPatch(makeRandom(5), 9);
    const text = serializePatch(patch);
    const turned = JSON.stringify(shuffled(JSON.parse(text) as Json));
    expect(serializePatch(parsePatch(turned).patch)).toBe(text);
    const reversed: Patch = { ...patch, nodes: Object.fromEntries(Object.entries(patch.nodes).reverse()) };
    expect(serializePatch(reversed)).toBe(text);
  });

  it('is two-space JSON with sorted ids and one line feed at the end', () => {
    const text = serializePatch(randomPatch(makeRandom(6), 9));
    const ids = [...text.matchAll(/^ {6}"id": "(node-\d+)"/gm)].map(match => match[1]);
    expect(ids).toEqual([...ids].sort());
    expect(ids.length).toBe(9);
    expect(text.endsWith('}\n') && !text.endsWith('\n\n')).toBe(true);
    expect(Object.keys(JSON.parse(text) as object).slice(0, 4)).toEqual(['format', 'version', 'name', 'description']);
  });
});

describe('PATCH-3 what is not known is kept', () => {
  it('keeps unknown fields of the patch, of nodes, connections, frames and notes', () => {
    const { patch, problems } = parseJson({
      future: { a: [1] },
      nodes: [{ id: 'gain', type: 'dynamics/gain', version: 1, position: [0, 0], colour: 'red' }],
      connections: [{ from: 'gain.out', to: 'gain.in', strength: 3 }],
      frames: [{ id: 'frame', label: 'x', position: [0, 0], size: [1, 1], tint: 'blue' }],
      notes: [{ id: 'note', text: 'x', position: [0, 0], size: [1, 1], font: 'serif' }],
    });
    expect(problems).toEqual([]);
    const json = JSON.parse(serializePatch(patch)) as Record<string, Record<string, Json>[]>;
    expect(json.future).toEqual({ a: [1] });
    expect(json.nodes[0].colour).toBe('red');
    expect(json.connections[0].strength).toBe(3);
    expect(json.frames[0].tint).toBe('blue');
    expect(json.notes[0].font).toBe('serif');
  });

  it('keeps a newer format and node versions, and says so', () => {
    const { patch, problems } = parseJson({
      version: 7,
      nodes: [{ id: 'x', type: 'later/thing', version: 12, position: [1, 2], params: { new: 'word' } }],
    });
    expect(codes(problems)).toEqual(['E-VERSION-NEWER']);
    expect(problems[0].severity).toBe('warning');
    expect(patch.version).toBe(7);
    expect(patch.nodes.x).toEqual({
      id: 'x',
      type: 'later/thing',
      version: 12,
      position: [1, 2],
      params: { new: 'word' },
    });
    expect(parsePatch(serializePatch(patch)).patch).toEqual(patch);
  });
});

describe('ID-1 ids that cannot be used get new ones, and nothing is lost', () => {
  const node = (id: unknown): object => ({ id, type: 'dynamics/gain', version: 1, position: [0, 0] });

  it('renames the second of two, without taking the name of a third', () => {
    const { patch, problems } = parseJson({
      nodes: [node('gain'), node('gain'), node('gain-2')],
      connections: [{ from: 'gain-2.out', to: 'gain.in' }],
    });
    expect(codes(problems)).toEqual(['E-ID-DUPLICATE']);
    expect(Object.keys(patch.nodes).sort()).toEqual(['gain', 'gain-2', 'gain-3']);
    expect(Object.keys(patch.connections)).toEqual(['gain-2.out>gain.in']);
  });

  it('renames malformed ones and takes their connections along', () => {
    const bad = [
      'Gain 1',
      '',
      'a--b',
      '-a',
      '1a',
      'a_b',
      'x'.repeat(65),
      '__proto__',
      'constructor',
      'prototype',
      7,
      null,
      {},
    ];
    const { patch, problems } = parseJson({
      nodes: [...bad.map(node), node('node')],
      connections: [{ from: 'Gain 1.out', to: 'node.in' }],
    });
    expect(codes(problems)).toEqual(bad.map(() => 'E-ID'));
    expect(Object.keys(patch.nodes)).toHaveLength(bad.length + 1);
    expect(Object.keys(patch.nodes)).toContain('node');
    expect(Object.values(patch.connections)[0].from.node).toBe('node-2');
    expect(parsePatch(serializePatch(patch)).problems).toEqual([]);
  });

  it('ids of 64 characters that are used twice stay within 64', () => {
    const id = 'x'.repeat(64);
    const { patch } = parseJson({ nodes: [node(id), node(id)] });
    expect(Object.keys(patch.nodes).every(key => key.length <= 64)).toBe(true);
    expect(parsePatch(serializePatch(patch)).problems).toEqual([]);
  });
});

describe('PATCH-4 hostile text', () => {
  it.each(['label', 'explain', 'contract', 'isBypassed', 'type', 'version', 'position', 'params'])(
    'a node whose %s is of another kind is told, and read with a default',
    field => {
      const { patch, problems } = parseJson({
        nodes: [{ id: 'a', type: 'dynamics/gain', [field]: field === 'type' ? 7 : null }],
      });
      expect(problems.map(({ code, path }) => [code, path])).toEqual([['E-SCHEMA', `nodes.a.${field}`]]);
      expect(parsePatch(serializePatch(patch)).problems).toEqual([]);
    },
  );

  it.each(['name', 'description', 'authors', 'licence', 'version', 'sampleRateHz', 'subpatches', 'nodes'])(
    'a patch whose %s is of another kind is told, and read with a default',
    field => {
      const { patch, problems } = parseJson({ [field]: true });
      expect(problems.map(({ code, path }) => [code, path])).toEqual([['E-SCHEMA', field]]);
      expect(parsePatch(serializePatch(patch)).problems).toEqual([]);
    },
  );

  it('keys of object machinery reach no prototype', () => {
    const text = `{"format":"neuropatch-patch","version":1,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},
      "nodes":[{"id":"a","type":"dynamics/gain","position":[0,0],"__proto__":{"polluted":1},"params":{"__proto__":5,"constructor":6},
      "contract":{"__proto__":{"polluted":1}}}],"subpatches":{"__proto__":{"polluted":1}}}`;
    const { patch } = parsePatch(text);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((patch.nodes.a as unknown as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(patch.nodes.a.params)).toBe(Object.prototype);
    expect(() => serializePatch(patch)).not.toThrow();
  });

  it('refuses 50 MB, no JSON, other JSON and endless nesting with their codes', () => {
    const codeOf = (text: string): string | undefined => {
      try {
        parsePatch(text);
        return undefined;
      } catch (error) {
        return (error as PatchError).code;
      }
    };
    expect(codeOf(' '.repeat(50 * 1024 * 1024))).toBe('E-SIZE');
    expect(codeOf('{"format":')).toBe('E-JSON');
    for (const text of ['[]', '7', 'null', '{}', '{"format":"other"}']) expect(codeOf(text)).toBe('E-SCHEMA');
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(codeOf(`{"format":"neuropatch-patch","extra":${deep}}`)).toBe('E-SCHEMA');
    expect(codeOf(`{"format":${deep}}`)).toBe('E-SCHEMA');
  });

  it('messages stay short whatever the value', () => {
    const long = 'x'.repeat(100_000);
    const { problems } = parseJson({
      nodes: [{ id: long, type: 7, params: { a: [long] }, position: long }, long],
      connections: [long],
      notes: [long],
      frames: long,
    });
    expect(problems.length).toBeGreaterThan(5);
    for (const { message } of problems) expect(message.length, message.slice(0, 100)).toBeLessThan(400);
  });

  it('2,000 seeded mutations throw nothing but PatchError, and what is read can be written and read again', () => {
    const random = makeRandom(1);
    const characters = '{}[]",:0123456789.-eE\\u"nulltruefalse abcid\u0000\ud800';
    let read = 0;
    for (let n = 0; n < 2000; n++) {
      let text = serializePatch(randomPatch(random, 1 + random.below(4)));
      if (n % 2 === 0) {
        for (let k = 0; k <= random.below(4); k++) {
          const at = random.below(text.length);
          text = text.slice(0, at) + random.pick([...characters]) + text.slice(at + random.below(3));
        }
      } else text = JSON.stringify(mutate(JSON.parse(text) as Json, random));
      try {
        const { patch } = parsePatch(text);
        const again = parsePatch(serializePatch(patch));
        expect(serializePatch(again.patch)).toBe(serializePatch(patch));
        expect(again.problems.filter(problem => problem.code !== 'E-VERSION-NEWER')).toEqual([]);
        read++;
      } catch (error) {
        if (!(error instanceof PatchError)) throw new Error(`mutation ${n}: ${String(error)}\n${text}`);
      }
    }
    expect(read).toBeGreaterThan(500);
  });
});

const STRANGE: readonly Json[] = [null, true, -1, 1e308, '', 'x', [], {}, [1, 2], { id: 'a' }, '__proto__', 'a.b'];

/** Replaces one value somewhere by a strange one. */
function mutate(value: Json, random: ReturnType<typeof makeRandom>): Json {
  if (typeof value !== 'object' || value === null || random.next() < 0.1) return random.pick(STRANGE);
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    return value.map((inner, index) => (index === at ? mutate(inner as Json, random) : (inner as Json)));
  }
  const key = random.pick(Object.keys(value));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === key ? mutate(inner as Json, random) : (inner as Json),
    ]),
  );
}
