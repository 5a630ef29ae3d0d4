// Migration by named steps, with a fictitious node type of version 3 and fictitious steps of the format.
import { describe, expect, it } from 'vitest';
import { defineNode } from '../../src/core/define-node.ts';
import { becomesOutput } from '../../src/core/lower.ts';
import { migratePatch, type PatchMigration } from '../../src/core/migrate.ts';
import { param } from '../../src/core/param.ts';
import { emptyPatch, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { audio } from '../../src/core/port.ts';
import { makeRegistry } from '../../src/core/registry.ts';
import { registry as product } from '../render/helpers.ts';

const inDb = (node: PatchNode): PatchNode => ({
  ...node,
  params: { level: 20 * Math.log10(Number(node.params?.gain ?? 1)) },
});
const louder = (node: PatchNode): PatchNode => ({ ...node, params: { level: Number(node.params?.level) + 6 } });
const registry = makeRegistry({
  'test/old': defineNode({
    version: 3,
    label: 'Old',
    help: 'Was different twice. Version 1 had a linear gain, version 2 none of the 6 dB.',
    ports: { in: audio('inlet') },
    params: { level: param({ unit: 'dB', min: -60, max: 24, default: 0 }) },
    kernel: () => undefined,
    lower: becomesOutput('in'),
    cases: [{ name: 'nothing', out: {}, tolerance: 0, reference: 'none' }],
    example: () => undefined,
    migrate: { 1: inDb, 2: louder },
  }),
});
const patchOf = (version: number, params: PatchNode['params']): Patch => ({
  ...emptyPatch(),
  nodes: { n: { id: 'n', type: 'test/old', version, position: [0, 0], params } },
});

describe('MIGRATE-1 older nodes are carried to this version step by step, newer ones stay', () => {
  it('1 → 2 → 3 and 2 → 3, each step named', () => {
    const first = migratePatch(patchOf(1, { gain: 10 }), registry);
    expect(first.patch.nodes.n).toMatchObject({ version: 3, params: { level: 26 } });
    expect(first.steps).toEqual(['test/old 1 → 2 (n)', 'test/old 2 → 3 (n)']);
    const second = migratePatch(patchOf(2, { level: -6 }), registry);
    expect(second.patch.nodes.n).toMatchObject({ version: 3, params: { level: 0 } });
    expect(second.steps).toEqual(['test/old 2 → 3 (n)']);
  });

  it('inside a subpatch as well', () => {
    const { version: _, sampleRateHz: __, subpatches: ___, ...inside } = patchOf(2, { level: -6 });
    const { patch, steps } = migratePatch({ ...emptyPatch(), subpatches: { echo: inside } }, registry);
    expect(patch.subpatches.echo.nodes.n).toMatchObject({ version: 3, params: { level: 0 } });
    expect(steps).toEqual(['test/old 2 → 3 (echo: n)']);
  });

  it('leaves this version, a newer one, a nonsense one and unknown types as they are', () => {
    for (const version of [3, 4, 99, 0, -1, 1.5]) {
      const patch = patchOf(version, { level: 1 });
      expect(migratePatch(patch, registry)).toEqual({ patch, steps: [] });
    }
    const unknown: Patch = {
      ...emptyPatch(),
      nodes: { n: { id: 'n', type: 'later/thing', version: 1, position: [0, 0] } },
    };
    expect(migratePatch(unknown, registry).patch).toBe(unknown);
  });

  it('steps of the format run in order, and a newer format stays', () => {
    const named = (name: string, version: number): PatchMigration => ({
      name,
      version,
      apply: patch => ({ ...patch, description: patch.description + name }),
    });
    const steps = [named('a', 1), named('b', 2)];
    const migrated = migratePatch({ ...emptyPatch(), version: 1 }, registry, steps);
    expect([migrated.patch.version, migrated.patch.description, migrated.steps]).toEqual([3, 'ab', ['a', 'b']]);
    expect(migratePatch({ ...emptyPatch(), version: 9 }, registry, steps).steps).toEqual([]);
  });

  it('every node type of the product has a step from each of its older versions', () => {
    for (const type of Object.values(product.types))
      expect(Object.keys(type.migrate)).toEqual(Array.from({ length: type.version - 1 }, (_, i) => String(i + 1)));
  });
});
