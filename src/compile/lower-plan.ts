// Plan → one streaming ONNX graph of any N: walks the plan's calls and lets each node write its maths.
// Owns clock, params, sums, channel rules and alignment in the graph; nodes own their own lowering. The twin of src/render.
import { fail, PatchError } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { GraphBuilder, LowerIo, LowerParam, Value } from '../core/lower.ts';
import type { NodeContext, NodeType } from '../core/node-type.ts';
import { type NumberParam, type Param, paramNumber, type ValueParam } from '../core/param.ts';
import type { Registry } from '../core/registry.ts';
import { itemSizes } from '../core/signal-rules.ts';
import { reduceRatio } from '../dsp/clock.ts';
import { onePoleCoefficient } from '../dsp/one-pole.ts';
import { OnnxGraphBuilder } from '../onnx/builder.ts';
import { contextOf } from '../plan/node-context.ts';
import type {
  AlignCall,
  ChannelCall,
  ControlBlockCall,
  ControlRateCall,
  Plan,
  PlanNode,
  PlanSignal,
  SignalId,
  SumCall,
} from '../plan/plan.ts';
import { refuseLoop } from './refuse-loop.ts';

/** Scope of what belongs to the whole graph. */
const CLOCK_SCOPE = 'clock';
/** Input that gives N where the patch has no audio input. */
export const FRAMES_INPUT = 'frames';

export const inputName = (nodeId: string): string => `x_${nodeId}`;
export const outputName = (nodeId: string): string => `y_${nodeId}`;
export const paramInputName = (nodeId: string, param: string): string => `p_${nodeId}.${param}`;

/** A param that the graph takes as an input, f64 [1]. */
export interface LoweredParam {
  readonly nodeId: string;
  readonly name: string;
  readonly definition: ValueParam;
  readonly value: number;
  readonly isWired: boolean;
}

export interface LoweredPlan {
  readonly builder: OnnxGraphBuilder;
  readonly params: readonly LoweredParam[];
  /** N comes from the `frames` input, because there is no audio input. */
  readonly hasFramesInput: boolean;
}

/** Frames of one rate in this call. */
interface RateClock {
  readonly start: Value;
  readonly count: Value;
}

class PlanLowering {
  readonly builder = new OnnxGraphBuilder();
  readonly params: LoweredParam[] = [];
  readonly #plan: Plan;
  readonly #registry: Registry;
  readonly #resources: ResourceBook;
  readonly #values = new Map<SignalId, Value>();
  readonly #clocks = new Map<string, RateClock>();
  #frame: Value = '';
  #frames: Value = '';

  constructor(plan: Plan, registry: Registry, resources: ResourceBook) {
    this.#plan = plan;
    this.#registry = registry;
    this.#resources = resources;
  }

  lower(): LoweredPlan {
    const { inputs, root } = this.#plan;
    const clock = this.builder.scope(CLOCK_SCOPE);
    for (const { nodeId, channels, signal } of inputs)
      this.#values.set(signal, this.builder.input(inputName(nodeId), 'f32', [channels, 'N']));
    const first = inputs[0];
    this.#frames = first ? clock.size(this.#value(first.signal), 1) : this.builder.input(FRAMES_INPUT, 'i64', [1]);
    this.#frame = clock.state('frame', 'i64', [1]);
    clock.setState('frame', clock.add(this.#frame, this.#frames));
    for (const item of root.items) {
      switch (item.kind) {
        case 'node':
          this.#lowerNode(this.#plan.nodes[item.nodeId]);
          break;
        case 'sum':
          this.#lowerSum(item);
          break;
        case 'channels':
          this.#lowerChannels(item);
          break;
        case 'align':
          this.#values.set(item.output, this.#delay(item));
          break;
        case 'control-rate':
          this.#lowerControlRate(item);
          break;
        case 'control-block':
          this.#lowerControlBlock(item);
          break;
        default:
          refuseLoop(item);
      }
    }
    return { builder: this.builder, params: this.params, hasFramesInput: !first };
  }

  /** A signal that nothing has written yet is silence: an unconnected or bypassed source. */
  #value(signal: SignalId): Value {
    const known = this.#values.get(signal);
    if (known !== undefined) return known;
    const g = this.builder.scope(CLOCK_SCOPE);
    const { kind, channels, blockFrames, itemShape } = this.#plan.signals[signal];
    const { count } = this.#signalClock(this.#plan.signals[signal]);
    const silence =
      kind === 'control'
        ? g.op('Expand', [g.f64(0), count])
        : kind === 'audio'
          ? this.#silence(g, channels, count)
          : this.#noItems(g, channels, this.#itemCount(g, count, blockFrames), itemShape);
    this.#values.set(signal, silence);
    return silence;
  }

  #silence(g: GraphBuilder, channels: number, count: Value): Value {
    return g.op('Expand', [g.constant('f32', [0], [1, 1]), g.concat([g.i64(channels), count], 0)]);
  }

  /** Items in so many frames, i64 [1]; a stream has none. */
  #itemCount(g: GraphBuilder, frames: Value, blockFrames: number): Value {
    return blockFrames === 0 ? g.i64(0) : g.div(frames, g.i64(blockFrames));
  }

  /** Items of zeros, [C, K, …]. */
  #noItems(g: GraphBuilder, channels: number, items: Value, sizes: readonly number[]): Value {
    const zero = g.constant('f32', [0], sizes.map(() => 1).concat([1, 1]));
    return g.op('Expand', [zero, g.concat([g.i64(channels), items, g.i64(...sizes)], 0)]);
  }

  /** start = ceil(t·p/q), count = ceil((t+N)·p/q) − start, in i64, and whole blocks of that: the engine's one clock. */
  #clock(rateHz: number, blockFrames = 0): RateClock {
    const key = `${rateHz} ${blockFrames}`;
    const known = this.#clocks.get(key);
    if (known) return known;
    if (blockFrames > 0) {
      const clock = this.#blockClock(this.#clock(rateHz), blockFrames);
      this.#clocks.set(key, clock);
      return clock;
    }
    const g = this.builder.scope(CLOCK_SCOPE);
    const { numerator: p, denominator: q } = reduceRatio(rateHz, this.#plan.sampleRateHz);
    let clock: RateClock = { start: this.#frame, count: this.#frames };
    if (p !== q) {
      const until = (frame: Value): Value => g.div(g.add(g.mul(frame, g.i64(p)), g.i64(q - 1)), g.i64(q));
      const start = until(this.#frame);
      clock = { start, count: g.sub(until(g.add(this.#frame, this.#frames)), start) };
    }
    this.#clocks.set(key, clock);
    return clock;
  }

  #blockClock({ start, count }: RateClock, blockFrames: number): RateClock {
    const g = this.builder.scope(CLOCK_SCOPE);
    const block = g.i64(blockFrames);
    const whole = (frames: Value): Value => g.mul(g.div(frames, block), block);
    const first = whole(start);
    return { start: first, count: g.sub(whole(g.add(start, count)), first) };
  }

  #nodeClock({ rateHz, blockFrames }: PlanNode): RateClock {
    return this.#clock(rateHz, blockFrames);
  }

  #signalClock({ rateHz, blockFrames }: PlanSignal): RateClock {
    return this.#clock(rateHz, blockFrames);
  }

  #lowerNode(node: PlanNode): void {
    const type = this.#registry.get(node.type) as NodeType;
    const { lowering } = type;
    if (lowering.kind === 'cannot')
      fail(
        'E-LOWER',
        `nodes.${node.id}`,
        `${node.id}: ${type.label} cannot be exported: it ${lowering.reason}. Remove it, or export without it.`,
        node.id,
      );
    if (lowering.kind === 'output') {
      const { channels, rateHz } = this.#plan.signals[node.inlets[lowering.port] ?? -1] ?? {
        channels: 1,
        rateHz: this.#plan.sampleRateHz,
      };
      const inlet = node.inlets[lowering.port];
      const g = this.builder.scope(node.id);
      const value = inlet === undefined ? this.#silence(g, channels, this.#clock(rateHz).count) : this.#value(inlet);
      this.builder.output(outputName(node.id), value, 'f32', [channels, 'N']);
    }
    if (lowering.kind !== 'graph') return;
    const g = this.builder.scope(node.id);
    const ctx = contextOf(this.#plan, node, this.#resources);
    const params = type.params({ values: node.values, resources: ctx.resources, patchRateHz: ctx.patchRateHz });
    const lowered = Object.fromEntries(
      Object.entries(params).map(([name, definition]) => [name, this.#lowerParam(g, node, name, definition)]),
    );
    const outlets = named(node.id, () => lowering.lower(g, this.#io(g, node, type, ctx), lowered));
    for (const [name, value] of Object.entries(outlets)) {
      const signal = node.outlets[name];
      if (signal !== undefined) this.#values.set(signal, value);
    }
  }

  #io(g: GraphBuilder, node: PlanNode, type: NodeType, ctx: NodeContext): LowerIo {
    const inlet = this.#nodeClock(node);
    const outlet = this.#clock(node.outRateHz, node.outBlockFrames);
    const ports = type.ports({ values: node.values, resources: ctx.resources, patchRateHz: ctx.patchRateHz });
    const audioIn: Record<string, Value> = {};
    const itemsIn: Record<string, Value> = {};
    const controlIn: Record<string, Value> = {};
    const isConnected: Record<string, boolean> = {};
    for (const [name, port] of Object.entries(ports)) {
      const signal = (port.direction === 'inlet' ? node.inlets : node.outlets)[name];
      isConnected[name] = signal !== undefined;
      if (port.direction !== 'inlet') continue;
      if (port.type === 'audio')
        audioIn[name] =
          signal === undefined ? this.#silence(g, node.channels[name] ?? 1, inlet.count) : this.#value(signal);
      else if (port.type === 'spectrum' || port.type === 'tensor') {
        const items = this.#itemCount(g, inlet.count, node.blockFrames);
        const sizes = itemSizes(port.type, node.itemShapes[name]);
        itemsIn[name] =
          signal === undefined ? this.#noItems(g, node.channels[name] ?? 1, items, sizes) : this.#value(signal);
      } else if (port.type === 'control')
        controlIn[name] = signal === undefined ? g.op('Expand', [g.f64(0), inlet.count]) : this.#value(signal);
    }
    return {
      ctx,
      tables: type.tables(ctx, array => array),
      audioIn,
      itemsIn,
      controlIn,
      isConnected,
      frames: inlet.count,
      outFrames: outlet.count,
      frame: inlet.start,
      outFrame: outlet.start,
    };
  }

  /** An input of the graph, or a constant for what is fixed in the plan; smoothed and added up as in src/render/param-slot.ts. */
  #lowerParam(g: GraphBuilder, node: PlanNode, name: string, definition: Param): LowerParam {
    const value = paramNumber(definition, node.values[name]);
    if (definition.isStructural) {
      return {
        value:
          definition.kind === 'choice'
            ? g.i64(value)
            : definition.rate === 'a'
              ? this.#hold(g, g.f64(value), node)
              : g.f64(value),
      };
    }
    const wire = node.paramInlets[name];
    this.params.push({ nodeId: node.id, name, definition, value, isWired: wire !== undefined });
    const target = this.builder.input(paramInputName(node.id, name), 'f64', [1]);
    if (definition.kind === 'choice') return { value: g.cast(target, 'i64') };
    if (definition.rate === 'event') return { value: target };
    const smoothingMs = node.smoothingMs[name] ?? definition.smoothingMs;
    const own = smoothingMs > 0 ? this.#smooth(g, node, name, target, smoothingMs) : this.#hold(g, target, node);
    return { value: wire === undefined ? own : this.#addControl(g, own, this.#value(wire), definition) };
  }

  #hold(g: GraphBuilder, value: Value, node: PlanNode): Value {
    return g.op('Expand', [value, this.#nodeClock(node).count]);
  }

  /** target + (state − target)·a^(n+1): the closed form of the engine's recursion, in f64. */
  #smooth(g: GraphBuilder, node: PlanNode, name: string, target: Value, smoothingMs: number): Value {
    const pole = onePoleCoefficient(smoothingMs / 1000, node.rateHz);
    const { count } = this.#nodeClock(node);
    const state = g.state(`param.${name}`, 'f64', [1], { param: name });
    const scalar = (v: Value): Value => g.op('Squeeze', [v, g.i64(0)]);
    const steps = g.op('Range', [
      g.constant('i64', [1], []),
      scalar(g.add(count, g.i64(1))),
      g.constant('i64', [1], []),
    ]);
    const values = g.add(target, g.mul(g.sub(state, target), g.op('Pow', [g.f64(pole), g.cast(steps, 'f64')])));
    g.setState(`param.${name}`, g.slice(g.concat([state, values], 0), 0, -1));
    return values;
  }

  #addControl(g: GraphBuilder, own: Value, control: Value, { min, max }: NumberParam): Value {
    return g.op('Min', [g.op('Max', [g.add(own, control), g.f64(min)]), g.f64(max)]);
  }

  #lowerSum({ inputs, output }: SumCall): void {
    const g = this.builder.scope(CLOCK_SCOPE);
    this.#values.set(
      output,
      inputs.map(input => this.#value(input)).reduce((a, b) => g.add(a, b)),
    );
  }

  #lowerChannels({ input, output }: ChannelCall): void {
    const g = this.builder.scope(CLOCK_SCOPE);
    const from = this.#plan.signals[input].channels;
    const to = this.#plan.signals[output];
    const value = this.#value(input);
    if (from === to.channels) this.#values.set(output, value);
    else if (to.channels === 1) this.#values.set(output, g.op('ReduceMean', [value, g.i64(0)], { keepdims: 1n }));
    else {
      // One channel onto the first axis of what every copy has besides.
      const rest = g.op('Shape', [value], { start: 1n });
      this.#values.set(output, g.op('Expand', [value, g.concat([g.i64(to.channels), rest], 0)]));
    }
  }

  #delay({ key, input, samples }: AlignCall): Value {
    const g = this.builder.scope(`align/${key}`.replace(/[^\w/.-]/g, '_'));
    const { channels, blockFrames, itemSize, itemShape } = this.#plan.signals[input];
    const value = this.#value(input);
    if (itemSize === 0) {
      const joined = g.history('line', value, channels, samples);
      return g.slice(joined, 1, 0, this.#signalClock(this.#plan.signals[input]).count);
    }
    const items = samples / blockFrames;
    const line = g.state('line', 'f32', [channels, items, ...itemShape]);
    const joined = g.concat([line, value], 1);
    g.setState('line', g.slice(joined, 1, -items));
    return g.slice(joined, 1, 0, g.size(value, 1));
  }

  /** Between a stream and blocks: frame n of the output is frame n − delay of the input; as much past is kept as that takes. */
  #lowerControlBlock({ input, output, delayFrames }: ControlBlockCall): void {
    const g = this.builder.scope(`${CLOCK_SCOPE}/block${output}`);
    const from = this.#signalClock(this.#plan.signals[input]);
    const to = this.#signalClock(this.#plan.signals[output]);
    const past = delayFrames + this.#plan.signals[output].blockFrames;
    const line = g.state('line', 'f64', [past]);
    const joined = g.concat([line, this.#value(input)], 0);
    g.setState('line', g.slice(joined, 0, -past));
    const first = g.add(g.sub(to.start, from.start), g.i64(past - delayFrames));
    this.#values.set(output, g.slice(joined, 0, first, g.add(first, to.count)));
  }

  /** Zero-order hold between rates: output[k] = input[floor(k·A/B)]; one value of the past is enough. */
  #lowerControlRate({ input, output }: ControlRateCall): void {
    const g = this.builder.scope(`${CLOCK_SCOPE}/control${output}`);
    const from = this.#plan.signals[input].rateHz;
    const to = this.#plan.signals[output].rateHz;
    const { numerator: p, denominator: q } = reduceRatio(from, to);
    const source = this.#value(input);
    const held = g.state('held', 'f64', [1]);
    const joined = g.concat([held, source], 0);
    g.setState('held', g.slice(joined, 0, -1));
    const { start, count } = this.#clock(to);
    const scalar = (v: Value): Value => g.op('Squeeze', [v, g.i64(0)]);
    const frames = g.op('Range', [scalar(start), scalar(g.add(start, count)), g.constant('i64', [1], [])]);
    const at = g.sub(g.div(g.mul(frames, g.i64(p)), g.i64(q)), g.sub(this.#clock(from).start, g.i64(1)));
    this.#values.set(output, g.op('Gather', [joined, at], { axis: 0n }));
  }
}

/** What a node refuses while it is written is told with the node's name. */
function named<Result>(nodeId: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new PatchError(
      error.problems.map(problem => ({
        ...problem,
        path: `nodes.${nodeId}.${problem.path}`,
        nodeId,
        message: `${nodeId}.${problem.message}`,
      })),
    );
  }
}

/** Writes the plan as one graph. Throws PatchError E-LOWER when a node or a loop can't be written. */
export const lowerPlan = (plan: Plan, registry: Registry, resources: ResourceBook): LoweredPlan =>
  new PlanLowering(plan, registry, resources).lower();
