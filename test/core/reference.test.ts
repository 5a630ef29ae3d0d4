// What is generated from the node files: the schema, the reference and the help pages.
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { examplePatch } from '../../src/core/example.ts';
import { helpIndex, helpPage } from '../../src/core/help-page.ts';
import type { Patch } from '../../src/core/patch.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
import { nodeReference } from '../../src/core/reference.ts';
import { patchSchema } from '../../src/core/schema.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { GALLERY } from '../builtin.ts';
import { makePatch, registry } from '../render/helpers.ts';

const accepts = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  strictTypes: false,
}).compile(patchSchema(registry));
const faults = (text: string): string[] =>
  accepts(JSON.parse(text)) ? [] : (accepts.errors ?? []).map(error => `${error.instancePath} ${error.message}`);
const gallery = readdirSync(GALLERY).filter(name => name.endsWith('.npatch'));

describe('SCHEMA-1 the schema accepts every patch without problems', () => {
  it.each(gallery)('%s', name => expect(faults(readFileSync(GALLERY + name, 'utf8'))).toEqual([]));
  it.each(Object.values(registry.types).map(type => [type.id, type] as const))('example of %s', (_id, type) => {
    expect(faults(serializePatch(examplePatch(type, registry)))).toEqual([]);
  });
  it('and those that carry what a newer version may have added', () => {
    expect(
      faults(serializePatch({ ...makePatch([['x', 'later/thing', { any: 'word' }]], []), extra: { future: [1] } })),
    ).toEqual([]);
  });
});

describe('SCHEMA-2 the schema refuses what validation refuses in a value', () => {
  const gain = (level: number | string): Patch => makePatch([['gain', 'dynamics/gain', { level }]], []);
  it.each<[string, Patch]>([
    ['a param above its range', gain(25)],
    ['a word for a number', gain('loud')],
    ['an unknown param', makePatch([['gain', 'dynamics/gain', { volume: 1 }]], [])],
    ['a word that is no choice', makePatch([['osc', 'source/oscillator', { shape: 'round' }]], [])],
    ['a rate', { ...gain(0), sampleRateHz: 12345 }],
  ])('%s', (_name, patch) => {
    expect(faults(serializePatch(patch))).not.toEqual([]);
    expect(validatePatch(patch, registry, {}).length).toBeGreaterThan(0);
  });
  it.each(['{}', '[]', '{"format":"other","version":1,"sampleRateHz":48000,"nodes":[],"connections":[]}'])('%s', text =>
    expect(faults(text)).not.toEqual([]),
  );
  it('ids and ends of connections', () => {
    const text = serializePatch(gain(0));
    expect(faults(text.replace('"id": "gain"', '"id": "Not An Id"'))).not.toEqual([]);
    expect(
      faults(text.replace('"connections": []', '"connections": [{ "from": "gain", "to": "gain.in" }]')),
    ).not.toEqual([]);
  });
});

describe('NODE-8 the reference and the help of every node follow from its file', () => {
  const nodes = nodeReference(registry);

  it('lists every node type once, as plain data', () => {
    expect(nodes.map(node => node.id)).toEqual(Object.keys(registry.types));
    expect(JSON.parse(JSON.stringify(nodes))).toEqual(nodes);
  });

  it.each(nodes.map(node => [node.id, node] as const))(
    '%s has a page with its ports, params, ranges and what a bundle makes of it',
    (_id, node) => {
      const page = helpPage(node);
      expect(page.startsWith(`# ${node.label}\n`)).toBe(true);
      for (const heading of [
        '## In a bundle',
        ...(Object.keys(node.ports).length > 0 ? ['## Ports'] : []),
        ...(Object.keys(node.params).length > 0 ? ['## Params'] : []),
      ])
        expect(page).toContain(heading);
      for (const param of Object.values(node.params)) {
        if (param.kind !== 'text')
          expect(page).toContain(param.kind === 'choice' ? param.choices.join(', ') : `${param.min} to ${param.max}`);
        expect(page).toContain(param.label);
      }
      // Every row of a table has as many cells as its head.
      for (const block of page.split('\n\n').filter(part => part.startsWith('|'))) {
        const cells = block
          .trim()
          .split('\n')
          .map(line => line.replaceAll('\\|', '').split('|').length);
        expect(new Set(cells).size).toBe(1);
      }
      // NaN is a word that people search for.
      expect(page.replace(/Also found under: .*/, '')).not.toMatch(/undefined|\[object|NaN/);
    },
  );

  it('HTML and bars in a text are shown as text', () => {
    const page = helpPage({ ...nodes[0], help: 'a <script>alert(1)</script> | b' });
    expect(page).not.toContain('<script>');
    expect(page).toContain('\\| b');
  });

  it('the index names every page', () => {
    const index = helpIndex(nodes, id => `${id}.md`);
    for (const { id, label } of nodes) expect(index).toContain(`[${label}](${id}.md)`);
  });
});
