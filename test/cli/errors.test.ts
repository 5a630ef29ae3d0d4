// The table of errors: an input that provokes each code, through the API or the command line, and the form of its message.
// What only a browser can raise (BROWSER_ONLY) is provoked in the browser and end-to-end tests.
import { readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BundlePlayer } from '../../src/check/bundle-player.ts';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { heardRelaxed, tooLoud } from '../../src/cli/render-warnings.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import { ERROR_CODES, type ErrorCode, PatchError, type Problem } from '../../src/core/errors.ts';
import type { GraphRuntime } from '../../src/core/model-runner.ts';
import type { Patch } from '../../src/core/patch.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { checkConnection, validatePatch } from '../../src/core/validate.ts';
import { encodeWav } from '../../src/dsp/wav.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { planOrThrow, renderPatch } from '../../src/render/render-patch.ts';
import { loadAudio } from '../../src/resources/decode-resource.ts';
import { modelAt } from '../core/resources.ts';
import { readModel, WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, registry } from '../render/helpers.ts';
import { Cli, FIXTURES } from './cli.ts';

const BROWSER_ONLY: readonly ErrorCode[] = ['E-SECURE-CONTEXT', 'E-DEVICE-RATE', 'E-GESTURE', 'E-MICROPHONE'];
/** `<where>: expected …, got …. <What to do.>` */
const FORM = /^[^:]+:.* expected .+, got .+[.?!] \S.*[.?!]$/s;

const ort = await loadOrtFromFile(WASM_PATH);
const models = createInference(ort);
const runtime = createGraphRuntime(ort);
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FIXTURES, 'models', `${name}.onnx`)));
const read = (json: object): Problem[] =>
  parsePatch(JSON.stringify({ format: 'neuropatch-patch', version: 1, ...json })).problems;
const node = (id: unknown): object => ({ id, type: 'dynamics/gain', version: 1, position: [0, 0] });
const gain = makePatch(
  [
    ['input', 'source/audio-input'],
    ['gain', 'dynamics/gain'],
    ['out', 'output/audio-output'],
  ],
  ['input.out > gain.in', 'gain.out > out.in'],
);
const ring = makePatch(
  [
    ['a', 'dynamics/gain'],
    ['d', 'time/delay'],
    ['out', 'output/audio-output'],
  ],
  ['a.out > d.in', 'd.out > a.in', 'a.out > out.in'],
);
const amp = makePatch(
  [
    ['input', 'source/audio-input'],
    ['amp', 'neural/neural-model'],
    ['out', 'output/audio-output'],
  ],
  ['input.out > amp.in', 'amp.out > out.in'],
);
/** A model that is to run in a worker, inside a loop that can't wait for it. */
const modelLoop = makePatch(
  [
    ['amp', 'neural/neural-model', { runsIn: 'worker' }],
    ['delay', 'time/delay'],
    ['out', 'output/audio-output'],
  ],
  ['amp.out > delay.in', 'delay.out > amp.in', 'amp.out > out.in'],
);
const withModel = (path: string): Patch => ({
  ...amp,
  nodes: { ...amp.nodes, amp: { ...amp.nodes.amp, resources: { model: path } } },
});
const withAudio = (path: string): Patch => {
  const patch = makePatch(
    [
      ['player', 'source/audio-file-player'],
      ['out', 'output/audio-output'],
    ],
    ['player.out > out.in'],
  );
  return { ...patch, nodes: { ...patch.nodes, player: { ...patch.nodes.player, resources: { audio: path } } } };
};
const bundleOf = (patch: Patch) => compileBundle(patch, planOrThrow(patch, registry, {}, 4096), registry, {});
/** A runtime that computes a little wrong: what the check at export is there for. */
const wrong: GraphRuntime = {
  name: 'wrong',
  createGraph(bytes, path) {
    const graph = runtime.createGraph(bytes, path);
    return {
      run: (inputs, outputs) => {
        const results = graph.run(inputs, outputs);
        return {
          ...results,
          y_out: { ...results.y_out, data: (results.y_out.data as Float32Array).map(x => x + 1e-3) },
        };
      },
      dispose: () => graph.dispose(),
    };
  },
};

/** Code → what provokes it: problems returned, or thrown in a PatchError. */
const API: Partial<Record<ErrorCode, () => unknown>> = {
  'E-JSON': () => parsePatch('{'),
  'E-SCHEMA': () => read({ nodes: [7] }),
  'E-SIZE': () => parsePatch(' '.repeat(50 * 2 ** 20)),
  'E-VERSION-NEWER': () => read({ version: 2 }),
  'E-NODE-TYPE': () => validatePatch(makePatch([['x', 'later/thing']], []), registry, {}),
  'E-ID': () => read({ nodes: [node('Not An Id')] }),
  'E-ID-DUPLICATE': () => read({ nodes: [node('gain'), node('gain')] }),
  'E-CONNECTION': () => validatePatch(makePatch([['gain', 'dynamics/gain']], ['gain.out > gone.in']), registry, {}),
  'E-PORT-TYPE': () =>
    validatePatch(
      makePatch(
        [
          ['knob', 'control/knob'],
          ['gain', 'dynamics/gain'],
        ],
        ['knob.out > gain.in'],
      ),
      registry,
      {},
    ),
  'E-PORT-TAKEN': () => [checkConnection(gain, registry, {}, 'gain.out', 'out.in')],
  'E-CHANNELS': () =>
    validatePatch(
      makePatch(
        [
          ['input', 'source/audio-input', { channels: 'stereo' }],
          ['amp', 'neural/neural-model'],
        ],
        ['input.out > amp.in'],
      ),
      registry,
      { amp: { model: modelAt(0, { inputs: [{ tensor: 'x', channels: 6, layout: 'bcn' }] }) } },
    ),
  'E-SHAPE': () =>
    validatePatch(
      makePatch(
        [
          ['input', 'source/audio-input'],
          ['long', 'spectral/stft', { window: '1024', hop: 'window/4' }],
          ['short', 'spectral/stft', { window: '512' }],
          ['mask', 'spectral/spectral-mask'],
        ],
        ['input.out > long.in', 'input.out > short.in', 'long.out > mask.in', 'short.out > mask.in'],
      ),
      registry,
      {},
    ),
  'E-WINDOW': () =>
    validatePatch(
      makePatch(
        [
          ['input', 'source/audio-input'],
          ['stft', 'spectral/stft', { hop: 'frames', hopFrames: 1024 }],
          ['istft', 'spectral/istft'],
        ],
        ['input.out > stft.in', 'stft.out > istft.in'],
      ),
      registry,
      {},
    ),
  'E-RATE': () => validatePatch(amp, registry, { amp: { model: modelAt(44100) } }),
  'E-RATE-PAIR': () => validatePatch(amp, registry, { amp: { model: modelAt(12000) } }),
  'E-SPECTRUM': () => {
    const stft = { windowFrames: 256, hopFrames: 128, window: 'hann', isPeriodic: true, scaling: 'none' } as const;
    const spectra = { tensor: 's', kind: 'spectrum', layout: 'fp', shape: [129], channels: 1 } as const;
    const patch = makePatch(
      [
        ['stft', 'spectral/stft', { window: '256' }],
        ['model', 'neural/neural-model'],
      ],
      ['stft.out > model.in'],
    );
    const contract = { inputs: [spectra], outputs: [spectra], blockFrames: 128, stft };
    return validatePatch(patch, registry, { model: { model: modelAt(48000, contract) } });
  },
  'E-ALIGN': () =>
    makePlan(
      makePatch(
        [
          ['input', 'source/audio-input'],
          ['limiter', 'dynamics/limiter'],
          ['dry', 'spectral/stft'],
          ['wet', 'spectral/stft'],
          ['istft', 'spectral/istft'],
        ],
        [
          'input.out > limiter.in',
          'limiter.out > wet.in',
          'input.out > dry.in',
          'wet.out > istft.in',
          'dry.out > istft.in',
        ],
      ),
      registry,
      {},
    ).problems,
  'E-SUBPATCH': () =>
    makePlan(makePatch([['echo', 'structure/subpatch', { patch: 'gone' }]], []), registry, {}).problems,
  'E-CYCLE': () => validatePatch(makePatch([['a', 'dynamics/gain']], ['a.out > a.in']), registry, {}),
  'E-PARAM': () => validatePatch(makePatch([['osc', 'source/oscillator', { shape: 'round' }]], []), registry, {}),
  'E-PARAM-RANGE': () => validatePatch(makePatch([['gain', 'dynamics/gain', { level: 99 }]], []), registry, {}),
  'E-RESOURCE-MISSING': () => validatePatch(amp, registry, {}),
  'E-RESOURCE-PATH': () => validatePatch(withModel('../a.onnx'), registry, {}),
  'E-MODEL-FORMAT': () => loadModel(fixture('truncated'), 'a.onnx'),
  'E-MODEL-OPERATOR': () => loadModel(fixture('custom-domain'), 'a.onnx'),
  'E-MODEL-CONTRACT': () => loadModel(fixture('mismatched-states'), 'a.onnx'),
  'E-MODEL-WEIGHTS': () => loadModel(fixture('nan-weights'), 'a.onnx'),
  'E-BLOCK': () =>
    validatePatch(amp, registry, {
      amp: { model: loadModel(fixture('fixed-block-512'), 'a.onnx', { sampleRateHz: 48000 }) },
    }),
  'E-RELAXED-SIMD': () => heardRelaxed({ kernelForm: 'relaxed' }),
  'E-LEVEL': () => tooLoud({ out: [Float32Array.of(0, 2000)] }),
  'E-OFFLINE': () => makePlan(amp, registry, { amp: { model: modelAt(48000, { blockFrames: 'whole' }) } }).problems,
  'E-TRANSPORT': () => validatePatch(modelLoop, registry, { amp: { model: modelAt(48000) } }),
  'E-MODEL-BLOCK': () => models.createRunner(readModel('block64'), 100).run(100),
  'E-MODEL-RUN': () => {
    const bundle = bundleOf(gain);
    const [input] = bundle.manifest.inputs;
    new BundlePlayer(
      { ...bundle, manifest: { ...bundle.manifest, inputs: [{ ...input, channels: 3 }] } },
      runtime,
    ).process({}, 4);
  },
  'E-AUDIO-FORMAT': () => loadAudio(new Uint8Array(100), 'a.wav', 48000),
  'E-LOWER': () => bundleOf(ring),
  'E-BUNDLE-FORMAT': () => readBundle(new Uint8Array(100)),
  'E-BUNDLE-HASH': () => readBundle(packBundle({ ...bundleOf(gain), patchText: '{}' })),
  'E-BUNDLE-DIFFERS': () => exportBundle({ patch: gain, registry, resources: {}, models, runtime: wrong }),
  'E-NAN': async () =>
    (
      await renderPatch({
        patch: gain,
        registry,
        resources: {},
        frames: 512,
        inputs: { input: [noise(512, 1).fill(Number.NaN, 100, 101)] },
      })
    ).faults,
  'E-DISK': async () =>
    (await cli.runWithRoom(1, 'render', 'gain.npatch', '--seconds', '0.1', '--out', 'full.wav', '--json')).json
      .problems,
  'E-CANCELLED': () => renderPatch({ patch: gain, registry, resources: {}, frames: 512, signal: { aborted: true } }),
};

let cli: Cli;
/** Code → words of a command whose --json answer holds it. Files are written below. */
const COMMANDS: readonly (readonly [string, ErrorCode, readonly string[]])[] = [
  ['a file that is not there', 'E-INPUT', ['check', 'nothing.npatch']],
  ['a folder', 'E-INPUT', ['check', '.']],
  ['an input that the patch lacks', 'E-INPUT', ['render', 'gain.npatch', '--in', 'nobody=good.wav']],
  ['an output that the patch lacks', 'E-INPUT', ['render', 'gain.npatch', '--out', 'nobody=x.wav', '--seconds', '0.1']],
  [
    'a place that cannot be written',
    'E-INPUT',
    ['render', 'gain.npatch', '--out', 'out=nowhere/x.wav', '--seconds', '0.1'],
  ],
  ['no JSON', 'E-JSON', ['check', 'no-json.npatch']],
  ['no UTF-8', 'E-JSON', ['check', 'latin.npatch']],
  ['another file', 'E-SCHEMA', ['check', 'other.npatch']],
  ['50 MB', 'E-SIZE', ['check', 'big.npatch']],
  ['hours of sound', 'E-SIZE', ['render', 'gain.npatch', '--automation', 'long-log.json']],
  ['a newer version', 'E-VERSION-NEWER', ['check', 'newer.npatch']],
  ['an unknown node type', 'E-NODE-TYPE', ['check', 'unknown.npatch']],
  ['double ids', 'E-ID-DUPLICATE', ['check', 'double.npatch']],
  ['a cycle', 'E-CYCLE', ['check', 'cycle.npatch']],
  ['a 44.1 kHz model in a 48 kHz patch', 'E-RATE', ['check', 'rate.npatch']],
  ['a missing model', 'E-RESOURCE-MISSING', ['check', 'missing.npatch']],
  ['a path outside the folder', 'E-RESOURCE-PATH', ['check', 'outside.npatch']],
  ['a URL', 'E-RESOURCE-PATH', ['check', 'url.npatch']],
  ['a link that leads out of the folder', 'E-RESOURCE-PATH', ['check', 'link.npatch']],
  ['a truncated model', 'E-MODEL-FORMAT', ['check', 'truncated.npatch']],
  ['a model that is none', 'E-MODEL-FORMAT', ['check', 'text.npatch']],
  ['an unsupported operator', 'E-MODEL-OPERATOR', ['check', 'custom-domain.npatch']],
  ['weights that are not numbers', 'E-MODEL-WEIGHTS', ['check', 'nan-weights.npatch']],
  ['states that do not fit', 'E-MODEL-CONTRACT', ['check', 'mismatched-states.npatch']],
  ['a fixed block', 'E-BLOCK', ['check', 'fixed-block-512.npatch']],
  ['weights in another file', 'E-RESOURCE-PATH', ['check', 'external-data.npatch']],
  ['an empty WAV', 'E-AUDIO-FORMAT', ['check', 'empty-wav.npatch']],
  ['a cut WAV', 'E-AUDIO-FORMAT', ['check', 'cut-wav.npatch']],
  ['a WAV without sound', 'E-AUDIO-FORMAT', ['check', 'silent-wav.npatch']],
  ['no WAV for an input', 'E-AUDIO-FORMAT', ['render', 'gain.npatch', '--in', 'input=gain.npatch']],
  ['a param out of range', 'E-PARAM-RANGE', ['render', 'gain.npatch', '--param', 'gain.level=99', '--seconds', '0.1']],
  ['a loop between nodes in a bundle', 'E-LOWER', ['compile', 'ring.npatch', '-o', 'x.npbundle']],
  ['no bundle', 'E-BUNDLE-FORMAT', ['verify', 'gain.npatch']],
  ['a truncated bundle', 'E-BUNDLE-FORMAT', ['verify', 'cut.npbundle']],
  ['a bundle with a strange manifest', 'E-BUNDLE-FORMAT', ['verify', 'strange.npbundle']],
  ['a tampered bundle', 'E-BUNDLE-HASH', ['verify', 'tampered.npbundle']],
];

beforeAll(async () => {
  cli = await Cli.start();
  const plain = serializePatch(gain);
  const files: Record<string, string | Uint8Array | Patch> = {
    'gain.npatch': gain,
    'ring.npatch': ring,
    'no-json.npatch': plain.slice(0, 100),
    'latin.npatch': Uint8Array.of(0x7b, 0xe9, 0x7d),
    'other.npatch': '{"cells": []}',
    'big.npatch': ' '.repeat(50 * 2 ** 20),
    'newer.npatch': plain.replace('"version": 1', '"version": 9'),
    'unknown.npatch': makePatch([['x', 'later/thing']], []),
    'double.npatch': plain.replace('"id": "gain"', '"id": "out"'),
    'cycle.npatch': makePatch(
      [
        ['a', 'dynamics/gain'],
        ['b', 'dynamics/gain'],
      ],
      ['a.out > b.in', 'b.out > a.in'],
    ),
    'rate.npatch': withModel('gain-param.onnx'),
    'missing.npatch': withModel('gone.onnx'),
    'outside.npatch': withModel('../gain-param.onnx'),
    'url.npatch': withModel('https://host/a.onnx'),
    'link.npatch': withModel('link.onnx'),
    'good.wav': encodeWav([noise(480, 1)], 48000, 'f32'),
    'empty.wav': new Uint8Array(0),
    'silent.wav': encodeWav([new Float32Array(0)], 48000, 'f32'),
    'empty-wav.npatch': withAudio('empty.wav'),
    'cut-wav.npatch': withAudio('cut.wav'),
    'silent-wav.npatch': withAudio('silent.wav'),
    'cut.wav': encodeWav([noise(480, 1)], 48000, 'f32'),
    'cut.npbundle': packBundle(bundleOf(gain)),
    'tampered.npbundle': packBundle({ ...bundleOf(gain), patchText: '{}' }),
    'long-log.json': JSON.stringify({
      format: 'neuropatch-log',
      version: 1,
      sampleRateHz: 48000,
      blockFrames: 128,
      slackSamples: 0,
      patch: plain,
      frames: Number.MAX_SAFE_INTEGER,
      entries: [],
    }),
  };
  const bundle = bundleOf(gain);
  const [state] = bundle.manifest.states;
  files['strange.npbundle'] = packBundle({
    ...bundle,
    manifest: { ...bundle.manifest, states: [{ ...state, init: undefined as never }] },
  });
  for (const name of [
    'gain-param',
    'truncated',
    'text',
    'custom-domain',
    'nan-weights',
    'mismatched-states',
    'fixed-block-512',
    'external-data',
  ]) {
    files[`${name}.onnx`] = fixture(name);
    files[`${name}.npatch`] ??= withModel(`${name}.onnx`);
  }
  for (const [name, content] of Object.entries(files)) cli.write(name, content);
  truncateSync(cli.path('cut.wav'), 30);
  truncateSync(cli.path('cut.npbundle'), 3000);
  symlinkSync(join(FIXTURES, 'models/gain-param.onnx'), cli.path('link.onnx'));
}, 60_000);

const problemsOf = async (provoke: () => unknown): Promise<readonly Problem[]> => {
  try {
    return (await provoke()) as Problem[];
  } catch (error) {
    if (error instanceof PatchError) return error.problems;
    throw error;
  }
};

describe('ERROR-1 every code of the table has an input that provokes it', () => {
  it.each(Object.entries(API))('%s', async (code, provoke) => {
    const problems = await problemsOf(provoke as () => unknown);
    const problem = problems.find(candidate => candidate.code === code);
    expect(problem, JSON.stringify(problems.map(({ code: got, message }) => [got, message]))).toBeDefined();
    expect(problem?.message).toMatch(FORM);
    expect(problem?.message.length).toBeLessThan(600);
  });

  it('none is left out', () => {
    const known = new Set<string>([...Object.keys(API), ...COMMANDS.map(([, code]) => code), ...BROWSER_ONLY]);
    expect(Object.keys(ERROR_CODES).filter(code => !known.has(code))).toEqual([]);
  });
});

describe('ERROR-2 the command line tells the same codes as JSON, with exit code 1 for errors', () => {
  it.each(COMMANDS)('%s: %s', async (_what, code, words) => {
    const { code: exit, json, err, out } = await cli.run(...words, '--json');
    expect(json, err + out).toBeDefined();
    const problem = json.problems.find((candidate: Problem) => candidate.code === code);
    expect(problem, JSON.stringify(json)).toBeDefined();
    expect(problem.message).toMatch(FORM);
    // A file that was found but can't be used is told once, at the node that names it.
    const atNode = json.problems.filter(
      (candidate: Problem) =>
        candidate.path === 'nodes.amp.resources.model' || candidate.path === 'nodes.player.resources.audio',
    );
    if (words[0] === 'check' && /RESOURCE|MODEL|AUDIO/.test(code))
      expect([atNode.length, atNode[0]?.code, typeof atNode[0]?.nodeId]).toEqual([1, code, 'string']);
    expect(exit).toBe(problem.severity === 'error' ? 1 : 0);
  });
});
