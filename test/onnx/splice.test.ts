// Splicing: a model inside a written graph computes exactly what it computes alone, whatever its layout, opset and names.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PatchError } from '../../src/core/errors.ts';
import type { ModelContract, ModelResource } from '../../src/core/resource.ts';
import type { WrittenSubgraph } from '../../src/onnx/attributes.ts';
import { OnnxGraphBuilder } from '../../src/onnx/builder.ts';
import { checkModel } from '../../src/onnx/check.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makeValueInfo } from '../../src/onnx/proto.ts';
import type { Parts } from './models.ts';
import { file, ints, NEGATE, node, STATEFUL, weights } from './models.ts';
import type { Tensor } from './ort.ts';
import { f32, i64, maxDifference, noise, open } from './ort.ts';

const SIZES = [1, 37, 128, 3];

/** Writes a graph that holds the model only: its audio as [C, N], its params as inputs. */
function wrap(resource: ModelResource, nodeId = 'amp'): OnnxGraphBuilder {
  const builder = new OnnxGraphBuilder();
  const { contract } = resource;
  const inputs: Record<string, string> = {};
  for (const port of contract.inputs) inputs[port.tensor] = builder.input(port.tensor, 'f32', [port.channels, 'N']);
  for (const param of contract.params)
    inputs[param.tensor] = builder.input(param.tensor, 'f32', [param.rate === 'a' ? 'N' : 1]);
  const g = builder.scope(nodeId);
  const outputs = g.splice(resource, inputs, g.size(inputs[contract.inputs[0].tensor], 1));
  for (const port of contract.outputs) builder.output(port.tensor, outputs[port.tensor], 'f32', [port.channels, 'N']);
  return builder;
}

/** Feeds model and wrapped model the same noise for several calls and returns the largest difference of audio and states. */
async function compare(bytes: Uint8Array, overrides: Partial<ModelContract> = {}): Promise<number> {
  const resource = loadModel(bytes, 'm.onnx', overrides);
  const { contract } = resource;
  const wrapped = wrap(resource);
  const written = wrapped.toBytes();
  expect(checkModel(written).problems).toEqual([]);
  const alone = await open(bytes);
  const merged = await open(written);
  const zero = (shape: readonly number[], dtype: string): Tensor => {
    const count = shape.reduce((product, size) => product * size, 1);
    if (dtype === 'i64') return i64(Array(count).fill(0), shape);
    return dtype === 'f64' ? { data: new Float64Array(count), dims: shape } : f32(Array(count).fill(0), shape);
  };
  const states = contract.states.map(state => ({
    alone: zero(state.shape, state.dtype),
    merged: zero(state.shape, state.dtype),
  }));
  let most = 0;
  let seed = 1;
  for (const frames of SIZES) {
    const feeds: Record<string, Tensor> = {};
    const given: Record<string, Tensor> = {};
    for (const port of contract.inputs) {
      const x = noise(port.channels * frames, seed++);
      given[port.tensor] = f32(x, [port.channels, frames]);
      const isLast = port.layout.indexOf('c') > port.layout.indexOf('n');
      const turned = isLast ? x.map((_, at) => x[(at % port.channels) * frames + Math.floor(at / port.channels)]) : x;
      feeds[port.tensor] = f32(
        turned,
        [...port.layout].map(axis => ({ b: 1, c: port.channels, n: frames })[axis] as number),
      );
    }
    for (const param of contract.params) {
      const values = noise(param.rate === 'a' ? frames : 1, seed++);
      given[param.tensor] = f32(values);
      feeds[param.tensor] = f32(
        values,
        [...param.layout].map(axis => (axis === 'n' ? frames : 1)),
      );
    }
    contract.states.forEach((state, at) => {
      feeds[state.input] = states[at].alone;
      given[wrapped.states[at].in] = states[at].merged;
    });
    const expected = await alone(feeds);
    const got = await merged(given);
    for (const port of contract.outputs) {
      expect(got[port.tensor].dims).toEqual([port.channels, frames]);
      const isLast = port.layout.indexOf('c') > port.layout.indexOf('n');
      const values = [...expected[port.tensor].data] as number[];
      const turned = isLast
        ? values.map((_, at) => values[(at % frames) * port.channels + Math.floor(at / frames)])
        : values;
      most = Math.max(most, maxDifference(got[port.tensor].data, turned));
    }
    contract.states.forEach((state, at) => {
      states[at] = { alone: expected[state.output], merged: got[wrapped.states[at].out] };
      most = Math.max(most, maxDifference(states[at].alone.data, states[at].merged.data));
    });
  }
  return most;
}

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, import.meta.url)));
const stored = (name: string): Uint8Array => read(`../inference/models/${name}.onnx`);

describe('merged = alone', () => {
  test.each(['identity', 'gru', 'conv', 'many', 'flat'])('%s', async name => {
    expect(await compare(stored(name))).toBe(0);
  });

  test.each(['delay-1', 'gain-param', 'identity-48k', 'layout-bn', 'local-function', 'lstm', 'stereo'])(
    'fixture %s',
    async name => {
      expect(await compare(read(`../fixtures/models/${name}.onnx`))).toBe(0);
    },
  );

  test('a state and a knob', async () => {
    expect(await compare(file(STATEFUL))).toBe(0);
  });

  test.each([[[1, 'N', 2]], [['N', 2]], [[2, 'N']], [['N']], [['N', 1, 2]]])('layout %j', async shape => {
    const io = (name: string) => [name, 1, shape] as const;
    expect(await compare(file({ ...NEGATE, inputs: [io('x')], outputs: [io('y')] }))).toBe(0);
  });

  test('functions with attributes, subgraphs with outer values and hidden names', async () => {
    const branch = (factor: number): WrittenSubgraph => ({
      isSubgraph: true,
      // "t" hides the outer "t"; "x" and "w" are outer values.
      graph: {
        name: 'branch',
        node: [node('Mul', ['x', 'k'], ['t2']), node('Add', ['t2', 'w'], ['r'])],
        sparseInitializer: [],
        valueInfo: [],
        input: [],
        initializer: [weights('k', [factor], [])],
        output: [makeValueInfo('r', 1, [1, 1, 'N'])],
      },
    });
    const leaky = node('LeakyRelu', ['a'], ['b']);
    leaky.attribute.push({ name: 'alpha', type: 1, refAttrName: 'slope' });
    const parts: Parts = {
      nodes: [
        node('Less', ['zero', 'w'], ['c']),
        node('If', ['c'], ['t'], { then_branch: branch(2), else_branch: branch(3) }),
        node('Soft', ['t'], ['y'], { slope: 0.25 }, 'local'),
      ],
      tensors: [weights('w', [0.5], []), weights('zero', [0], [])],
      functions: [
        {
          name: 'Soft',
          domain: 'local',
          input: ['a'],
          output: ['b'],
          attribute: ['slope'],
          attributeProto: [],
          node: [leaky],
          opsetImport: [{ domain: '', version: 18n }],
        },
      ],
      domains: ['local'],
    };
    expect(await compare(file(parts))).toBe(0);
  });
});

describe('opset', () => {
  const chain: [string, number, Parts['nodes'], Parts['tensors']?][] = [
    [
      'Squeeze and Unsqueeze with axes as attribute',
      11,
      [node('Squeeze', ['x'], ['t'], { axes: [0n] }), node('Unsqueeze', ['t'], ['y'], { axes: [0n] })],
    ],
    ['Clip with limits as attributes', 10, [node('Clip', ['x'], ['y'], { min: -0.25, max: 0.5 })]],
    ['Clip with one limit', 10, [node('Clip', ['x'], ['y'], { max: 0.5 })]],
    [
      'Pad and Slice with attributes',
      9,
      [
        node('Pad', ['x'], ['t'], { pads: [0n, 0n, 3n, 0n, 0n, 0n], value: 0.5 }),
        node('Slice', ['t'], ['y'], { starts: [0n], ends: [-3n], axes: [2n] }),
      ],
    ],
    ['Softmax over flattened axes', 11, [node('Softmax', ['x'], ['y'], { axis: 1n })]],
    [
      'ReduceSum and ReduceMean with axes as attribute',
      12,
      [
        node('ReduceSum', ['x'], ['s'], { axes: [1n], keepdims: 1n }),
        node('ReduceMean', ['s'], ['m'], { axes: [2n], keepdims: 1n }),
        node('Sub', ['x', 'm'], ['y']),
      ],
    ],
    [
      'ReduceMean and Split of 17',
      17,
      [
        node('ReduceMean', ['x'], ['m'], { axes: [-1n] }),
        node('Concat', ['x', 'x'], ['two'], { axis: 1n }),
        node('Split', ['two'], ['p', 'q'], { axis: 1n }),
        node('Sub', ['p', 'm'], ['r']),
        node('Mul', ['q', 'r'], ['y']),
      ],
    ],
    [
      'Split with sizes as attribute',
      11,
      [
        node('Concat', ['x', 'x', 'x'], ['three'], { axis: 1n }),
        node('Split', ['three'], ['p', 'q'], { axis: 1n, split: [1n, 2n] }),
        node('ReduceSum', ['q'], ['s'], { axes: [1n] }),
        node('Add', ['p', 's'], ['y']),
      ],
    ],
    ['Dropout', 10, [node('Dropout', ['x'], ['y'], { ratio: 0.5 })]],
    ['TopK', 9, [node('TopK', ['x'], ['v', 'i'], { k: 1n, axis: 2n }), node('Sub', ['x', 'v'], ['y'])]],
    [
      'BatchNormalization',
      8,
      [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'])],
      [weights('s', [2]), weights('b', [0.1]), weights('m', [0.2]), weights('v', [0.7])],
    ],
    ['Upsample-free newer opset', 21, [node('Gelu', ['x'], ['y'])]],
  ];
  test.each(chain)('%s (opset %i)', async (_, opset, nodes, tensors = []) => {
    // Tolerance: the same operator may take another path in the runtime at another opset; one rounding.
    expect(await compare(file({ nodes, opset, tensors }))).toBeLessThan(1e-6);
  });

  test('a newer model raises the older one and our own nodes beside it', async () => {
    const old = loadModel(
      file({
        nodes: [
          node('DFT', ['u'], ['f'], { axis: 1n }),
          node('ReduceSum', ['f', 'last'], ['s'], { keepdims: 0n }),
          node('Add', ['x', 's'], ['y']),
        ],
        inputs: [['x', 1, [1, 1, 'N']]],
        tensors: [weights('u', [1, 2, 3, 4], [1, 4, 1]), ints('last', [1, 2])],
        opset: 17,
      }),
      'old.onnx',
    );
    const young = loadModel(file({ nodes: [node('Gelu', ['x'], ['y'])], opset: 21 }), 'young.onnx');
    const builder = new OnnxGraphBuilder();
    const x = builder.input('x', 'f32', [1, 'N']);
    const g = builder.scope('a');
    const frames = g.size(x, 1);
    const first = g.splice(old, { x }, frames).y;
    builder.output('first', first, 'f32', [1, 'N']);
    builder.output('y', builder.scope('b').splice(young, { x: first }, frames).y, 'f32', [1, 'N']);
    const bytes = builder.toBytes();
    expect(builder.toBytes(), 'writing twice gives the same bytes').toEqual(bytes);
    expect(checkModel(bytes).model?.opsetImport[0].version).toBe(21n);
    const input = f32(noise(64, 9), [1, 64]);
    const got = await (await open(bytes))({ x: input });
    const middle = await (await open(old.bytes))({ x: f32(input.data as Float32Array, [1, 1, 64]) });
    expect(maxDifference(got.first.data, middle.y.data)).toBe(0);
    const expected = await (await open(young.bytes))({ x: f32(middle.y.data as Float32Array, [1, 1, 64]) });
    expect(maxDifference(got.y.data, expected.y.data)).toBe(0);
  });

  test('what cannot be carried over is refused by name', () => {
    const resize = loadModel(
      file({ nodes: [node('Upsample', ['x', 'k'], ['y'])], tensors: [weights('k', [1, 1, 1])], opset: 9 }),
      'm.onnx',
    );
    expect(() => wrap(resize)).toThrow(/Upsample: it was replaced by Resize/);
  });
});

describe('seams', () => {
  test('twice in one node: states apart, weights stored once', async () => {
    const resource = loadModel(stored('gru'), 'gru.onnx');
    const builder = new OnnxGraphBuilder();
    const x = builder.input('x', 'f32', [2, 'N']);
    const g = builder.scope('amp');
    const sides = [0, 1].map(at => g.splice(resource, { x: g.slice(x, 0, at, at + 1) }, g.size(x, 1)).y);
    builder.output('y', g.concat(sides, 0), 'f32', [2, 'N']);
    expect(builder.states.map(state => state.in)).toEqual(['amp/model/h_in', 'amp/model.2/h_in']);
    const weightBytes = (builder.toModel().graph?.initializer ?? []).reduce(
      (sum, tensor) => sum + (tensor.rawData?.length ?? 0),
      0,
    );
    expect(weightBytes).toBeLessThan(resource.bytes.length + 1000);
    const mono = await (await open(resource.bytes))({
      x: f32(noise(50, 1), [1, 1, 50]),
      h: f32(Array(32).fill(0), [1, 1, 32]),
    });
    const zero = f32(Array(32).fill(0), [1, 1, 32]);
    const two = await (await open(builder.toBytes()))({
      x: f32([...noise(50, 1), ...noise(50, 1)], [2, 50]),
      'amp/model/h_in': zero,
      'amp/model.2/h_in': zero,
    });
    expect(maxDifference(two.y.data, [...mono.y.data, ...mono.y.data])).toBe(0);
  });

  test.each(['gru', 'conv'])('%s: a call without frames gives none and keeps the state', async name => {
    const wrapped = wrap(loadModel(stored(name), 'm.onnx'));
    const run = await open(wrapped.toBytes());
    const states = Object.fromEntries(
      wrapped.states.map((state, at) => [
        state.in,
        f32(
          noise(
            state.shape.reduce((a, b) => a * b, 1),
            at,
          ),
          state.shape,
        ),
      ]),
    );
    const out = await run({ x: f32([], [1, 0]), ...states });
    expect(out.y.dims).toEqual([1, 0]);
    for (const state of wrapped.states) expect(out[state.out].data).toEqual(states[state.in].data);
  });

  test('a param that is not fed keeps its default', async () => {
    const param = {
      tensor: 'gain',
      id: 'gain',
      label: 'Gain',
      unit: '',
      min: 0,
      max: 4,
      default: 3,
      scale: 'linear',
      rate: 'a',
      layout: '11n',
    } as const;
    const parts: Parts = {
      nodes: [node('Mul', ['x', 'gain'], ['y'])],
      inputs: [
        ['x', 1, [1, 1, 'N']],
        ['gain', 1, [1, 1, 'N']],
      ],
    };
    const resource = loadModel(file(parts), 'm.onnx', { params: [param] });
    const builder = new OnnxGraphBuilder();
    const x = builder.input('x', 'f32', [1, 'N']);
    const g = builder.scope('amp');
    builder.output('y', g.splice(resource, { x }, g.size(x, 1)).y, 'f32', [1, 'N']);
    const out = await (await open(builder.toBytes()))({ x: f32([1, 2, -1], [1, 3]) });
    expect([...out.y.data]).toEqual([3, 6, -3]);
  });

  test('fixed blocks and missing audio are refused with their codes', () => {
    const code = (run: () => unknown): string | undefined => {
      try {
        run();
      } catch (error) {
        return (error as PatchError).code;
      }
      return undefined;
    };
    const block = loadModel(stored('block64'), 'block64.onnx');
    expect(code(() => wrap(block))).toBe('E-MODEL-BLOCK');
    const g = new OnnxGraphBuilder().scope('amp');
    expect(code(() => g.splice(loadModel(file(NEGATE), 'm.onnx'), {}, g.i64(1)))).toBe('E-MODEL-CONTRACT');
  });
});
