// What meets what: rates, channels, loops and their problems, with fixes that must mend what they promise.
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/core/errors.ts';
import { inferPatch } from '../../src/core/infer.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { ModelContract } from '../../src/core/resource.ts';
import { channelRule } from '../../src/core/signal-rules.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { checkConnection, validatePatch } from '../../src/core/validate.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { makePatch, registry } from '../render/helpers.ts';
import { modelAt } from './resources.ts';

const CLEAN: readonly Problem[] = [];
const fixed = (patch: Patch, problem: Problem): Patch => applyTransaction(patch, problem.fix!.transaction).patch;
const amp = (sampleRateHz: number, more: Partial<ModelContract> = {}) => ({
  amp: { model: modelAt(sampleRateHz, more) },
});
const through = (wires: readonly string[], rateHz = 48000): Patch =>
  makePatch(
    [
      ['input', 'source/audio-input'],
      ['amp', 'neural/neural-model'],
      ['gain', 'dynamics/gain'],
      ['out', 'output/audio-output'],
    ],
    wires,
    rateHz,
  );

describe('RATE-1 rates spread from where they are fixed', () => {
  it('through nodes, resamplers and back', () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '16000' }],
        ['gain', 'dynamics/gain'],
        ['delay', 'time/delay'],
        ['up', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
        ['lonely', 'dynamics/gain'],
      ],
      ['input.out > down.in', 'down.out > gain.in', 'gain.out > delay.in', 'delay.out > up.in', 'up.out > out.in'],
    );
    const { rates, problems } = inferPatch(patch, registry, {});
    expect(problems).toEqual(CLEAN);
    expect(Object.fromEntries(rates)).toEqual({
      input: 48000,
      down: 48000,
      gain: 16000,
      delay: 16000,
      up: 16000,
      out: 48000,
      lonely: 48000,
    });
  });

  it('into a loop at another rate', () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['down', 'rate/resampler', { to: '24000' }],
        ['mix', 'dynamics/gain'],
        ['delay', 'time/delay'],
        ['up', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      [
        'input.out > down.in',
        'down.out > mix.in',
        'mix.out > delay.in',
        'delay.out > mix.in',
        'mix.out > up.in',
        'up.out > out.in',
      ],
    );
    const { rates, problems } = inferPatch(patch, registry, {});
    expect(problems).toEqual(CLEAN);
    expect([rates.get('mix'), rates.get('delay'), rates.get('up')]).toEqual([24000, 24000, 24000]);
  });
});

describe('RATE-2 two rates that meet are refused with the cents, and the fix makes the patch clean', () => {
  it.each([
    [44100, 48000, '147 cents flat', '147 cents sharp'],
    [96000, 48000, '1200 cents sharp', '1200 cents flat'],
    [48000, 44100, '147 cents sharp', '147 cents flat'],
  ])('a %i Hz model in a patch of %i Hz', (modelHz, patchHz, into, back) => {
    let patch = through(['input.out > amp.in', 'amp.out > out.in'], patchHz);
    const resources = amp(modelHz);
    const { problems } = inferPatch(patch, registry, resources);
    expect(problems.map(problem => problem.code)).toEqual(['E-RATE', 'E-RATE']);
    expect(problems.find(problem => problem.nodeId === 'amp')?.message).toContain(into);
    expect(problems.find(problem => problem.nodeId === 'out')?.message).toContain(back);
    for (let left = problems; left.length > 0; left = inferPatch(patch, registry, resources).problems)
      patch = fixed(patch, left[0]);
    expect(makePlan(patch, registry, resources).problems).toEqual(CLEAN);
    expect(Object.values(patch.nodes).filter(node => node.type === 'rate/resampler')).toHaveLength(2);
  });

  it('two sources of different rates into one inlet', () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['up', 'rate/resampler', { to: '96000' }],
        ['gain', 'dynamics/gain'],
      ],
      ['input.out > up.in', 'up.out > gain.in', 'input.out > gain.in'],
    );
    const { problems } = inferPatch(patch, registry, {});
    expect(problems.map(problem => problem.code)).toEqual(['E-RATE']);
    expect(inferPatch(fixed(patch, problems[0]), registry, {}).problems).toEqual(CLEAN);
  });

  it('a rate that the Resampler does not have is told as such, before and behind', () => {
    const patch = through(['input.out > amp.in', 'amp.out > out.in']);
    const problems = inferPatch(patch, registry, amp(12000)).problems;
    expect(problems.map(problem => problem.code)).toEqual(['E-RATE-PAIR', 'E-RATE-PAIR']);
    expect(problems[0].fix).toBeUndefined();
    const resampled = makePatch(
      [
        ['amp', 'neural/neural-model'],
        ['up', 'rate/resampler', { to: '48000' }],
        ['out', 'output/audio-output'],
      ],
      ['amp.out > up.in', 'up.out > out.in'],
    );
    expect(inferPatch(resampled, registry, amp(12000)).problems.map(problem => problem.code)).toEqual(['E-RATE-PAIR']);
  });
});

describe('CHANNEL-1 channels grow along the wires; one meets many by a rule', () => {
  it.each([
    [1, 1, ''],
    [1, 2, '1 → 2 ch, copied'],
    [2, 1, '2 → 1 ch, mean'],
    [6, 1, '6 → 1 ch, mean'],
    [1, 6, '1 → 6 ch, copied'],
    [2, 6, undefined],
    [6, 2, undefined],
  ])('%i into %i', (from, to, rule) => expect(channelRule(from, to)).toBe(rule));

  it.each([2, 6])('%i channels pass through following nodes and are averaged for a mono model', channels => {
    const patch = makePatch(
      [
        ['player', 'source/audio-file-player'],
        ['gain', 'dynamics/gain'],
        ['amp', 'neural/neural-model'],
        ['out', 'output/audio-output'],
      ],
      ['player.out > gain.in', 'gain.out > amp.in', 'amp.out > out.in', 'gain.out > out.in'],
    );
    const audio = {
      kind: 'audio' as const,
      path: 'a.wav',
      sha256: '',
      sampleRateHz: 48000,
      channels: Array.from({ length: channels }, () => new Float32Array(8)),
    };
    const { plan, problems } = makePlan(patch, registry, { player: { audio }, ...amp(0) });
    expect(problems).toEqual(CLEAN);
    expect(plan?.connections['gain.out>amp.in'].channelRule).toBe(`${channels} → 1 ch, mean`);
    expect(plan?.connections['amp.out>out.in'].channelRule).toBe(`1 → ${channels} ch, copied`);
    expect(plan?.outputs[0].channels).toBe(channels);
  });

  it('grow around a loop until they settle', () => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input', { channels: 'stereo' }],
        ['mix', 'dynamics/gain'],
        ['delay', 'time/delay'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > delay.in', 'delay.out > mix.in', 'mix.out > delay.in', 'mix.out > out.in'],
    );
    const { channels, problems } = inferPatch(patch, registry, {});
    expect(problems).toEqual(CLEAN);
    expect(channels.get('out')?.in).toBe(2);
  });

  const stereoInto = (): Patch =>
    makePatch(
      [
        ['input', 'source/audio-input', { channels: 'stereo' }],
        ['amp', 'neural/neural-model'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > amp.in', 'amp.out > out.in'],
    );

  it('2 into 6 is refused', () => {
    const six = amp(0, { inputs: [{ tensor: 'x', channels: 6, layout: 'bcn' }] });
    expect(inferPatch(stereoInto(), registry, six).problems.map(problem => problem.code)).toEqual(['E-CHANNELS']);
  });

  // The Channel Mapper that each needs; its cases in nodes/mix/channel-mapper.ts say what it does.
  it.each([
    [4, 2, { mapping: 'stereo' }],
    [2, 6, { mapping: 'first channels', count: 6 }],
    [6, 3, { mapping: 'first channels', count: 3 }],
  ] as const)('%i into %i is mended by a Channel Mapper', (from, to, params) => {
    const patch = makePatch(
      [
        ['input', 'source/audio-input'],
        ['wide', 'mix/channel-mapper', { mapping: 'first channels', count: from }],
        ['amp', 'neural/neural-model'],
        ['out', 'output/audio-output'],
      ],
      ['input.out > wide.in', 'wide.out > amp.in', 'amp.out > out.in'],
    );
    const book = amp(0, {
      inputs: [{ tensor: 'x', channels: to, layout: 'bcn' }],
      outputs: [{ tensor: 'y', channels: 1, layout: 'bcn' }],
    });
    const { problems } = inferPatch(patch, registry, book);
    expect(problems.map(problem => problem.code)).toEqual(['E-CHANNELS']);
    const mended = fixed(patch, problems[0]!);
    const added = Object.values(mended.nodes).find(node => !Object.hasOwn(patch.nodes, node.id));
    expect(added).toMatchObject({ type: 'mix/channel-mapper', params });
    const { plan, problems: rest } = makePlan(mended, registry, book);
    expect(rest).toEqual(CLEAN);
    expect(plan?.connections[`${added?.id}.out>amp.in`]).toMatchObject({ channels: to, channelRule: '' });
  });
});

describe('LOOP-1 a loop needs a delay, and each undelayed one is told with its path', () => {
  const ring = (...ids: string[]): string[] => ids.map((id, i) => `${id}.out > ${ids[(i + 1) % ids.length]}.in`);

  it('prints the path; its fix makes the loop play', () => {
    const patch = makePatch(
      [
        ['a', 'dynamics/gain'],
        ['b', 'dynamics/gain'],
        ['c', 'dynamics/gain'],
      ],
      ring('a', 'b', 'c'),
    );
    const { problems, order } = inferPatch(patch, registry, {});
    expect(order).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0].code).toBe('E-CYCLE');
    expect(problems[0].message).toMatch(/^a → b → c → a: /);
    const mended = fixed(patch, problems[0]);
    expect(makePlan(mended, registry, {}).problems).toEqual(CLEAN);
    expect(makePlan(mended, registry, {}).plan?.root.items.some(item => 'items' in item)).toBe(true);
  });

  it('tells all undelayed cycles, also inside a loop that a delay closes', () => {
    const patch = makePatch(
      [
        ['a', 'dynamics/gain'],
        ['b', 'dynamics/gain'],
        ['c', 'dynamics/gain'],
        ['d', 'dynamics/gain'],
        ['e', 'time/delay'],
      ],
      [...ring('a', 'b'), ...ring('c', 'd'), 'b.out > c.in', 'd.out > e.in', 'e.out > a.in'],
    );
    const problems = inferPatch(patch, registry, {}).problems;
    expect(problems.map(problem => problem.message.split(':')[0]).sort()).toEqual(['a → b → a', 'c → d → c']);
  });

  it('a node that feeds itself, and a bypassed delay, are cycles', () => {
    const self = makePatch([['a', 'dynamics/gain']], ['a.out > a.in']);
    expect(inferPatch(self, registry, {}).problems[0].message).toMatch(/^a → a: /);
    const delayed = makePatch(
      [
        ['a', 'dynamics/gain'],
        ['d', 'time/delay'],
      ],
      ring('a', 'd'),
    );
    expect(inferPatch(delayed, registry, {}).problems).toEqual(CLEAN);
    const bypassed = { ...delayed, nodes: { ...delayed.nodes, d: { ...delayed.nodes.d, isBypassed: true } } };
    expect(inferPatch(bypassed, registry, {}).problems.map(problem => problem.code)).toEqual(['E-CYCLE']);
  });
});

describe('CONNECTION-1 a connection joins an outlet and an inlet of one type', () => {
  const patch = makePatch(
    [
      ['osc', 'source/oscillator'],
      ['gain', 'dynamics/gain'],
      ['knob', 'control/knob'],
      ['odd', 'later/thing'],
    ],
    ['osc.out > gain.in'],
  );
  it.each([
    ['osc.out', 'gain.level', 'E-PORT-TYPE'],
    ['knob.out', 'gain.in', 'E-PORT-TYPE'],
    ['gain.in', 'gain.out', 'E-CONNECTION'],
    ['osc.nothing', 'gain.in', 'E-CONNECTION'],
    ['osc.out', 'gain.constructor', 'E-CONNECTION'],
    ['osc.out', 'osc.shape', 'E-CONNECTION'],
    ['nobody.out', 'gain.in', 'E-CONNECTION'],
    ['constructor.out', 'gain.in', 'E-CONNECTION'],
    ['rubbish', 'gain.in', 'E-CONNECTION'],
    ['osc.out', 'gain.in', 'E-PORT-TAKEN'],
    ['gain.out', 'gain.in', 'E-CYCLE'],
    ['knob.out', 'gain.level', undefined],
    ['osc.out', 'odd.in', undefined],
  ])('%s → %s: %s', (from, to, code) => expect(checkConnection(patch, registry, {}, from, to)?.code).toBe(code));

  it('an unknown node type keeps its wires and is told once', () => {
    const wired = makePatch(
      [
        ['osc', 'source/oscillator'],
        ['odd', 'later/thing'],
      ],
      ['osc.out > odd.in'],
    );
    expect(validatePatch(wired, registry, {}).map(problem => problem.code)).toEqual(['E-NODE-TYPE']);
  });
});
