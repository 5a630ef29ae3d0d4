// Subpatches sound: laid out flat they give the very samples of the patch that was written without them.
import { describe, expect, it } from 'vitest';
import { exportBundle } from '../../src/check/export-bundle.ts';
import { flatParamName, movedParams } from '../../src/core/flat-origin.ts';
import { flatPatch, flatten } from '../../src/core/flatten.ts';
import type { Patch } from '../../src/core/patch.ts';
import { FLAT_NODES_MAX, SUBPATCH_DEPTH_MAX, type Subpatch } from '../../src/core/subpatch.ts';
import { checkConnection } from '../../src/core/validate.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { subpatchLatency, sumsOfDocument } from '../../src/plan/subpatch-figures.ts';
import { parseMoves } from '../../src/render/moves.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { makePatch, noise, registry } from './helpers.ts';

const FRAMES = 4800;
type Nodes = Parameters<typeof makePatch>[0];

function subpatch(nodes: Nodes, wires: readonly string[]): Subpatch {
  const { version: _, sampleRateHz: __, subpatches: ___, ...parts } = makePatch(nodes, wires);
  return parts;
}
const withSubpatches = (patch: Patch, subpatches: Patch['subpatches']): Patch => ({ ...patch, subpatches });
const bypassed = (patch: Patch, id: string): Patch => ({
  ...patch,
  nodes: { ...patch.nodes, [id]: { ...patch.nodes[id], isBypassed: true } },
});

/** An echo whose tone is a subpatch of its own: two deep, with knobs that are set from outside. */
const TONE = subpatch(
  [
    ['in', 'structure/inlet'],
    ['cutoff', 'control/knob', { min: 100, max: 8000, value: 900, unit: 'Hz', scale: 'log' }],
    ['filter', 'filter/biquad-filter', { cutoff: 0 }],
    ['out', 'structure/outlet'],
  ],
  ['in.out > filter.in', 'cutoff.out > filter.cutoff', 'filter.out > out.in'],
);
const ECHO = subpatch(
  [
    ['in', 'structure/inlet'],
    ['level', 'control/knob', { min: -60, max: 0, value: -12, unit: 'dB' }],
    ['delay', 'time/delay', { time: 20 }],
    ['tone', 'structure/subpatch', { patch: 'tone', cutoff: 1500 }],
    ['gain', 'dynamics/gain', { level: 0 }],
    ['out', 'structure/outlet'],
  ],
  ['in.out > delay.in', 'delay.out > tone.in', 'tone.out > gain.in', 'level.out > gain.level', 'gain.out > out.in'],
);
const NESTED = withSubpatches(
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['echo', 'structure/subpatch', { patch: 'echo', level: -6 }],
      ['out', 'output/audio-output'],
    ],
    ['input.out > echo.in', 'input.out > out.in', 'echo.out > out.in'],
  ),
  { echo: ECHO, tone: TONE },
);
const FLAT = makePatch(
  [
    ['input', 'source/audio-input'],
    ['level', 'control/knob', { min: -60, max: 0, value: -6, unit: 'dB' }],
    ['delay', 'time/delay', { time: 20 }],
    ['cutoff', 'control/knob', { min: 100, max: 8000, value: 1500, unit: 'Hz', scale: 'log' }],
    ['filter', 'filter/biquad-filter', { cutoff: 0 }],
    ['gain', 'dynamics/gain', { level: 0 }],
    ['out', 'output/audio-output'],
  ],
  [
    'input.out > delay.in',
    'delay.out > filter.in',
    'cutoff.out > filter.cutoff',
    'filter.out > gain.in',
    'level.out > gain.level',
    'gain.out > out.in',
    'input.out > out.in',
  ],
);

async function render(patch: Patch, events: readonly RenderEvent[] = [], schedule = [128]) {
  const inputs = { input: [noise(FRAMES, 3)] };
  const { outputs, faults } = await renderPatch({
    patch,
    registry,
    resources: {},
    frames: FRAMES,
    inputs,
    events,
    schedule,
  });
  expect(faults).toEqual([]);
  return outputs.out[0];
}
const errorsOf = (patch: Patch) => makePlan(patch, registry, {}).problems;

describe('SUBPATCH-1 a subpatch sounds as its nodes would outside of it', () => {
  it('two deep, with settings from outside: the very samples of the flat patch, in any calls', async () => {
    expect(errorsOf(NESTED)).toEqual([]);
    const flat = await render(FLAT);
    expect(flat.some(x => Math.abs(x) > 0.1)).toBe(true);
    expect(await render(NESTED)).toEqual(flat);
    expect(await render(NESTED, [], [37, 480, 1])).toEqual(await render(FLAT, [], [37, 480, 1]));
  });

  it('while its settings move, from the canvas and from a file of moves', async () => {
    const change = { path: ['nodes', 'echo', 'params', 'level'], value: -30 };
    expect(movedParams(change, NESTED)).toEqual([{ nodeId: 'echo/level', param: 'value' }]);
    expect(flatParamName('echo.level', NESTED)).toBe('echo/level.value');
    const moves = (text: string, patch: Patch) => parseMoves(text, patch, registry, {});
    const outer = moves('seconds,param,value\n0.02,echo.level,-30\n0.05,echo/tone/cutoff.value,400', NESTED);
    const flat = moves('seconds,param,value\n0.02,level.value,-30\n0.05,cutoff.value,400', FLAT);
    expect(outer.map(({ nodeId }) => nodeId)).toEqual(['echo/level', 'echo/tone/cutoff']);
    const moved = await render(NESTED, outer);
    expect(moved).toEqual(await render(FLAT, flat));
    expect(moved).not.toEqual(await render(NESTED));
  });

  it('a move inside is heard in every copy', () => {
    const twice = { ...NESTED, nodes: { ...NESTED.nodes, second: { ...NESTED.nodes.echo, id: 'second' } } };
    const inside = { path: ['subpatches', 'echo', 'nodes', 'gain', 'params', 'level'], value: -3 };
    expect(movedParams(inside, twice).map(({ nodeId }) => nodeId)).toEqual(['echo/gain', 'second/gain']);
    const deeper = { path: ['subpatches', 'echo', 'nodes', 'tone', 'params', 'cutoff'], value: 300 };
    expect(movedParams(deeper, twice).map(({ nodeId }) => nodeId)).toEqual(['echo/tone/cutoff', 'second/tone/cutoff']);
  });

  it('a loop that leads through a subpatch', async () => {
    const feedback = subpatch(
      [
        ['in', 'structure/inlet'],
        ['delay', 'time/delay', { time: 5 }],
        ['gain', 'dynamics/gain', { level: -6 }],
        ['out', 'structure/outlet'],
      ],
      ['in.out > delay.in', 'delay.out > gain.in', 'gain.out > out.in'],
    );
    const around = withSubpatches(
      makePatch(
        [
          ['input', 'source/audio-input'],
          ['loop', 'structure/subpatch', { patch: 'loop' }],
          ['out', 'output/audio-output'],
        ],
        ['input.out > loop.in', 'loop.out > loop.in', 'loop.out > out.in'],
      ),
      { loop: feedback },
    );
    const flat = makePatch(
      [
        ['input', 'source/audio-input'],
        ['delay', 'time/delay', { time: 5 }],
        ['gain', 'dynamics/gain', { level: -6 }],
        ['out', 'output/audio-output'],
      ],
      ['input.out > delay.in', 'gain.out > delay.in', 'delay.out > gain.in', 'gain.out > out.in'],
    );
    expect(errorsOf(around)).toEqual([]);
    expect(await render(around)).toEqual(await render(flat));
  });
});

describe('SUBPATCH-2 bypass of the whole', () => {
  it('gives what came in, as late as the way through', async () => {
    const late = subpatch(
      [
        ['in', 'structure/inlet'],
        ['limiter', 'dynamics/limiter'],
        ['out', 'structure/outlet'],
      ],
      ['in.out > limiter.in', 'limiter.out > out.in'],
    );
    const patch = withSubpatches(
      makePatch(
        [
          ['input', 'source/audio-input'],
          ['late', 'structure/subpatch', { patch: 'late' }],
          ['out', 'output/audio-output'],
        ],
        ['input.out > late.in', 'late.out > out.in'],
      ),
      { late },
    );
    const samples = makePlan(patch, registry, {}).plan?.latencySamples as number;
    expect(samples).toBeGreaterThan(0);
    const off = bypassed(patch, 'late');
    expect(makePlan(off, registry, {}).plan?.latencySamples).toBe(samples);
    const heard = await render(off);
    const input = noise(FRAMES, 3);
    expect(heard.slice(samples)).toEqual(input.slice(0, FRAMES - samples));
    expect(heard.slice(0, samples).every(x => x === 0)).toBe(true);
  });
});

describe('SUBPATCH-8 figures of the whole', () => {
  it('its latency is that of the latest way through, in its parts, connected outside or not; loads add up', () => {
    const late = subpatch(
      [
        ['in', 'structure/inlet'],
        ['limiter', 'dynamics/limiter'],
        ['second', 'dynamics/limiter'],
        ['out', 'structure/outlet'],
      ],
      ['in.out > limiter.in', 'limiter.out > second.in', 'second.out > out.in', 'in.out > out.in'],
    );
    const patch = withSubpatches(
      makePatch(
        [
          ['input', 'source/audio-input'],
          ['before', 'dynamics/limiter'],
          ['late', 'structure/subpatch', { patch: 'late' }],
        ],
        ['input.out > before.in', 'before.out > late.in'],
      ),
      { late },
    );
    const { plan } = makePlan(patch, registry, {});
    const one = plan!.nodes.before.latency;
    expect(one.filter + one.buffering + one.model).toBeGreaterThan(0);
    const twice = Object.fromEntries(Object.entries(one).map(([part, samples]) => [part, 2 * samples]));
    expect(subpatchLatency(plan!, 'late')).toEqual(twice);
    expect(sumsOfDocument({ before: 1, 'late/limiter': 2, 'late/deep/x': 4 })).toEqual({ before: 1, late: 6 });
  });
});

describe('SUBPATCH-3 what can not be played is told, and the rest plays', () => {
  const holding = (name: string): Subpatch => subpatch([['inner', 'structure/subpatch', { patch: name }]], []);
  const playing = (subpatches: Patch['subpatches'], patch = 'a'): Patch =>
    withSubpatches(makePatch([['node', 'structure/subpatch', { patch }]], []), subpatches);

  it('one that is not there, one inside itself, by way of another too, and one too deep', () => {
    const told = (patch: Patch) => flatten(patch).problems.map(({ code, message }) => `${code} ${message}`);
    expect(told(playing({}))).toEqual([expect.stringMatching(/E-SUBPATCH node: .* got "a"/)]);
    expect(told(playing({ a: holding('a') }))).toEqual([expect.stringMatching(/E-SUBPATCH node: .* contain itself/)]);
    expect(told(playing({ a: holding('b'), b: holding('a') }))).toEqual([expect.stringMatching(/contain itself/)]);
    expect(told(playing({ a: holding('b'), b: holding('c'), c: holding('b') }))).toEqual([
      expect.stringMatching(/node\/inner: .* contain itself/),
    ]);
    const levels = Array.from({ length: SUBPATCH_DEPTH_MAX + 1 }, (_, n) => [`s${n}`, holding(`s${n + 1}`)] as const);
    const deep = { ...Object.fromEntries(levels), [`s${SUBPATCH_DEPTH_MAX}`]: subpatch([], []) };
    expect(told(playing(deep, 's0'))).toEqual([expect.stringMatching(/at most 16 subpatches inside/)]);
    expect(told(playing(deep, 's1'))).toEqual([]);
  });

  it('a bomb that doubles itself at every level, and a chain as long as a file allows', () => {
    const doubling = (name: string): Subpatch =>
      subpatch(
        Array.from({ length: 8 }, (_, n) => [`n${n}`, 'structure/subpatch', { patch: name }] as const),
        [],
      );
    const bomb = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`s${n}`, doubling(`s${n + 1}`)]));
    const { problems, patch } = flatten(playing({ ...bomb, s15: subpatch([['gain', 'dynamics/gain']], []) }, 's0'));
    expect(problems.map(({ code }) => code)).toEqual(['E-SIZE']);
    expect(Object.keys(patch.nodes).length).toBeLessThan(FLAT_NODES_MAX);
    const chain = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`s${n}`, holding(`s${n + 1}`)]));
    expect(flatten(playing(chain, 's0')).problems.map(({ code }) => code)).toEqual(['E-SUBPATCH']);
  });

  it('a loop around a subpatch is told by the wire that closes it, before it is made', () => {
    const through = subpatch(
      [
        ['in', 'structure/inlet'],
        ['out', 'structure/outlet'],
      ],
      ['in.out > out.in'],
    );
    const patch = withSubpatches(makePatch([['s', 'structure/subpatch', { patch: 'a' }]], []), { a: through });
    for (const tried of [patch, bypassed(patch, 's')]) {
      const problem = checkConnection(tried, registry, {}, 's.out', 's.in');
      expect([problem?.code, problem?.path, problem?.connections]).toEqual([
        'E-CYCLE',
        'connections.s.out>s.in',
        ['s.out>s.in'],
      ]);
    }
  });

  it('names the node that is seen, and the place where it is mended', () => {
    const loud = subpatch([['gain', 'dynamics/gain', { level: 99 }]], []);
    const [problem] = errorsOf(playing({ a: loud }));
    expect([problem.code, problem.nodeId, problem.path]).toEqual([
      'E-PARAM-RANGE',
      'node',
      'subpatches.a.nodes.gain.params.level',
    ]);
    expect(problem.fix?.transaction.changes[0].path).toEqual(['subpatches', 'a', 'nodes', 'gain', 'params', 'level']);
    const set = {
      ...NESTED,
      nodes: { ...NESTED.nodes, echo: { ...NESTED.nodes.echo, params: { patch: 'echo', level: 9 } } },
    };
    expect(errorsOf(set).map(({ path }) => path)).toEqual(['nodes.echo.params.level']);
    const wrong = makePatch(
      [
        ['input', 'source/audio-input'],
        ['node', 'structure/subpatch', { patch: 'a' }],
      ],
      ['input.out > node.gone'],
    );
    expect(errorsOf(withSubpatches(wrong, { a: loud })).map(({ code, path }) => `${code} ${path}`)).toContain(
      'E-CONNECTION connections.input.out>node.gone',
    );
  });
});

describe('SUBPATCH-4 export', () => {
  it('a bundle of nested subpatches nulls, with params by their place', async () => {
    const ort = await loadOrtFromFile(WASM_PATH);
    const { bundle, report } = await exportBundle({
      patch: NESTED,
      registry,
      resources: {},
      models: withKernels(createInference(ort)),
      runtime: createGraphRuntime(ort),
    });
    expect(report).toBeDefined();
    expect(bundle.manifest.params.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['echo/level.value', 'echo/tone/cutoff.value']),
    );
    expect(bundle.patchText).toContain('"subpatches"');
  });
});

it('SUBPATCH-5 what did not change keeps its identity, so that a plan asks only for what is new', () => {
  const start = { ...NESTED };
  const moved = { ...NESTED, nodes: { ...NESTED.nodes, input: { ...NESTED.nodes.input, position: [5, 5] as const } } };
  const [before, after] = [flatPatch(start), flatPatch(moved)];
  expect(Object.keys(after.nodes).filter(id => after.nodes[id] !== before.nodes[id])).toEqual(['input']);
  expect(Object.keys(after.connections).filter(id => after.connections[id] !== before.connections[id])).toEqual([]);
});
