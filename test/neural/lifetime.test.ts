// What a runner held is free again once it is let go: a patch that is edited for hours makes thousands of them.
import { describe, expect, it } from 'vitest';
import type { ModelRunner } from '../../src/core/model-runner.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { CutRunner } from '../../src/neural/cut-runner.ts';
import { Heap } from '../../src/neural/heap.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { KernelRunner } from '../../src/neural/kernel-runner.ts';
import { instantiate, type WasmFunctions } from '../../src/simd/module.ts';
import { collectUntil } from '../garbage.ts';
import { WASM_PATH } from '../inference/models.ts';
import { Graph, tcn } from './models.ts';

const RUNNERS = 40;

/** Arrays and the memories of WebAssembly, in which a net has its weights. */
const heldBytes = (): number => process.memoryUsage().external;

/** Convolutions of 160 KB behind an operator that only ONNX Runtime has. */
function cut(): ModelResource {
  const g = new Graph();
  const wide = g.op('Conv', [g.op('Erf', ['x']), g.weight([200, 1, 1])]);
  const bent = g.op('Tanh', [g.op('Conv', [wide, g.weight([200, 200, 1])])]);
  g.op('Conv', [bent, g.weight([1, 200, 1])], {}, 'y');
  return g.load('cut');
}

it.each([
  ['a net', tcn(32, 10).load('tcn'), KernelRunner],
  ['a model in parts', cut(), CutRunner],
])('%s', async (_name, model, kind) => {
  const inference = withKernels(createInference(await loadOrtFromFile(WASM_PATH)));
  const make = (): void => {
    const runner = inference.createRunner(model, 128, 64);
    runner.dispose();
    runner.dispose();
  };
  expect(model.bytes.length).toBeGreaterThan(150_000);
  const runner = inference.createRunner(model, 128);
  expect(runner).toBeInstanceOf(kind);
  make();
  await collectUntil(() => true);
  const limit = heldBytes() + 3 * model.bytes.length;
  for (let k = 0; k < RUNNERS; k++) make();
  // Held runners would be forty times a net's weights.
  await collectUntil(() => heldBytes() < limit);
  expect(heldBytes()).toBeLessThan(limit);
  // The runtime lets go of what nobody did.
  inference.dispose();
  expect(() => runner.input('x', 64)).toThrow('a disposed one');
});

describe('what fails in the making holds nothing', () => {
  /** Two parts for ONNX Runtime, around one for the kernels. */
  const threeParts = (): ModelResource => {
    const g = new Graph();
    const wide = g.op('Tanh', [g.op('Conv', [g.op('Erf', ['x']), g.weight([64, 1, 1])])]);
    const deep = g.op('Tanh', [g.op('Conv', [wide, g.weight([64, 64, 1])])]);
    g.op('Erf', [g.op('Conv', [deep, g.weight([1, 64, 1])])], {}, 'y');
    return g.load('three');
  };

  it('a later part: those before it are disposed of', async () => {
    const ort = createInference(await loadOrtFromFile(WASM_PATH));
    const model = threeParts();
    expect(model.parts?.map(part => 'net' in part)).toEqual([false, true, false]);
    const made: ModelRunner[] = [];
    const failing = withKernels({
      createRunner(...given): ModelRunner {
        if (made.length === 1) throw new RangeError('no memory');
        made.push(ort.createRunner(...given));
        return made[0];
      },
      dispose: () => undefined,
    });
    expect(() => failing.createRunner(model, 128)).toThrow(new RangeError('no memory'));
    expect(made).toHaveLength(1);
    expect(() => made[0].run(64)).toThrow('a disposed one');
    ort.dispose();
  });

  it('a net whose first call fails: its memory is free again', () => {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16_384 });
    const wasm = instantiate(memory, 'simd') as WasmFunctions;
    const conv = (): number => {
      throw new WebAssembly.RuntimeError('unreachable');
    };
    const heap = new Heap(memory, { ...wasm, conv });
    const first = heap.take(64) as number;
    heap.giveBack(first, 64);
    const model = tcn(8, 3).load('tcn');
    const { kernels } = model;
    if (!kernels || !('net' in kernels)) throw new Error('expected a net');
    const { net } = kernels;
    expect(() => KernelRunner.create(heap, net, model, 128)).toThrow('unreachable');
    expect(heap.take(64)).toBe(first);
  });
});
