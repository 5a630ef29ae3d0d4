// Plan → one streaming ONNX graph of any N: walks the plan's calls and lets each node write its maths.
// Owns clock, params, sums, channel rules and alignment in the graph; nodes own their own lowering. The twin of src/render.
import { fail, PatchError } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { GraphBuilder, LowerIo, LowerParam, Value } from '../core/lower.ts';
import type { NodeContext, NodeType } from '../core/node-type.ts';
import { type NumberParam, type Param, paramNumber } from '../core/param.ts';
import type { Registry } from '../core/registry.ts';
import { reduceRatio } from '../dsp/clock.ts';
import { onePoleCoefficient } from '../dsp/one-pole.ts';
import { OnnxGraphBuilder } from '../onnx/builder.ts';
import { framesAtRate } from '../plan/make-plan.ts';
import type { ChannelCall, ControlRateCall, Plan, PlanNode, SignalId, SumCall } from '../plan/plan.ts';

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
  readonly definition: Param;
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
  readonly #clocks = new Map<number, RateClock>();
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
          this.#values.set(item.output, this.#delay(`align/${item.key}`, item.input, item.samples));
          break;
        case 'control-rate':
          this.#lowerControlRate(item);
          break;
        default:
          fail(
            'E-LOWER',
            `nodes.${item.breakers[0]}`,
            `${item.breakers.join(', ')}: expected no loop between nodes, got one; this version exports the feedback inside a Delay only. Use the Delay's own feedback.`,
            item.breakers[0],
          );
      }
    }
    return { builder: this.builder, params: this.params, hasFramesInput: !first };
  }

  /** A signal that nothing has written yet is silence: an unconnected or bypassed source. */
  #value(signal: SignalId): Value {
    const known = this.#values.get(signal);
    if (known !== undefined) return known;
    const g = this.builder.scope(CLOCK_SCOPE);
    const { kind, channels, rateHz } = this.#plan.signals[signal];
    const { count } = this.#clock(rateHz);
    const silence = kind === 'audio' ? this.#silence(g, channels, count) : g.op('Expand', [g.f64(0), count]);
    this.#values.set(signal, silence);
    return silence;
  }

  #silence(g: GraphBuilder, channels: number, count: Value): Value {
    return g.op('Expand', [g.constant('f32', [0], [1, 1]), g.concat([g.i64(channels), count], 0)]);
  }

  /** start = ceil(t·p/q), count = ceil((t+N)·p/q) − start, in i64: the engine's one clock. */
  #clock(rateHz: number): RateClock {
    const known = this.#clocks.get(rateHz);
    if (known) return known;
    const g = this.builder.scope(CLOCK_SCOPE);
    const { numerator: p, denominator: q } = reduceRatio(rateHz, this.#plan.sampleRateHz);
    let clock: RateClock = { start: this.#frame, count: this.#frames };
    if (p !== q) {
      const until = (frame: Value): Value => g.div(g.add(g.mul(frame, g.i64(p)), g.i64(q - 1)), g.i64(q));
      const start = until(this.#frame);
      clock = { start, count: g.sub(until(g.add(this.#frame, this.#frames)), start) };
    }
    this.#clocks.set(rateHz, clock);
    return clock;
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
    const ctx = this.#context(node);
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

  #context(node: PlanNode): NodeContext {
    const { sampleRateHz, maxFrames } = this.#plan;
    return {
      rateHz: node.rateHz,
      outRateHz: node.outRateHz,
      patchRateHz: sampleRateHz,
      channels: node.channels,
      values: node.values,
      resources: this.#resources[node.id] ?? {},
      maxFrames: framesAtRate(maxFrames, node.rateHz, sampleRateHz),
    };
  }

  #io(g: GraphBuilder, node: PlanNode, type: NodeType, ctx: NodeContext): LowerIo {
    const inlet = this.#clock(node.rateHz);
    const outlet = this.#clock(node.outRateHz);
    const ports = type.ports({ values: node.values, resources: ctx.resources, patchRateHz: ctx.patchRateHz });
    const audioIn: Record<string, Value> = {};
    const controlIn: Record<string, Value> = {};
    const isConnected: Record<string, boolean> = {};
    for (const [name, port] of Object.entries(ports)) {
      const signal = (port.direction === 'inlet' ? node.inlets : node.outlets)[name];
      isConnected[name] = signal !== undefined;
      if (port.direction !== 'inlet') continue;
      if (port.type === 'audio')
        audioIn[name] =
          signal === undefined ? this.#silence(g, node.channels[name] ?? 1, inlet.count) : this.#value(signal);
      else if (port.type === 'control')
        controlIn[name] = signal === undefined ? g.op('Expand', [g.f64(0), inlet.count]) : this.#value(signal);
    }
    return {
      ctx,
      tables: type.tables(ctx),
      audioIn,
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
              ? this.#hold(g, g.f64(value), node.rateHz)
              : g.f64(value),
      };
    }
    const wire = node.paramInlets[name];
    this.params.push({ nodeId: node.id, name, definition, value, isWired: wire !== undefined });
    const target = this.builder.input(paramInputName(node.id, name), 'f64', [1]);
    if (definition.kind === 'choice') return { value: g.cast(target, 'i64') };
    if (definition.rate === 'event') return { value: target };
    const smoothingMs = node.smoothingMs[name] ?? definition.smoothingMs;
    const own = smoothingMs > 0 ? this.#smooth(g, node, name, target, smoothingMs) : this.#hold(g, target, node.rateHz);
    return { value: wire === undefined ? own : this.#addControl(g, own, this.#value(wire), definition) };
  }

  #hold(g: GraphBuilder, value: Value, rateHz: number): Value {
    return g.op('Expand', [value, this.#clock(rateHz).count]);
  }

  /** target + (state − target)·a^(n+1): the closed form of the engine's recursion, in f64. */
  #smooth(g: GraphBuilder, node: PlanNode, name: string, target: Value, smoothingMs: number): Value {
    const pole = onePoleCoefficient(smoothingMs / 1000, node.rateHz);
    const { count } = this.#clock(node.rateHz);
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
    else
      this.#values.set(
        output,
        g.op('Expand', [value, g.concat([g.i64(to.channels), this.#clock(to.rateHz).count], 0)]),
      );
  }

  #delay(key: string, input: SignalId, samples: number): Value {
    const g = this.builder.scope(key.replace(/[^\w/.-]/g, '_'));
    const { channels, rateHz } = this.#plan.signals[input];
    const joined = g.history('line', this.#value(input), channels, samples);
    return g.slice(joined, 1, 0, this.#clock(rateHz).count);
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
