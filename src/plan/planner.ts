// The planner: lays out the nodes of one patch: their latency, their calls in order, loops as regions, ways in and out.
// Owns PlanNode and regions; signals and what happens on connections are wiring.ts, the judgement of the patch is make-plan.ts.
import { addTo, sortTopologically } from '../core/graph.ts';
import type { Inference, ResourceBook } from '../core/infer.ts';
import type { LatencyParts, NodeContext } from '../core/node-type.ts';
import type { Patch, PatchNode } from '../core/patch.ts';
import { carriesFrames, itemNumbers, type Port } from '../core/port.ts';
import type { NodeShape } from '../core/registry.ts';
import { itemSizes, portBlock, portRate } from '../core/signal-rules.ts';
import { bypassCalls } from './bypass.ts';
import { findPathLatency, type PathLatency, sumLatency } from './latency.ts';
import { findStepFrames, findTickRate } from './loop-facts.ts';
import { makeContext, type PlanSettings } from './node-context.ts';
import type { LoopSignal, Plan, PlanNode, PlanRegion, PlanSignal, PlanTerminal, SignalId } from './plan.ts';
import { identify, stateKey } from './state-key.ts';
import { type Item, Wiring } from './wiring.ts';

/** Rounding errors of sums of latencies are no fraction. */
const fractionOf = (samples: number): number => {
  const fraction = samples - Math.floor(samples);
  return fraction < 1e-9 || fraction > 1 - 1e-9 ? 0 : fraction;
};

/** Loops as one component each, all in an order in which they can be computed. */
function componentOrder({ order, loops, connections }: Inference): string[][] {
  const component = new Map<string, string>();
  for (const loop of loops) for (const id of loop.nodes) component.set(id, loop.nodes[0]);
  const nameOf = (id: string): string => component.get(id) ?? id;
  const members = new Map<string, string[]>();
  for (const id of order as readonly string[]) addTo(members, nameOf(id), id);
  const edges = connections
    .map(({ edge }) =>
      component.has(edge.from) || component.has(edge.to)
        ? { ...edge, from: nameOf(edge.from), to: nameOf(edge.to) }
        : edge,
    )
    .filter(edge => edge.from !== edge.to);
  return (sortTopologically([...members.keys()], edges) as string[]).map(name => members.get(name) as string[]);
}

/** A node that is being planned: what the patch says of it, where it stands, and how late it is there. */
interface Placed {
  readonly node: PatchNode;
  readonly shape: NodeShape;
  readonly ctx: NodeContext;
  /** Own latency in samples at its rate. */
  readonly latency: LatencyParts;
}

const NO_SHAPE: readonly number[] = [];

export class Planner {
  readonly nodes: Record<string, PlanNode> = {};
  readonly inputs: PlanTerminal[] = [];
  readonly outputs: PlanTerminal[] = [];
  readonly #placed = new Map<string, Placed>();
  #latency!: PathLatency;
  #wiring!: Wiring;
  readonly patch: Patch;
  readonly inference: Inference;
  readonly resources: ResourceBook;
  readonly options: PlanSettings;

  constructor(patch: Patch, inference: Inference, resources: ResourceBook, options: PlanSettings) {
    this.patch = patch;
    this.inference = inference;
    this.resources = resources;
    this.options = options;
  }

  make(): Plan {
    const order = componentOrder(this.inference);
    const loopOf = new Map(this.inference.loops.flatMap(loop => loop.nodes.map(id => [id, loop] as const)));
    const place = (id: string, reached: LatencyParts): LatencyParts => {
      const isInLoop = loopOf.has(id);
      const arrivalFraction = isInLoop ? 0 : fractionOf(sumLatency(reached));
      const shape = this.inference.shapes.get(id) as NodeShape;
      const ctx = makeContext(this.patch, this.inference, this.resources, this.options, id, {
        isInLoop,
        arrivalFraction,
      });
      const latency = shape.type.latency(ctx);
      this.#placed.set(id, { node: this.patch.nodes[id], shape, ctx, latency });
      return latency;
    };
    this.#latency = findPathLatency(
      this.inference,
      order,
      place,
      this.patch.sampleRateHz,
      id => this.inference.rates.get(id) as number,
      id => this.inference.shapes.get(id)?.type.lowering.kind === 'output',
    );
    this.#wiring = new Wiring(this.inference, this.patch.sampleRateHz, this.#latency, id => this.#at(id).ctx);
    const items: Item[] = [];
    for (const component of order) {
      const loop = loopOf.get(component[0]);
      if (loop) items.push(this.#planLoop(component, new Set(loop.breakers)));
      else items.push(...this.#planNode(component[0], 'whole'));
    }
    const byNode = (a: PlanTerminal, b: PlanTerminal): number => (a.nodeId < b.nodeId ? -1 : 1);
    return {
      sampleRateHz: this.patch.sampleRateHz,
      maxFrames: this.options.maxFrames,
      hostBlockFrames: this.options.hostBlockFrames,
      isOneShot: this.options.isOneShot,
      signals: this.#wiring.signals,
      nodes: this.nodes,
      root: {
        kind: 'root',
        rateHz: this.patch.sampleRateHz,
        stepFrames: 0,
        items,
        breakers: [],
        imports: [],
        exports: [],
      },
      connections: this.#wiring.connections,
      inputs: this.inputs.sort(byNode),
      outputs: this.outputs.sort(byNode),
      latency: this.#latency.total,
      latencySamples: sumLatency(this.#latency.total),
    };
  }

  #at(id: string): Placed {
    return this.#placed.get(id) as Placed;
  }

  /** Registers the node with outlets for its signals; inlets are planned at once, or for a breaker later. */
  #planNode(id: string, phase: 'whole' | 'read', isInLoop = false): Item[] {
    const { node, shape, ctx, latency } = this.#at(id);
    const { ports, params, values, smoothingMs } = shape;
    const calls: Item[] = [];
    const inlets: Record<string, SignalId> = {};
    const paramInlets: Record<string, SignalId> = {};
    const wired = this.#wiring.wiredEnds(id);
    for (const name of wired.size > 0 ? Object.keys(ports) : []) {
      if (!wired.has(name)) continue;
      if (phase === 'read' && carriesFrames(ports[name])) continue;
      const signal = this.#wiring.planInlet(id, name, isInLoop, calls);
      if (signal !== undefined) inlets[name] = signal;
    }
    for (const name of wired.size > 0 ? Object.keys(params) : []) {
      if (!wired.has(name)) continue;
      const signal = this.#wiring.planInlet(id, name, isInLoop, calls);
      if (signal !== undefined) paramInlets[name] = signal;
    }
    const outlets: Record<string, SignalId> = {};
    const latencySamples = sumLatency(this.#latency.atOutlet.get(id) as LatencyParts);
    for (const [name, port] of Object.entries(ports)) {
      if (port.direction !== 'outlet' || port.type === 'event') continue;
      outlets[name] = this.#wiring.addOutlet(id, name, { ...this.#portSignal(id, name, port), latencySamples });
    }
    const { resources, identity } = identify(node, shape);
    this.nodes[id] = {
      id,
      type: node.type,
      rateHz: ctx.rateHz,
      outRateHz: ctx.outRateHz,
      blockFrames: ctx.blockFrames,
      outBlockFrames: ctx.outBlockFrames,
      callFrames: ctx.callFrames,
      arrivalFraction: ctx.arrivalFraction,
      slackFrames: ctx.slackFrames,
      itemShapes: ctx.itemShapes,
      channels: ctx.channels,
      values,
      smoothingMs,
      resources,
      latency,
      inlets,
      outlets,
      paramInlets,
      stateKey: stateKey(identity, ctx),
    };
    this.#planTerminals(id, inlets, outlets);
    const bypass = node.isBypassed
      ? bypassCalls(
          { id, ports, inlets, outlets, latencySamples: sumLatency(latency) },
          name => this.#portSignal(id, name, ports[name]),
          this.#wiring,
        )
      : undefined;
    calls.push(...(bypass ?? [{ kind: 'node', nodeId: id, phase } as const]));
    return calls;
  }

  /** The signal that a port has or gives. */
  #portSignal(id: string, name: string, port: Port): Omit<PlanSignal, 'latencySamples'> {
    const { rateHz, blockFrames, channels, itemShapes } = this.#at(id).ctx;
    if (port.type === 'control')
      return { kind: 'control', channels: 1, rateHz, blockFrames, itemSize: 0, itemShape: NO_SHAPE };
    const kind = port.type as Exclude<typeof port.type, 'event'>;
    const itemShape = kind === 'audio' ? NO_SHAPE : itemSizes(kind, itemShapes[name] ?? NO_SHAPE);
    return {
      kind,
      channels: channels[name] ?? 1,
      rateHz: portRate(port, this.inference.rates.get(id) as number, this.patch.sampleRateHz),
      blockFrames: portBlock(port, this.inference.blocks.get(id) as number),
      itemSize: kind === 'audio' ? 0 : itemNumbers(itemShape),
      itemShape,
    };
  }

  #planTerminals(
    id: string,
    inlets: Readonly<Record<string, SignalId>>,
    outlets: Readonly<Record<string, SignalId>>,
  ): void {
    const { lowering } = this.#at(id).shape.type;
    if (lowering.kind !== 'input' && lowering.kind !== 'output') return;
    // A bypassed source is silent, so nobody may put sound into it from outside.
    if (lowering.kind === 'input' && this.patch.nodes[id].isBypassed) return;
    const signal = (lowering.kind === 'input' ? outlets : inlets)[lowering.port];
    if (signal === undefined) return;
    const { channels, rateHz } = this.#wiring.signals[signal];
    (lowering.kind === 'input' ? this.inputs : this.outputs).push({
      nodeId: id,
      port: lowering.port,
      channels,
      rateHz,
      signal,
    });
  }

  #planLoop(ids: readonly string[], breakers: ReadonlySet<string>): PlanRegion {
    this.#wiring.beginLoop();
    const items: Item[] = [];
    for (const id of ids) items.push(...this.#planNode(id, breakers.has(id) ? 'read' : 'whole', true));
    for (const id of ids.filter(member => breakers.has(member))) {
      const { ports } = this.#at(id).shape;
      const inlets: Record<string, SignalId> = { ...this.nodes[id].inlets };
      for (const name of Object.keys(ports).filter(p => ports[p].direction === 'inlet' && carriesFrames(ports[p]))) {
        const signal = this.#wiring.planInlet(id, name, true, items);
        if (signal !== undefined) inlets[name] = signal;
      }
      this.nodes[id] = { ...this.nodes[id], inlets };
      items.push({ kind: 'node', nodeId: id, phase: 'write' });
    }
    const imports = this.#wiring.imports();
    const rateHz = findTickRate(items, imports, this.nodes, this.#wiring.signals);
    const stepFrames = this.#stepFrames([...breakers], imports);
    const exports = this.#wiring.endLoop(
      ids.flatMap(id => Object.entries(this.nodes[id].outlets).map(([port, inner]) => [id, port, inner] as const)),
    );
    const members = new Set(ids);
    const { connections } = this.#wiring;
    for (const { connection, inlet } of [...breakers].flatMap(id => this.inference.incoming.get(id) ?? [])) {
      const { id, from } = connection;
      if (connections[id] && carriesFrames(inlet) && members.has(from.node))
        connections[id] = { ...connections[id], loopStepFrames: stepFrames };
    }
    return { kind: 'loop', rateHz, stepFrames, items, breakers: [...breakers].sort(), imports, exports };
  }

  #stepFrames(breakers: readonly string[], imports: readonly LoopSignal[]): number {
    const fromOutside = new Set(imports.map(({ inner }) => inner));
    return findStepFrames(
      breakers.map(id => {
        const { shape, ctx } = this.#at(id);
        const { type, params } = shape;
        const { paramInlets } = this.nodes[id];
        return {
          ctx,
          params,
          wired: Object.keys(paramInlets),
          isModulatedInside: Object.values(paramInlets).some(signal => !fromOutside.has(signal)),
          restDelayFrames: ctx => type.loop?.restDelayFrames(ctx) ?? 1,
        };
      }),
    );
  }
}
