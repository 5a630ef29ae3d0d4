// From a node of the plan to a node that plays: reserves its memory, then makes its params, ports, state and runners.
// Owns that construction; the order of calls is the executor's, what a call does the NodeRun's.
import type { Kernels } from '../core/kernels.ts';
import { hasItems } from '../core/model-ports.ts';
import { ANY_BLOCK_FRAMES_MAX } from '../core/model-runner.ts';
import type { ControlSignal, NodeContext, Place, StateArray } from '../core/node-type.ts';
import { paramNumber } from '../core/param.ts';
import { carriesFrames, itemNumbers } from '../core/port.ts';
import type { ModelResource } from '../core/resource.ts';
import { withRuntime } from '../core/runtime-choice.ts';
import { passedInlets, itemSizes as sizesOf } from '../core/signal-rules.ts';
import { itemsIn } from '../dsp/clock.ts';
import { samplesToWait } from '../plan/alignment.ts';
import { sumLatency } from '../plan/latency.ts';
import { contextOf } from '../plan/node-context.ts';
import type { PassName } from '../plan/passes/pass-name.ts';
import type { PlanNode, SignalId } from '../plan/plan.ts';
import type { ArenaLayout } from './arena.ts';
import type { Clocks } from './clocks.ts';
import type { ExecutorOptions } from './executor.ts';
import { NodeModels } from './node-models.ts';
import { NodeParams } from './node-params.ts';
import { NodeRun } from './node-run.ts';
import { ParamSlot } from './param-slot.ts';
import { PassThrough } from './pass-through.ts';
import { Rest } from './rest.ts';
import { AlignLine, NO_CONTROL, type SignalRun } from './signal-calls.ts';

/** What exists once the memory does: the arena's views, a buffer of zeros for what nothing is connected to, all signals. */
export interface NodeMemory {
  readonly views: readonly StateArray[];
  readonly silence: Float32Array;
  readonly signals: readonly SignalRun[];
  readonly kernels: Kernels;
  readonly clocks: Clocks;
}

/** What all nodes of an executor are prepared with. */
export interface Given extends ExecutorOptions {
  readonly passes: ReadonlySet<PassName>;
  /** Signals that somebody is connected to. */
  readonly read: ReadonlySet<SignalId>;
}

/** Most frames of one call of a model: its block where it wants one, all where it wants the whole sound. */
export function runnerFrames(ctx: NodeContext, { contract }: ModelResource): number {
  if (contract.blockFrames === 'whole') return ctx.maxFrames;
  if (hasItems(contract)) return Math.max(1, ctx.blockFrames);
  return contract.blockFrames === 0 ? Math.min(ctx.maxFrames, ANY_BLOCK_FRAMES_MAX) : ctx.blockFrames;
}

/** First half: reserves memory. The returned second half makes the NodeRun once the memory is there; its models are made last. */
export function prepareNode(
  node: PlanNode,
  isInLoop: boolean,
  given: Given,
  layout: ArenaLayout,
): (memory: NodeMemory) => NodeRun {
  const { plan, registry, resources, read } = given;
  const type = registry.get(node.type);
  if (!type)
    throw new RangeError(
      `${node.id}: expected a known node type in the plan, got "${node.type}". Make the plan again.`,
    );
  const loaded = resources[node.id] ?? {};
  const ctx = contextOf(plan, node, resources);
  const shape = { values: node.values, resources: loaded, patchRateHz: plan.sampleRateHz };
  const ports = type.ports(shape);
  const paramViews = Object.entries(type.params(shape)).map(
    ([name, param]) => [name, param, layout.reserve('f64', param.rate === 'a' ? ctx.maxFrames : 1)] as const,
  );
  const itemSizes: Record<string, number> = {};
  // What nothing is connected to, by port: items of zeros.
  const unwired = new Map<string, readonly number[]>();
  for (const [name, port] of Object.entries(ports)) {
    if (port.type !== 'spectrum' && port.type !== 'tensor') continue;
    itemSizes[name] = itemNumbers(sizesOf(port.type, ctx.itemShapes[name]));
    if ((port.direction === 'inlet' ? node.inlets : node.outlets)[name] !== undefined) continue;
    const most = Math.ceil(itemsIn(ctx.maxFrames, ctx.blockFrames)) * itemSizes[name];
    unwired.set(
      name,
      Array.from({ length: node.channels[name] ?? 1 }, () => layout.reserve('f32', most)),
    );
  }
  const latencySamples = isInLoop ? 0 : sumLatency(node.latency);
  const lateViews = Object.entries(ports).flatMap(([name, port]) => {
    if (port.direction !== 'outlet' || !carriesFrames(port)) return [];
    const itemSize = itemSizes[name] ?? 0;
    const late = samplesToWait(latencySamples, itemSize, ctx.outBlockFrames);
    const numbers = itemSize > 0 ? itemsIn(late, ctx.outBlockFrames) * itemSize : late;
    if (numbers === 0) return [];
    return [[name, Array.from({ length: node.channels[name] ?? 1 }, () => layout.reserve('f32', numbers))] as const];
  });
  const specs = type.state(ctx);
  const stateViews = Object.entries(specs).map(([name, { dtype, shape: sizes }]) => {
    const length = sizes.reduce((a, b) => a * b, 1);
    return [name, layout.reserve(dtype, length)] as const;
  });
  // Tables are made twice: once to learn what room they want, and into that room.
  const copies: number[] = [];
  type.tables(ctx, array => {
    copies.push(layout.reserveCopy(array));
    return array;
  });
  return ({ views, silence, signals, kernels, clocks }) => {
    let copied = 0;
    const place: Place = array => {
      const view = views[copies[copied++]] as typeof array;
      (view as Float64Array).set(array as Float64Array);
      return view;
    };
    const slots = new Map(
      paramViews.map(([name, param, view]) => {
        const wired = node.paramInlets[name];
        const control = wired === undefined ? undefined : signals[wired].control;
        const smoothingMs = node.smoothingMs[name] ?? (param.kind === 'number' ? param.smoothingMs : 0);
        const start = paramNumber(param, node.values[name]);
        const values = views[view] as Float64Array;
        return [name, new ParamSlot(param, start, smoothingMs, node.rateHz, values, control, kernels)] as const;
      }),
    );
    const runtime = ctx.slackFrames > 0 ? (given.workerModels ?? given.models) : given.models;
    const models = new NodeModels({
      nodeId: node.id,
      resources: loaded,
      createRunner:
        runtime &&
        (model => runtime.createRunner(withRuntime(model, node.values), runnerFrames(ctx, model), ctx.slackFrames)),
      bypassesRefused: given.bypassesRefused ?? false,
    });
    const io = {
      audioIn: {} as Record<string, readonly Float32Array[]>,
      audioOut: {} as Record<string, readonly Float32Array[]>,
      itemsIn: {} as Record<string, readonly Float32Array[]>,
      itemsOut: {} as Record<string, readonly Float32Array[]>,
      controlIn: {} as Record<string, ControlSignal>,
      controlOut: {} as Record<string, ControlSignal>,
      isConnected: {} as Record<string, boolean>,
      ctx,
      tables: type.tables(ctx, place),
      kernels,
      models: models.runners,
      hasMoved: true,
      frame: 0,
      outFrame: 0,
      outFrames: 0,
    };
    for (const [name, port] of Object.entries(ports)) {
      const signal = (port.direction === 'inlet' ? node.inlets : node.outlets)[name];
      const run = signal === undefined ? undefined : signals[signal];
      if (port.type === 'audio') {
        const channels = run?.channels ?? Array.from({ length: node.channels[name] ?? 1 }, () => silence);
        (port.direction === 'inlet' ? io.audioIn : io.audioOut)[name] = channels;
      } else if (port.type === 'spectrum' || port.type === 'tensor') {
        const channels = run?.channels ?? (unwired.get(name) ?? []).map(view => views[view] as Float32Array);
        (port.direction === 'inlet' ? io.itemsIn : io.itemsOut)[name] = channels;
      } else if (port.type === 'control')
        (port.direction === 'inlet' ? io.controlIn : io.controlOut)[name] = run?.control ?? NO_CONTROL;
      io.isConnected[name] = signal !== undefined && (port.direction === 'inlet' || isInLoop || read.has(signal));
    }
    const state = Object.fromEntries(stateViews.map(([name, view]) => [name, views[view]]));
    // Rates and blocks are those of the node: one whose inlets and outlets differ in them passes nothing.
    const passed = passedInlets(ports, name => `${ports[name].type} ${ctx.itemShapes[name] ?? ''}`);
    const takesWhole = Object.values(ports).some(port => port.block === 'whole');
    const lateLines = Object.fromEntries(
      lateViews.map(([name, lines]) => [name, new AlignLine(lines.map(view => views[view] as Float32Array))]),
    );
    // Audio, spectra and tensors.
    const framed = (of: Readonly<Record<string, number>>): SignalRun[] =>
      Object.values(of).flatMap(signal => (signals[signal].control === NO_CONTROL ? [signals[signal]] : []));
    const outlets = framed(node.outlets);
    // A control outlet that nobody reads may stay as it is.
    const restsWith = (name: string): boolean =>
      ports[name].type === 'audio' || (ports[name].direction === 'outlet' && !read.has(node.outlets[name]));
    const rests =
      type.rest && !isInLoop && given.passes.has('silence') && Object.keys(ports).every(restsWith)
        ? type.rest
        : undefined;
    const parts = {
      plan: node,
      type,
      ctx,
      io,
      inlet: clocks.find(node.rateHz, node.blockFrames),
      outlet: clocks.find(node.outRateHz, node.outBlockFrames),
      params: new NodeParams(slots),
      state,
      specs,
      itemSizes,
      outlets,
      passThrough: new PassThrough({ plan: node, itemSizes, lateLines, isInLoop, passed }),
      rest: rests && new Rest({ inlets: framed(node.inlets), outlets, state, empty: rests.empty?.(ctx) ?? [] }),
      isInLoop,
      takesWhole,
      alwaysMoves: !given.passes.has('settled-params'),
      models,
    };
    return new NodeRun(parts);
  };
}
