// Graphs whose geometry is none: ONNX Runtime refuses them, and the kernels may neither play them nor touch memory that is not theirs.
// And graphs that are small in the file and large to play: left to ONNX Runtime, within a time that does not hang a page.
import { beforeAll, describe, expect, it } from 'vitest';
import { runtimeOf } from '../../src/core/runtime-choice.ts';
import { Heap } from '../../src/neural/heap.ts';
import { KernelRunner } from '../../src/neural/kernel-runner.ts';
import { Layout } from '../../src/neural/layout.ts';
import { errorOf } from '../inference/error-of.ts';
import { Graph, gru } from './models.ts';
import { differenceDb, loadRuntimes, play, type Runtimes } from './same-sound.ts';

let runtimes: Runtimes;

beforeAll(async () => {
  runtimes = await loadRuntimes();
});

type Make = (g: Graph) => void;

function graphOf(make: Make): Graph {
  const g = new Graph();
  make(g);
  return g;
}

/** `x` as eight channels, and eight back to one. */
const wide = (g: Graph): string => g.op('Conv', ['x', g.weight([8, 1, 1])]);
const narrow = (g: Graph, x: string): string => g.op('Conv', [x, g.weight([1, 8, 1])], {}, 'y');

/** The hidden states of a GRU of four units that starts with `h`. */
function recurrent(g: Graph, h: string): void {
  const sequence = g.op('Transpose', ['x'], { perm: [2n, 0n, 1n] });
  const weights = [g.weight([1, 12, 1]), g.weight([1, 12, 4]), ''];
  const [all] = g.ops('GRU', [sequence, ...weights, '', h], ['all', 'last'], { hidden_size: 4n });
  const rows = g.op('MatMul', [g.op('Squeeze', [all, g.ints(1)]), g.weight([4, 1])]);
  g.op('Transpose', [rows], { perm: [1n, 2n, 0n] }, 'y');
}

const pieces =
  (...lengths: number[]): Make =>
  g => {
    const halves = lengths.map((_, at) => `piece${at}`);
    g.ops('Split', [wide(g), g.ints(...lengths)], halves, { axis: 1n });
    g.op('ReduceSum', [g.op('Relu', [halves[lengths.length - 1]]), g.ints(1)], { keepdims: 1n }, 'y');
  };

const MALFORMED: readonly [name: string, make: Make][] = [
  ['a piece of a negative length', pieces(-60, 68)],
  ['pieces that are more than the whole', pieces(4, 4000)],
  ['pieces that are less than the whole', pieces(2, 2)],
  ['a negative dilation', g => narrow(g, g.op('Conv', [wide(g), g.weight([8, 8, 2])], { dilations: [-500n] }))],
  ['no stride', g => narrow(g, g.op('Conv', [wide(g), g.weight([8, 8, 1])], { strides: [0n] }))],
  ['a negative stride', g => narrow(g, g.op('Conv', [wide(g), g.weight([8, 8, 1])], { strides: [-1n] }))],
  ['a bias for fewer channels', g => narrow(g, g.op('Conv', [wide(g), g.weight([8, 8, 1]), g.weight([2])]))],
  ['weights of another kernel', g => narrow(g, g.op('Conv', [wide(g), g.weight([8, 8, 1])], { kernel_shape: [3n] }))],
  ['a state of two axes', g => recurrent(g, g.weight([1, 1]))],
  ['a state of one axis', g => recurrent(g, g.weight([1]))],
  ['an axis twice', g => g.op('Transpose', [wide(g)], { perm: [0n, 0n, 2n] }, 'y')],
  [
    'normalisation of other channels',
    g => {
      const weights = [0, 1, 2, 3].map(() => g.op('Abs', [g.weight([8])]));
      g.op('ReduceSum', [g.op('BatchNormalization', ['x', ...weights]), g.ints(1)], { keepdims: 1n }, 'y');
    },
  ],
];

describe('malformed graphs', () => {
  it.each(MALFORMED)('%s: left to ONNX Runtime, which refuses it', (name, make) => {
    const model = graphOf(make).load(name);
    expect(runtimeOf(model).name).toBe('ONNX Runtime');
    expect(model.kernels).toHaveProperty('refusal');
    for (const runtime of Object.values(runtimes)) {
      const act = () => play(runtime.createRunner(model, 64), model, [64], 0, 64);
      expect(errorOf(act).code).toMatch(/^E-MODEL-/);
    }
  });

  it('leave the memory of others alone', () => {
    const net = gru(12, true).load('gru');
    const runner = runtimes.kernels.createRunner(net, 64);
    expect(runner).toBeInstanceOf(KernelRunner);
    const reference = play(runner, net, [64]);
    runner.reset();
    const heard = play(runner, net, [64], 0, 4096);
    for (const [name, make] of MALFORMED) {
      const model = graphOf(make).load(name);
      errorOf(() => play(runtimes.kernels.createRunner(model, 64), model, [64], 0, 64));
    }
    heard.push(...play(runner, net, [64], 4096));
    expect(differenceDb(heard, reference)).toBe(Number.NEGATIVE_INFINITY);
  });

  it.each([0, -64, Number.NaN])('memory of %s bytes is nobody’s', bytes => {
    const layout = new Layout({ tensors: [], steps: [], inputs: {}, outputs: {}, states: [] }, new Uint8Array(0), 64);
    expect(() => layout.reserve(bytes)).toThrow(RangeError);
    expect(() => Heap.create()?.take(bytes)).toThrow(RangeError);
  });
});

describe('graphs that are larger than their file', () => {
  const reduced = (g: Graph, x: string): string => g.op('ReduceMean', [x, g.ints(1)], { keepdims: 1n }, 'y');
  it.each<[string, Make, RegExp]>([
    [
      'constants spread over each other',
      g => reduced(g, g.op('Mul', ['x', g.op('Add', [g.weight([1, 3000, 1]), g.weight([1, 1, 3000])])])),
      /computed constants/,
    ],
    [
      'constants that double',
      g => {
        let all = g.weight([1, 4, 1]);
        for (let at = 0; at < 24; at++) all = g.op('Concat', [all, all], { axis: 1n });
        reduced(g, g.op('Mul', ['x', all]));
      },
      /computed constants/,
    ],
    ['a fill of a negative length', g => reduced(g, g.op('ConstantOfShape', [g.ints(1, -8, 1)])), /constants of -8/],
    ['sound spread far', g => reduced(g, g.op('Expand', ['x', g.ints(1, 2_000_000, 1)])), /more work/],
  ])('%s: not on the kernels', (name, make, words) => {
    const model = graphOf(make).load(name);
    expect(model.kernels).toMatchObject({ refusal: expect.stringMatching(words) });
    expect(model.parts).toBeUndefined();
    expect(runtimeOf(model).name).toBe('ONNX Runtime');
  });
});
