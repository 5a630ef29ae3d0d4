// Bad cases each say what is wrong with a code, and leave nothing half done: blocks that can't be, models that give the wrong
// length or no numbers while they play, a render cancelled in the middle, a full disk. (Rates: core/infer; impulse responses:
// nodes/convolution; cancelled commands: cli/commands.)
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PatchError, type Problem } from '../../src/core/errors.ts';
import type { Patch } from '../../src/core/patch.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { estimateDelay } from '../../src/dsp/measure.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { planOrThrow, renderPatch } from '../../src/render/render-patch.ts';
import { Cli } from '../cli/cli.ts';
import { modelAt } from '../core/resources.ts';
import { WASM_PATH } from '../inference/models.ts';
import { file, ints, NEGATE, node, type Parts, weights } from '../onnx/models.ts';
import { makePatch, noise, registry } from '../render/helpers.ts';
import { countedModels } from './counted-models.ts';

const models = createInference(await loadOrtFromFile(WASM_PATH));

const problemsOf = async (work: () => unknown): Promise<readonly Problem[]> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof PatchError) return error.problems;
    throw error;
  }
  return [];
};

const amp = makePatch(
  [
    ['input', 'source/audio-input'],
    ['amp', 'neural/neural-model'],
    ['out', 'output/audio-output'],
  ],
  ['input.out > amp.in', 'amp.out > out.in'],
);

describe('ERROR-3 blocks that can not be', () => {
  it.each([[0.5], [-3], [2 ** 21], [[]], [[512, 0]], [{ multipleOf: 0 }], ['half']])(
    'a contract of block %j',
    async blockFrames => {
      const given = { blockFrames: blockFrames as never };
      const [problem] = await problemsOf(() => loadModel(file(NEGATE), 'a.onnx', given));
      expect(problem).toMatchObject({ code: 'E-MODEL-CONTRACT' });
      expect(problem.message).toContain('blockFrames');
    },
  );

  it.each([[-1], [1e6]])('an adapter of %i frames', block => {
    const patch = makePatch([['adapter', 'rate/block-adapter', { block }]], []);
    expect(validatePatch(patch, registry, {})).toMatchObject([{ code: 'E-PARAM-RANGE', nodeId: 'adapter' }]);
  });

  it('blocks of 100 into a model of 512: the fix brings them together', () => {
    const patch: Patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['to-blocks', 'rate/block-adapter', { block: 100 }],
        ['amp', 'neural/neural-model'],
        ['to-stream', 'rate/block-adapter', { block: 0 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > to-blocks.in', 'to-blocks.out > amp.in', 'amp.out > to-stream.in', 'to-stream.out > out.in'],
    );
    const resources = { amp: { model: modelAt(48000, { blockFrames: 512 }) } };
    const [problem] = validatePatch(patch, registry, resources);
    expect(problem).toMatchObject({ code: 'E-BLOCK', nodeId: 'amp' });
    expect(problem.message).toContain('expected blocks of 512 frames, got blocks of 100 frames');
    const mended = applyTransaction(patch, problem.fix!.transaction).patch;
    expect(validatePatch(mended, registry, resources)).toEqual([]);
  });
});

it('ERROR-3 blocks into a Resampler, which would be full at other times: the fixes bring a stream, and what is heard is as late as told', async () => {
  const chain = ['input', 'to-blocks', 'down', 'up', 'to-stream', 'out'];
  let patch: Patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['to-blocks', 'rate/block-adapter', { block: 128 }],
      ['down', 'rate/resampler', { to: '24000' }],
      ['up', 'rate/resampler', { to: '48000' }],
      ['to-stream', 'rate/block-adapter', { block: 0 }],
      ['out', 'output/audio-output'],
    ],
    chain.slice(1).map((to, at) => `${chain[at]}.out > ${to}.in`),
  );
  const [problem] = validatePatch(patch, registry, {});
  expect(problem).toMatchObject({ code: 'E-BLOCK', nodeId: 'down' });
  expect(problem.fix!.label).toBe('Insert Block Adapters of 128 frames (at most +127 samples)');
  patch = applyTransaction(patch, problem.fix!.transaction).patch;
  const plan = planOrThrow(patch, registry, {}, {});
  const x = noise(20_000, 3).map((_, n, all) =>
    all.subarray(Math.max(0, n - 7), n + 1).reduce((sum, v) => sum + v / 8, 0),
  );
  const { outputs } = await renderPatch({ patch, registry, resources: {}, frames: x.length, inputs: { input: [x] } });
  const { delayFrames, correlation } = estimateDelay(x, outputs.out[0], 2000);
  expect(correlation).toBeGreaterThan(0.95);
  expect(delayFrames).toBeCloseTo(plan.latencySamples, 1);
});

/** y = √x: no number wherever x is negative. */
const ROOT: Parts = { nodes: [node('Sqrt', ['x'], ['y'])] };
/** y = x without its negative frames: as long as x, until there is one. */
const SHORT: Parts = {
  nodes: [
    node('GreaterOrEqual', ['x', 'zero'], ['good']),
    node('Reshape', ['good', 'flat'], ['keep']),
    node('Compress', ['x', 'keep'], ['y'], { axis: 2n }),
  ],
  tensors: [weights('zero', [0]), ints('flat', [-1])],
};

describe('ENGINE-4 a model that fails while it plays', () => {
  it.each([
    ['no number', ROOT, 'E-NAN', Math.sqrt],
    ['the wrong length', SHORT, 'E-MODEL-RUN', (x: number) => x],
  ] as const)('%s: bypassed and told once, and heard again after a reset', async (_name, parts, code, sound) => {
    const [BLOCK, BAD, RESET, FRAMES] = [100, 500, 900, 1500];
    const x = noise(FRAMES, 1).map(Math.abs);
    // Two bad blocks in a row: the second is one of a node that is bypassed already.
    x[BAD + 50] = -0.25;
    x[BAD + BLOCK + 50] = -0.25;
    const model = loadModel(file(parts), 'a.onnx', { sampleRateHz: 48000 });
    const { outputs, faults } = await renderPatch({
      patch: amp,
      registry,
      resources: { amp: { model } },
      models,
      frames: FRAMES,
      schedule: [BLOCK],
      inputs: { input: [x] },
      events: [{ frame: RESET, kind: 'reset', nodeId: 'amp' }],
    });
    expect(faults.map(fault => [fault.code, fault.nodeId])).toEqual([[code, 'amp']]);
    expect(faults[0].message).toMatch(/expected .+, got .+\. \S/is);
    // In plain words: neither places in a runtime's sources nor its classes of error.
    expect(faults[0].message).not.toMatch(/\n|ONNXRuntimeError|\.cc/);
    const expected = x.map((value, n) => (n >= BAD && n < RESET ? value : sound(value)));
    expect(outputs.out[0]).toEqual(expected);
  });

  it('fails again after the reset: told again, once', async () => {
    const x = new Float32Array(1000).fill(-1);
    const model = loadModel(file(ROOT), 'a.onnx', { sampleRateHz: 48000 });
    const { faults } = await renderPatch({
      patch: amp,
      registry,
      resources: { amp: { model } },
      models,
      frames: x.length,
      inputs: { input: [x] },
      events: [{ frame: 500, kind: 'reset', nodeId: 'amp' }],
    });
    expect(faults.map(fault => fault.code)).toEqual(['E-NAN', 'E-NAN']);
  });
});

it('ERROR-4 a render that is cancelled in the middle says how far it came, and lets go of its models', async () => {
  const counted = countedModels(models);
  const signal = { aborted: false };
  const shares: number[] = [];
  const [problem] = await problemsOf(() =>
    renderPatch({
      patch: amp,
      registry,
      resources: { amp: { model: loadModel(file(NEGATE), 'a.onnx', { sampleRateHz: 48000 }) } },
      models: counted,
      frames: 480_000,
      inputs: { input: [noise(480_000, 1)] },
      signal,
      onProgress(share) {
        shares.push(share);
        signal.aborted = share > 0.4;
      },
    }),
  );
  expect(problem).toMatchObject({ code: 'E-CANCELLED' });
  const [wanted, got] = /expected (\d+) frames, got (\d+) before/.exec(problem.message)!.slice(1).map(Number);
  expect(wanted).toBe(480_000);
  expect(got / wanted).toBeCloseTo(shares.at(-1)!, 2);
  expect(shares.at(-1)).toBeLessThan(0.5);
  expect([counted.made, counted.alive]).toEqual([1, 0]);
});

/** What makes a mount namespace of one's own: as root, or as a user who may; undefined where neither is allowed. */
const unshare = [['-m'], ['-rm']].find(
  options => spawnSync('unshare', [...options, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0,
);

/** Runs words where `folder` is a disk of 16 KiB; what they print, and what they leave there. */
function onSmallDisk(folder: string, words: readonly string[]): { out: string; left: string[] } {
  const script = 'mount -t tmpfs -o size=16k tmpfs "$0" && "$@"; echo; echo LEFT; ls -A "$0"';
  const command = [...(unshare ?? []), 'sh', '-c', script, folder, ...words];
  const [out, left] = spawnSync('unshare', command, { encoding: 'utf8' }).stdout.split('\nLEFT\n');
  return { out, left: left.split('\n').filter(Boolean) };
}

describe.skipIf(unshare === undefined)('ERROR-5 a full disk', () => {
  it.each([
    ['render', ['--seconds', '1', '--out']],
    ['compile', ['-o']],
  ])(
    '%s says so and leaves no half file',
    async (command, options) => {
      const cli = await Cli.start();
      const nodes = [
        ['osc', 'source/oscillator'],
        ['out', 'output/audio-output'],
      ] as const;
      cli.write('tone.npatch', makePatch(nodes, ['osc.out > out.in']));
      mkdirSync(cli.path('small'));
      const program = [process.execPath, cli.path('.product/cli.mjs'), command, cli.path('tone.npatch')];
      const ran = onSmallDisk(cli.path('small'), [...program, ...options, cli.path('small/result'), '--json']);
      const [problem] = JSON.parse(ran.out).problems;
      expect(problem.code).toBe('E-DISK');
      expect(problem.message).toMatch(/expected room for the whole file, got ".*(ENOSPC|no space).*"\. \S/);
      expect(ran.left).toEqual([]);
    },
    60_000,
  );
});
