// From the calls of a plan to steps that run: everything a call needs is looked up here, once. Owns what a call of each kind does and
// the states between nodes (delays, holds); who runs the steps and when is the executor's, in loops the LoopRun's.
import type { Kernels } from '../core/kernels.ts';
import type { StateArray } from '../core/node-type.ts';
import { itemsIn } from '../dsp/clock.ts';
import type { RowGroup } from '../plan/passes/pair-branches.ts';
import type { Plan, PlanCall, PlanRegion, SignalId } from '../plan/plan.ts';
import type { ArenaLayout } from './arena.ts';
import { Cascade } from './cascade.ts';
import type { Clocks } from './clocks.ts';
import { LoopRun } from './loop.ts';
import { makeChannels, makeSum, reserveMix } from './mix.ts';
import type { NodeRun } from './node-run.ts';
import { AlignLine, ControlBlock, ControlHold, type SignalRun } from './signal-calls.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface Step {
  run(): void;
}

/** What waits between nodes, by the key of its call: a plan that takes over goes on from it. */
export interface Between {
  readonly aligns: Map<string, AlignLine>;
  readonly holds: Map<string, ControlHold>;
  readonly blocks: Map<string, ControlBlock>;
}

/** Nodes that are played as one, and the room for it. */
export interface GroupViews {
  readonly rows: RowGroup;
  readonly views: readonly Float64Array[];
}

export interface StepParts {
  readonly plan: Plan;
  readonly signals: readonly SignalRun[];
  readonly nodes: ReadonlyMap<string, NodeRun>;
  readonly clocks: Clocks;
  readonly between: Between;
  /** Views of the arena by call, as reserveLines asked for them. */
  readonly lines: ReadonlyMap<PlanCall, readonly StateArray[]>;
  /** Node → the rows with which it is played. */
  readonly groups: ReadonlyMap<string, GroupViews>;
  /** Filled here: which step writes a signal. */
  readonly writers: Map<SignalId, Step>;
  readonly kernels: Kernels;
  /** Measures nodes; undefined = not measured. */
  readonly watch: Stopwatch | undefined;
}

/** All calls of a region and of the loops in it. */
export const allCalls = (region: PlanRegion): PlanCall[] =>
  region.items.flatMap(item => ('items' in item ? allCalls(item) : [item]));

/** Room for what waits and is mixed between nodes: the numbers of the views by call. */
export function reserveLines(plan: Plan, clocks: Clocks, layout: ArenaLayout): Map<PlanCall, readonly number[]> {
  const views = new Map<PlanCall, readonly number[]>();
  for (const call of allCalls(plan.root)) {
    if (call.kind === 'align') {
      const { channels, itemSize, blockFrames } = plan.signals[call.input];
      const numbers = itemSize === 0 ? call.samples : itemsIn(call.samples, blockFrames) * itemSize;
      views.set(
        call,
        Array.from({ length: channels }, () => layout.reserve('f32', numbers)),
      );
    } else if (call.kind === 'control-block') {
      const ends = [call.input, call.output].map(signal => clocks.framesMax(plan.signals[signal]));
      views.set(call, [layout.reserve('f64', 2 * Math.max(...ends) + call.delayFrames)]);
    } else if (call.kind === 'sum') views.set(call, reserveMix(layout, call.inputs.length));
    else if (call.kind === 'channels') views.set(call, reserveMix(layout, plan.signals[call.input].channels));
  }
  return views;
}

/** The steps of a region in order. */
export const makeSteps = (region: PlanRegion, parts: StepParts): Step[] =>
  region.items.flatMap((item): Step[] => {
    if ('items' in item) {
      const { plan, signals, clocks, nodes } = parts;
      // What a loop copies over its border is no node's time.
      const steps = [...untimed([], parts.watch), ...makeSteps(item, parts)];
      return untimed([new LoopRun(item, steps, plan, signals, clocks, nodes)], parts.watch);
    }
    const group = item.kind === 'node' ? parts.groups.get(item.nodeId) : undefined;
    // Nobody hears the others before: all may wait for the last.
    const ids = group?.rows.flat() ?? (item.kind === 'node' ? [item.nodeId] : []);
    if (group && item.kind === 'node' && item.nodeId !== ids[ids.length - 1]) return [];
    const step = group ? cascadeOf(group, parts) : stepOf(item, parts);
    const written = 'output' in item ? [item.output] : ids.flatMap(id => Object.values(parts.plan.nodes[id].outlets));
    for (const signal of written) parts.writers.set(signal, step);
    return item.kind === 'node' ? [step] : untimed([step], parts.watch);
  });

function cascadeOf({ rows, views }: GroupViews, parts: StepParts): Step {
  const { signals, watch, kernels } = parts;
  return new Cascade({
    rows: rows.map(ids => {
      const members = ids.map(id => parts.nodes.get(id) as NodeRun);
      const outlets = members.map(({ plan }) => signals[Object.values(plan.outlets)[0]]);
      return {
        members,
        input: signals[Object.values(members[0].plan.inlets)[0]],
        output: outlets[outlets.length - 1],
        between: outlets.slice(0, -1),
      };
    }),
    steps: rows.flat().map(nodeId => stepOf({ kind: 'node', nodeId, phase: 'whole' }, parts)),
    kernels,
    views,
    watch,
  });
}

function stepOf(call: PlanCall, parts: StepParts): Step {
  const { signals, between } = parts;
  if (call.kind === 'node') {
    const run = parts.nodes.get(call.nodeId) as NodeRun;
    const step = nodeStep(run, call.phase);
    return parts.watch ? timed(step, run, parts.watch) : step;
  }
  const target = signals[call.output];
  const lines = parts.lines.get(call) ?? [];
  if (call.kind === 'sum') {
    const sources = call.inputs.map(input => signals[input]);
    return makeSum(sources, target, lines, parts.kernels);
  }
  const source = signals[call.input];
  switch (call.kind) {
    case 'channels':
      return makeChannels(source, target, lines, parts.kernels);
    case 'align': {
      const line = new AlignLine(lines as Float32Array[]);
      between.aligns.set(call.key, line);
      return { run: () => line.delay(source, target) };
    }
    case 'control-rate': {
      const hold = new ControlHold();
      between.holds.set(call.key, hold);
      return { run: () => hold.run(source, target) };
    }
    default: {
      const block = new ControlBlock(call.delayFrames, lines[0] as Float64Array);
      between.blocks.set(call.key, block);
      return { run: () => block.run(source, target) };
    }
  }
}

function nodeStep(run: NodeRun, phase: 'whole' | 'read' | 'write'): Step {
  const { kernel, loop } = run.type;
  if (phase === 'write' && loop) return { run: () => run.write(loop.write) };
  const half = phase === 'read' && loop ? loop.read : kernel;
  return { run: () => run.call(half) };
}

const timed = (step: Step, run: NodeRun, watch: Stopwatch): Step => ({
  run() {
    step.run();
    run.elapsed += watch.lap();
  },
});

/** Steps whose time, and what was before them, belongs to no node. */
export const untimed = (steps: readonly Step[], watch: Stopwatch | undefined): Step[] =>
  watch ? [...steps, { run: () => void watch.lap() }] : [...steps];
