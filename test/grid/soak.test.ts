// The soak: sound rendered at speed while the structure is edited every 100 ms at random, then undone edit by edit, as live: each
// edit makes a plan and an executor that the performer swaps in. Memory has to stay where it was, undo has to come back to the
// exact first document.
import { describe, expect, it } from 'vitest';
import { addNode, connect, disconnect, freeNodeId, removeNodes, setBypassed, setParam } from '../../src/core/edits.ts';
import type { Problem } from '../../src/core/errors.ts';
import type { ResourceBook } from '../../src/core/infer.ts';
import { connectionId, type Patch, parseEndpoint } from '../../src/core/patch.ts';
import { serializePatch } from '../../src/core/patch-file.ts';
import type { Port } from '../../src/core/port.ts';
import { shapeNode, structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import type { Transaction } from '../../src/core/transaction.ts';
import { checkConnection } from '../../src/core/validate.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { Executor } from '../../src/render/executor.ts';
import { Performer } from '../../src/render/performer.ts';
import { makeRandom, type Random } from '../core/random.ts';
import { collectUntil } from '../garbage.ts';
import { WASM_PATH } from '../inference/models.ts';
import { gru } from '../neural/models.ts';
import { makePatch, noise, registry } from '../render/helpers.ts';
import { countedModels } from './counted-models.ts';

const isFull = process.env.NEUROPATCH_FULL !== undefined;
const RATE_HZ = 48000;
const EDIT_FRAMES = RATE_HZ / 10;
const BLOCK = 480;
const SECONDS = isFull ? 1800 : 20;
/** Edits before they are all undone: well within the steps that a history keeps. */
const ROUND_EDITS = isFull ? 200 : 50;
const NODES_MAX = 24;
/** Growth of the heap that is no leak: caches of tables that designs share, compiled code. */
const HEAP_GROWTH_BYTES = 12 * 2 ** 20;
/** Of typed arrays: at the end of each round the same plan is alive. */
const ARRAY_GROWTH_BYTES = 2 ** 20;

const models = countedModels(withKernels(createInference(await loadOrtFromFile(WASM_PATH))));
/** Weights of 210 KB, which the kernels take. */
const model = gru(128, true).load('soak');

/** What edits put in: everything that plays alone, but files. */
const TYPES = Object.keys(registry.types).filter(
  id => !['source/audio-file-player', 'filter/convolution', 'source/audio-input', 'output/audio-output'].includes(id),
);

const resourcesOf = (patch: Patch): ResourceBook =>
  Object.fromEntries(
    Object.values(patch.nodes)
      .filter(({ type }) => type === 'neural/neural-model')
      .map(({ id }) => [id, { model }]),
  );

/** Ends of the patch of a direction, as `node.port`, with their types. */
const endsOf = (patch: Patch, direction: Port['direction']): { name: string; type: Port['type'] }[] =>
  Object.values(patch.nodes).flatMap(node => {
    const type = registry.get(node.type);
    if (!type) return [];
    const { ports } = shapeNode(type, node, resourcesOf(patch)[node.id] ?? {}, patch.sampleRateHz);
    return Object.entries(ports)
      .filter(([, port]) => port.direction === direction)
      .map(([name, port]) => ({ name: `${node.id}.${name}`, type: port.type }));
  });

/** One random edit of the structure; undefined where the drawn one can't be made. */
function drawEdit(patch: Patch, random: Random): Transaction | undefined {
  const ids = Object.keys(patch.nodes).filter(id => id !== 'input' && id !== 'out');
  const kind = random.below(8);
  if (kind < 2 && ids.length < NODES_MAX) {
    const type = random.pick(TYPES);
    return addNode({
      id: freeNodeId(patch, type),
      type,
      version: 1,
      position: [random.below(2000), random.below(2000)],
    });
  }
  if (kind < 5) {
    const from = random.pick(endsOf(patch, 'outlet'));
    const into = endsOf(patch, 'inlet').filter(({ type }) => type === from.type);
    if (into.length === 0) return undefined;
    const to = random.pick(into).name;
    const id = connectionId(parseEndpoint(from.name)!, parseEndpoint(to)!);
    if (Object.hasOwn(patch.connections, id)) return undefined;
    // The canvas tells what a connection would break before it is made; one in ten makes it all the same.
    const isRefused = checkConnection(patch, registry, resourcesOf(patch), from.name, to) !== undefined;
    return isRefused && random.next() < 0.9 ? undefined : connect(from.name, to);
  }
  const wires = Object.keys(patch.connections);
  if (kind === 5) return wires.length > 0 ? disconnect(random.pick(wires)) : undefined;
  if (ids.length === 0) return undefined;
  const id = random.pick(ids);
  if (kind === 6) return removeNodes(patch, [id]);
  const params = Object.entries(
    registry.get(patch.nodes[id].type)?.params({ values: {}, resources: {}, patchRateHz: RATE_HZ }) ?? {},
  );
  const structural = params.filter(([, param]) => param.isStructural && param.kind === 'choice');
  if (structural.length === 0 || random.next() < 0.5) return setBypassed(id, patch.nodes[id].isBypassed !== true);
  const [name, param] = random.pick(structural);
  return setParam(id, name, param.kind === 'choice' ? random.pick(param.choices) : 0);
}

/** Plans that can be alive at once: the one that plays, the one that fades and the one that waits. */
const EXECUTORS_MAX = 3;

/** What a person does about a problem: takes the fix that is offered, or the connection away. */
function drawRepair(patch: Patch, problems: readonly Problem[], random: Random): Transaction | undefined {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return undefined;
  const { fix, path, connections } = random.pick(errors);
  if (fix && random.next() < 0.7) return fix.transaction;
  const id = connections?.[0] ?? path.replace('connections.', '');
  return Object.hasOwn(patch.connections, id) ? disconnect(id) : undefined;
}

interface Usage {
  readonly heapBytes: number;
  /** Of typed arrays, which do not lie in the heap. */
  readonly arrayBytes: number;
  readonly runners: number;
  /** Executors, each with its arena, that the garbage collector could not take. */
  readonly arenas: number;
}
function usageOf(executors: readonly WeakRef<Executor>[]): Usage {
  const arenas = executors.filter(executor => executor.deref() !== undefined).length;
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapBytes: heapUsed, arrayBytes: arrayBuffers, runners: models.alive, arenas };
}

/** Whether memory is where it was when it had settled. */
const hasStayed = ({ heapBytes, arrayBytes, arenas }: Usage, settled: Usage | undefined): boolean =>
  arenas <= EXECUTORS_MAX &&
  (!settled ||
    (heapBytes - settled.heapBytes < HEAP_GROWTH_BYTES && arrayBytes - settled.arrayBytes < ARRAY_GROWTH_BYTES));

describe('SOAK-1 random edits while sound plays', () => {
  it(`${SECONDS} s of sound, an edit every 100 ms`, async () => {
    const random = makeRandom(4);
    const executors: WeakRef<Executor>[] = [];
    const first = makePatch(
      [
        ['input', 'source/audio-input'],
        ['gain', 'dynamics/gain'],
        ['model', 'neural/neural-model'],
        ['delay', 'time/delay', { time: 20, feedback: 0.3 }],
        ['mix', 'mix/dry-wet'],
        ['out', 'output/audio-output'],
      ],
      [
        'input.out > gain.in',
        'gain.out > model.in',
        'model.out > delay.in',
        'delay.out > mix.wet',
        'gain.out > mix.dry',
        'mix.out > out.in',
      ],
    );
    const text = serializePatch(first);
    const store = new PatchStore(first, structuralParamOf(registry));
    let told: readonly Problem[] = [];
    const make = (patch: Patch): Executor | undefined => {
      const resources = resourcesOf(patch);
      const { plan, problems } = makePlan(patch, registry, resources, { hostBlockFrames: BLOCK, maxFrames: BLOCK });
      told = problems;
      const executor = plan && new Executor({ plan, registry, resources, models });
      if (executor) executors.push(new WeakRef(executor));
      return executor;
    };
    const performer = new Performer(make(first)!);
    const input = { input: [noise(BLOCK, 3).map(x => x / 4)] };
    const target = new Float32Array(BLOCK);
    let [broken, unplayable, edits] = [0, 0, 0];
    const play = (): void => {
      const executor = make(store.patch);
      if (executor) performer.schedule({ frame: performer.frame, kind: 'swap', executor, tag: '' });
      else unplayable++;
      for (let frame = 0; frame < EDIT_FRAMES; frame += BLOCK) {
        target.fill(0);
        performer.process(BLOCK, input, (at, count) => {
          for (const { nodeId, channels } of performer.outputs())
            for (let c = 0; c < channels; c++) performer.addOutput(nodeId, c, target, at, count);
        });
        for (const x of target) if (!Number.isFinite(x)) broken++;
      }
      edits++;
    };
    const rounds = Math.round((SECONDS * 10) / (2 * ROUND_EDITS));
    const usages: Usage[] = [];
    // The first round fills the caches.
    const settledRound = Math.min(1, rounds - 2);
    for (let round = 0; round < rounds; round++) {
      const past: string[] = [];
      while (past.length < ROUND_EDITS) {
        const repair = random.next() < 0.8 ? drawRepair(store.patch, told, random) : undefined;
        const edit = repair ?? drawEdit(store.patch, random);
        if (!edit) continue;
        past.push(serializePatch(store.patch));
        store.dispatch(edit);
        play();
      }
      while (store.undo()) {
        expect(serializePatch(store.patch)).toBe(past.pop());
        play();
      }
      expect(past).toEqual([]);
      expect(serializePatch(store.patch)).toBe(text);
      expect(store.patch).toEqual(first);
      await collectUntil(() => hasStayed(usageOf(executors), usages[settledRound]));
      usages.push(usageOf(executors));
    }
    expect(edits).toBe(SECONDS * 10);
    expect(broken).toBe(0);
    // Most edits give a patch that plays; where one can't be, the plan before goes on.
    expect(unplayable).toBeLessThan(edits / 2);
    const table = usages.map(({ heapBytes, arrayBytes, runners, arenas }) => [
      Math.round(heapBytes / 2 ** 20),
      Math.round(arrayBytes / 2 ** 20),
      runners,
      arenas,
    ]);
    if (isFull)
      console.log(
        `[MiB of heap, of arrays, runners, arenas] after each round: ${JSON.stringify(table)}; ${unplayable} unplayable`,
      );
    for (const { arenas, runners } of usages) {
      expect(arenas).toBeLessThanOrEqual(EXECUTORS_MAX);
      expect(runners).toBeLessThanOrEqual(EXECUTORS_MAX);
    }
    const settled = usages[settledRound];
    for (const { heapBytes, arrayBytes } of usages.slice(1)) {
      expect(heapBytes - settled.heapBytes).toBeLessThan(HEAP_GROWTH_BYTES);
      expect(arrayBytes - settled.arrayBytes).toBeLessThan(ARRAY_GROWTH_BYTES);
    }
    performer.dispose();
    expect(models.alive).toBe(0);
    expect(models.made).toBeGreaterThan(10);
  }, 3_600_000);
});
