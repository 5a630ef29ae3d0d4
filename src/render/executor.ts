// The executor: runs one plan, any number of frames at a time, exactly the same live and offline.
// Owns buffers, states and the order of work. Must not know where sound comes from or goes to, files, threads or time of day.
import type { Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { ControlSignal } from '../core/node-type.ts';
import { type Param, type ParamValue, paramNumber } from '../core/param.ts';
import type { Registry } from '../core/registry.ts';
import { framesUntil } from '../dsp/clock.ts';
import { sumLatency } from '../plan/latency.ts';
import { framesAtRate } from '../plan/make-plan.ts';
import type { AlignCall, ControlRateCall, Plan, PlanCall, PlanRegion, SignalId, SumCall } from '../plan/plan.ts';
import { ArenaLayout } from './arena.ts';
import type { NodeRun } from './node-run.ts';
import { prepareNode } from './prepare-node.ts';
import {
  AlignLine,
  type Clock,
  ControlHold,
  copySignal,
  mapChannels,
  NO_CONTROL,
  type SignalRun,
  sumSignals,
} from './signal-calls.ts';

export interface ExecutorOptions {
  readonly plan: Plan;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  /** Runs models; without it a node with a model passes sound through and is told as a fault, E-MODEL-RUN. */
  readonly models?: ModelRuntime;
  /** Any clock for the load per node; left out = not measured. */
  readonly clock?: () => number;
}

/** Longest sub-block of a loop: bounds how much is copied in vain when the least delay turns out shorter. */
const LOOP_FRAMES_MAX = 256;

export class Executor {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, NodeRun>;
  /** Patch frames since the start. */
  frame = 0;
  readonly #signals: SignalRun[];
  readonly #aligns = new Map<AlignCall, AlignLine>();
  readonly #holds = new Map<ControlRateCall, ControlHold>();
  readonly #sums = new Map<SumCall, readonly SignalRun[]>();
  readonly #clocks: Clock[];
  readonly #loopClocks: ReadonlyMap<PlanRegion, Clock>;
  readonly #now: (() => number) | undefined;
  readonly #reported = new Set<string>();

  constructor(options: ExecutorOptions) {
    const { plan } = options;
    this.plan = plan;
    this.#now = options.clock;
    const layout = new ArenaLayout();
    const rates = [
      ...new Set([
        plan.sampleRateHz,
        ...plan.signals.map(s => s.rateHz),
        ...Object.values(plan.nodes).flatMap(n => [n.rateHz, n.outRateHz]),
      ]),
    ];
    this.#clocks = rates.map(rateHz => ({ rateHz, start: 0, count: 0 }));
    const loops = plan.root.items.filter((item): item is PlanRegion => 'items' in item);
    this.#loopClocks = new Map(loops.map(region => [region, this.#findLoopClock(region)]));
    const framesMax = (rateHz: number): number => framesAtRate(plan.maxFrames, rateHz, plan.sampleRateHz);
    const audioViews = plan.signals.map(s =>
      s.kind === 'audio' ? Array.from({ length: s.channels }, () => layout.reserve('f32', framesMax(s.rateHz))) : [],
    );
    const controlViews = plan.signals.map(s =>
      s.kind === 'control' ? layout.reserve('f64', framesMax(s.rateHz)) : -1,
    );
    const looped = new Set(
      loops.flatMap(region => this.#allCalls(region)).flatMap(call => (call.kind === 'node' ? [call.nodeId] : [])),
    );
    const prepared = Object.values(plan.nodes).map(node => prepareNode(node, looped.has(node.id), options, layout));
    const silenceView = layout.reserve('f32', Math.max(...rates.map(framesMax)));
    const { views } = layout.build();
    this.#signals = plan.signals.map((signal, id) => ({
      channels: audioViews[id].map(view => views[view] as Float32Array),
      control:
        controlViews[id] < 0
          ? NO_CONTROL
          : { value: 0, isConstant: true, values: views[controlViews[id]] as Float64Array },
      clock: this.#clockOf(signal.rateHz),
    }));
    for (const call of this.#allCalls(plan.root)) {
      if (call.kind === 'align') this.#aligns.set(call, new AlignLine(plan.signals[call.input].channels, call.samples));
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
        const run = make({ views, silence, signals: this.#signals });
        nodes.set(run.plan.id, run);
        run.resetState();
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #clockOf(rateHz: number): Clock {
    return this.#clocks.find(clock => clock.rateHz === rateHz) as Clock;
  }

  #allCalls(region: PlanRegion): PlanCall[] {
    return region.items.flatMap(item => ('items' in item ? this.#allCalls(item) : [item]));
  }

  /** Buffers of a signal: one array a channel, valid for the frames of the last `process` at the signal's rate. */
  audio(signal: SignalId): readonly Float32Array[] {
    return this.#signals[signal].channels;
  }

  /** Values of a control signal in the last `process`. */
  control(signal: SignalId): ControlSignal {
    return this.#signals[signal].control;
  }

  /** Frames of the last `process` at a rate. */
  framesAt(rateHz: number): number {
    return this.#clockOf(rateHz).count;
  }

  /** Moves a param (a word for a choice is turned into its index). Unknown names are ignored: the node may be gone. */
  setParam(nodeId: string, name: string, value: ParamValue): void {
    const slot = this.nodes.get(nodeId)?.slots.get(name);
    if (slot) slot.set(typeof value === 'number' ? value : paramNumber(slot.definition as Param, value));
  }

  /** Runs the next `frames` patch frames, at most plan.maxFrames. Write live inputs into `audio(terminal.signal)` before. */
  process(frames: number): void {
    this.#setClocks(this.frame, frames);
    this.#runItems(this.plan.root);
    this.frame += frames;
  }

  #setClocks(from: number, frames: number): void {
    const patchRate = this.plan.sampleRateHz;
    for (const clock of this.#clocks) {
      clock.start = framesUntil(from, clock.rateHz, patchRate);
      clock.count = framesUntil(from + frames, clock.rateHz, patchRate) - clock.start;
    }
  }

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
          this.#aligns.get(item)?.run(this.#signals[item.input], this.#signals[item.output]);
          break;
        case 'control-rate':
          this.#holds.get(item)?.run(this.#signals[item.input], this.#signals[item.output]);
          break;
        default:
          this.#runLoop(item);
      }
    }
  }

  #runNode(id: string, phase: 'whole' | 'read' | 'write'): void {
    const run = this.nodes.get(id) as NodeRun;
    const { io, type } = run;
    const inlet = this.#clockOf(run.plan.rateHz);
    const outlet = run.plan.outRateHz === run.plan.rateHz ? inlet : this.#clockOf(run.plan.outRateHz);
    io.frame = inlet.start;
    io.outFrame = outlet.start;
    io.outFrames = outlet.count;
    const begin = this.#now?.() ?? 0;
    if (phase !== 'write') run.advanceParams(inlet.count);
    const kernel = phase === 'whole' || !type.loop ? type.kernel : phase === 'read' ? type.loop.read : type.loop.write;
    run.run(kernel, inlet.count);
    if (this.#now) run.elapsed += this.#now() - begin;
  }

  /** The clock that a loop's sub-blocks count in: its own rate where it has one, since a delay may be shorter than a patch frame. */
  #findLoopClock(region: PlanRegion): Clock {
    const { nodes, signals, sampleRateHz } = this.plan;
    const rates = new Set(region.imports.map(({ inner }) => signals[inner].rateHz));
    for (const call of this.#allCalls(region)) {
      if (call.kind === 'node') rates.add(nodes[call.nodeId].rateHz).add(nodes[call.nodeId].outRateHz);
      else rates.add(signals[call.output].rateHz);
    }
    return this.#clockOf(rates.size === 1 ? [...rates][0] : sampleRateHz);
  }

  #setLoopClock(base: Clock, from: number, frames: number): void {
    if (base.rateHz === this.plan.sampleRateHz) this.#setClocks(from, frames);
    else {
      base.start = from;
      base.count = frames;
    }
  }

  /** Runs a loop in sub-blocks no longer than its least delay; what crosses its border is copied. */
  #runLoop(region: PlanRegion): void {
    const base = this.#loopClocks.get(region) as Clock;
    const { start: begin, count } = base;
    const end = begin + count;
    const offset = (signal: SignalRun): number =>
      signal.clock.start - framesUntil(begin, signal.clock.rateHz, base.rateHz);
    for (let from = begin; from < end; ) {
      this.#setLoopClock(base, from, Math.min(end - from, LOOP_FRAMES_MAX));
      for (const { outer, inner } of region.imports)
        copySignal(this.#signals[outer], offset(this.#signals[outer]), this.#signals[inner], 0);
      const frames = Math.min(end - from, LOOP_FRAMES_MAX, this.#loopFrames(region, base.rateHz));
      this.#setLoopClock(base, from, frames);
      this.#runItems(region);
      for (const { outer, inner } of region.exports)
        copySignal(this.#signals[inner], 0, this.#signals[outer], offset(this.#signals[outer]));
      from += frames;
    }
    this.#setLoopClock(base, begin, count);
  }

  /** Frames at `rateHz` that the least delay among the breakers allows, looking ahead as far as the clocks are set. */
  #loopFrames(region: PlanRegion, rateHz: number): number {
    let least = LOOP_FRAMES_MAX;
    for (const id of region.breakers) {
      const run = this.nodes.get(id) as NodeRun;
      // A param wired to something in the same loop can't be known ahead: one frame at a time is always right.
      const isModulatedInside = Object.values(run.plan.paramInlets).some(
        signal => !region.imports.some(({ inner }) => inner === signal),
      );
      const delay = isModulatedInside ? 1 : run.minDelayFrames(this.#clockOf(run.plan.rateHz).count);
      least = Math.min(least, Math.floor((delay * rateHz) / run.plan.rateHz));
    }
    return Math.max(1, least);
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
        if (old.#reported.has(run.plan.id)) this.#reported.add(run.plan.id);
      } else if (sumLatency(run.plan.latency) > 0) hasWholePast = false;
    }
    const holds = new Map([...old.#holds].map(([call, hold]) => [call.key, hold]));
    for (const [call, hold] of this.#holds) {
      const before = holds.get(call.key);
      if (before) hold.carryFrom(before);
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

  /** Starts one node afresh (after a fault). */
  resetNode(id: string): void {
    this.nodes.get(id)?.resetState();
    this.#reported.delete(id);
  }

  dispose(): void {
    for (const run of this.nodes.values()) run.dispose();
  }
}
