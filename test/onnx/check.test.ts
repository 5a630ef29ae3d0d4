// The structural check: what is wrong with a file is said with its code before a runtime sees it, and nothing throws.
import { describe, expect, test } from 'vitest';
import type { WrittenSubgraph } from '../../src/onnx/attributes.ts';
import { checkModel } from '../../src/onnx/check.ts';
import type { OnnxGraph, OnnxTensor } from '../../src/onnx/proto.ts';
import { encodeModel, makeValueInfo } from '../../src/onnx/proto.ts';
import type { Parts } from './models.ts';
import { file, ints, model, NEGATE, node, STATEFUL, weights } from './models.ts';
import { noise } from './ort.ts';

const codes = (bytes: Uint8Array): string[] => checkModel(bytes).problems.map(problem => problem.code);
const firstMessage = (bytes: Uint8Array): string =>
  checkModel(bytes, { path: 'models/a.onnx' }).problems[0]?.message ?? '';

const body = (graph: Partial<OnnxGraph>): WrittenSubgraph => ({
  isSubgraph: true,
  graph: {
    name: 'body',
    node: [],
    initializer: [],
    sparseInitializer: [],
    input: [],
    output: [],
    valueInfo: [],
    ...graph,
  },
});

/** A Loop that doubles x as often as `count` (a value name) says. */
function loop(count: string, tensors: OnnxTensor[], before: Parts['nodes'] = []): Parts {
  const inner = body({
    node: [node('Add', ['v', 'v'], ['v2']), node('Identity', ['go'], ['go2'])],
    input: [makeValueInfo('i', 7, []), makeValueInfo('go', 9, []), makeValueInfo('v', 1, [1, 1, 'N'])],
    output: [makeValueInfo('go2', 9, []), makeValueInfo('v2', 1, [1, 1, 'N'])],
  });
  return { nodes: [...before, node('Loop', [count, '', 'x'], ['y'], { body: inner })], tensors };
}

describe('files', () => {
  test('a sound model passes', () => {
    expect(checkModel(file(NEGATE)).problems).toEqual([]);
    expect(checkModel(file(STATEFUL)).model?.graph?.node).toHaveLength(3);
  });

  test('text, a pointer, nothing and noise are not ONNX', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(codes(new Uint8Array(0))).toEqual(['E-MODEL-FORMAT']);
    expect(codes(bytes('<html>Not found</html>'))).toEqual(['E-MODEL-FORMAT']);
    expect(firstMessage(bytes('version https://git-lfs.github.com/spec/v1\noid'))).toContain('git lfs pull');
    expect(codes(Uint8Array.from(noise(500, 3), value => 128 + 127 * value))).toEqual(['E-MODEL-FORMAT']);
  });

  test('every truncation is refused', () => {
    const bytes = file(STATEFUL);
    for (let length = 0; length < bytes.length; length++)
      expect(codes(bytes.subarray(0, length)), `${length} bytes`).toContain('E-MODEL-FORMAT');
  });

  test('changed bytes never throw', () => {
    const bytes = file(loop('n', [ints('n', [3], [])]));
    const places = noise(4000, 11);
    for (let at = 0; at + 1 < places.length; at += 2) {
      const broken = bytes.slice();
      broken[Math.floor(((places[at] + 1) / 2) * bytes.length)] = Math.floor(((places[at + 1] + 1) / 2) * 256);
      checkModel(broken);
    }
  });

  test('too large', () => {
    expect(checkModel(file(NEGATE), { maxBytes: 10 }).problems[0]?.code).toBe('E-SIZE');
  });

  test('versions outside the runtime', () => {
    expect(firstMessage(file({ ...NEGATE, opset: 27 }))).toBe(
      'models/a.onnx: expected opset 7–26, got 27. Export the model with an opset of 7 to 26.',
    );
    expect(codes(file({ ...NEGATE, opset: 6 }))).toEqual(['E-MODEL-OPERATOR']);
    expect(codes(file({ ...NEGATE, ir: 14 }))).toEqual(['E-MODEL-OPERATOR']);
    expect(codes(file({ ...NEGATE, ir: 13, opset: 26 }))).toEqual([]);
    expect(codes(encodeModel({ ...model(NEGATE), opsetImport: [] }))).toEqual(['E-MODEL-FORMAT']);
  });
});

describe('operators', () => {
  test('foreign domains, training and unknown operators are refused by name', () => {
    const custom = firstMessage(
      file({ nodes: [node('FusedGelu', ['x'], ['y'], {}, 'com.microsoft')], domains: ['com.microsoft'] }),
    );
    expect(custom).toContain('com.microsoft.FusedGelu');
    expect(firstMessage(file({ nodes: [node('Frobnicate', ['x'], ['y'])] }))).toContain('"Frobnicate"');
    expect(codes(file({ nodes: [node('Adam', ['x'], ['y'], {}, 'ai.onnx.preview.training')] }))).toEqual([
      'E-MODEL-OPERATOR',
    ]);
    expect(codes(file({ ...NEGATE, domains: ['com.microsoft'] })), 'an unused import is fine').toEqual([]);
  });

  test('random operators play with a warning', () => {
    const result = checkModel(
      file({ nodes: [node('RandomNormalLike', ['x'], ['r']), node('Add', ['x', 'r'], ['y'])] }),
    );
    expect(result.problems.map(problem => problem.severity)).toEqual(['warning']);
    expect(result.model).toBeDefined();
  });

  test('functions are inlined, recursion is refused', () => {
    const fn = {
      name: 'Twice',
      domain: 'local',
      input: ['a'],
      output: ['b'],
      attribute: ['k'],
      attributeProto: [],
      opsetImport: [{ domain: '', version: 18n }],
    };
    const add = [node('Add', ['a', 'a'], ['t']), node('Neg', ['t'], ['b'])];
    const good: Parts = {
      nodes: [node('Twice', ['x'], ['m'], {}, 'local'), node('Twice', ['m'], ['y'], {}, 'local')],
      functions: [{ ...fn, node: add }],
      domains: ['local'],
    };
    expect(checkModel(file(good)).model?.graph?.node.map(item => item.opType)).toEqual(['Add', 'Neg', 'Add', 'Neg']);
    const bad: Parts = {
      ...good,
      functions: [
        { ...fn, node: [node('Twice', ['a'], ['t'], {}, 'local'), node('Twice', ['t'], ['b'], {}, 'local')] },
      ],
    };
    expect(codes(file(bad))).toContain('E-MODEL-OPERATOR');
  });
});

describe('graphs', () => {
  test('undefined inputs, wrong order, double names, missing outputs', () => {
    expect(codes(file({ nodes: [node('Neg', ['nowhere'], ['y'])] }))).toEqual(['E-MODEL-FORMAT']);
    expect(codes(file({ nodes: [node('Neg', ['t'], ['y']), node('Neg', ['x'], ['t'])] }))).toEqual(['E-MODEL-FORMAT']);
    expect(codes(file({ nodes: [node('Neg', ['x'], ['y']), node('Abs', ['x'], ['y'])] }))).toEqual(['E-MODEL-FORMAT']);
    expect(codes(file({ nodes: [node('Neg', ['x'], ['z'])] }))).toEqual(['E-MODEL-FORMAT']);
  });

  test('a body sees outer values, the outside does not see the body', () => {
    const branch = (name: string, input: string) =>
      body({ node: [node('Neg', [input], [name])], output: [makeValueInfo(name, 1, [1, 1, 'N'])] });
    const when = (input: string): Parts => ({
      nodes: [node('If', ['c'], ['y'], { then_branch: branch('t', input), else_branch: branch('e', 'x') })],
      inputs: [
        ['x', 1, [1, 1, 'N']],
        ['c', 9, []],
      ],
    });
    expect(codes(file(when('x')))).toEqual([]);
    expect(codes(file(when('e')))).toEqual(['E-MODEL-FORMAT']);
    expect(codes(file({ ...when('x'), nodes: [...when('x').nodes, node('Neg', ['t'], ['z'])] }))).toEqual([
      'E-MODEL-FORMAT',
    ]);
  });

  test('loops must end: a constant count, or the least of something and a constant', () => {
    expect(codes(file(loop('n', [ints('n', [8], [])])))).toEqual([]);
    expect(codes(file(loop('n', [ints('n', [2e6], [])])))).toEqual(['E-MODEL-OPERATOR']);
    expect(codes(file(loop('', [])))).toEqual(['E-MODEL-OPERATOR']);
    expect(codes(file(loop('n', [], [node('Size', ['x'], ['n'])])))).toEqual(['E-MODEL-OPERATOR']);
    expect(
      codes(file(loop('n', [ints('most', [64], [])], [node('Size', ['x'], ['s']), node('Min', ['s', 'most'], ['n'])]))),
    ).toEqual([]);
  });

  test.each([
    ['ConstantOfShape', [node('ConstantOfShape', ['a'], ['t'])], [ints('a', [1e6, 1e6])]],
    ['Expand', [node('Expand', ['x', 'a'], ['t'])], [ints('a', [1e6, 1e6, 1])]],
    ['Range', [node('Range', ['a', 'b', 'c'], ['t'])], [ints('a', [0], []), ints('b', [1e12], []), ints('c', [1], [])]],
    ['Pad', [node('Pad', ['x', 'a'], ['t'])], [ints('a', [0, 0, 1e12, 0, 0, 0])]],
    ['Conv', [node('Conv', ['x', 'a'], ['t'], { pads: [0n, 2n ** 40n] })], [weights('a', [1], [1, 1, 1])]],
  ])('%s of constants that would fill the memory', (_, nodes, tensors) => {
    expect(codes(file({ nodes: [...nodes, node('Identity', ['x'], ['y'])], tensors }))).toEqual(['E-MODEL-FORMAT']);
  });
});

describe('weights', () => {
  const withWeight = (tensor: OnnxTensor): Uint8Array =>
    file({ nodes: [node('Mul', ['x', 'w'], ['y'])], tensors: [tensor] });
  const w = weights('w', [1, 2, 3, 4], [1, 4, 1]);

  test('NaN and infinity are found and named', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const bytes = withWeight(weights('w', [1, 2, value, 4]));
      expect(codes(bytes)).toEqual(['E-MODEL-WEIGHTS']);
      expect(firstMessage(bytes)).toContain('"w": expected finite numbers, got NaN or infinity at element 2');
      expect(codes(withWeight({ name: 'w', dims: [2n], dataType: 1, floatData: [0, value] }))).toEqual([
        'E-MODEL-WEIGHTS',
      ]);
    }
    expect(
      codes(withWeight({ name: 'w', dims: [2n], dataType: 10, rawData: Uint8Array.of(0, 0x3c, 1, 0x7c) })),
    ).toEqual(['E-MODEL-WEIGHTS']);
    expect(codes(withWeight(weights('w', [Number.NaN], [])))).toEqual(['E-MODEL-WEIGHTS']);
    expect(codes(withWeight(weights('w', [Number.POSITIVE_INFINITY], []))), 'one infinity is a constant').toEqual([]);
  });

  test('data that do not fit the shape', () => {
    expect(codes(withWeight({ ...w, dims: [1n, 5n, 1n] }))).toEqual(['E-MODEL-WEIGHTS']);
    expect(codes(withWeight({ ...w, dims: [-4n] }))).toEqual(['E-MODEL-WEIGHTS']);
    expect(codes(withWeight({ ...w, dims: [2n ** 40n, 2n ** 40n] }))).toEqual(['E-MODEL-WEIGHTS']);
    expect(codes(withWeight({ name: 'w', dims: [3n], dataType: 1, floatData: [1, 2] }))).toEqual(['E-MODEL-WEIGHTS']);
    expect(codes(withWeight({ ...w, dataType: 99 }))).toEqual(['E-MODEL-FORMAT']);
  });

  test('weights outside the file', () => {
    const external = (location: string) =>
      codes(
        withWeight({
          name: 'w',
          dims: [4n],
          dataType: 1,
          dataLocation: 1,
          externalData: [{ key: 'location', value: location }],
        }),
      );
    expect(external('a.bin')).toEqual(['E-MODEL-FORMAT']);
    for (const path of ['../a.bin', '/etc/passwd', 'https://example.org/a', 'C:\\a'])
      expect(external(path)).toEqual(['E-RESOURCE-PATH']);
  });
});
