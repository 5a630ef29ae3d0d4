// What is reported must be what is measured; what is reported wrongly must be found; what can't be measured must say so.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MeasureReport, measurePatch } from '../../src/check/measure.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { Inference } from '../../src/core/model-runner.ts';
import type { Kernel, NodeType } from '../../src/core/node-type.ts';
import type { Patch } from '../../src/core/patch.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import type { Registry } from '../../src/core/registry.ts';
import type { ModelResource } from '../../src/core/resource.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { GALLERY, readBuiltin } from '../builtin.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, registry } from '../render/helpers.ts';

const models = createInference(await loadOrtFromFile(WASM_PATH));
const measure = (patch: Patch, resources: ResourceBook = {}, types: Registry = registry): Promise<MeasureReport> =>
  measurePatch({ patch, registry: types, resources, models });

/** The registry with one type changed. */
const withType = (id: string, change: (type: NodeType) => Partial<NodeType>): Registry => {
  const type = registry.types[id];
  const types = { ...registry.types, [id]: { ...type, ...change(type) } };
  return { types, get: name => types[name] };
};
/** A kernel whose outlet comes later than it should. */
const late =
  (kernel: Kernel, frames: number): Kernel =>
  (io, p, s, n) => {
    const held = (late.lines.get(io.tables as object) ?? []) as number[];
    kernel(io, p, s, n);
    const [output] = io.audioOut.out;
    for (let i = 0; i < n; i++) {
      held.push(output[i]);
      output[i] = held.length > frames ? (held.shift() as number) : 0;
    }
    late.lines.set(io.tables as object, held);
  };
late.lines = new WeakMap<object, number[]>();

const chain = (type: string, params = {}): Patch =>
  makePatch(
    [
      ['in', 'source/audio-input'],
      ['node', type, params],
      ['out', 'output/audio-output'],
    ],
    ['in.out > node.in', 'node.out > out.in'],
  );

describe('what is right', () => {
  it.each(readdirSync(GALLERY).filter(name => name.endsWith('.npatch')))(
    'every path and model of %s is as late as it says',
    async name => {
      const { patch } = parsePatch(readFileSync(GALLERY + name, 'utf8'));
      const { resources } = await loadResources(patch, registry, readBuiltin);
      const { ok, rows } = await measure(patch, resources);
      expect(rows.length).toBeGreaterThan(0);
      const suited = rows.filter(row => !row.method.startsWith('unsuited'));
      expect(ok).toBe(suited.length > 0 ? true : null);
      for (const row of suited)
        expect([row.path, row.method, row.error, row.ok]).toEqual([row.path, row.method, 0, true]);
      // Every way is measured; of nodes alone those that take or give no sound are named.
      expect(rows.filter(row => row.kind === 'path' && !suited.includes(row))).toEqual([]);
      const noSound = { 'autoencoder.npatch': ['decoder'], 'speech-denoiser.npatch': ['istft'] }[name] ?? [];
      expect(rows.filter(row => !suited.includes(row)).map(row => row.path)).toEqual(noSound);
    },
    60_000,
  );

  it('a fader that is down is passed over, and the way is as long; so are models that give no sound by themselves', async () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['limiter', 'dynamics/limiter'],
        ['mix', 'mix/dry-wet', { mix: 1 }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > limiter.in', 'limiter.out > mix.dry', 'mix.out > out.in'],
    );
    const { ok, rows } = await measure(patch);
    expect(ok).toBe(true);
    expect(rows[0].method).toMatch(/; mix bypassed$/);
    // Late by more than it says, behind a fader that is down: found all the same.
    const wrong = await measure(
      patch,
      {},
      withType('dynamics/limiter', ({ kernel }) => ({ kernel: late(kernel, 3) })),
    );
    expect([wrong.ok, wrong.rows[0].error]).toEqual([false, 3]);
  });

  it('a short resampler, which folds treble', async () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '44100', quality: 'low-latency' }],
        ['up', 'rate/resampler', { to: '48000', quality: 'low-latency' }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > down.in', 'down.out > up.in', 'up.out > out.in'],
    );
    const { rows } = await measure(patch);
    expect(rows.map(({ measured, ok, method }) => [measured, ok, method])).toEqual([[22, true, 'correlation']]);
  });

  it.each([5000, 10_000, 12_000, 14_000, 15_000, 18_000])(
    'a low-pass of %i Hz colours and adds nothing, though its phase is nearly a line',
    async cutoff => {
      const { rows } = await measure(chain('filter/one-pole', { cutoff }));
      expect(rows.map(({ measured, ok, method }) => [measured, ok, method])).toEqual([[0, true, 'impulse, onset']]);
    },
  );

  it('two resamplers beside a dry way: both ways whole and equal', async () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '44100' }],
        ['up', 'rate/resampler', { to: '48000' }],
        ['mix', 'mix/dry-wet'],
        ['out', 'output/audio-output'],
      ],
      ['in.out > mix.dry', 'in.out > down.in', 'down.out > up.in', 'up.out > mix.wet', 'mix.out > out.in'],
    );
    const { ok, rows } = await measure(patch);
    expect(ok).toBe(true);
    expect(rows.map(row => row.path)).toEqual(['in > down > up > mix > out', 'in > mix > out']);
    for (const { reported, measured, error } of rows) {
      expect(reported.filter).toBeGreaterThan(10);
      expect([measured, error]).toEqual([reported.filter, 0]);
    }
    expect(rows.map(row => row.method)).toEqual(['correlation', 'impulse']);
  });

  it('a model alone, and the way through it', async () => {
    const bytes = new Uint8Array(readFileSync(new URL('../fixtures/models/delay-1.onnx', import.meta.url)));
    const patch = { ...chain('neural/neural-model'), sampleRateHz: 44100 };
    const { ok, rows } = await measure(patch, { node: { model: loadModel(bytes, 'delay-1.onnx') } });
    expect(rows.map(row => [row.path, row.reported.model, row.measured, row.method])).toEqual([
      ['in > node > out', 1, 1, 'impulse'],
      ['node', 1, 1, 'impulse'],
    ]);
    expect(ok).toBe(true);
  });
});

describe('blocks and alignment', () => {
  const wires = ['in.out > mix.dry', 'in.out > to.in', 'to.out > back.in', 'back.out > mix.wet', 'mix.out > out.in'];
  it.each([
    [512, 0, 511],
    [512, 128, 384],
    [512, 192, 448],
    [100, 128, 96],
  ])('blocks of %d in a host of %d (0 = any): both ways %d samples late', async (block, hostBlockFrames, late) => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['to', 'rate/block-adapter', { block }],
        ['back', 'rate/block-adapter', { block: 0 }],
        ['mix', 'mix/dry-wet'],
        ['out', 'output/audio-output'],
      ],
      wires,
    );
    const { ok, rows } = await measurePatch({ patch, registry, resources: {}, hostBlockFrames });
    expect(ok).toBe(true);
    expect(rows.map(row => [row.path, row.reported.buffering, row.measured])).toEqual([
      ['in > mix > out', late, late],
      ['in > to > back > mix > out', late, late],
      ['back', late, late],
    ]);
  });

  it('a way whose alignment is switched off reports and has its own latency', async () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['look', 'dynamics/limiter'],
        ['mix', 'mix/dry-wet'],
        ['out', 'output/audio-output'],
      ],
      ['in.out > mix.dry', 'in.out > look.in', 'look.out > mix.wet', 'mix.out > out.in'],
    );
    const dry = patch.connections['in.out>mix.dry'];
    const off = { ...patch, connections: { ...patch.connections, [dry.id]: { ...dry, isUnaligned: true as const } } };
    const early = (await measure(off)).rows.find(row => row.path === 'in > mix > out');
    expect([early?.measured, early?.reported.filter, early?.ok]).toEqual([0, 0, true]);
    const whole = (await measure(patch)).rows.find(row => row.path === 'in > mix > out');
    expect(whole?.measured).toBeGreaterThan(0);
    expect([whole?.error, whole?.ok]).toEqual([0, true]);
  });

  it('lanes between the same nodes are named by their ports; what does not cross says so', async () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['align', 'time/latency-align', { trim2: 24 }],
        ['mix', 'mix/dry-wet'],
        ['out', 'output/audio-output'],
      ],
      ['in.out > align.in1', 'in.out > align.in2', 'align.out1 > mix.dry', 'align.out2 > mix.wet', 'mix.out > out.in'],
    );
    const { ok, rows } = await measure(patch);
    expect(ok).toBe(false);
    expect(Object.fromEntries(rows.map(row => [row.path, row.measured]))).toEqual({
      'in > align (in1 → out1) > mix (dry → out) > out': 0,
      'in > align (in1 → out2) > mix (wet → out) > out': null,
      'in > align (in2 → out1) > mix (dry → out) > out': null,
      'in > align (in2 → out2) > mix (wet → out) > out': 24,
    });
  });
});

describe('what is wrong is found', () => {
  it('a latency that is declared and not there', async () => {
    const types = withType('dynamics/gain', () => ({
      latency: () => ({ buffering: 0, inference: 0, model: 0, filter: 5 }),
    }));
    const { ok, rows } = await measure(chain('dynamics/gain'), {}, types);
    expect(ok).toBe(false);
    expect(rows.map(row => [row.path, row.measured, row.error, row.ok])).toEqual([
      ['in > node > out', 0, -5, false],
      ['node', 0, -5, false],
    ]);
  });

  it('a latency that is there and not declared, of a filter too', async () => {
    for (const [id, method] of [
      ['dynamics/gain', 'impulse'],
      ['filter/biquad-filter', 'impulse, onset'],
    ]) {
      const types = withType(id, type => ({
        tables: (ctx, place) => ({ ...(type.tables(ctx, place) as object) }),
        kernel: late(type.kernel, 3),
      }));
      const { ok, rows } = await measure(chain(id), {}, types);
      expect([ok, rows[0].measured, rows[0].error, rows[0].method]).toEqual([false, 3, 3, method]);
    }
  });

  it('a delay that depends on the place in the block', async () => {
    // Every second block of 128 comes a sample late: one click alone does not show that.
    const types = withType('dynamics/gain', type => ({
      kernel: (io, p, s, frames) => {
        type.kernel(io, p, s, frames);
        const isOdd = Math.floor(io.frame / 128) % 2 === 1;
        if (!isOdd) return;
        const [output] = io.audioOut.out;
        for (let i = frames - 1; i >= 0; i--) output[i] = i > 0 ? output[i - 1] : 0;
      },
    }));
    const { ok, rows } = await measure(chain('dynamics/gain'), {}, types);
    expect([ok, rows[0].measured, rows[0].error]).toEqual([false, 1, 1]);
  });

  it('a fraction of a sample', async () => {
    // A way between resamplers that says too much: a quarter at 48 kHz and one at 24 kHz.
    const types = withType('rate/resampler', type => ({
      latency: ctx => ({ ...type.latency(ctx), filter: type.latency(ctx).filter + 0.25 }),
    }));
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '24000' }],
        ['up', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > down.in', 'down.out > up.in', 'up.out > out.in'],
    );
    const { ok, rows } = await measure(patch, {}, types);
    expect(ok).toBe(false);
    expect(rows[0].error).toBe(-0.75);
  });
});

describe('what can not be measured says why', () => {
  const autoencoder = async () => {
    const { patch } = parsePatch(readFileSync(`${GALLERY}autoencoder.npatch`, 'utf8'));
    return { patch, resources: (await loadResources(patch, registry, readBuiltin)).resources };
  };
  const fixture = (name: string) =>
    loadModel(new Uint8Array(readFileSync(`test/fixtures/models/${name}.onnx`)), `${name}.onnx`, {
      sampleRateHz: 48000,
    });

  it('a node that fails, or a model without a runtime: its bypass is no measurement', async () => {
    const model = fixture('delay-1');
    const patch = chain('neural/neural-model');
    const broken: Inference = {
      ...models,
      createRunner: (...given) => {
        const runner = models.createRunner(...given);
        return Object.assign(Object.create(runner), {
          input: runner.input.bind(runner),
          reset: runner.reset.bind(runner),
          dispose: runner.dispose.bind(runner),
          run: () => {
            throw new Error('out of order');
          },
        });
      },
    };
    const resources = { node: { model } };
    for (const [given, reason] of [
      [{ models: broken }, 'out of order'],
      [{}, 'expected a runtime for the model'],
    ] as const) {
      const { ok, rows } = await measurePatch({ patch, registry, resources, ...given });
      expect([ok, ...new Set(rows.map(row => row.measured))]).toEqual([null, null]);
      for (const { method } of rows) expect(method).toContain(reason);
    }
  });

  it('a way that is right only if a part passed over is as late as it says', async () => {
    // A gain that lets nothing through and says 500.
    const types = withType('dynamics/gain', () => ({
      latency: () => ({ buffering: 0, inference: 0, model: 0, filter: 500 }),
      kernel: io => io.audioOut.out.forEach(channel => channel.fill(0)),
    }));
    const { ok, rows } = await measure(chain('dynamics/gain'), {}, types);
    expect([ok, rows[0].measured, rows[0].method]).toEqual([
      null,
      null,
      'unsuited: node could not be measured, and says 500 frames; all else is as reported',
    ]);
    // A decoder that says 2048 more than there is.
    const { patch, resources } = await autoencoder();
    const { model } = resources.decoder as { model: ModelResource };
    const contract = { ...model.contract, latencySamples: 2048 };
    const wrong = await measure(patch, { ...resources, decoder: { model: { ...model, contract } } });
    expect(wrong.rows.find(row => row.path.includes('decoder >'))?.method).toBe(
      'unsuited: encoder > latents > decoder could not be measured, and says 2048 frames; all else is as reported',
    );
  });

  it('a part passed over waits inside as the plan lets it wait', async () => {
    const { patch, resources } = await autoencoder();
    const { encoder } = patch.nodes;
    const second = { ...encoder, id: 'second', params: { ...encoder.params, runsIn: 'worker', slack: 2048 } };
    const connections = Object.values(patch.connections).flatMap(({ id, from, to }) => {
      const moved = {
        from: from.node === 'encoder' ? { ...from, node: 'second' } : from,
        to: to.node === 'encoder' ? { ...to, node: 'second' } : to,
      };
      const isMoved = from.node === 'encoder' || to.node === 'encoder';
      const kept = [id, { id, from, to }] as const;
      const fresh = `${moved.from.node}.${moved.from.port}>${moved.to.node}.${moved.to.port}`;
      return isMoved ? [kept, [fresh, { id: fresh, ...moved }] as const] : [kept];
    });
    const both = { ...patch, nodes: { ...patch.nodes, second }, connections: Object.fromEntries(connections) };
    const { rows } = await measure(both, { ...resources, second: resources.encoder });
    expect(rows.filter(({ path }) => path.includes('latents')).length).toBeGreaterThan(1);
    expect(rows.filter(row => row.ok === false)).toEqual([]);
  });

  const methodOf = async (patch: Patch): Promise<string> => {
    const { ok, rows } = await measure(patch);
    expect([ok, rows[0].measured, rows[0].error, rows[0].ok]).toEqual([null, null, null, null]);
    return rows[0].method;
  };

  it('lanes that nothing crosses', async () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input'],
        ['align', 'time/latency-align'],
        ['out', 'output/audio-output'],
      ],
      ['in.out > align.in1', 'align.out2 > out.in'],
    );
    expect(await methodOf(patch)).toBe('unsuited: silence: nothing comes through align');
  });

  it('feedback', async () => {
    const loop = makePatch(
      [
        ['in', 'source/audio-input'],
        ['gain', 'dynamics/gain', { level: -6 }],
        ['echo', 'time/delay', { feedback: 0 }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > gain.in', 'gain.out > echo.in', 'echo.out > gain.in', 'gain.out > out.in'],
    );
    expect(await methodOf(loop)).toBe('unsuited: feedback through gain: every delay in a loop is sound');
  });

  it('NULL-1 a loop that folds its own sound makes everything of a rounding, and a tame one nothing: the row says which', async () => {
    const folded = (drive: number): Patch =>
      makePatch(
        [
          ['in', 'source/audio-input'],
          ['fold', 'dynamics/waveshaper', { shape: 'foldback', drive, level: 0 }],
          ['echo', 'time/delay', { time: 1, feedback: 0 }],
          ['out', 'output/audio-output'],
        ],
        ['in.out > fold.in', 'fold.out > echo.in', 'echo.out > fold.in', 'fold.out > out.in'],
      );
    expect(await methodOf(folded(-6))).toBe('unsuited: feedback through fold: every delay in a loop is sound');
    const said = /^unsuited: feedback through fold: every delay in a loop is sound; ill-conditioned: (.*)$/.exec(
      await methodOf(folded(6)),
    )?.[1];
    const [, comesOut] = /comes out at (−?[\d.]+) dB; no two players of it sound the same$/.exec(said ?? '') ?? [];
    // A map of slope ±2 doubles a difference each millisecond: a rounding is the whole signal after some 23 of them.
    expect(Number(comesOut?.replace('−', '-'))).toBeGreaterThan(-6);
  });
});

describe('the run', () => {
  it('is cancelled between two measurements, and refuses a patch with errors', async () => {
    await expect(
      measurePatch({ patch: chain('dynamics/gain'), registry, resources: {}, models, signal: { aborted: true } }),
    ).rejects.toThrow(/E-CANCELLED|cancelled/);
    const cycle = makePatch(
      [
        ['a', 'dynamics/gain'],
        ['b', 'dynamics/gain'],
      ],
      ['a.out > b.in', 'b.out > a.in'],
    );
    await expect(measure(cycle)).rejects.toThrow(PatchError);
  });

  it('gives the same report twice: states start afresh', async () => {
    const patch = chain('filter/biquad-filter');
    expect(await measure(patch)).toEqual(await measure(patch));
  });
});
