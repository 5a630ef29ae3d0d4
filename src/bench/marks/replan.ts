// Mark: from an edit of a large patch to its new plan, on the page; and what else a swap costs. The time of a block is growth.ts.
import * as edits from '../../core/edits.ts';
import { structuralParamOf } from '../../core/registry.ts';
import { PatchStore } from '../../core/store.ts';
import { checkConnection } from '../../core/validate.ts';
import { registry } from '../../generated/registry.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { Executor } from '../../render/executor.ts';
import { makeBigPatch } from '../big-patch.ts';
import type { Mark, Work } from '../mark.ts';
import { BLOCK, planOf } from '../play.ts';

const COUNTS = [250, 1000, 4000] as const;
const COUNT = 1000;
const WIRE = ['source-1.out', 'limiter-5.in'] as const;

interface Size {
  readonly count: number;
}

/** One unit is one edit of the structure, from the transaction to the plan: a wire, a node, and both taken away again, in turn. */
function editBig({ count }: Size): Work {
  const store = new PatchStore(makeBigPatch(count), structuralParamOf(registry));
  const steps = [
    () => edits.connect(...WIRE),
    () => edits.addNode({ id: 'added', type: 'filter/one-pole', version: 1, position: [0, 0] }),
    () => edits.disconnect(WIRE.join('>')),
    () => edits.removeNodes(store.patch, ['added']),
  ];
  let unit = 0;
  return {
    unit() {
      store.dispatch(steps[unit++ % steps.length]());
      const { plan } = makePlan(store.patch, registry, {}, { maxFrames: BLOCK, hostBlockFrames: BLOCK });
      if (!plan) throw new Error('bench: an edit left no plan');
    },
  };
}

/** One unit is the question of a wire that is dragged over an inlet. */
function dragOverBig({ count }: Size): Work {
  const patch = makeBigPatch(count);
  return {
    unit() {
      const problem = checkConnection(patch, registry, {}, ...WIRE);
      if (problem) throw new Error(`bench: ${problem.message}`);
    },
  };
}

/** One unit copies a plan as it goes to the audio thread. */
function copyBig({ count }: Size): Work {
  const plan = planOf({ patch: makeBigPatch(count), hostBlockFrames: BLOCK });
  return { unit: () => void structuredClone(plan) };
}

/** One unit makes an executor, as the audio thread does for a swap. */
function executeBig({ count }: Size): Work {
  const plan = planOf({ patch: makeBigPatch(count), hostBlockFrames: BLOCK });
  return { unit: () => new Executor({ plan, registry, resources: {} }).dispose() };
}

export const replanMark: Mark = {
  id: 'replan',
  title: 'Edits of large patches',
  text: `From an edit of the structure to the new plan in patches of ${COUNTS.join(', ')} nodes of mixed types, 1.2 times as many connections.`,
  peers: [],
  works: { edit: editBig, drag: dragOverBig, copy: copyBig, execute: executeBig },
  whenMissed: [
    'Why the nodes beyond 1,000 cost more each is not known: what the planner does is counted, and in proportion to the nodes (test/plan/growth).',
  ],
  goals: [
    { figure: 'ms', words: `ms from an edit to the plan, ${COUNT} nodes`, atMost: 20 },
    { figure: 'per node', words: `× the time per node, ${COUNTS[2]} nodes beside ${COUNTS[0]}`, atMost: 1.5 },
  ],
  async heat(bench) {
    const sizes = [];
    for (const count of COUNTS) sizes.push(await bench.node('edit', { count }, `${count} nodes`));
    const others = [];
    for (const work of ['drag', 'copy', 'execute']) others.push(await bench.node(work, { count: COUNT }));
    const race = await bench.race([...sizes, ...others], { roundMs: 200, warmupMs: 2000 });
    const ms = (name: string): number => race.unitUs(name) / 1000;
    const perNode = COUNTS.map(count => ms(`${count} nodes`) / count);
    return {
      figures: {
        ms: ms(`${COUNT} nodes`),
        'per node': perNode[2] / perNode[0],
        ...Object.fromEntries(COUNTS.map(count => [`ms, ${count} nodes`, ms(`${count} nodes`)])),
        'ms for a wire that is dragged': ms('drag'),
        'ms to copy the plan': ms('copy'),
        'ms to make an executor': ms('execute'),
      },
    };
  },
};
