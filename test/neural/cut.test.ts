// Graphs that the kernels take in part: cut where it pays, the same sound as ONNX Runtime makes of the whole within −100 dB, in any
// blocks, with states that are reset and carried. And what is not cut, because it would cost more or can't be.
import { beforeAll, describe, expect, it } from 'vitest';
import { makePatch } from '../../src/bench/patches/make-patch.ts';
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import type { ModelContract, ModelResource } from '../../src/core/resource.ts';
import { runtimeOf, runtimesOf } from '../../src/core/runtime-choice.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { registry } from '../../src/generated/registry.ts';
import { inputTensors } from '../../src/inference/call-buffers.ts';
import { DelayedRunner } from '../../src/inference/delayed-runner.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { CutRunner } from '../../src/neural/cut-runner.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { errorOf } from '../inference/error-of.ts';
import { WASM_PATH } from '../inference/models.ts';
import { noise } from '../simd/kernel-pair.ts';
import { Graph } from './models.ts';

const FRAMES = 4096;
const MOST = 512;
const CALLS = [128, 1, 37, MOST, 64, 5];
let ort: Inference;
let both: Inference;

beforeAll(async () => {
  ort = createInference(await loadOrtFromFile(WASM_PATH));
  both = withKernels(ort);
});

const BOTH = 'SIMD kernels + ONNX Runtime';

/** A GRU and its dense layer behind `x`, mono to mono. */
function recurrent(g: Graph, x: string, units: number, y?: string, name = 'h'): string {
  const h = g.state(name, [1, 1, units]);
  const sequence = g.op('Transpose', [x], { perm: [2n, 0n, 1n] });
  const weights = [
    g.weight([1, 3 * units, 1]),
    g.weight([1, 3 * units, units], 1 / Math.sqrt(units)),
    g.weight([1, 6 * units]),
  ];
  const all = `${name}_all`;
  g.ops('GRU', [sequence, ...weights, '', h], [all, `${name}_out`], {
    hidden_size: BigInt(units),
    linear_before_reset: 1n,
  });
  const mixed = g.op('MatMul', [g.op('Squeeze', [all, g.ints(1)]), g.weight([units, 1])]);
  return g.op('Transpose', [mixed], { perm: [1n, 2n, 0n] }, y);
}

/** Two gated layers of 12 channels with a past each. */
function gated(g: Graph, x: string): string {
  let h = g.op('Conv', [x, g.weight([12, 1, 1])]);
  for (const layer of [1, 2]) {
    const given = g.past(`p${layer}`, h, 12, 2 * layer);
    const half = (): string => g.op('Conv', [given, g.weight([12, 12, 3])], { dilations: [BigInt(layer)] });
    const z = g.op('Mul', [g.op('Tanh', [half()]), g.op('Sigmoid', [half()])]);
    h = g.op('Add', [h, g.op('Conv', [z, g.weight([12, 12, 1])])]);
  }
  return h;
}

const GRAPHS: readonly [name: string, make: () => Graph, parts: string][] = [
  [
    'a GRU behind an operator that nobody knows',
    () => {
      const g = new Graph();
      recurrent(g, g.op('Erf', ['x']), 16, 'y');
      return g;
    },
    'OK',
  ],
  [
    'a gated stack in front of one',
    () => {
      const g = new Graph();
      const h = g.op('Sin', [gated(g, 'x')]);
      g.op('Conv', [h, g.weight([1, 12, 1])], {}, 'y');
      return g;
    },
    'KO',
  ],
  [
    'nets on both sides, the input heard again at the end, a knob that both turn',
    () => {
      const g = new Graph();
      const gain = g.input('gain', [1]);
      const before = g.op('Conv', [gated(g, g.op('Mul', ['x', gain])), g.weight([1, 12, 1])]);
      const bent = g.op('Softsign', [g.op('Atan', [before])]);
      const after = recurrent(g, bent, 24);
      g.op('Add', [g.op('Mul', [after, gain]), 'x'], {}, 'y');
      return g;
    },
    'KOK',
  ],
  [
    'one between two others, which have a state and a shape of their own',
    () => {
      const g = new Graph();
      const late = g.past('early', g.op('Erf', ['x']), 1, 4);
      const frames = g.op('Gather', [g.op('Shape', ['x']), g.ints(2)]);
      const end = g.op('Add', [frames, g.ints(1)]);
      const given = g.op('Mish', [g.op('Slice', [late, g.ints(1), end, g.ints(2)])]);
      const h = recurrent(g, given, 16);
      g.op('Erf', [g.op('Mul', [h, g.scalar(3)])], {}, 'y');
      return g;
    },
    'OKO',
  ],
  [
    'side by side: each from the input, added up',
    () => {
      const g = new Graph();
      g.op('Add', [recurrent(g, 'x', 16), g.op('Sin', ['x'])], {}, 'y');
      return g;
    },
    'KO',
  ],
];

const shapeOf = ({ parts = [] }: ModelResource): string => parts.map(part => ('net' in part ? 'K' : 'O')).join('');

/** All outputs in calls of these lengths, fed with noise; knobs at 0.8. */
function play(runner: ModelRunner, { contract }: ModelResource, lengths: readonly number[], from = 0, to = FRAMES) {
  const source = noise(2 * to, 11);
  const out: number[] = [];
  for (let at = from, call = 0; at < to; call++) {
    const frames = Math.min(lengths[call % lengths.length], to - at);
    for (const [k, { tensor }] of inputTensors(contract).entries()) {
      const input = runner.input(tensor, frames);
      if (k > 0) input.fill(0.8);
      else for (let i = 0; i < input.length; i++) input[i] = 0.5 * source[at + i];
    }
    runner.run(frames);
    for (const { tensor } of contract.outputs) out.push(...runner.output(tensor, frames));
    at += frames;
  }
  return out;
}

function differenceDb(actual: readonly number[], reference: readonly number[]): number {
  expect(actual.length).toBe(reference.length);
  expect(Math.max(...reference.map(Math.abs))).toBeGreaterThan(0.01);
  return 20 * Math.log10(Math.max(...reference.map((value, at) => Math.abs(value - actual[at]))));
}

describe.each(GRAPHS)('%s', (_name, make, shape) => {
  const load = (contract: Partial<ModelContract> = {}): ModelResource => make().load('cut', contract);

  it('is cut, and says so', () => {
    expect(shapeOf(load())).toBe(shape);
    expect(runtimeOf(load()).name).toBe(BOTH);
  });

  it('sounds as in ONNX Runtime, in any blocks', () => {
    const model = load();
    const [ours, theirs] = [both, ort].map(inference => inference.createRunner(model, MOST));
    expect(ours).toBeInstanceOf(CutRunner);
    const reference = play(theirs, model, [MOST]);
    expect(differenceDb(play(ours, model, CALLS), reference)).toBeLessThanOrEqual(-100);
    ours.reset();
    expect(differenceDb(play(ours, model, [128]), reference)).toBeLessThanOrEqual(-100);
    ours.dispose();
    theirs.dispose();
  });

  it('goes on from where another runner is', () => {
    const model = load();
    const [whole, before, after] = [MOST, 64, 300].map(most => both.createRunner(model, most));
    const reference = play(whole, model, [64]);
    const half = FRAMES / 2 + 37;
    const first = play(before, model, [64], 0, half);
    after.carryFrom(before);
    expect(differenceDb([...first, ...play(after, model, [300, 17], half)], reference)).toBeLessThanOrEqual(-110);
  });
});

describe('a cut model', () => {
  const model = () => GRAPHS[2][1]().load('cut');

  it('tells who runs what', () => {
    expect(runtimeOf(GRAPHS[0][1]().load('cut'))).toEqual({
      name: BOTH,
      reason: 'the kernels run Transpose, GRU, Squeeze and MatMul, ONNX Runtime runs Erf',
    });
  });

  it('runs wholly in ONNX Runtime when it is told to, and is an error with the operator where only kernels are wanted', () => {
    const forced = { ...model(), runtime: 'ONNX Runtime' as const };
    expect(both.createRunner(forced, MOST)).not.toBeInstanceOf(CutRunner);
    const patch = makePatch([['net', 'neural/neural-model', { runtime: 'kernels' }]], []);
    const [problem] = validatePatch(patch, registry, { net: { model: model() } }).filter(
      ({ code }) => code === 'E-MODEL-OPERATOR',
    );
    expect(problem.message).toContain('the operator Atan');
    expect(problem.fix).toBeDefined();
    expect(errorOf(() => both.createRunner({ ...model(), runtime: 'kernels' }, MOST)).code).toBe('E-MODEL-OPERATOR');
    expect(runtimesOf(makePatch([['net', 'neural/neural-model']], []), { net: { model: model() } }).net.name).toBe(
      BOTH,
    );
  });

  it('comes as late as its slack, and crosses threads', () => {
    const [given] = [structuredClone(model())];
    const [late, now] = [both.createRunner(given, MOST, 256), both.createRunner(given, MOST)];
    expect(late).toBeInstanceOf(DelayedRunner);
    const [delayed, heard] = [late, now].map(runner => play(runner, given, [128]));
    expect(delayed.slice(256)).toEqual(heard.slice(0, -256));
  });

  it('has the words of the other runtime for wrong names and lengths', () => {
    const runners = [both, ort].map(inference => inference.createRunner(model(), 128));
    for (const act of [(runner: ModelRunner) => runner.run(129), (runner: ModelRunner) => runner.input('z', 8)])
      for (const runner of runners) expect(errorOf(() => act(runner)).code).toBe('E-MODEL-RUN');
  });

  it('of a fixed block hands over whatever shape', () => {
    const g = new Graph();
    g.inputs[0] = ['x', 1, [1, 1, 64]];
    g.outputs[0] = ['y', 1, [1, 1, 64]];
    const apart = g.op('Reshape', [g.op('Erf', ['x']), g.ints(1, 8, 8)]);
    const wide = g.op('Tanh', [g.op('Conv', [apart, g.weight([32, 8, 1])])]);
    const deep = g.op('Tanh', [g.op('Conv', [wide, g.weight([32, 32, 1])])]);
    g.op('Reshape', [g.op('Conv', [deep, g.weight([8, 32, 1])]), g.ints(1, 1, 64)], {}, 'y');
    const fixed = g.load('fixed');
    expect(shapeOf(fixed)).toBe('OK');
    const [ours, theirs] = [both, ort].map(inference => inference.createRunner(fixed, 64));
    expect(ours).toBeInstanceOf(CutRunner);
    expect(differenceDb(play(ours, fixed, [64]), play(theirs, fixed, [64]))).toBeLessThanOrEqual(-100);
  });
});

describe('what is not cut', () => {
  it.each<[string, (g: Graph) => void]>([
    ['a step or two that kernels would do', g => g.op('Neg', [g.op('Erf', [g.op('Abs', ['x'])])], {}, 'y')],
    [
      'a state that both would have',
      g => {
        const past = g.past('p', 'x', 1, 2);
        const bent = g.op('Erf', [past]);
        g.op('Conv', [g.op('Tanh', [bent]), g.weight([1, 1, 3])], {}, 'y');
      },
    ],
    [
      'a net behind results whose sizes nobody knows',
      g => {
        const least = g.op('ReduceMax', ['x', g.ints(1)], { keepdims: 1n });
        recurrent(g, least, 16, 'y');
      },
    ],
  ])('%s', (_name, make) => {
    const g = new Graph();
    make(g);
    const model = g.load('whole');
    expect(model.parts).toBeUndefined();
    expect(runtimeOf(model).name).toBe('ONNX Runtime');
    const runner = both.createRunner(model, 128);
    expect(runner).not.toBeInstanceOf(CutRunner);
    runner.dispose();
  });
});
