// The executor: runs one plan, any number of frames at a time, exactly the same live and offline.
// Owns buffers, states and the order of work. Must not know where sound comes from or goes to, files, threads or time of day.
import type { Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { KernelForm } from '../core/kernels.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { ControlSignal } from '../core/node-type.ts';
import { type Param, type ParamValue, paramNumber } from '../core/param.ts';
import type { Registry } from '../core/registry.ts';
import { framesUntil, itemsIn } from '../dsp/clock.ts';
import { scalarKernels } from '../dsp/scalar-kernels.ts';
import { sumLatency } from '../plan/latency.ts';
import { framesAtRate } from '../plan/node-context.ts';
import type {
  AlignCall,
  ControlBlockCall,
  ControlRateCall,
  Plan,
  PlanCall,
  PlanNode,
  PlanRegion,
  PlanSignal,
  SignalId,
  SumCall,
} from '../plan/plan.ts';
import { simdKernels } from '../simd/kernels.ts';
import { ArenaLayout } from './arena.ts';
import { LoopRun, wholeBlocks } from './loop.ts';
import type { NodeRun } from './node-run.ts';
import { prepareNode } from './prepare-node.ts';
import {
  AlignLine,
  type Clock,
  ControlBlock,
  ControlHold,
  mapChannels,
  NO_CONTROL,
  numbersIn,
  type SignalRun,
  sumSignals,
} from './signal-calls.ts';

export interface ExecutorOptions {
  readonly plan: Plan;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  /** Runs models; without it a node with a model passes sound through and is told as a fault, E-MODEL-RUN. */
  readonly models?: ModelRuntime;
  /** Runs models that were given a slack; left out, `models` runs them as well and keeps their results back. */
  readonly workerModels?: ModelRuntime;
  /** A model that its runtime refuses bypasses its node and is told as a fault, E-MODEL-RUN; left out, the error is thrown. */
  readonly bypassesRefused?: boolean;
  /** In which form shared inner loops run, default 'simd'; where the runtime has none, it is 'scalar'. */
  readonly kernelForm?: KernelForm;
  /** Any clock for the load per node; left out = not measured. */
  readonly clock?: () => number;
}

/** The frame on a node's clock at which what happens at a patch frame takes effect there. */
const clockFrame = ({ rateHz, blockFrames }: PlanNode, frame: number, patchRateHz: number): number =>
  wholeBlocks(framesUntil(frame, rateHz, patchRateHz), blockFrames);

/** One clock for each rate and block in the plan, that of the patch and the stream of every rate among them. */
function makeClocks(plan: Plan): Clock[] {
  const clocks = new Map<string, Clock>();
  const add = (rateHz: number, blockFrames: number): void => {
    clocks.set(`${rateHz} ${blockFrames}`, { rateHz, blockFrames, start: 0, count: 0 });
  };
  add(plan.sampleRateHz, 0);
  for (const { rateHz, blockFrames } of plan.signals) add(rateHz, blockFrames);
  for (const node of Object.values(plan.nodes)) {
    add(node.rateHz, node.blockFrames);
    add(node.outRateHz, node.outBlockFrames);
  }
  for (const { rateHz } of [...clocks.values()]) add(rateHz, 0);
  return [...clocks.values()];
}

export class Executor {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, NodeRun>;
  /** Patch frames since the start. */
  frame = 0;
  readonly #signals: SignalRun[];
  readonly #outputs: ReadonlyMap<string, readonly Float32Array[]>;
  readonly #aligns = new Map<AlignCall, AlignLine>();
  readonly #holds = new Map<ControlRateCall, ControlHold>();
  readonly #blocks = new Map<ControlBlockCall, ControlBlock>();
  readonly #sums = new Map<SumCall, readonly SignalRun[]>();
  readonly #clocks: Clock[];
  readonly #loops: ReadonlyMap<PlanRegion, LoopRun>;
  /** Patch frames of this call. */
  #frames = 0;
  readonly #now: (() => number) | undefined;
  readonly #reported = new Set<string>();
  /** Nodes without their models that were reset: should the next plan not have them either, it is told again. */
  readonly #askedAgain = new Set<string>();

  constructor(options: ExecutorOptions) {
    const { plan } = options;
    this.plan = plan;
    this.#now = options.clock;
    const layout = new ArenaLayout();
    this.#clocks = makeClocks(plan);
    const loops = plan.root.items.filter((item): item is PlanRegion => 'items' in item);
    const framesMax = ({ rateHz, blockFrames }: Pick<Clock, 'rateHz' | 'blockFrames'>): number =>
      framesAtRate(plan.maxFrames, rateHz, plan.sampleRateHz, blockFrames);
    const numbersMax = (s: PlanSignal): number =>
      s.itemSize === 0 ? framesMax(s) : Math.ceil(itemsIn(framesMax(s), s.blockFrames)) * s.itemSize;
    const audioViews = plan.signals.map(s =>
      s.kind === 'control' ? [] : Array.from({ length: s.channels }, () => layout.reserve('f32', numbersMax(s))),
    );
    const controlViews = plan.signals.map(s => (s.kind === 'control' ? layout.reserve('f64', framesMax(s)) : -1));
    const looped = new Set(
      loops.flatMap(region => this.#allCalls(region)).flatMap(call => (call.kind === 'node' ? [call.nodeId] : [])),
    );
    const prepared = Object.values(plan.nodes).map(node => prepareNode(node, looped.has(node.id), options, layout));
    const silenceView = layout.reserve('f32', Math.max(...this.#clocks.map(framesMax)));
    const lineViews = new Map<PlanCall, number[]>();
    for (const call of this.#allCalls(plan.root)) {
      if (call.kind === 'align') {
        const { channels, itemSize, blockFrames } = plan.signals[call.input];
        const numbers = itemSize === 0 ? call.samples : itemsIn(call.samples, blockFrames) * itemSize;
        lineViews.set(
          call,
          Array.from({ length: channels }, () => layout.reserve('f32', numbers)),
        );
      } else if (call.kind === 'control-block') {
        const most = Math.max(framesMax(plan.signals[call.input]), framesMax(plan.signals[call.output]));
        lineViews.set(call, [layout.reserve('f64', 2 * most + call.delayFrames)]);
      }
    }
    const { memory, views } = layout.build();
    const form = options.kernelForm ?? 'simd';
    const kernels = (form === 'scalar' ? undefined : simdKernels(memory, form)) ?? scalarKernels;
    this.#signals = plan.signals.map((signal, id) => ({
      channels: audioViews[id].map(view => views[view] as Float32Array),
      control:
        controlViews[id] < 0
          ? NO_CONTROL
          : { value: 0, isConstant: true, values: views[controlViews[id]] as Float64Array },
      clock: this.#clockOf(signal.rateHz, signal.blockFrames),
      itemSize: signal.itemSize,
    }));
    this.#outputs = new Map(plan.outputs.map(({ nodeId, signal }) => [nodeId, this.#signals[signal].channels]));
    for (const call of this.#allCalls(plan.root)) {
      const rings = lineViews.get(call)?.map(view => views[view]) ?? [];
      if (call.kind === 'align') this.#aligns.set(call, new AlignLine(rings as Float32Array[]));
      else if (call.kind === 'control-block')
        this.#blocks.set(call, new ControlBlock(call.delayFrames, rings[0] as Float64Array));
      else if (call.kind === 'control-rate') this.#holds.set(call, new ControlHold());
      else if (call.kind === 'sum')
        this.#sums.set(
          call,
          call.inputs.map(input => this.#signals[input]),
        );
    }
    const silence = views[silenceView] as Float32Array;
    const nodes = new Map<string, NodeRun>();
    this.nodes = nodes;
    try {
      for (const make of prepared) {
        const run = make({ views, silence, signals: this.#signals, kernels });
        nodes.set(run.plan.id, run);
        run.makeModels();
        run.resetState();
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#loops = new Map(loops.map(region => [region, new LoopRun(region, plan, this.#signals, this.#clocks, nodes)]));
  }

  #clockOf(rateHz: number, blockFrames: number): Clock {
    return this.#clocks.find(clock => clock.rateHz === rateHz && clock.blockFrames === blockFrames) as Clock;
  }

  #allCalls(region: PlanRegion): PlanCall[] {
    return region.items.flatMap(item => ('items' in item ? this.#allCalls(item) : [item]));
  }

  /** Buffers of a signal: one array a channel, valid for the frames of the last `process` on the signal's clock. */
  audio(signal: SignalId): readonly Float32Array[] {
    return this.#signals[signal].channels;
  }

  /** Buffers of an output node, as `audio` gives them; undefined when the plan has no such output. */
  output(nodeId: string): readonly Float32Array[] | undefined {
    return this.#outputs.get(nodeId);
  }

  /** Values of a control signal in the last `process`. */
  control(signal: SignalId): ControlSignal {
    return this.#signals[signal].control;
  }

  /** Frames of the last `process` at a rate (and block). */
  framesAt(rateHz: number, blockFrames = 0): number {
    return this.#clockOf(rateHz, blockFrames).count;
  }

  /**
   * Moves a param (a word for a choice is turned into its index) at a patch frame that is not computed yet, default the next.
   * In a block region the move holds for the whole block in which it falls. Unknown names are ignored: the node may be gone.
   */
  setParam(nodeId: string, name: string, value: ParamValue, frame = this.frame): void {
    const run = this.nodes.get(nodeId);
    const slot = run?.slots.get(name);
    if (!run || !slot) return;
    const number = typeof value === 'number' ? value : paramNumber(slot.definition as Param, value);
    slot.schedule(clockFrame(run.plan, frame, this.plan.sampleRateHz), number);
  }

  /** Runs the next `frames` patch frames, at most plan.maxFrames. Write live inputs into `audio(terminal.signal)` before. */
  process(frames: number): void {
    this.#frames = frames;
    this.#setClocks(this.frame, frames);
    this.#runItems(this.plan.root);
    this.frame += frames;
  }

  #setClocks(from: number, frames: number): void {
    const patchRate = this.plan.sampleRateHz;
    for (const clock of this.#clocks) {
      const start = framesUntil(from, clock.rateHz, patchRate);
      const end = framesUntil(from + frames, clock.rateHz, patchRate);
      clock.start = wholeBlocks(start, clock.blockFrames);
      clock.count = wholeBlocks(end, clock.blockFrames) - clock.start;
    }
  }

  readonly #runRegion = (region: PlanRegion): void => this.#runItems(region);

  #runItems(region: PlanRegion): void {
    for (const item of region.items) {
      switch (item.kind) {
        case 'node':
          this.#runNode(item.nodeId, item.phase);
          break;
        case 'sum':
          sumSignals(this.#sums.get(item) as readonly SignalRun[], this.#signals[item.output]);
          break;
        case 'channels':
          mapChannels(this.#signals[item.input], this.#signals[item.output]);
          break;
        case 'align':
          this.#delay(item);
          break;
        case 'control-rate':
          this.#holds.get(item)?.run(this.#signals[item.input], this.#signals[item.output]);
          break;
        case 'control-block':
          this.#blocks.get(item)?.run(this.#signals[item.input], this.#signals[item.output]);
          break;
        default:
          this.#loops.get(item)?.run(this.frame, this.#frames, this.#runRegion);
      }
    }
  }

  #delay(call: AlignCall): void {
    const source = this.#signals[call.input];
    this.#aligns.get(call)?.run(source.channels, this.#signals[call.output].channels, numbersIn(source));
  }

  #runNode(id: string, phase: 'whole' | 'read' | 'write'): void {
    const run = this.nodes.get(id) as NodeRun;
    const { io, type } = run;
    const inlet = this.#clockOf(run.plan.rateHz, run.plan.blockFrames);
    const outlet = this.#clockOf(run.plan.outRateHz, run.plan.outBlockFrames);
    io.frame = inlet.start;
    io.outFrame = outlet.start;
    io.outFrames = outlet.count;
    const begin = this.#now?.() ?? 0;
    if (phase === 'write' && type.loop) run.run(type.loop.write, inlet.count);
    else run.call(phase === 'read' && type.loop ? type.loop.read : type.kernel, inlet.start, inlet.count);
    if (this.#now) run.elapsed += this.#now() - begin;
  }

  /**
   * Takes over clock and states of what is untouched from the plan before. Returns for how many frames this plan must run
   * before it may be heard: where a delay or a late node has no past, its sound is not there yet.
   */
  carryFrom(old: Executor): number {
    this.frame = old.frame;
    let hasWholePast = true;
    for (const run of this.nodes.values()) {
      const before = old.nodes.get(run.plan.id);
      if (before?.plan.stateKey === run.plan.stateKey) {
        run.carryFrom(before);
        if (old.#reported.has(run.plan.id) && !old.#askedAgain.has(run.plan.id)) this.#reported.add(run.plan.id);
      } else if (sumLatency(run.plan.latency) > 0) hasWholePast = false;
    }
    const holds = new Map([...old.#holds].map(([call, hold]) => [call.key, hold]));
    for (const [call, hold] of this.#holds) {
      const before = holds.get(call.key);
      if (before) hold.carryFrom(before);
    }
    const blocks = new Map([...old.#blocks].map(([call, block]) => [call.key, block]));
    for (const [call, block] of this.#blocks) {
      const before = blocks.get(call.key);
      if (before) block.carryFrom(before);
    }
    const lines = new Map([...old.#aligns].map(([call, line]) => [call.key, line]));
    for (const [call, line] of this.#aligns) {
      const before = lines.get(call.key);
      if (!before || !line.carryFrom(before)) hasWholePast = false;
    }
    return hasWholePast ? 0 : Math.ceil(this.plan.latencySamples);
  }

  /** Faults since the last call, each told once: the nodes concerned are bypassed. */
  takeFaults(): Problem[] {
    const problems: Problem[] = [];
    for (const run of this.nodes.values()) {
      if (run.fault === undefined || this.#reported.has(run.plan.id)) continue;
      this.#reported.add(run.plan.id);
      problems.push({
        code: run.fault,
        severity: 'error',
        path: `nodes.${run.plan.id}`,
        nodeId: run.plan.id,
        message: run.faultMessage,
      });
    }
    return problems;
  }

  /** Starts one node afresh (after a fault). A model that is missing is asked for again by the next plan's executor only. */
  resetNode(id: string): void {
    const run = this.nodes.get(id);
    if (!run) return;
    run.settleParams(clockFrame(run.plan, this.frame, this.plan.sampleRateHz));
    run.resetState();
    if (run.fault === undefined) this.#reported.delete(id);
    else this.#askedAgain.add(id);
  }

  dispose(): void {
    for (const run of this.nodes.values()) run.dispose();
  }
}
