// Validation of single values and paths: every rule, at its edges.
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/core/edits.ts';
import type { Patch, PatchNode } from '../../src/core/patch.ts';
import { shapeNode } from '../../src/core/registry.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { resourcePathFault } from '../../src/core/resource-path.ts';
import { checkConnection, validatePatch } from '../../src/core/validate.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { modelAt } from './resources.ts';

const one = (type: string, more: Partial<PatchNode> = {}): Patch => {
  const patch = makePatch([['n', type]], []);
  return { ...patch, nodes: { n: { ...patch.nodes.n, ...more } } };
};
const told = (patch: Patch, resources = {}): string[] =>
  validatePatch(patch, registry, resources).map(({ code, severity }) => `${code} ${severity}`);

describe('PARAM-1 values are named, of their kind and in their range', () => {
  it.each<[string, Partial<PatchNode>, string[]]>([
    ['in range', { params: { level: 24 } }, []],
    ['at the edge', { params: { level: -60 } }, []],
    ['above', { params: { level: 24.001 } }, ['E-PARAM-RANGE error']],
    ['below', { params: { level: -61 } }, ['E-PARAM-RANGE error']],
    ['a word for a number', { params: { level: 'loud' } }, ['E-PARAM error']],
    ['an unknown name', { params: { volume: 1 } }, ['E-PARAM warning']],
    ['a name of object machinery', { params: { constructor: 1 } as never }, ['E-PARAM warning']],
    ['smoothing', { smoothingMs: { level: 10_000 } }, []],
    ['smoothing of an unknown name', { smoothingMs: { volume: 10 } }, ['E-PARAM warning']],
    ['smoothing beyond 10 s', { smoothingMs: { level: 10_001 } }, ['E-PARAM-RANGE error']],
    ['smoothing below nothing', { smoothingMs: { level: -1 } }, ['E-PARAM-RANGE error']],
    ['a newer version', { version: 2 }, ['E-VERSION-NEWER warning']],
  ])('%s', (_name, more, expected) => expect(told(one('dynamics/gain', more))).toEqual(expected));

  it('a choice is one of its words', () => {
    expect(told(one('source/oscillator', { params: { shape: 'square' } }))).toEqual([]);
    expect(told(one('source/oscillator', { params: { shape: 'round' } }))).toEqual(['E-PARAM error']);
    expect(told(one('source/oscillator', { params: { shape: 1 } }))).toEqual(['E-PARAM error']);
  });

  it('a value of the wrong kind never decides the range of another: its default does', () => {
    for (const [type, params] of [
      ['time/delay', { maxTime: 'abc', time: 5000 }],
      ['time/delay', { maxTime: 7, time: 5000 }],
      ['control/knob', { min: 'low', max: 'high', value: 3 }],
      ['control/knob', { min: Number.NaN, max: 5, scale: 3, unit: 9, value: 30 }],
    ] as const) {
      const patch = one(type, { params });
      const shape = shapeNode(registry.get(type)!, patch.nodes.n, {}, 48000);
      for (const param of Object.values(shape.params))
        if (param.kind === 'number')
          expect([param.min, param.max, param.default].every(Number.isFinite), `${type} ${param.label}`).toBe(true);
      expect(Object.values(shape.values).every(value => typeof value === 'string' || Number.isFinite(value))).toBe(
        true,
      );
      for (const { fix, message } of validatePatch(patch, registry, {})) {
        expect(message).not.toContain('NaN–');
        for (const { value } of fix?.transaction.changes ?? []) expect(value).not.toBeNaN();
      }
    }
    const delay = shapeNode(
      registry.get('time/delay')!,
      one('time/delay', { params: { maxTime: 'abc' } }).nodes.n,
      {},
      48000,
    );
    expect(delay.params.time).toMatchObject({ max: 2000 });
  });

  it('a smoothing time that is refused is not used: the plan has only those that are', () => {
    const patch = one('dynamics/gain', { smoothingMs: { level: -5, volume: 3 } });
    expect(makePlan(patch, registry, {}).plan?.nodes.n.smoothingMs).toEqual({});
    const good = one('dynamics/gain', { smoothingMs: { level: 50 } });
    expect(makePlan(good, registry, {}).plan?.nodes.n.smoothingMs).toEqual({ level: 50 });
  });

  it('the own value of a wired param may be 0 whatever the range', () => {
    const wired = makePatch(
      [
        ['knob', 'control/knob'],
        ['filter', 'filter/biquad-filter', { cutoff: 0 }],
      ],
      ['knob.out > filter.cutoff'],
    );
    expect(told(wired)).toEqual([]);
    expect(told(makePatch([['filter', 'filter/biquad-filter', { cutoff: 0 }]], []))).toEqual(['E-PARAM-RANGE error']);
  });

  it('each fix leaves no problem', () => {
    for (const params of [{ level: 99 }, { level: -99 }, { level: 'loud' }, { volume: 3 }]) {
      const patch = one('dynamics/gain', { params: params as never });
      const [problem] = validatePatch(patch, registry, {});
      expect(told(applyTransaction(patch, problem.fix!.transaction).patch)).toEqual([]);
    }
    const odd = { ...one('dynamics/gain'), sampleRateHz: 12345 };
    const [rate] = validatePatch(odd, registry, {});
    expect(rate.code).toBe('E-SCHEMA');
    expect(told(applyTransaction(odd, rate.fix!.transaction).patch)).toEqual([]);
  });

  it('PARAM-2 an event value out of range never decides ports, latency or memory', () => {
    for (const type of Object.values(registry.types)) {
      const params = type.params({ values: {}, resources: {}, patchRateHz: 48000 });
      for (const [name, definition] of Object.entries(params)) {
        if (definition.kind !== 'number' || definition.rate !== 'event') continue;
        const { values } = shapeNode(
          type,
          { id: 'n', type: type.id, version: 1, position: [0, 0], params: { [name]: 1e300 } },
          {},
          48000,
        );
        expect(values[name]).toBe(definition.max);
      }
    }
  });
});

describe('FILE-1 a path stays inside the folder of the patch, or names a builtin', () => {
  it.each([
    'a.wav',
    'models/a.onnx',
    'a/b/c.wav',
    'Grüße & more (2).wav',
    '..a/b.wav',
    'a..wav',
    './a.wav',
    'builtin:audio/a.wav',
    'builtin:a.onnx',
    '.hidden/a.wav',
  ])('allows %s', path => {
    expect(resourcePathFault(path)).toBeUndefined();
  });
  it.each([
    '',
    ' ',
    ' a.wav',
    'a.wav ',
    '\ta.wav',
    'a\nb.wav',
    'a\u0000.wav',
    '..',
    '../a.wav',
    'a/../b.wav',
    'a/..',
    '/a.wav',
    '//host/a.wav',
    'C:/a.wav',
    'c:a.wav',
    'a\\b.wav',
    '..\\a.wav',
    '\\\\host\\a',
    'http://host/a.wav',
    'https://host/a.wav',
    'file:///a.wav',
    'data:audio/wav;base64,AA',
    'blob:x',
    'javascript:1',
    ' https://host/a.wav',
    'builtin:',
    'builtin:../a',
    'builtin:/a',
    'builtin:a/../b',
    'builtin:a//b',
    'builtin:A.wav',
    'builtin:a b',
    'builtin:a/',
  ])('refuses %j', path => {
    expect(resourcePathFault(path)).toBeTypeOf('string');
  });

  it.each<[string, Partial<PatchNode>, string[]]>([
    ['no file', {}, ['E-RESOURCE-MISSING error']],
    ['a file that is not there', { resources: { model: 'a.onnx' } }, ['E-RESOURCE-MISSING error']],
    ['a URL', { resources: { model: 'https://host/a.onnx' } }, ['E-RESOURCE-PATH error']],
  ])('%s', (_name, more, expected) => expect(told(one('neural/neural-model', more))).toEqual(expected));

  it('a missing model is told once: values and wires that it may have had are kept and not judged', () => {
    const patch = makePatch(
      [
        ['knob', 'control/knob'],
        ['amp', 'neural/neural-model', { drive: 3 }],
        ['gain', 'dynamics/gain', { volume: 3 }],
      ],
      ['knob.out > amp.drive', 'knob.out > gain.volume'],
    );
    const codes = (resources = {}) =>
      validatePatch(patch, registry, resources).map(({ code, nodeId }) => `${code} ${nodeId}`);
    expect(codes()).toEqual(['E-RESOURCE-MISSING amp', 'E-PARAM gain', 'E-CONNECTION gain']);
    expect(codes({ amp: { model: modelAt(48000) } })).toEqual(
      expect.arrayContaining(['E-PARAM amp', 'E-CONNECTION amp']),
    );
  });

  it('a model of a fixed block is refused where a stream meets it; alone it is no problem', () => {
    const resources = { n: { model: modelAt(48000, { blockFrames: 512 }) } };
    const alone = one('neural/neural-model', { resources: { model: 'a.onnx' } });
    expect(validatePatch(alone, registry, resources)).toEqual([]);
    const streamed = makePatch(
      [
        ['input', 'source/audio-input'],
        ['n', 'neural/neural-model'],
      ],
      ['input.out > n.in'],
    );
    const problems = validatePatch(streamed, registry, resources);
    expect(problems.map(problem => problem.code)).toEqual(['E-BLOCK']);
    expect(problems[0].message).toContain('expected blocks of 512 frames, got a stream');
  });
});

describe('a refused connection is told of the new connection, and its fix leaves the old ones alone', () => {
  const wires = ['osc.out > down.in', 'down.out > quiet.in', 'osc.out > loud.in', 'loud.out > out.in'];
  const patch = makePatch(
    [
      ['osc', 'source/oscillator'],
      ['down', 'rate/resampler', { to: '16000' }],
      ['quiet', 'dynamics/gain'],
      ['loud', 'dynamics/gain'],
      ['alone', 'dynamics/gain'],
      ['out', 'output/audio-output'],
    ],
    wires,
  );
  const afterFix = (from: string, to: string, base = patch): Patch => {
    const problem = checkConnection(base, registry, {}, from, to)!;
    return applyTransaction(applyTransaction(base, connect(from, to)).patch, problem.fix!.transaction).patch;
  };

  // The ids of the new connections sort before and after those of the old ones.
  it.each([
    ['down.out', 'loud.in', 'expected 48 kHz, got 16 kHz', 'Insert Resampler to 48 kHz (+96 samples)'],
    ['osc.out', 'quiet.in', 'expected 16 kHz, got 48 kHz', 'Insert Resampler to 16 kHz (+96 samples)'],
    ['alone.out', 'quiet.in', 'expected 16 kHz, got 48 kHz', 'Insert Resampler to 16 kHz (+96 samples)'],
  ])('rates: %s → %s', (from, to, message, label) => {
    const problem = checkConnection(patch, registry, {}, from, to);
    expect(problem).toMatchObject({
      code: 'E-RATE',
      path: `connections.${from}>${to}`,
      nodeId: to.split('.')[0],
      fix: { label },
    });
    expect(problem?.message).toContain(message);
    const mended = afterFix(from, to);
    expect(validatePatch(mended, registry, {})).toEqual([]);
    for (const wire of wires) expect(Object.keys(mended.connections)).toContain(wire.replace(' > ', '>'));
  });

  it('rates: a node that ran at the rate of the patch keeps it, although the fault shows only after it', () => {
    const chain = makePatch(
      [
        ['osc', 'source/oscillator'],
        ['down', 'rate/resampler', { to: '16000' }],
        ['loud', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['osc.out > down.in', 'loud.out > out.in'],
    );
    expect(checkConnection(chain, registry, {}, 'down.out', 'loud.in')).toMatchObject({
      code: 'E-RATE',
      path: 'connections.down.out>loud.in',
    });
    const mended = afterFix('down.out', 'loud.in', chain);
    expect(validatePatch(mended, registry, {})).toEqual([]);
    expect(Object.keys(mended.connections)).toContain('loud.out>out.in');
  });

  it('loops: the delay goes into the new connection, whichever end it closes', () => {
    const chain = makePatch(
      [
        ['a', 'dynamics/gain'],
        ['b', 'dynamics/gain'],
        ['c', 'dynamics/gain'],
      ],
      ['a.out > b.in', 'b.out > c.in'],
    );
    for (const [from, to] of [
      ['c.out', 'a.in'],
      ['b.out', 'a.in'],
      ['c.out', 'b.in'],
    ] as const) {
      const problem = checkConnection(chain, registry, {}, from, to);
      expect(problem).toMatchObject({ code: 'E-CYCLE', path: `connections.${from}>${to}` });
      expect(problem?.connections).toContain(`${from}>${to}`);
      const mended = afterFix(from, to, chain);
      expect(validatePatch(mended, registry, {})).toEqual([]);
      expect(Object.keys(mended.connections)).toEqual(expect.arrayContaining(['a.out>b.in', 'b.out>c.in']));
      expect(Object.keys(mended.connections)).not.toContain(`${from}>${to}`);
    }
  });
});
