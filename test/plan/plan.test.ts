// The plan: what it aligns, names, bypasses and carries over; regions and latency by closed forms.
import { describe, expect, it } from 'vitest';
import { compileBundle } from '../../src/compile/bundle.ts';
import { setBypassed } from '../../src/core/edits.ts';
import type { Patch } from '../../src/core/patch.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan, PlanCall, PlanRegion } from '../../src/plan/plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { modelAt } from '../core/resources.ts';
import { makePatch, noise, nullDb, registry } from '../render/helpers.ts';

const planOf = (patch: Patch, resources = {}): Plan => {
  const { plan, problems } = makePlan(patch, registry, resources);
  expect(problems).toEqual([]);
  return plan!;
};
const calls = (region: PlanRegion): PlanCall[] =>
  region.items.flatMap(item => ('items' in item ? calls(item) : [item]));
const late = (latencySamples: number) => modelAt(48000, { latencySamples });

describe('LATENCY-4 paths that meet are aligned', () => {
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['a', 'neural/neural-model'],
      ['b', 'neural/neural-model'],
      ['mix', 'dynamics/gain'],
      ['out', 'output/audio-output'],
      ['dry', 'output/audio-output'],
    ],
    [
      'input.out > a.in',
      'a.out > b.in',
      'b.out > mix.in',
      'a.out > mix.in',
      'input.out > mix.in',
      'mix.out > out.in',
      'input.out > dry.in',
    ],
  );
  const resources = { a: { model: late(100) }, b: { model: late(23) } };

  it('each early connection waits for the latest, outputs among each other as well', () => {
    const plan = planOf(patch, resources);
    const waits = Object.fromEntries(
      Object.values(plan.connections)
        .filter(c => c.alignSamples > 0)
        .map(c => [c.id, c.alignSamples]),
    );
    expect(waits).toEqual({ 'a.out>mix.in': 23, 'input.out>mix.in': 123, 'input.out>dry.in': 123 });
    expect([plan.latencySamples, plan.latency]).toEqual([123, { buffering: 0, inference: 0, model: 123, filter: 0 }]);
  });

  it('without models that run, all three arrive together: 3·x, 123 frames late', async () => {
    const input = noise(1000, 1);
    const { outputs } = await renderPatch({ patch, registry, resources, frames: 1000, inputs: { input: [input] } });
    expect(nullDb(outputs.dry[0].subarray(123), input.subarray(0, 877))).toBe(-Infinity);
  });

  it('inside a loop nothing is aligned, and its latency counts', () => {
    const loop = makePatch(
      [
        ['input', 'source/audio-input'],
        ['a', 'neural/neural-model'],
        ['delay', 'time/delay'],
        ['mix', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > mix.in', 'mix.out > a.in', 'a.out > delay.in', 'delay.out > mix.in', 'mix.out > out.in'],
    );
    const plan = planOf(loop, { a: { model: late(50) } });
    expect(calls(plan.root).some(call => call.kind === 'align')).toBe(false);
    const region = plan.root.items.find((item): item is PlanRegion => 'items' in item);
    expect([region?.kind, region?.breakers]).toEqual(['loop', ['delay']]);
  });
});

describe('BYPASS-1 a bypassed node passes its input with its latency kept', () => {
  const patch = makePatch(
    [
      ['input', 'source/audio-input'],
      ['a', 'neural/neural-model'],
      ['out', 'output/audio-output'],
      ['dry', 'output/audio-output'],
    ],
    ['input.out > a.in', 'a.out > out.in', 'input.out > dry.in'],
  );
  const bypass = (id: string, p = patch): Patch => applyTransaction(p, setBypassed(id, true)).patch;

  it('by exactly its samples, so that what is aligned stays aligned', async () => {
    const input = noise(1000, 2);
    const resources = { a: { model: late(77) } };
    const { outputs, plan } = await renderPatch({
      patch: bypass('a'),
      registry,
      resources,
      frames: 1000,
      inputs: { input: [input] },
    });
    expect(plan.latencySamples).toBe(77);
    expect(outputs.out[0].subarray(0, 77).every(x => x === 0)).toBe(true);
    expect(nullDb(outputs.out[0].subarray(77), input.subarray(0, 923))).toBe(-Infinity);
    expect(nullDb(outputs.dry[0], outputs.out[0])).toBe(-Infinity);
  });

  it('a bypassed source is silent, live and in the bundle', async () => {
    const gain = makePatch(
      [
        ['input', 'source/audio-input'],
        ['gain', 'dynamics/gain'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > gain.in', 'gain.out > out.in'],
    );
    const silent = bypass('input', gain);
    const { outputs, plan } = await renderPatch({
      patch: silent,
      registry,
      resources: {},
      frames: 500,
      inputs: { input: [noise(500, 3)] },
    });
    expect(outputs.out[0].every(x => x === 0)).toBe(true);
    expect(compileBundle(silent, plan, registry, {}).manifest.inputs).toEqual([]);
  });
});

describe('PLAN-1 the plan follows from the patch alone', () => {
  it('whatever the order in memory', () => {
    const patch = makePatch(
      [
        ['b', 'dynamics/gain'],
        ['a', 'source/oscillator'],
        ['c', 'output/audio-output'],
      ],
      ['b.out > c.in', 'a.out > b.in'],
    );
    const turned: Patch = {
      ...patch,
      nodes: Object.fromEntries(Object.entries(patch.nodes).reverse()),
      connections: Object.fromEntries(Object.entries(patch.connections).reverse()),
    };
    expect(JSON.stringify(planOf(turned))).toBe(JSON.stringify(planOf(patch)));
  });

  it('is plain data that survives being posted', () => {
    const plan = planOf(
      makePatch(
        [
          ['a', 'source/oscillator'],
          ['c', 'output/audio-output'],
        ],
        ['a.out > c.in'],
      ),
    );
    expect(structuredClone(plan)).toEqual(plan);
  });

  it('problems that leave nothing to compute leave no plan; others do', () => {
    const cycle = makePatch([['a', 'dynamics/gain']], ['a.out > a.in']);
    expect(makePlan(cycle, registry, {}).plan).toBeUndefined();
    const unknown = makePatch(
      [
        ['a', 'later/thing'],
        ['osc', 'source/oscillator'],
        ['out', 'output/audio-output'],
      ],
      ['a.out > out.in', 'osc.out > out.in'],
    );
    const { plan, problems } = makePlan(unknown, registry, {});
    expect(problems.map(problem => problem.code)).toEqual(['E-NODE-TYPE']);
    expect(plan?.outputs.map(output => output.nodeId)).toEqual(['out']);
  });

  it('a state may be carried over exactly when nothing that shapes it changed', () => {
    const keyOf = (params: Record<string, number | string>): string =>
      planOf(makePatch([['delay', 'time/delay', params]], [])).nodes.delay.stateKey;
    expect(keyOf({ time: 5 })).toBe(keyOf({ time: 9 }));
    expect(keyOf({ maxTime: '0.5 s' })).not.toBe(keyOf({ maxTime: '2 s' }));
  });
});
