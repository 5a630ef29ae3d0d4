// Nets on the SIMD kernels against ONNX Runtime: the same sound within −100 dB for every kind that is recognised, whatever the block.
// And what is not recognised: told with its operator, and left to ONNX Runtime.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { runtimeOf } from '../../src/core/runtime-choice.ts';
import { KernelRunner } from '../../src/neural/kernel-runner.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { errorOf } from '../inference/error-of.ts';
import { Graph, gru, lstm, tcn, waveNet } from './models.ts';
import { differenceDb, expectSameSound, loadRuntimes, play } from './same-sound.ts';

const FRAMES = 8192;
const MOST = 512;
let ort: Inference;
let kernels: Inference;

beforeAll(async () => {
  ({ ort, kernels } = await loadRuntimes());
});

const expectSame = (model: ModelResource): void => expectSameSound({ ort, kernels }, model);

describe('networks', () => {
  it.each([
    ['GRU, 32 units, reset behind the matrix', () => gru(32, true)],
    ['GRU, 32 units, reset before it', () => gru(32, false)],
    ['GRU, 5 units', () => gru(5, true)],
    ['GRU, 7 units, no bias', () => gru(7, false, false)],
    ['GRU, 48 units', () => gru(48, true)],
    ['LSTM, 32 units', () => lstm(32)],
    ['LSTM, 9 units', () => lstm(9)],
    ['TCN, 8 layers of 16', () => tcn(16, 8)],
    ['TCN, 3 layers of 7, 2 taps', () => tcn(7, 3, 2)],
    ['WaveNet, 10 layers of 8', () => waveNet(8, 10, false)],
    ['gated WaveNet, 6 layers of 12', () => waveNet(12, 6, true)],
  ] as const)('%s', (name, make) => expectSame(make().load(name)));

  it.each(['tube-amp-gru32', 'tape-tcn', 'speech-denoiser-gru48', 'autoencoder-encoder', 'autoencoder-decoder'])(
    'gallery: %s',
    name => {
      const path = `notebooks/gallery/models/${name}.onnx`;
      expectSame(loadModel(new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url))), path));
    },
  );
});

describe('single operators', () => {
  const unary = (opType: string, attributes = {}): Graph => {
    const g = new Graph();
    g.op(opType, [g.op('Mul', ['x', g.scalar(6)])], attributes, 'y');
    return g;
  };
  it.each(['Tanh', 'Sigmoid', 'Relu', 'LeakyRelu', 'Elu', 'Softplus', 'Exp', 'Abs', 'Neg', 'HardSigmoid', 'HardSwish'])(
    '%s',
    opType => expectSame(unary(opType).load(opType, {}, 17)),
  );
  it('Log and Sqrt of what is positive', () => {
    const g = new Graph();
    const positive = g.op('Add', [g.op('Abs', ['x']), g.scalar(1e-6)]);
    g.op('Add', [g.op('Log', [positive]), g.op('Sqrt', [positive])], {}, 'y');
    expectSame(g.load('log'));
  });

  it('two numbers each, spread over channels and frames, in place and not', () => {
    const g = new Graph();
    const wide = g.op('Mul', ['x', g.weight([1, 5, 1])]);
    const other = g.op('Sub', [g.weight([5, 1]), wide]);
    const ratio = g.op('Div', [other, g.op('Add', [g.op('Mul', [wide, wide]), g.scalar(1)])]);
    const least = g.op('Min', [g.op('Max', [ratio, wide, g.scalar(-0.2)]), g.op('Add', [other, 'x'])]);
    g.op('Conv', [least, g.weight([1, 5, 1])], {}, 'y');
    expectSame(g.load('arithmetic'));
  });

  it('convolutions in groups, with strides in a fixed block, padded', () => {
    const g = new Graph();
    g.inputs[0] = ['x', 1, [1, 1, 64]];
    g.outputs[0] = ['y', 1, [1, 1, 64]];
    const wide = g.op('Conv', ['x', g.weight([6, 1, 3])], { pads: [1n, 1n] });
    const grouped = g.op('Conv', [wide, g.weight([6, 2, 5]), g.weight([6])], { group: 3n, pads: [4n, 0n] });
    const deep = g.op('Conv', [grouped, g.weight([6, 1, 3])], { group: 6n, pads: [2n, 0n] });
    const fall = g.op('Conv', [deep, g.weight([8, 6, 4]), g.weight([8])], { strides: [4n] });
    const apart = g.op('Reshape', [g.op('Conv', [fall, g.weight([4, 8, 1])]), g.ints(1, 1, 4, -1)]);
    g.op('Reshape', [g.op('Transpose', [apart], { perm: [0n, 1n, 3n, 2n] }), g.ints(1, 1, -1)], {}, 'y');
    expectSame(g.load('convolutions'));
  });

  it('dense layers over frames and over channels, by Gemm and by MatMul from both sides', () => {
    const g = new Graph();
    const wide = g.op('MatMul', [g.weight([6, 1]), 'x']);
    const rows = g.op('Transpose', [wide], { perm: [0n, 2n, 1n] });
    const hidden = g.op('Tanh', [g.op('Add', [g.op('MatMul', [rows, g.weight([6, 11])]), g.weight([11])])]);
    const few = g.op('Squeeze', [g.op('MatMul', [hidden, g.weight([11, 3])]), g.ints(0)]);
    const last = g.op('Gemm', [few, g.weight([5, 3]), g.weight([5])], { transB: 1n, alpha: 0.5, beta: 2 });
    const one = g.op('Gemm', [last, g.weight([5, 1]), g.weight([1])]);
    g.op('Unsqueeze', [g.op('Transpose', [one]), g.ints(0)], {}, 'y');
    expectSame(g.load('dense'));
  });

  it('sums and means, PRelu, normalisation that is settled, Clip, Split, Expand and constants', () => {
    const g = new Graph();
    const wide = g.op('Conv', ['x', g.weight([6, 1, 1])]);
    const [a, b] = g.ops('Split', [wide], ['a', 'b'], { axis: 1n });
    const bent = g.op('PRelu', [a, g.weight([3, 1])]);
    const bn = g.op('BatchNormalization', [
      b,
      g.weight([3]),
      g.weight([3]),
      g.weight([3]),
      g.op('Abs', [g.weight([3])]),
    ]);
    const clipped = g.op('Clip', [bn, g.scalar(-0.3), g.scalar(0.4)]);
    const shape = g.op('Shape', [bent]);
    const offset = g.op('Expand', [g.weight([3, 1]), shape]);
    const all = g.op('Concat', [bent, clipped, offset], { axis: 1n });
    const sum = g.op('ReduceSum', [all, g.ints(1)], { keepdims: 1n });
    g.op('Add', [sum, g.op('ReduceMean', [all], { axes: [1n], keepdims: 1n })], {}, 'y');
    expectSame(g.load('sums', {}, 17));
  });

  it('stereo, side by side and interleaved', () => {
    const g = new Graph();
    g.inputs[0] = ['x', 1, [1, 'N', 2]];
    g.outputs[0] = ['y', 1, [1, 2, 'N']];
    g.op('Transpose', [g.op('Mul', ['x', g.weight([2])])], { perm: [0n, 2n, 1n] }, 'y');
    expectSame(g.load('stereo'));
  });

  it('shapes that the exporter computes: zeros as long as the input, the last frames by its length', () => {
    const g = new Graph();
    const both = g.past('p', 'x', 1, 3);
    const frames = g.op('Gather', [g.op('Shape', ['x']), g.ints(2)]);
    const late = g.op('Slice', [both, g.ints(1), g.op('Add', [frames, g.ints(1)]), g.ints(2)]);
    const zeros = g.op('ConstantOfShape', [g.op('Shape', ['x'])]);
    g.op('Add', [late, zeros], {}, 'y');
    expectSame(g.load('shapes'));
  });

  it('a state that is another one’s past', () => {
    const g = new Graph();
    g.state('one', [1, 1, 1]);
    g.state('two', [1, 1, 1]);
    g.inputs[0] = ['x', 1, [1, 1, 64]];
    g.outputs[0] = ['y', 1, [1, 1, 64]];
    g.op('Slice', ['x', g.ints(63), g.ints(64), g.ints(2)], {}, 'one_out');
    g.op('Identity', ['one'], {}, 'two_out');
    g.op('Add', ['x', g.op('Add', ['one', 'two'])], {}, 'y');
    expectSame(g.load('states'));
  });
});

describe('runners', () => {
  const model = () => tcn(4, 4).load('runners');
  const calls = [128, 37, 512];

  it('give the same after a reset, and each has states of its own', () => {
    const [one, two] = [kernels.createRunner(model(), MOST), kernels.createRunner(model(), MOST)];
    const first = play(one, model(), calls);
    expect(play(two, model(), [64])).toHaveLength(FRAMES);
    one.reset();
    expect(play(one, model(), calls)).toEqual(first);
    one.dispose();
    two.reset();
    expect(play(two, model(), calls)).toEqual(first);
  });

  it.each([
    ['TCN', () => tcn(4, 6)],
    ['GRU', () => gru(12, true)],
    ['LSTM', () => lstm(8)],
    ['WaveNet', () => waveNet(4, 5, true)],
  ] as const)('go on from where another one is, whatever the longest call: %s', (name, make) => {
    const net = make().load(name);
    const [whole, before, after] = [MOST, 64, 300].map(most => kernels.createRunner(net, most));
    const reference = play(whole, net, [64]);
    const half = FRAMES / 2 + 37;
    const first = play(before, net, [64], 0, half);
    after.carryFrom(before);
    const second = play(after, net, [300, 17], half);
    expect(differenceDb([...first, ...second], reference)).toBeLessThanOrEqual(-120);
  });

  it('keep their views true when the memory grows', () => {
    const small = kernels.createRunner(model(), 64);
    small.input('x', 64).fill(0.25);
    small.run(64);
    const before = [...small.output('y', 64)];
    const large = kernels.createRunner(waveNet(16, 10, true).load('large'), 4096);
    small.reset();
    small.input('x', 64).fill(0.25);
    small.run(64);
    expect([...small.output('y', 64)]).toEqual(before);
    large.dispose();
  });

  it('refuse wrong names, lengths and calls after dispose with the words of the other runtime', () => {
    const [ours, theirs] = [kernels, ort].map(inference => inference.createRunner(model(), 128));
    const acts: ((runner: ModelRunner) => unknown)[] = [
      runner => runner.input('z', 8),
      runner => runner.output('x', 8),
      runner => runner.run(129),
      runner => runner.run(-1),
    ];
    for (const act of acts) expect(errorOf(() => act(ours)).message).toBe(errorOf(() => act(theirs)).message);
    ours.dispose();
    ours.dispose();
    expect(errorOf(() => ours.run(8)).message).toContain('disposed');
  });

  it('let what is not a number through, as the other runtime does', () => {
    const net = gru(8, true).load('nan');
    for (const inference of [kernels, ort]) {
      const runner = inference.createRunner(net, 8);
      runner.input('x', 8).fill(Number.NaN);
      runner.run(8);
      expect([...runner.output('y', 8)].every(Number.isNaN)).toBe(true);
    }
  });
});

describe('what the kernels do not take', () => {
  const one = (opType: string, more: (g: Graph) => string[], attributes = {}): Graph => {
    const g = new Graph();
    g.op(opType, ['x', ...more(g)], attributes, 'y');
    return g;
  };
  const bidirectional = (): Graph => {
    const g = new Graph();
    const weights = [g.weight([2, 12, 1]), g.weight([2, 12, 4])];
    const [all] = g.ops('GRU', [g.op('Transpose', ['x'], { perm: [2n, 0n, 1n] }), ...weights], ['all', 'last'], {
      hidden_size: 4n,
      direction: 'bidirectional',
    });
    g.op('Transpose', [g.op('ReduceSum', [all, g.ints(1, 3)], { keepdims: 0n })], {}, 'flat');
    g.op('Unsqueeze', ['flat', g.ints(0)], {}, 'y');
    return g;
  };
  const cases: readonly [string, () => Graph, RegExp][] = [
    ['an unknown operator', () => one('Erf', () => []), /the operator Erf/],
    ['frames left out', () => one('Slice', g => [g.ints(0), g.ints(9), g.ints(2), g.ints(2)]), /Slice/],
    [
      'a sum over frames',
      () => one('Mul', g => [g.op('ReduceMean', ['x', g.ints(2)], { keepdims: 1n })]),
      /ReduceMean over frames/,
    ],
    [
      'two computed factors',
      () => one('MatMul', g => [g.op('MatMul', [g.op('Transpose', ['x'], { perm: [0n, 2n, 1n] }), 'x'])]),
      /MatMul of two computed/,
    ],
    ['both directions', bidirectional, /GRU with direction bidirectional/],
  ];
  it.each(cases)('%s: told with its operator', (name, make, words) => {
    const model = make().load(name);
    const { name: runtime, reason } = runtimeOf(model);
    expect(runtime).toBe('ONNX Runtime');
    expect(reason).toMatch(words);
    const error = errorOf(() => kernels.createRunner({ ...model, runtime: 'kernels' }, 128));
    expect(error.code).toBe('E-MODEL-OPERATOR');
    expect(error.message).toMatch(words);
  });

  it('runs in ONNX Runtime all the same, and so does what is told to', () => {
    const model = one('Erf', () => []).load('erf');
    expect(kernels.createRunner(model, 128)).not.toBeInstanceOf(KernelRunner);
    const forced = { ...gru(8, true).load('forced'), runtime: 'ONNX Runtime' as const };
    expect(kernels.createRunner(forced, 128)).not.toBeInstanceOf(KernelRunner);
    expect(runtimeOf(forced).reason).toBe('chosen on the node');
  });

  it('weights that do not fit their operator, axes that are not there, huge fills: refused without a throw', () => {
    const bad: (() => Graph)[] = [
      () => one('Conv', g => [g.weight([4, 3, 3])]),
      () => one('Transpose', () => [], { perm: [0n, 5n, 1n] }),
      () => one('Concat', g => [g.weight([7, 7])], { axis: 9n }),
      () => one('Add', g => [g.op('ConstantOfShape', [g.ints(1, 1, 1 << 20)])]),
      () => one('Reshape', g => [g.ints(1, 7, -1)]),
      () => one('Gather', g => [g.ints(99)], { axis: 1n }),
    ];
    for (const make of bad) {
      const { kernels: found } = make().load('bad');
      expect(found && 'refusal' in found && found.refusal.length > 0).toBe(true);
    }
  });
});
