// The executor: runs one plan, any number of frames at a time, exactly the same live and offline.
// Owns buffers, states and the order of work. Must not know where sound comes from or goes to, files, threads or time of day.
import type { Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { KernelForm } from '../core/kernels.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { ControlSignal } from '../core/node-type.ts';
import { type Param, type ParamValue, paramNumber } from '../core/param.ts';
import type { Registry } from '../core/registry.ts';
import { scalarKernels } from '../dsp/scalar-kernels.ts';
import { sumLatency } from '../plan/latency.ts';
import { findRows, type Row } from '../plan/passes/cascade.ts';
import { pairRows, type RowGroup } from '../plan/passes/pair-branches.ts';
import { ALL_PASSES, type PassName } from '../plan/passes/pass-name.ts';
import { ownBuffers, shareBuffers } from '../plan/passes/reuse-buffers.ts';
import type { Plan, PlanNode, PlanRegion, SignalId } from '../plan/plan.ts';
import { simdKernels } from '../simd/kernels.ts';
import { ArenaLayout } from './arena.ts';
import { reserveSignals } from './buffers.ts';
import { reserveCascade } from './cascade.ts';
import { Clocks, clockFrame } from './clocks.ts';
import type { NodeRun } from './node-run.ts';
import { prepareNode } from './prepare-node.ts';
import type { SignalRun } from './signal-calls.ts';
import { allCalls, type Between, makeSteps, reserveLines, type Step, untimed } from './steps.ts';
import { Stopwatch } from './stopwatch.ts';
import { Tap } from './tap.ts';

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
  /** What is done to be faster, by name; default all. None of it changes the sound. */
  readonly passes?: ReadonlySet<PassName>;
  /** Any clock for the load per node; left out = not measured. */
  readonly clock?: () => number;
}

export class Executor {
  readonly plan: Plan;
  readonly nodes: ReadonlyMap<string, NodeRun>;
  /** In which form its kernels run, which is not always the one that was asked for. */
  readonly kernelForm: KernelForm;
  /** Patch frames since the start. */
  frame = 0;
  readonly #signals: readonly SignalRun[];
  readonly #outputs: ReadonlyMap<string, readonly Float32Array[]>;
  readonly #between: Between = { aligns: new Map(), holds: new Map(), blocks: new Map() };
  readonly #clocks: Clocks;
  readonly #steps: Step[];
  readonly #watch: Stopwatch | undefined;
  /** Signals that are not always there at the end of a call. */
  readonly #passing: ReadonlySet<SignalId>;
  readonly #writers = new Map<SignalId, Step>();
  readonly #taps = new Map<SignalId, Tap>();
  readonly #reported = new Set<string>();
  /** Nodes without their models that were reset: should the next plan not have them either, it is told again. */
  readonly #askedAgain = new Set<string>();

  constructor(options: ExecutorOptions) {
    const { plan, passes = ALL_PASSES } = options;
    this.plan = plan;
    const layout = new ArenaLayout();
    const clocks = new Clocks(plan);
    this.#clocks = clocks;
    const filtersIn = (row: Row): number =>
      row.filter(id => options.registry.get(plan.nodes[id].type)?.linear?.state !== undefined).length;
    const groups = this.#groupsOf(options.registry, passes, filtersIn);
    const shared = passes.has('reuse-buffers')
      ? shareBuffers(
          plan,
          groups.map(rows => rows.flat()),
        )
      : ownBuffers(plan);
    const makeSignals = reserveSignals(plan, shared, clocks, layout);
    const looped = new Set(
      plan.root.items
        .flatMap(item => ('items' in item ? allCalls(item as PlanRegion) : []))
        .flatMap(call => (call.kind === 'node' ? [call.nodeId] : [])),
    );
    const read = new Set(Object.values(plan.connections).map(({ signal }) => signal));
    const given = { ...options, passes, read };
    const prepared = Object.values(plan.nodes).map(node => prepareNode(node, looped.has(node.id), given, layout));
    const silenceView = layout.reserve('f32', Math.max(...clocks.all.map(clock => clocks.framesMax(clock))));
    const lineViews = reserveLines(plan, clocks, layout);
    const groupViews = groups.map(rows => {
      const { channels } = plan.signals[Object.values(plan.nodes[rows[0][0]].inlets)[0]];
      return reserveCascade(layout, filtersIn(rows[0]), channels * rows.length);
    });
    const { memory, views } = layout.build();
    const form = options.kernelForm ?? 'simd';
    const kernels = (form === 'scalar' ? undefined : simdKernels(memory, form)) ?? scalarKernels;
    this.kernelForm = kernels === scalarKernels ? 'scalar' : form;
    const signals = makeSignals(views);
    this.#signals = signals;
    this.#outputs = new Map(plan.outputs.map(({ nodeId, signal }) => [nodeId, signals[signal].channels]));
    const silence = views[silenceView] as Float32Array;
    const nodes = new Map<string, NodeRun>();
    this.nodes = nodes;
    try {
      for (const make of prepared) {
        const run = make({ views, silence, signals, kernels, clocks });
        nodes.set(run.plan.id, run);
        run.makeModels();
        run.resetState(true);
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    const lines = new Map([...lineViews].map(([call, list]) => [call, list.map(view => views[view])]));
    const groupOf = new Map(
      groups.flatMap((rows, k) => {
        const placed = { rows, views: groupViews[k].map(view => views[view] as Float64Array) };
        return rows.flat().map(id => [id, placed] as const);
      }),
    );
    const outletsOf = (id: string): SignalId[] => Object.values(plan.nodes[id].outlets);
    this.#passing = new Set([...shared.shared, ...groups.flat().flatMap(ids => ids.slice(0, -1).flatMap(outletsOf))]);
    this.#watch = options.clock && new Stopwatch(options.clock);
    this.#steps = makeSteps(plan.root, {
      plan,
      signals,
      nodes,
      clocks,
      between: this.#between,
      lines,
      groups: groupOf,
      writers: this.#writers,
      kernels,
      watch: this.#watch,
    });
  }

  #groupsOf(registry: Registry, passes: ReadonlySet<PassName>, filtersIn: (row: Row) => number): readonly RowGroup[] {
    if (!passes.has('cascade')) return [];
    const isLinear = ({ type }: PlanNode): boolean => {
      const linear = registry.get(type)?.linear;
      return linear !== undefined && (linear.state !== undefined || passes.has('fold-gains'));
    };
    const rows = findRows(this.plan, isLinear, 1);
    const groups = passes.has('pair-branches') ? pairRows(this.plan, rows, filtersIn) : rows.map(row => [row]);
    const orderOf = (id: string): number => registry.get(this.plan.nodes[id].type)?.linear?.state?.order ?? 0;
    // Alone only a filter of the second order is quicker as a row of one.
    return groups.filter(([row, other]) => row.length > 1 || other !== undefined || orderOf(row[0]) === 2);
  }

  /**
   * Has a signal kept from now on until the end of each call, which may else be left out or overwritten within it. False: of the last
   * call it is not there. To be given back by `unwatch`: what is looked at is played the slower way.
   */
  watch(signal: SignalId): boolean {
    if (!this.#passing.has(signal) || this.#taps.has(signal)) return true;
    const run = this.#signals[signal];
    const tap = new Tap(run);
    run.isWatched = true;
    this.#taps.set(signal, tap);
    const writer = this.#writers.get(signal) as Step;
    this.#steps.splice(1 + this.#steps.indexOf(writer), 0, ...untimed([tap], this.#watch));
    return false;
  }

  /** Nobody looks at a signal any more. */
  unwatch(signal: SignalId): void {
    const tap = this.#taps.get(signal);
    if (!tap) return;
    this.#taps.delete(signal);
    this.#signals[signal].isWatched = false;
    this.#steps.splice(this.#steps.indexOf(tap), untimed([tap], this.#watch).length);
  }

  /**
   * Buffers of a signal: one array a channel, valid for the frames of the last `process` on the signal's clock. Those of inputs, outputs
   * and loops always are; any other has to be watched for that.
   */
  audio(signal: SignalId): readonly Float32Array[] {
    return this.#taps.get(signal)?.channels ?? this.#signals[signal].channels;
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
    return this.#clocks.find(rateHz, blockFrames).count;
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
    run.params.schedule(slot, clockFrame(run.plan, frame, this.plan.sampleRateHz), number);
  }

  /** Runs the next `frames` patch frames, at most plan.maxFrames. Write live inputs into `audio(terminal.signal)` before. */
  process(frames: number): void {
    this.#clocks.set(this.frame, frames);
    const steps = this.#steps;
    this.#watch?.lap();
    for (let k = 0; k < steps.length; k++) steps[k].run();
    this.frame += frames;
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
    const before = old.#between;
    for (const [key, hold] of this.#between.holds) {
      const past = before.holds.get(key);
      if (past) hold.carryFrom(past);
    }
    for (const [key, block] of this.#between.blocks) {
      const past = before.blocks.get(key);
      if (past) block.carryFrom(past);
    }
    for (const [key, line] of this.#between.aligns) {
      const past = before.aligns.get(key);
      if (!past || !line.carryFrom(past)) hasWholePast = false;
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
    run.params.settle(clockFrame(run.plan, this.frame, this.plan.sampleRateHz));
    run.resetState();
    if (run.fault === undefined) this.#reported.delete(id);
    else this.#askedAgain.add(id);
  }

  dispose(): void {
    for (const run of this.nodes.values()) run.dispose();
  }
}
