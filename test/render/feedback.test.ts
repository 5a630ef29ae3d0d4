// Loops: whatever is in them, through a delay of one sample or more, they sound the same for every block, and as a chain
// sounds that is fed with its own return until nothing changes: a reference that has no loop in it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outputsNullDb } from '../../src/check/null-limit.ts';
import { lowerPlan } from '../../src/compile/lower-plan.ts';
import { addNode, connect } from '../../src/core/edits.ts';
import { PatchError } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import type { NodeType } from '../../src/core/node-type.ts';
import type { ParamValues } from '../../src/core/param.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { ModelResource, Resource } from '../../src/core/resource.ts';
import { applyTransaction } from '../../src/core/transaction.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan, PlanNode, PlanRegion } from '../../src/plan/plan.ts';
import { Executor } from '../../src/render/executor.ts';
import type { NodeAudio } from '../../src/render/performer.ts';
import { type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { WASM_PATH } from '../inference/models.ts';
import { feed, movesOf, NODE, standUp, variantsOf } from '../nodes/stand.ts';
import { countCalls } from './counted-node.ts';
import { makePatch, noise, nullDb, registry } from './helpers.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const models = createInference(await loadOrtFromFile(WASM_PATH));
/** Beside blocks of 1. */
const SCHEDULES = [[37], [128], [480], [4096], [128, 1, 300, 0, 77]];
const FRAMES = isFull ? 9600 : 2000;
/**
 * Rounds of the return until what is left is below −240 dB where a node amplifies by 40 dB; so quiet that no such loop grows by
 * itself, which no number of rounds would reach.
 */
const ROUNDS = 12;
const BACK_DB = -60;
/** The node that carries the return, and the input that stands for it where the loop is cut. */
const BACK = 'back';
const RETURN = 'return';
/** Delays of one sample, of an odd number, and beyond a host's block. */
const TIMES_MS = [0, 0.77, 5];

const model = (name: string): Resource =>
  loadModel(new Uint8Array(readFileSync(new URL(`../fixtures/models/${name}.onnx`, import.meta.url))), `${name}.onnx`);

interface Looped {
  readonly patch: Patch;
  readonly resources: ResourceBook;
  readonly inputs: NodeAudio;
  readonly events: readonly RenderEvent[];
}

const edit = (patch: Patch, change: Parameters<typeof applyTransaction>[1]): Patch =>
  applyTransaction(patch, change).patch;
const put = (patch: Patch, id: string, type: string, params: ParamValues = {}): Patch =>
  edit(patch, addNode({ id, type, version: registry.get(type)?.version ?? 1, position: [0, 0], params }));
const wiresInto = (patch: Patch, id: string) => Object.values(patch.connections).filter(c => c.to.node === id);
const wiresFrom = (patch: Patch, id: string) => Object.values(patch.connections).filter(c => c.from.node === id);

/** Leads what comes out at `output` back, quietly and through a delay, to wherever `input` goes. */
function closed(patch: Patch, input: string, output: string, timeMs: number): Patch {
  const [end] = wiresInto(patch, output);
  let looped = put(patch, 'late', 'time/delay', { time: timeMs, feedback: 0, maxTime: '0.5 s' });
  looped = put(looped, BACK, 'dynamics/gain', { level: BACK_DB });
  looped = edit(looped, connect(`${end.from.node}.${end.from.port}`, 'late.in'));
  looped = edit(looped, connect('late.out', `${BACK}.in`));
  for (const { to } of wiresFrom(patch, input)) looped = edit(looped, connect(`${BACK}.out`, `${to.node}.${to.port}`));
  return looped;
}

/** The same without a loop: the return comes in from outside and goes out to be fed in again; no path waits for another. */
function cutOpen(patch: Patch, channels: number): Patch {
  let open = put(patch, RETURN, 'source/audio-input', { channels: channels === 2 ? 'stereo' : 'mono' });
  open = put(open, 'returned', 'output/audio-output');
  const connections = { ...open.connections };
  for (const { id } of wiresFrom(patch, BACK)) delete connections[id];
  open = { ...open, connections };
  for (const { to } of wiresFrom(patch, BACK)) open = edit(open, connect(`${RETURN}.out`, `${to.node}.${to.port}`));
  open = edit(open, connect(`${BACK}.out`, 'returned.in'));
  return {
    ...open,
    connections: Object.fromEntries(
      Object.entries(open.connections).map(([id, connection]) => [id, { ...connection, isUnaligned: true }]),
    ),
  };
}

const loopOf = (plan: Plan): PlanRegion | undefined =>
  plan.root.items.find((item): item is PlanRegion => 'items' in item);

const render = async ({ patch, resources, inputs, events }: Looped, schedule: readonly number[]) =>
  renderPatch({ patch, registry, resources, models, frames: FRAMES, inputs, events, schedule });

/** Plays a plan straight through the executor. */
function play(plan: Plan, { resources, events }: Looped, inputs: NodeAudio): NodeAudio {
  const executor = new Executor({ plan, registry, resources, models });
  for (const event of events)
    if (event.kind === 'param') executor.setParam(event.nodeId, event.param, event.value, event.frame);
  const heard = Object.fromEntries(
    plan.outputs.map(({ nodeId, channels }) => [
      nodeId,
      Array.from({ length: channels }, () => new Float32Array(FRAMES)),
    ]),
  );
  for (let done = 0; done < FRAMES; done += 100) {
    for (const { nodeId, signal } of plan.inputs)
      executor.audio(signal).forEach((to, c) => to.set(inputs[nodeId][c].subarray(done, done + 100)));
    executor.process(100);
    for (const { nodeId, signal } of plan.outputs)
      executor.audio(signal).forEach((from, c) => heard[nodeId][c].set(from.subarray(0, 100), done));
  }
  executor.dispose();
  return heard;
}

/** Plays the cut loop until its return is what it was fed with. */
function unrolled(looped: Looped, plan: Plan): NodeAudio {
  const channels = plan.nodes[BACK].channels.out;
  const { plan: made, problems } = makePlan(cutOpen(looped.patch, channels), registry, looped.resources);
  if (!made) throw new PatchError(problems);
  expect(loopOf(made)).toBeUndefined();
  // In a loop all delay is sound, and no resampler makes the latency of its path whole.
  const placeOf = (node: PlanNode): PlanNode => ({
    ...node,
    arrivalFraction: plan.nodes[node.id]?.arrivalFraction ?? 0,
  });
  const open = {
    ...made,
    nodes: Object.fromEntries(Object.entries(made.nodes).map(([id, node]) => [id, placeOf(node)])),
  };
  let back = Array.from({ length: channels }, () => new Float32Array(FRAMES));
  for (let round = 0; ; round++) {
    const { returned, ...heard } = play(open, looped, { ...looped.inputs, [RETURN]: back });
    if (round === ROUNDS) return heard;
    back = returned as Float32Array<ArrayBuffer>[];
  }
}

/** Everything that is promised of a loop; returns its plan. */
async function expectLoop(looped: Looped, limitDb = -120): Promise<Plan> {
  const { plan, outputs: single, faults } = await render(looped, [1]);
  expect(faults).toEqual([]);
  expect(loopOf(plan)?.breakers).toContain('late');
  expect(Object.values(single).some(channels => channels.some(c => c.some(x => x !== 0)))).toBe(true);
  for (const schedule of SCHEDULES) {
    const cut = await render(looped, schedule);
    expect(cut.faults).toEqual([]);
    expect(outputsNullDb(cut.outputs, single, FRAMES), `blocks of ${schedule}`).toBeLessThanOrEqual(limitDb);
  }
  expect(outputsNullDb(single, unrolled(looped, plan), FRAMES), 'without a loop').toBeLessThanOrEqual(limitDb);
  return plan;
}

/** Types that sound can go through, straight or by a control signal that it makes. */
const through = Object.values(registry.types).filter(type => {
  const stand = standUp(type, variantsOf(type)[0], registry);
  return (
    Object.keys(stand.inputs).some(id => id !== NODE) && Object.keys(stand.patch.nodes).some(id => /^from-/.test(id))
  );
});

const standIn = (type: NodeType, index: number): Looped => {
  const variant = variantsOf(type)[0];
  const stand = standUp(type, variant, registry);
  const input = Object.keys(stand.inputs).find(id => id !== NODE) as string;
  const outputs = Object.keys(stand.patch.nodes).filter(
    id => stand.patch.nodes[id].type === 'output/audio-output' && id.startsWith('from-'),
  );
  return {
    patch: closed(stand.patch, input, outputs[0], TIMES_MS[index % TIMES_MS.length]),
    resources: stand.resources,
    inputs: feed(stand, seed => noise(FRAMES, seed).map(x => x / 4)),
    // The delay of the loop changes as well, from event to event.
    events: [
      ...movesOf(type, variant, FRAMES),
      { frame: 301, kind: 'param', nodeId: 'late', param: 'time', value: 0.3 },
      { frame: 1207, kind: 'param', nodeId: 'late', param: 'time', value: 0 },
    ],
  };
};

describe('RENDER-4 any node in a loop, everything moving: the same for every block, and as without a loop', () => {
  it('all that sound goes through is among them', () => {
    expect(through.length).toBeGreaterThan(20);
  });
  it.each(through.map((type, index) => [type.id, type, index] as const))('%s', async (_id, type, index) => {
    await expectLoop(standIn(type, index), Math.max(-120, type.tolerance?.db ?? -120));
  });
});

/** input → … → `last`, its end led back by a delay to `first`; heard at the end. */
function chain(nodes: Parameters<typeof makePatch>[0], wires: readonly string[], back: string, rateHz = 48000): Patch {
  const [from, to] = back.split(' > ');
  return makePatch(
    [
      ['input', 'source/audio-input', { channels: 'mono' }],
      ['out', 'output/audio-output'],
      [BACK, 'dynamics/gain', { level: BACK_DB }],
      ...nodes,
    ],
    [...wires, `${from} > ${BACK}.in`, `${BACK}.out > ${to}`],
    rateHz,
  );
}
const input = { input: [noise(FRAMES, 5).map(x => x / 4)] };
const time = (ms: number) => ({ time: ms, feedback: 0, maxTime: '0.5 s' });
const moves = (...values: readonly (readonly [frame: number, ms: number])[]): RenderEvent[] =>
  values.map(([frame, value]) => ({ frame, kind: 'param', nodeId: 'late', param: 'time', value }));

describe('RENDER-4 rates in a loop', () => {
  const between = (rateHz: number, toHz: string, ms: number, quality = 'low-latency') =>
    chain(
      [
        ['there', 'rate/resampler', { to: toHz, quality }],
        ['late', 'time/delay', time(ms)],
        ['tone', 'filter/one-pole', {}],
        ['again', 'rate/resampler', { to: String(rateHz), quality }],
      ],
      [
        'input.out > there.in',
        'there.out > late.in',
        'late.out > tone.in',
        'tone.out > again.in',
        'again.out > out.in',
      ],
      'again.out > there.in',
      rateHz,
    );

  it.each([
    [48000, '96000', 96000],
    [48000, '192000', 192000],
    [48000, '44100', 7056000],
    [44100, '48000', 7056000],
    [44100, '192000', 28224000],
    [48000, '11025', 7056000],
    [48000, '16000', 48000],
  ])('a patch of %i Hz, a delay of one sample at %s Hz and both rates around the loop', async (rateHz, toHz, ticks) => {
    const looped = {
      patch: between(rateHz, toHz, 0),
      resources: {},
      inputs: input,
      events: moves([811, 0.4], [1703, 0]),
    };
    const plan = await expectLoop(looped);
    expect(loopOf(plan)?.rateHz).toBe(ticks);
    expect(loopOf(plan)?.stepFrames).toBeCloseTo(rateHz / Number(toHz), 9);
  });

  it('two delays of one sample at different rates', async () => {
    const patch = chain(
      [
        ['late', 'time/delay', time(0)],
        ['there', 'rate/resampler', { to: '44100', quality: 'low-latency' }],
        ['later', 'time/delay', time(0)],
        ['again', 'rate/resampler', { to: '48000', quality: 'low-latency' }],
      ],
      [
        'input.out > late.in',
        'late.out > there.in',
        'there.out > later.in',
        'later.out > again.in',
        'again.out > out.in',
      ],
      'again.out > late.in',
    );
    await expectLoop({ patch, resources: {}, inputs: input, events: moves([700, 1], [1500, 0]) });
  });

  it('a loop whose delay is moved by an oscillator outside, and by its own loudness', async () => {
    const nodes = [
      ['late', 'time/delay', time(0.7)],
      ['sum', 'dynamics/gain', {}],
      ['lfo', 'control/lfo', { rate: 90, amount: 0.5 }],
      ['loud', 'dynamics/compressor', { threshold: -40 }],
    ] as const;
    const wires = ['input.out > sum.in', 'sum.out > late.in', 'late.out > out.in'];
    const outside = chain([...nodes], [...wires, 'lfo.out > late.offset'], 'late.out > sum.in');
    const plan = await expectLoop({ patch: outside, resources: {}, inputs: input, events: moves([900, 3]) });
    expect(loopOf(plan)?.stepFrames).toBe(1);
    const inside = chain(
      [...nodes, ['first', 'time/delay', time(0.2)]],
      [
        'input.out > sum.in',
        'sum.out > first.in',
        'first.out > late.in',
        'first.out > loud.in',
        'loud.reduction > late.offset',
        'late.out > out.in',
      ],
      'late.out > sum.in',
    );
    await expectLoop({ patch: inside, resources: {}, inputs: input, events: moves([900, 3]) });
  });
});

describe('RENDER-4 what a loop costs', () => {
  it.each([
    [0, {}, 1],
    [2, {}, 96],
    [2, { offset: 1 }, 143],
    [2, { offset: -3 }, 1],
  ])('a delay of %i ms with %o: the wire that closes the loop tells steps of %i frames', (ms, more, frames) => {
    const patch = chain(
      [
        ['sum', 'dynamics/gain', {}],
        ['late', 'time/delay', { ...time(ms), ...more }],
      ],
      ['input.out > sum.in', 'sum.out > late.in', 'late.out > out.in'],
      'late.out > sum.in',
    );
    const plan = makePlan(patch, registry, {}).plan as Plan;
    expect(loopOf(plan)?.stepFrames).toBe(frames);
    const told = Object.values(plan.connections).filter(({ loopStepFrames }) => loopStepFrames > 0);
    expect(told.map(({ id, loopStepFrames }) => [id, loopStepFrames])).toEqual([['sum.out>late.in', frames]]);
    // That is how often the nodes in it are called.
    const { calls, ...counted } = countCalls(plan, 'sum');
    const executor = new Executor({ ...counted, resources: {} });
    executor.process(10 * frames);
    expect(calls).toEqual(Array(10).fill(frames));
    executor.dispose();
  });
});

describe('a loop in a bundle', () => {
  it('is refused with the nodes that it goes through and what it needs', () => {
    const patch = chain(
      [
        ['sum', 'dynamics/gain', {}],
        ['late', 'time/delay', time(2)],
      ],
      ['input.out > sum.in', 'sum.out > late.in', 'late.out > out.in'],
      'late.out > sum.in',
    );
    expect(() => lowerPlan(makePlan(patch, registry, {}).plan as Plan, registry, {})).toThrow(
      "E-LOWER late: expected no loop between nodes, got one through back, late, sum. A bundle computes each node once a call, this loop needs steps of 96 frames. Use the Delay's own feedback, or render the patch to a file.",
    );
  });
});

describe('RENDER-4 blocks in a loop', () => {
  it('frames that leave the loop in blocks are those that leave it as a stream', async () => {
    const patch = chain(
      [
        ['late', 'time/delay', time(0)],
        ['blocks', 'rate/block-adapter', { block: 512 }],
        ['inner', 'rate/block-adapter', { block: 0 }],
        ['outer', 'rate/block-adapter', { block: 0 }],
        ['difference', 'math/add', {}],
        ['minus', 'dynamics/gain', { level: 0 }],
        ['second', 'output/audio-output'],
      ],
      [
        'input.out > late.in',
        'late.out > blocks.in',
        'blocks.out > inner.in',
        'inner.out > out.in',
        'blocks.out > outer.in',
        'outer.out > second.in',
      ],
      'inner.out > late.in',
    );
    const looped = { patch, resources: {}, inputs: input, events: [] };
    await expectLoop(looped);
    const { outputs } = await render(looped, [480]);
    expect(outputs.second).toEqual(outputs.out);
  });
});

describe('LATENCY-4 models in a loop', () => {
  const around = (name: string, rateHz: string, block: number): Looped => {
    const loaded = model(name) as ModelResource;
    const isRated = rateHz !== '48000';
    const nodes: Parameters<typeof makePatch>[0][number][] = [
      ['late', 'time/delay', time(0.5)],
      ['amp', 'neural/neural-model'],
    ];
    const way = ['late'];
    if (isRated) nodes.push(['down', 'rate/resampler', { to: rateHz, quality: 'low-latency' }]);
    if (isRated) way.push('down');
    if (block > 0)
      nodes.push(['to-blocks', 'rate/block-adapter', { block }], ['to-stream', 'rate/block-adapter', { block: 0 }]);
    if (block > 0) way.push('to-blocks', 'amp', 'to-stream');
    else way.push('amp');
    if (isRated) nodes.push(['up', 'rate/resampler', { to: '48000', quality: 'low-latency' }]);
    if (isRated) way.push('up');
    const wires = way.slice(1).map((id, at) => `${way[at]}.out > ${id}.in`);
    const last = way[way.length - 1];
    return {
      patch: chain(nodes, ['input.out > late.in', ...wires, `${last}.out > out.in`], `${last}.out > late.in`),
      resources: { amp: { model: { ...loaded, contract: { ...loaded.contract, sampleRateHz: Number(rateHz) } } } },
      inputs: input,
      events: moves([1000, 0]),
    };
  };

  it.each([
    ['lstm', '48000', 0],
    ['delay-1', '48000', 0],
    ['delay-1', '44100', 0],
    ['delay-1', '96000', 0],
    ['fixed-block-512', '48000', 512],
    ['fixed-block-512', '16000', 512],
    ['fixed-block-512', '44100', 512],
  ])(
    '%s at %s Hz in blocks of %i: the same for every block of the host, the adapter always m − 1',
    async (name, rateHz, block) => {
      const looped = around(name, rateHz, block);
      const plan = await expectLoop(looped);
      for (const hostBlockFrames of [0, 512]) {
        const planned = makePlan(looped.patch, registry, looped.resources, { hostBlockFrames }).plan as Plan;
        if (block > 0) expect(planned.nodes['to-stream'].latency.buffering).toBe(block - 1);
        expect(planned.latencySamples).toBe(plan.latencySamples);
      }
    },
  );

  it('its latency counts once, on top of what came before the loop, and nothing in the loop waits', async () => {
    const late = model('delay-1') as ModelResource;
    const oneLate = { model: { ...late, contract: { ...late.contract, sampleRateHz: 48000, latencySamples: 1 } } };
    const resources = { amp: oneLate, before: oneLate };
    const patch = makePatch(
      [
        ['input', 'source/audio-input', { channels: 'mono' }],
        ['before', 'neural/neural-model'],
        ['sum', 'dynamics/gain', { level: 0 }],
        ['late', 'time/delay', time(1)],
        ['amp', 'neural/neural-model'],
        ['later', 'time/delay', time(2)],
        [BACK, 'dynamics/gain', { level: -20 * Math.log10(2) }],
        ['out', 'output/audio-output'],
        ['dry', 'output/audio-output'],
      ],
      [
        'input.out > before.in',
        'before.out > sum.in',
        'sum.out > late.in',
        'late.out > amp.in',
        'amp.out > later.in',
        `later.out > ${BACK}.in`,
        `${BACK}.out > sum.in`,
        'later.out > out.in',
        'input.out > dry.in',
      ],
    );
    const plan = makePlan(patch, registry, resources).plan as Plan;
    const facts = (id: string) => [plan.connections[id].latencySamples, plan.connections[id].alignSamples];
    expect(plan.latency).toEqual({ buffering: 0, inference: 0, model: 2, filter: 0 });
    expect(facts('sum.out>late.in')).toEqual([1, 0]);
    expect(facts('amp.out>later.in')).toEqual([2, 0]);
    expect(facts(`${BACK}.out>sum.in`)).toEqual([2, 0]);
    expect(facts('input.out>dry.in')).toEqual([2, 2]);
    const impulse = new Float32Array(1000);
    impulse[0] = 1;
    const { outputs } = await renderPatch({
      patch,
      registry,
      resources,
      models,
      frames: 1000,
      inputs: { input: [impulse] },
    });
    // Each round takes both delays and the model: 48 + 96 + 1 samples, at half the level.
    const expected = Float32Array.from({ length: 1000 }, (_, n) =>
      n >= 146 && (n - 146) % 145 === 0 ? 0.5 ** ((n - 146) / 145) : 0,
    );
    expect(nullDb(outputs.out[0], expected)).toBeLessThan(-140);
    expect(outputs.dry[0].indexOf(1)).toBe(2);
  });

  it('is refused in the worker', () => {
    const { patch, resources } = around('lstm', '48000', 0);
    const amp = { ...patch.nodes.amp, params: { runsIn: 'worker' } };
    const { plan, problems } = makePlan({ ...patch, nodes: { ...patch.nodes, amp } }, registry, resources);
    expect(plan).toBeUndefined();
    expect(problems.map(({ code, nodeId }) => [code, nodeId])).toEqual([['E-TRANSPORT', 'amp']]);
    const pinned = makePlan(patch, registry, resources, { slackFrames: { amp: 512 } });
    expect(pinned.plan).toBeUndefined();
    expect(pinned.problems.map(({ code }) => code)).toEqual(['E-TRANSPORT']);
  });
});
