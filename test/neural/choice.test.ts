// Who runs a model is a param of its node: told before it plays, with a fix where it can't be as the node wants it, and kept by the plan.
import { beforeAll, describe, expect, it } from 'vitest';
import { makePatch } from '../../src/bench/patches/make-patch.ts';
import { profilePatch } from '../../src/check/profile.ts';
import { runtimeNotes } from '../../src/check/profile-words.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { Inference, ModelRunner } from '../../src/core/model-runner.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { runtimeFound, runtimeOf, runtimesOf } from '../../src/core/runtime-choice.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { registry } from '../../src/generated/registry.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { KernelRunner } from '../../src/neural/kernel-runner.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { noise } from '../simd/kernel-pair.ts';
import { Graph, gru } from './models.ts';

const FRAMES = 4800;
let models: Inference;
let ort: Inference;
/** Of every runner that was made. */
const made: ModelRunner[] = [];

beforeAll(async () => {
  ort = createInference(await loadOrtFromFile(WASM_PATH));
  const inner = withKernels(ort);
  models = {
    createRunner(...given) {
      made.push(inner.createRunner(...given));
      return made.at(-1) as ModelRunner;
    },
    dispose: () => inner.dispose(),
  };
});

const patchOf = (runtime: string) => {
  const patch = makePatch(
    [
      ['in', 'source/audio-input'],
      ['net', 'neural/neural-model', { runtime }],
      ['out', 'output/audio-output'],
    ],
    ['in.out > net.in', 'net.out > out.in'],
  );
  return { ...patch, nodes: { ...patch.nodes, net: { ...patch.nodes.net, resources: { model: 'net.onnx' } } } };
};

const erf = (): ModelResource => {
  const g = new Graph();
  g.op('Erf', ['x'], {}, 'y');
  return g.load('erf');
};

async function render(model: ModelResource, runtime: string): Promise<{ sound: Float32Array; isOnKernels: boolean }> {
  made.length = 0;
  const patch = patchOf(runtime);
  const input = Float32Array.from(noise(FRAMES, 5));
  const resources = { net: { model } };
  const { outputs, faults } = await renderPatch({
    patch,
    registry,
    resources,
    models,
    inputs: { in: [input] },
    frames: FRAMES,
  });
  expect(faults).toEqual([]);
  return { sound: outputs.out[0], isOnKernels: made[0] instanceof KernelRunner };
}

describe('param runtime', () => {
  it('auto takes the kernels, ONNX Runtime when it is told to; both sound the same within −100 dB', async () => {
    const model = gru(16, true).load('gru');
    const [auto, forced, other] = [
      await render(model, 'auto'),
      await render(model, 'kernels'),
      await render(model, 'ONNX Runtime'),
    ];
    expect([auto, forced, other].map(({ isOnKernels }) => isOnKernels)).toEqual([true, true, false]);
    expect(forced.sound).toEqual(auto.sound);
    const difference = Math.max(...auto.sound.map((value, at) => Math.abs(value - other.sound[at])));
    expect(difference).toBeLessThanOrEqual(1e-5);
    expect(Math.max(...auto.sound.map(Math.abs))).toBeGreaterThan(0.01);
  });

  it('auto leaves to ONNX Runtime what the kernels do not take, and says why', async () => {
    const model = erf();
    expect((await render(model, 'auto')).isOnKernels).toBe(false);
    expect(runtimesOf(patchOf('auto'), { net: { model } })).toEqual({
      net: { name: 'ONNX Runtime', reason: 'the SIMD kernels do not take the operator Erf' },
    });
  });

  it('kernels for a model that they do not take is an error with its operator and a fix', () => {
    const patch = patchOf('kernels');
    const resources = { net: { model: erf() } };
    const [problem, ...others] = validatePatch(patch, registry, resources);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      code: 'E-MODEL-OPERATOR',
      severity: 'error',
      path: 'nodes.net.params.runtime',
      nodeId: 'net',
    });
    expect(problem.message).toBe(
      'net.runtime: expected a model that the SIMD kernels take, got the operator Erf. Choose “auto”, and ONNX Runtime runs it.',
    );
    const mended = applyTransaction(patch, problem.fix!.transaction).patch;
    expect(validatePatch(mended, registry, resources)).toEqual([]);
  });
});

describe('who runs a model tells so', () => {
  /** A net behind an operator that nobody knows. */
  const cut = (): ModelResource => {
    const g = new Graph();
    const wide = g.op('Tanh', [g.op('Conv', [g.op('Erf', ['x']), g.weight([64, 1, 1])])]);
    const deep = g.op('Tanh', [g.op('Conv', [wide, g.weight([64, 64, 1])])]);
    g.op('Conv', [deep, g.weight([1, 64, 1])], {}, 'y');
    return g.load('cut');
  };

  it('as it was chosen, with a slack and without', () => {
    for (const model of [gru(8, true).load('gru'), cut(), erf()])
      for (const slackFrames of [0, 64]) {
        const { runtime } = models.createRunner(model, 128, slackFrames);
        expect(runtime).toBe(runtimeOf(model).name);
        expect(runtimeFound(runtimeOf(model), runtime)).toEqual(runtimeOf(model));
      }
    expect(runtimeOf(cut()).name).toBe('SIMD kernels + ONNX Runtime');
  });

  it('or another: calls so long that the kernels have no memory for them', () => {
    const model = gru(128, true).load('gru');
    const { runtime } = models.createRunner(model, 400_000);
    expect(runtime).toBe('ONNX Runtime');
    expect(runtimeFound(runtimeOf(model), runtime)).toEqual({
      name: 'ONNX Runtime',
      reason: 'the SIMD kernels had no memory for it, or a part of it was refused',
    });
  });

  it('and a profile tells it block by block, as the runners did', async () => {
    const model = gru(8, true).load('gru');
    // Kernels for short calls only.
    const short: Inference = {
      createRunner: (given, maxFrames, ...rest) =>
        (maxFrames > 512 ? ort : models).createRunner(given, maxFrames, ...rest),
      dispose: () => undefined,
    };
    const profile = await profilePatch({
      patch: patchOf('auto'),
      registry,
      resources: { net: { model } },
      models: short,
      clock: () => performance.now(),
      seconds: 0.01,
      blocks: [64, 1024],
      ratesHz: [48000],
    });
    expect(profile.rows.map(({ runtimes }) => runtimes.net.name)).toEqual(['SIMD kernels', 'ONNX Runtime']);
    expect(runtimeNotes(profile)).toEqual([
      'net runs on SIMD kernels, in blocks of 64 at 48000 Hz.',
      'net runs on ONNX Runtime: the SIMD kernels had no memory for it, or a part of it was refused, in blocks of 1024 at 48000 Hz.',
    ]);
    expect(runtimeNotes({ ...profile, rows: profile.rows.slice(0, 1) })).toEqual(['net runs on SIMD kernels.']);
  });

  it('a part that is refused leaves all of it to ONNX Runtime; a bug is thrown', () => {
    const model = cut();
    let alive = 0;
    const failing = (error: Error): Inference =>
      withKernels({
        createRunner(given, ...rest) {
          if (given.bytes !== model.bytes) throw error;
          alive++;
          return ort.createRunner(given, ...rest);
        },
        dispose: () => undefined,
      });
    const refusal = new PatchError([{ code: 'E-MODEL-RUN', severity: 'error', path: 'part', message: 'refused' }]);
    expect(failing(refusal).createRunner(model, 128).runtime).toBe('ONNX Runtime');
    expect(alive).toBe(1);
    expect(() => failing(new TypeError('a bug')).createRunner(model, 128)).toThrow('a bug');
    expect(alive).toBe(1);
  });
});
