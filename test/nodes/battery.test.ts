// The battery: what every node of nodes/** must hold in a whole patch, through the real plan, executor and bundle, without
// being told their names. A node by itself is tested in define.test.ts and lower.test.ts, its example in examples.test.ts.
import { describe, expect, it } from 'vitest';
import { BundlePlayer, playBundle } from '../../src/check/bundle-player.ts';
import { outputsNullDb } from '../../src/check/null-limit.ts';
import { compileBundle, packBundle, readBundle } from '../../src/compile/bundle.ts';
import { PatchError, type Problem } from '../../src/core/errors.ts';
import { inferPatch } from '../../src/core/infer.ts';
import type { NodeType } from '../../src/core/node-type.ts';
import { SUBPATCH_TYPE } from '../../src/core/subpatch.ts';
import { estimateDelay } from '../../src/dsp/measure.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createGraphRuntime } from '../../src/inference/ort-graph.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { type NodeAudio, Performer } from '../../src/render/performer.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { loadRegistry } from './load-nodes.ts';
import { HOSTILE, isFiniteArray, noise, signal } from './signals.ts';
import { feed, movesOf, movingParams, NODE, RATE_HZ, type Stand, standUp, type Variant, variantsOf } from './stand.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const ort = await loadOrtFromFile(WASM_PATH);
const models = withKernels(createInference(ort));
const runtime = createGraphRuntime(ort);
const { registry } = await loadRegistry();
const FRAMES = 4800;
const FRAMES_OF_ONE = 600;

/** All variants in the long run; otherwise the defaults, every filling and one word of each structural choice. */
function chosen(type: NodeType): Variant[] {
  const seen = new Set<string>();
  return variantsOf(type).filter(({ params }) => {
    const [name] = Object.keys(params);
    if (isFull || name === undefined) return true;
    return !seen.has(name) && seen.add(name);
  });
}

const limitOf = (plan: Plan): number =>
  Math.max(-120, ...Object.values(plan.nodes).map(({ type }) => registry.get(type)?.tolerance?.db ?? -Infinity));

const planOf = (stand: Stand): Plan => {
  const { plan, problems } = makePlan(stand.patch, registry, stand.resources);
  expect(problems).toEqual([]);
  return plan!;
};
/** Types of the ports of the node under test on one side. */
const kindsOf = (stand: Stand, side: 'inlet' | 'outlet'): string[] =>
  Object.values(inferPatch(stand.patch, registry, stand.resources).shapes.get(NODE)?.ports ?? {})
    .filter(port => port.direction === side)
    .map(port => port.type);
const play = async (
  stand: Stand,
  inputs: NodeAudio,
  frames: number,
  more: { events?: readonly RenderEvent[]; schedule?: readonly number[] } = {},
) => renderPatch({ patch: stand.patch, registry, resources: stand.resources, models, frames, inputs, ...more });
const noisy = (stand: Stand, frames: number): NodeAudio => feed(stand, seed => noise(frames, 100 + seed, 0.5));

// A subpatch is laid out flat before anything plays: test/render/subpatch hears it.
const played = Object.values(registry.types).filter(({ id }) => id !== SUBPATCH_TYPE);

describe.each(played.map(type => [type.id, type] as const))('%s', (_id, type) => {
  describe.each(chosen(type).map(variant => [variant.name, variant] as const))('%s', (_name, variant) => {
    const stand = standUp(type, variant, registry);

    it('NODE-2 gives the same sound for blocks of 1, 37, 128, 480 and 4096, while params move', async () => {
      const limitDb = limitOf(planOf(stand));
      const inputs = noisy(stand, FRAMES);
      const events = movesOf(type, variant, FRAMES);
      const whole = await play(stand, inputs, FRAMES, { events, schedule: [4096] });
      expect(whole.faults).toEqual([]);
      for (const schedule of [[1], [37], [128], [480], [1, 127, 3, 480, 64]]) {
        const frames = schedule.length === 1 && schedule[0] === 1 && !isFull ? FRAMES_OF_ONE : FRAMES;
        const cut = await play(stand, inputs, frames, {
          events: events.filter(event => event.frame < frames),
          schedule,
        });
        expect(
          outputsNullDb(cut.outputs, shortened(whole.outputs, frames), frames),
          `blocks of ${schedule}`,
        ).toBeLessThanOrEqual(limitDb);
      }
    });

    it('NODE-3 is as fresh after a reset', () => {
      const plan = planOf(stand);
      const frames = framesOfBlocks(plan);
      const performer = new Performer(new Executor({ plan, registry, resources: stand.resources, models }));
      const run = (): NodeAudio => record(performer, noisy(stand, frames), frames);
      const first = run();
      for (const id of Object.keys(plan.nodes))
        performer.schedule({ frame: performer.frame, kind: 'reset', nodeId: id });
      const second = run();
      performer.dispose();
      // Compensating delays of the plan belong to no node: what is still in them sounds once more.
      const rest = Math.ceil(plan.latencySamples) + 1;
      const from = (audio: NodeAudio): NodeAudio =>
        Object.fromEntries(
          Object.entries(audio).map(([id, channels]) => [id, channels.map(channel => channel.subarray(rest))]),
        );
      expect(outputsNullDb(from(second), from(first), frames - rest)).toBe(-Infinity);
    });

    it.each(Object.entries(HOSTILE))('NODE-4 stays finite: %s', async (_what, at) => {
      const events = movesOf(type, variant, FRAMES);
      const { outputs, faults } = await play(
        stand,
        feed(stand, () => signal(FRAMES, at)),
        FRAMES,
        { events },
      );
      expect(faults).toEqual([]);
      for (const channels of Object.values(outputs))
        for (const channel of channels) expect(isFiniteArray(channel)).toBe(true);
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY])(
      'NODE-4 %d in gives finite sound, and a fault that is told at most once per node',
      async bad => {
        const { outputs, faults } = await play(
          stand,
          feed(stand, seed => noise(FRAMES, seed, 0.5).fill(bad, 700, 710)),
          FRAMES,
        );
        for (const channels of Object.values(outputs))
          for (const channel of channels) expect(isFiniteArray(channel)).toBe(true);
        expect(new Set(faults.map(fault => fault.nodeId)).size).toBe(faults.length);
      },
    );

    it('NODE-5 sounds in the bundle as in the engine, for every block, while params move', async () => {
      const plan = planOf(stand);
      // Only what gives no sound and no control has nothing to compare.
      if (plan.outputs.length === 0) {
        expect(kindsOf(stand, 'outlet')).toEqual([]);
        return;
      }
      const refusal = refusalOf(() => compileBundle(stand.patch, plan, registry, stand.resources));
      if (refusal) {
        // A setting may be beyond a bundle, the node as it comes may not; and the refusal names the node.
        expect([variant.name === variantsOf(type)[0].name, refusal.code, refusal.nodeId]).toEqual([
          false,
          'E-LOWER',
          NODE,
        ]);
        return;
      }
      const bundle = readBundle(packBundle(compileBundle(stand.patch, plan, registry, stand.resources)));
      const inputs = { ...noisy(stand, FRAMES), ...playersInputs(stand, plan, FRAMES) };
      const known = new Set(bundle.manifest.params.map(param => param.id));
      const events = movesOf(type, variant, FRAMES).filter(
        event => event.kind === 'param' && known.has(`${NODE}.${event.param}`),
      );
      const engine = await play(stand, inputs, FRAMES, { events });
      const player = new BundlePlayer(bundle, runtime);
      for (const block of isFull ? [1, 37, 128, 480, 2048] : [37, 480, 2048]) {
        const frames = block < 64 ? FRAMES_OF_ONE * 2 : FRAMES;
        for (const param of bundle.manifest.params) player.setParam(param.id, param.default);
        player.reset();
        const moves = events.flatMap(event =>
          event.kind === 'param' && event.frame < frames
            ? [{ frame: event.frame, param: `${NODE}.${event.param}`, value: event.value }]
            : [],
        );
        const played = playBundle(player, { inputs, frames, schedule: [block], events: moves });
        expect(
          outputsNullDb(played, shortened(engine.outputs, frames), frames),
          `blocks of ${block}`,
        ).toBeLessThanOrEqual(limitOf(plan));
      }
      player.dispose();
      if (type.lowering.kind === 'vanish') expect(JSON.stringify(bundle.manifest.params)).not.toContain(`"${NODE}.`);
    }, 120_000);

    it('LATENCY-1 is as late as it says', async () => {
      const plan = planOf(stand);
      const [input] = Object.keys(stand.inputs).filter(id => id !== NODE);
      const output = plan.outputs.find(({ nodeId }) => nodeId.startsWith('from-'))?.nodeId;
      // Only sources and sinks of sound have nothing to measure.
      if (input === undefined || output === undefined) {
        const isThrough = (['inlet', 'outlet'] as const).every(side => kindsOf(stand, side).includes('audio'));
        expect([isThrough, plan.latencySamples]).toEqual([false, 0]);
        return;
      }
      const start = 2000;
      // A delay that closes loops may wait for a while before it sounds.
      const length = type.loop ? RATE_HZ : 8192 + 2 * Math.ceil(plan.latencySamples);
      const burst = feed(stand, seed => noise(length, seed, 0.5).fill(0, 0, start));
      const heard = (await play(stand, burst, length)).outputs[output][0];
      if (plan.latencySamples > 0) {
        const { delayFrames, correlation } = estimateDelay(
          burst[input][0],
          heard,
          Math.ceil(plan.latencySamples) + 200,
        );
        expect(Math.abs(correlation)).toBeGreaterThan(0.3);
        expect(Math.abs(delayFrames - plan.latencySamples)).toBeLessThan(0.01);
      } else {
        // What can close a loop sounds one frame later at the earliest: that delay is its sound, not a latency.
        const first = heard.findIndex(x => x !== 0);
        expect(type.loop ? first > start : first === start, `first sound at ${first}`).toBe(true);
      }
    });

    it('NODE-6 moves each continuous param over its range without a click', async () => {
      for (const [name, param] of movingParams(type, variant)) {
        if (param.kind !== 'number' || param.rate !== 'a') continue;
        const { swept, still } = await sweep(stand, name, param.min, param.max);
        expect(swept, name).toBeLessThanOrEqual(still);
      }
    });
  });
});

describe('NODE-6 the test for clicks can fail', () => {
  it('a gain without smoothing clicks', async () => {
    const type = registry.get('dynamics/gain')!;
    const stand = standUp(type, variantsOf(type)[0], registry);
    const { patch } = stand;
    const hard: Stand = {
      ...stand,
      patch: { ...patch, nodes: { ...patch.nodes, [NODE]: { ...patch.nodes[NODE], smoothingMs: { level: 0 } } } },
    };
    const { swept, still } = await sweep(hard, 'level', -60, 24);
    expect(swept).toBeGreaterThan(2 * still);
    // A step of 5 % of the peak, −26 dB: more than a sine of 100 Hz makes by itself, and easily heard.
    const small = await sweep(hard, 'level', 0, 0.45);
    expect(small.swept).toBeGreaterThan(2 * small.still);
  });
});

/** Taps of a linear-phase high-pass at 8 kHz: one minus a windowed sinc (Blackman: 74 dB below 7 kHz). */
const HIGH_PASS = ((): Float64Array => {
  const half = 63;
  const corner = (2 * 8000) / RATE_HZ;
  return Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const n = i - half;
    const sinc = n === 0 ? corner : Math.sin(Math.PI * corner * n) / (Math.PI * n);
    const turn = (Math.PI * (n + half)) / half;
    return (n === 0 ? 1 : 0) - sinc * (0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
  });
})();

/** Largest value above 8 kHz from a frame on. */
function highPeak(x: Float32Array, from: number): number {
  let peak = 0;
  for (let n = from + HIGH_PASS.length; n < x.length; n++) {
    let sum = 0;
    for (let k = 0; k < HIGH_PASS.length; k++) sum += HIGH_PASS[k] * x[n - k];
    peak = Math.max(peak, Math.abs(sum));
  }
  return peak;
}

/**
 * A low tone has nothing above 8 kHz; a click has. Moves at the tops of the tone, where a step shows most. Returns the largest value
 * above 8 kHz while a param jumps between its ends, and the bound for it: twice the largest that the signal has by itself with the
 * param at rest at either end or between, and 0.5 % of the peak for the bend in which a glide of 20 ms begins.
 */
async function sweep(stand: Stand, param: string, min: number, max: number): Promise<{ swept: number; still: number }> {
  const frames = 9600;
  const tone = feed(stand, () => signal(frames, n => 0.5 * Math.sin((2 * Math.PI * 100 * n) / RATE_HZ)));
  const at = (frame: number, value: number): RenderEvent => ({ frame, kind: 'param', nodeId: NODE, param, value });
  const worst = (outputs: NodeAudio, of: (channel: Float32Array) => number): number =>
    Math.max(0, ...Object.values(outputs).flatMap(channels => channels.map(of)));
  let still = 0;
  for (const value of [min, (min + max) / 2, max]) {
    const { outputs } = await play(stand, tone, frames, { events: [at(0, value)] });
    still = Math.max(
      still,
      worst(outputs, channel => highPeak(channel, 4800)),
    );
  }
  const { outputs } = await play(stand, tone, frames, { events: [at(0, min), at(4920, max), at(7320, min)] });
  for (const channels of Object.values(outputs))
    for (const channel of channels) expect(isFiniteArray(channel)).toBe(true);
  const peak = worst(outputs, channel => channel.reduce((a, x) => Math.max(a, Math.abs(x)), 0));
  return { swept: worst(outputs, channel => highPeak(channel, 4600)), still: 2 * still + 0.005 * peak };
}

/** What players play, as the named inputs that they become in a bundle. */
function playersInputs(stand: Stand, plan: Plan, frames: number): NodeAudio {
  return Object.fromEntries(
    plan.inputs.flatMap(({ nodeId }): [string, Float32Array[]][] => {
      const file = Object.values(stand.resources[nodeId] ?? {}).find(resource => resource?.kind === 'audio');
      return file?.kind === 'audio'
        ? [
            [
              nodeId,
              file.channels.map(channel =>
                Float32Array.from({ length: frames }, (_, i) => channel[i % channel.length]),
              ),
            ],
          ]
        : [];
    }),
  );
}

function refusalOf(act: () => unknown): Problem | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return error.problems[0];
  }
}

const shortened = (audio: NodeAudio, frames: number): NodeAudio =>
  Object.fromEntries(
    Object.entries(audio).map(([id, channels]) => [id, channels.map(channel => channel.subarray(0, frames))]),
  );

/** Frames of a run after which every block and every rate of the plan begins anew, as at its start; enough for its latency. */
function framesOfBlocks(plan: Plan): number {
  const blocks = Object.values(plan.nodes).flatMap(node => [node.blockFrames || 1, node.outBlockFrames || 1]);
  const ratesHz = Object.values(plan.nodes).flatMap(node => [node.rateHz, node.outRateHz]);
  const isWhole = (frames: number): boolean =>
    blocks.every(block => frames % block === 0) && ratesHz.every(rateHz => (frames * rateHz) % plan.sampleRateHz === 0);
  let frames = FRAMES;
  while (frames < 2 * plan.latencySamples || !isWhole(frames)) frames += 480;
  return frames;
}

/** Plays on from where the performer is. */
function record(performer: Performer, inputs: NodeAudio, frames: number): NodeAudio {
  const outputs: Record<string, Float32Array[]> = {};
  for (let done = 0; done < frames; done += 480) {
    const part = Object.fromEntries(
      Object.entries(inputs).map(([id, channels]) => [id, channels.map(channel => channel.subarray(done))]),
    );
    performer.process(480, part, (offset, count) => {
      for (const { nodeId, channels } of performer.outputs()) {
        const target = (outputs[nodeId] ??= Array.from({ length: channels }, () => new Float32Array(frames)));
        target.forEach((channel, c) => performer.addOutput(nodeId, c, channel, done + offset, count));
      }
    });
  }
  return outputs;
}
