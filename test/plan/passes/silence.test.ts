// The pass 'silence': nodes that rest are not run, and nobody can hear that. Every node type that says it rests is held to it; a type
// that says so and counts frames is found out.
import { describe, expect, it } from 'vitest';
import type { NodeType } from '../../../src/core/node-type.ts';
import { isMovable } from '../../../src/core/param.ts';
import type { Registry } from '../../../src/core/registry.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { ALL_PASSES, type PassName } from '../../../src/plan/passes/pass-name.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { Executor } from '../../../src/render/executor.ts';
import { type RenderEvent, renderPatch } from '../../../src/render/render-patch.ts';
import { NODE, standUp, variantsOf } from '../../nodes/stand.ts';
import { countCalls } from '../../render/counted-node.ts';
import { makePatch, noise, registry } from '../../render/helpers.ts';

const without = (name: PassName): Set<PassName> => new Set([...ALL_PASSES].filter(other => other !== name));
const resting = Object.values(registry.types).filter(type => type.rest);

/** Sound, silence for longer than anything rings, sound, silence; with odd beginnings. */
function bursts(seed: number): Float32Array {
  const x = noise(24_000, seed).map(value => value / 2);
  return x.fill(0, 0, 1000).fill(0, 2117, 15_003).fill(0, 15_500, 23_000);
}

/** Moves of all params that can: while it sounds, while it rings out and while it rests. */
function moves(type: NodeType, nodeId: string): RenderEvent[] {
  const params = Object.entries(type.params({ values: {}, resources: {}, patchRateHz: 48000 }));
  return params
    .flatMap(([param, definition], k): RenderEvent[] => {
      if (!isMovable(definition)) return [];
      const values =
        definition.kind === 'choice'
          ? definition.choices
          : [0.2, 0.7, 0.5].map(share => definition.min + share * (definition.max - definition.min));
      return [1500, 2500, 14_501, 14_950, 22_000].map((frame, n) => ({
        frame: frame + 7 * k,
        kind: 'param',
        nodeId,
        param,
        value: values[n % values.length],
      }));
    })
    .sort((a, b) => a.frame - b.frame);
}

/** Largest difference that leaving calls out makes. */
async function differenceOf(type: NodeType, types: Registry, hasMoves: boolean): Promise<number> {
  let worst = 0;
  for (const variant of variantsOf(type)) {
    const stand = standUp(type, variant, types);
    const inputs = Object.fromEntries(
      Object.values(stand.patch.nodes)
        .filter(({ type: id }) => id === 'source/audio-input')
        .map(({ id }, n) => [id, [bursts(n + 1), bursts(n + 9)]]),
    );
    const request = {
      patch: stand.patch,
      registry: types,
      resources: stand.resources,
      frames: 24_000,
      inputs,
      schedule: [128, 128, 128, 37, 91],
      events: hasMoves ? moves(type, NODE) : [],
    };
    const [on, off] = [await renderPatch(request), await renderPatch({ ...request, passes: without('silence') })];
    for (const [id, channels] of Object.entries(off.outputs))
      channels.forEach((channel, c) =>
        channel.forEach((x, i) => {
          worst = Math.max(worst, Math.abs(x - on.outputs[id][c][i]));
        }),
      );
  }
  return worst;
}

describe('silence', () => {
  it('is asked of most effects', () => {
    expect(resting.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'dynamics/gain',
        'filter/biquad-filter',
        'time/delay',
        'mix/mixer',
        'dynamics/waveshaper',
      ]),
    );
  });

  it.each(resting.map(type => [type.id, type] as const))(
    '%s: nothing is heard of the calls left out',
    async (_, type) => {
      expect(await differenceOf(type, registry, false)).toBe(0);
      expect(await differenceOf(type, registry, true)).toBe(0);
    },
  );

  it('a node that says it rests though it counts frames is found out', async () => {
    const gain = registry.get('dynamics/gain') as NodeType;
    const liar: NodeType = {
      ...gain,
      rest: {},
      kernel(io, _p, _s, frames) {
        for (const [c, channel] of io.audioOut.out.entries())
          for (let i = 0; i < frames; i++) channel[i] = io.frame + i === 9000 ? 1 : io.audioIn.in[c][i];
      },
    };
    const lying = { ...registry, get: (id: string) => (id === gain.id ? liar : registry.get(id)) };
    expect(await differenceOf(liar, lying, false)).toBeGreaterThan(0.5);
  });

  it('a move in the middle of a call wakes a node at its frame', async () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input', {}],
        ['delay', 'time/delay', { time: 1, feedback: 0.2 }],
        ['out', 'output/audio-output'],
      ],
      ['in.out > delay.in', 'delay.out > out.in'],
    );
    const request = {
      patch,
      registry,
      resources: {},
      frames: 6400,
      inputs: { in: [noise(6400, 1).fill(0, 0, 5130)] },
      events: [{ frame: 5060, kind: 'param' as const, nodeId: 'delay', param: 'time', value: 2 }],
    };
    const [on, off] = [await renderPatch(request), await renderPatch({ ...request, passes: without('silence') })];
    expect(on.outputs.out[0]).toEqual(off.outputs.out[0]);
  });

  it('runs nobody once all is quiet, and everybody when sound comes back', () => {
    const patch = makePatch(
      [
        ['in', 'source/audio-input', { channels: 'stereo' }],
        ['filter', 'filter/biquad-filter', {}],
        ['gain', 'dynamics/gain', {}],
        ['out', 'output/audio-output'],
      ],
      ['in.out > filter.in', 'filter.out > gain.in', 'gain.out > out.in'],
    );
    for (const [id, passes, most] of [
      ['filter', ALL_PASSES, 60],
      ['gain', ALL_PASSES, 60],
      ['filter', without('silence'), 1000],
    ] as const) {
      const plan = makePlan(patch, registry, {}, { maxFrames: 128 }).plan as Plan;
      const { calls, ...counted } = countCalls(plan, id);
      const executor = new Executor({ ...counted, resources: {}, passes });
      const inputs = executor.audio(plan.inputs[0].signal);
      const play = (blocks: number, x: Float32Array): number => {
        const before = calls.length;
        for (let block = 0; block < blocks; block++) {
          for (const input of inputs) input.set(x);
          executor.process(128);
        }
        return calls.length - before;
      };
      expect(play(10, noise(128, 1))).toBe(10);
      const quiet = play(1000, new Float32Array(128));
      if (most === 1000) expect(quiet).toBe(1000);
      else expect(quiet).toBeLessThan(most);
      expect(play(5, noise(128, 2))).toBe(5);
      executor.dispose();
    }
  });
});
