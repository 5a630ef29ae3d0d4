// The null limit, and what verification finds in bundles that were changed.
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { conditionWords, nullLimitDb, outputsNullDb } from '../../src/check/null-limit.ts';
import { verifyBundle } from '../../src/check/verify-bundle.ts';
import { readArchive, writeArchive } from '../../src/compile/archive.ts';
import { type Bundle, compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import type { BundleManifest } from '../../src/compile/manifest.ts';
import { PatchError } from '../../src/core/errors.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { planOrThrow, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, registry } from '../render/helpers.ts';

const ort = await loadOrtFromFile(WASM_PATH);
const runtime = createGraphRuntime(ort);
const models = createInference(ort);
const gain = makePatch(
  [
    ['input', 'source/audio-input'],
    ['gain', 'dynamics/gain'],
    ['out', 'output/audio-output'],
  ],
  ['input.out > gain.in', 'gain.out > out.in'],
);

describe('NULL-1 the null limit', () => {
  it.each<[string, Parameters<typeof nullLimitDb>, number]>([
    ['−120 dB', [[], -Infinity], -120],
    [
      'the largest declared tolerance',
      [
        [
          { node: 'a', db: -110, reason: '' },
          { node: 'b', db: -95, reason: '' },
        ],
        -Infinity,
      ],
      -95,
    ],
    ['self-noise + 12 dB', [[], -104], -92],
    ['never above −80 dB', [[{ node: 'a', db: 0, reason: '' }], 40], -80],
    ['−100 dB for a model elsewhere', [[], -Infinity, true], -100],
    ['a smaller tolerance changes nothing', [[{ node: 'a', db: -140, reason: '' }], -150], -120],
  ])('%s', (_name, given, limit) => expect(nullLimitDb(...given)).toBe(limit));

  it('says of a patch that it is ill-conditioned where self-noise lifts the limit, and where no limit holds', () => {
    expect(conditionWords(-132)).toBeUndefined();
    expect(conditionWords(-400)).toBeUndefined();
    expect(conditionWords(-110)).toMatch(
      /^ill-conditioned: .* at −110 dB; two players of it are the same to −98 dB only$/,
    );
    expect(conditionWords(-3)).toMatch(/^ill-conditioned: .* at −3 dB; no two players of it sound the same$/);
  });

  it('is relative to max(1, peak), sees every channel, and nothing passes by being missing or no number', () => {
    const a = { out: [Float32Array.of(0, 0.5), Float32Array.of(0, 0)] };
    expect(outputsNullDb(a, a, 2)).toBe(-Infinity);
    expect(outputsNullDb(a, { out: [a.out[0], Float32Array.of(0, 0.001)] }, 2)).toBeCloseTo(-60, 4);
    expect(outputsNullDb({ out: [Float32Array.of(10)] }, { out: [Float32Array.of(10.01)] }, 1)).toBeCloseTo(-60, 1);
    expect(outputsNullDb(a, { out: [a.out[0], Float32Array.of(0, Number.NaN)] }, 2)).toBe(Infinity);
    expect(outputsNullDb(a, { out: [a.out[0]] }, 2)).toBe(Infinity);
    expect(outputsNullDb(a, { out: [a.out[0], Float32Array.of(0)] }, 2)).toBe(Infinity);
    expect(outputsNullDb(a, {}, 2)).toBe(Infinity);
    expect(outputsNullDb({}, a, 2)).toBe(Infinity);
  });
});

describe('BUNDLE-4 verification finds what was changed', () => {
  const exported = exportBundle({ patch: gain, registry, resources: {}, models, runtime });
  const reread = async (change: (bundle: Bundle) => Bundle): Promise<Bundle> =>
    readBundle(packBundle(change(readBundle((await exported).bytes))));
  const failed = async (bundle: Bundle): Promise<string[]> =>
    (await verifyBundle(bundle, runtime)).checks.filter(check => !check.ok).map(check => check.id);
  const golden = (bundle: Bundle, change: (index: Record<string, unknown>) => object): Bundle => {
    const index = JSON.parse(new TextDecoder().decode(bundle.files.get('golden/golden.json'))) as Record<
      string,
      unknown
    >;
    return {
      ...bundle,
      files: new Map(bundle.files).set('golden/golden.json', new TextEncoder().encode(JSON.stringify(change(index)))),
    };
  };

  it('a sound bundle passes, again after it was packed again', async () => {
    expect(await failed(await reread(bundle => bundle))).toEqual([]);
  });

  it('one sample of the golden, even when the golden claims a great self-noise', async () => {
    const changed = await reread(bundle => {
      const y = bundle.files.get('golden/y_out.f32')!.slice();
      new DataView(y.buffer).setFloat32(4 * 1234, 0.5, true);
      return golden({ ...bundle, files: new Map(bundle.files).set('golden/y_out.f32', y) }, index => ({
        ...index,
        selfNoiseDb: 1000,
      }));
    });
    expect(await failed(changed)).toContain('null');
  });

  it('another default of a param', async () => {
    const changed = await reread(bundle => ({
      ...bundle,
      manifest: { ...bundle.manifest, params: [{ ...bundle.manifest.params[0], default: -20 }] },
    }));
    expect(await failed(changed)).toContain('null');
  });

  it('a golden without sense is E-BUNDLE-FORMAT, none at all is a remark', async () => {
    for (const change of [
      { frames: 1e12 },
      { schedule: [] },
      { schedule: [0] },
      { events: [{ frame: 'x' }] },
      { outputs: {} },
    ]) {
      const bundle = await reread(b => golden(b, index => ({ ...index, ...change })));
      await expect(verifyBundle(bundle, runtime)).rejects.toMatchObject({ problems: [{ code: 'E-BUNDLE-FORMAT' }] });
    }
    const report = await verifyBundle(await reread(bundle => ({ ...bundle, files: new Map() })), runtime);
    expect([report.ok, report.remarks.length]).toEqual([false, 1]);
    expect(report.checks.filter(check => !check.ok).map(check => check.id)).toEqual(['golden']);
  });

  it('any byte of any file, a file more and a file less are E-BUNDLE-HASH', async () => {
    const entries = readArchive((await exported).bytes);
    const names = [...entries.keys()].filter(name => name !== 'bundle.json');
    expect(names).toContain('golden/y_out.f32');
    for (const name of names) {
      const changed = new Map(entries);
      const bytes = entries.get(name)!.slice();
      bytes[bytes.length >> 1] ^= 1;
      expect(() => readBundle(writeArchive([...changed.set(name, bytes)])), name).toThrow(/^E-BUNDLE-HASH/);
    }
    const more = new Map(entries).set('golden/z.f32', new Uint8Array(4));
    expect(() => readBundle(writeArchive([...more]))).toThrow(/^E-BUNDLE-HASH/);
    const less = new Map(entries);
    less.delete('golden/x_input.f32');
    expect(() => readBundle(writeArchive([...less]))).toThrow(/^E-BUNDLE-HASH/);
  });

  it.each<[string, Partial<BundleManifest>]>([
    ['latency', { latencySamples: 5 }],
    ['range', { params: [] }],
    ['licence', { licence: 'other' }],
  ])('a fact of the manifest: %s', async (_name, change) => {
    const bundle = await reread(b => ({ ...b, manifest: { ...b.manifest, ...change } }));
    expect(await failed(bundle).catch(() => ['manifest'])).toContain('manifest');
  });

  it('manifests without sense are refused, whatever is wrong with them', () => {
    const bundle = compileBundle(gain, planOrThrow(gain, registry, {}, 4096), registry, {});
    const { manifest } = bundle;
    const wrong: Partial<Record<keyof BundleManifest, unknown>>[] = [
      { format: 'x' },
      { version: 2 },
      { sampleRateHz: 1e9 },
      { inputs: {} },
      { outputs: [{}] },
      { inputs: [{ ...manifest.inputs[0], channels: 0 }] },
      { params: [{ id: 'a' }] },
      { params: [{ ...manifest.params[0], choices: 'abc' }] },
      { states: [{ ...manifest.states[0], shape: [1e9, 1e9] }] },
      { states: [{ ...manifest.states[0], init: null }] },
      { states: [{ ...manifest.states[0], dtype: 'i64', init: 0.5 }] },
      { framesInput: 7 },
      { latencySamples: 'few' },
      { tolerances: [{ node: 'a', db: 'loud' }] },
      { sha256: {} },
      { states: [{ ...manifest.states[0], dtype: 'bool' }] },
      { models: 'many' },
    ];
    for (const change of wrong) {
      const act = (): Bundle =>
        readBundle(packBundle({ ...bundle, manifest: { ...manifest, ...change } as BundleManifest }));
      expect(act, JSON.stringify(change)).toThrow(PatchError);
      expect(act, JSON.stringify(change)).toThrow(/^E-BUNDLE-FORMAT/);
    }
  });
});

describe('BUNDLE-5 names of nodes never meet names of the graph', () => {
  it('nodes called clock, align, frames, param and line sound the same', async () => {
    const patch = makePatch(
      [
        ['frames', 'source/audio-input'],
        ['clock', 'filter/biquad-filter'],
        ['align', 'time/delay', { time: 3 }],
        ['param', 'dynamics/gain'],
        ['line', 'rate/resampler', { to: '44100' }],
        ['x', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      [
        'frames.out > clock.in',
        'clock.out > align.in',
        'align.out > param.in',
        'param.out > line.in',
        'line.out > x.in',
        'x.out > out.in',
        'clock.out > out.in',
      ],
    );
    const plan = planOrThrow(patch, registry, {}, 4096);
    const player = new BundlePlayer(readBundle(packBundle(compileBundle(patch, plan, registry, {}))), runtime);
    const inputs = { frames: [noise(3000, 4)] };
    const { outputs } = await renderPatch({ patch, registry, resources: {}, frames: 3000, inputs });
    expect(outputsNullDb(playBundle(player, { inputs, frames: 3000, schedule: [480] }), outputs, 3000)).toBeLessThan(
      -120,
    );
  });
});
