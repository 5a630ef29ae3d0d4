// What defineNode refuses at load: each rule by a definition that breaks only this one.
import { describe, expect, it } from 'vitest';
import { defineNode } from '../../src/core/define-node.ts';
import { cannot } from '../../src/core/lower.ts';
import type { NodeDefinition } from '../../src/core/node-type.ts';
import {
  choice,
  type NumberParam,
  param,
  paramFromPosition,
  paramNumber,
  paramToPosition,
} from '../../src/core/param.ts';
import { audio } from '../../src/core/port.ts';
import { makeRegistry } from '../../src/core/registry.ts';

const sound: NodeDefinition = {
  version: 1,
  label: 'Sound',
  help: 'Does something. More about it.',
  ports: { in: audio('inlet'), out: audio('outlet') },
  params: { level: param({ unit: 'dB', min: -60, max: 24, default: 0 }) },
  kernel: () => undefined,
  lower: cannot('is a test'),
  cases: [{ name: 'c', out: {}, tolerance: 0, reference: 'none' }],
  example: () => undefined,
};
const number = (more: Partial<NumberParam>): NodeDefinition['params'] => ({
  level: { ...param({ unit: 'dB', min: -60, max: 24, default: 0 }), ...more },
});

describe('NODE-1 a broken definition never loads', () => {
  it('a sound one does', () => {
    const type = makeRegistry({ 'test/sound': defineNode(sound) }).get('test/sound');
    expect([type?.id, type?.family, type?.lowering.kind, type?.latency({} as never)]).toEqual([
      'test/sound',
      'test',
      'cannot',
      { buffering: 0, inference: 0, model: 0, filter: 0 },
    ]);
  });

  it.each<[string, Partial<NodeDefinition>]>([
    ['version: expected an integer', { version: 0 }],
    ['version: expected an integer', { version: 1.5 }],
    ['label is missing', { label: '' }],
    ['help is missing', { help: '' }],
    ['first sentence longer', { help: `${'x'.repeat(61)}.` }],
    ['cases: expected at least one', { cases: [] }],
    ['cases: expected at least one', { cases: undefined as never }],
    ['example is missing', { example: undefined as never }],
    ['lower: expected a function', { lower: undefined as never }],
    ['no step from version 2', { version: 3, migrate: { 1: node => node } }],
    ['kernel is missing', { kernel: undefined as never }],
    ['cannot: reason is missing', { lower: cannot('') }],
    ['is outside', { params: number({ default: 25 }) }],
    ['is outside', { params: number({ default: Number.NaN }) }],
    ['expected min < max', { params: number({ min: 1, max: 1, default: 1 }) }],
    ['unit is missing', { params: number({ unit: undefined as never }) }],
    ['log scale needs', { params: number({ scale: 'log' }) }],
    ["must be 'event'", { params: number({ isStructural: true }) }],
    ['smoothing: expected 0 or more', { params: number({ smoothingMs: -1 }) }],
    ['none of its choices', { params: { kind: choice({ choices: ['a'], default: 'b' }) } }],
    ['camelCase', { params: { 'my-level': param({ unit: '', min: 0, max: 1, default: 0 }) } }],
    ['a port has the same name', { params: { in: param({ unit: '', min: 0, max: 1, default: 0 }) } }],
    ['port my_port: expected', { ports: { my_port: audio('inlet') } }],
    ["figures: expected with the view 'figures'", { view: 'figures' }],
    ["figures: expected with the view 'figures'", { figures: { labels: [], values: () => [] } }],
    ["curve: expected with the view 'curve'", { view: 'curve' }],
    ["curve: expected with the view 'curve'", { curve: { label: '', range: [0, 1], points: () => [] } }],
    ['loop: expected read, write', { loop: { read: () => undefined } as never }],
    ['becomes: no outlet "nowhere"', { lower: { kind: 'input', port: 'nowhere' } }],
    ['becomes: no inlet "out"', { lower: { kind: 'output', port: 'out' } }],
  ])('%s', (text, change) => {
    expect(() => defineNode({ ...sound, ...change })).toThrow(text);
  });

  it('tells all faults at once, with the label', () => {
    expect(() => defineNode({ ...sound, version: 0, cases: [], help: '' })).toThrow(
      /defineNode\(Sound\): .*version.*help.*cases/,
    );
  });
});

describe('PARAM-3 knobs and values', () => {
  const linear = param({ unit: 'dB', min: -60, max: 24, default: 0 });
  const log = param({ unit: 'Hz', min: 20, max: 20000, default: 1000, scale: 'log' });
  it('a position is the inverse of its value, on both scales', () => {
    for (const definition of [linear, log])
      for (let p = 0; p <= 1; p += 0.125)
        expect(paramToPosition(definition, paramFromPosition(definition, p))).toBeCloseTo(p, 12);
    expect(paramFromPosition(log, 0.5)).toBeCloseTo(Math.sqrt(20 * 20000), 9);
    expect([paramToPosition(linear, -99), paramToPosition(linear, 99), paramFromPosition(linear, 2)]).toEqual([
      0, 1, 24,
    ]);
  });
  it('the number of a choice is its index; what is no choice is the default', () => {
    const definition = choice({ choices: ['a', 'b', 'c'], default: 'b' });
    expect(['a', 'c', 'x', undefined, 2].map(value => paramNumber(definition, value))).toEqual([0, 2, 1, 1, 1]);
    expect([3, 'x', undefined].map(value => paramNumber(linear, value))).toEqual([3, 0, 0]);
  });
});
