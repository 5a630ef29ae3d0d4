// Patch → plan: orders the calls, gives every signal a buffer, aligns paths, turns loops into regions.
// Owns the translation; rates, channels and order come from core/infer.ts, latency from latency.ts.
import type { Problem } from '../core/errors.ts';
import { sortTopologically } from '../core/graph.ts';
import { type Inference, type InferredConnection, inferPatch, type ResourceBook } from '../core/infer.ts';
import type { LatencyParts, NodeContext } from '../core/node-type.ts';
import type { Patch } from '../core/patch.ts';
import { carriesFrames, type Port } from '../core/port.ts';
import type { NodeShape, Registry } from '../core/registry.ts';
import { channelRule, portBlock, portKey, portRate } from '../core/signal-rules.ts';
import { loopTransportProblem } from '../core/transport.ts';
import { validatePatch } from '../core/validate.ts';
import { findPathLatency, NO_LATENCY, type PathLatency, sumLatency } from './latency.ts';
import { findStepFrames, findTickRate } from './loop-facts.ts';
import { makeContext, type PlanOptions, type PlanSettings } from './node-context.ts';
import type {
  LoopSignal,
  Plan,
  PlanCall,
  PlanConnection,
  PlanNode,
  PlanRegion,
  PlanSignal,
  PlanTerminal,
  SignalId,
} from './plan.ts';
import { wholeSoundNodes, wholeSoundProblems } from './whole-sound.ts';

export const MAX_FRAMES_DEFAULT = 4096;

/** Problems that leave no plan: what they say can't be computed. With others the rest of the patch plays. */
const FATAL = new Set<Problem['code']>([
  'E-CYCLE',
  'E-RATE',
  'E-RATE-PAIR',
  'E-BLOCK',
  'E-SHAPE',
  'E-CHANNELS',
  'E-OFFLINE',
  'E-TRANSPORT',
  'E-SCHEMA',
]);

export interface PlanResult {
  readonly plan: Plan | undefined;
  readonly inference: Inference;
  readonly problems: readonly Problem[];
}

/** Rounding errors of sums of latencies are no fraction. */
const fractionOf = (samples: number): number => {
  const fraction = samples - Math.floor(samples);
  return fraction < 1e-9 || fraction > 1 - 1e-9 ? 0 : fraction;
};

type Item = PlanCall | PlanRegion;
interface Source {
  readonly signal: SignalId;
  readonly connection: InferredConnection;
}

class Planner {
  readonly signals: PlanSignal[] = [];
  readonly nodes: Record<string, PlanNode> = {};
  readonly connections: Record<string, PlanConnection> = {};
  readonly inputs: PlanTerminal[] = [];
  readonly outputs: PlanTerminal[] = [];
  readonly contexts = new Map<string, NodeContext>();
  #latency!: PathLatency;
  /** Connections by the `node.port` that they reach, in the order of their ids. */
  readonly #incoming = new Map<string, InferredConnection[]>();
  /** `node.port` → signal, as seen from outside any loop. */
  readonly #outlets = new Map<string, SignalId>();
  /** Inside a loop: outer signal → inner one. */
  #imports: Map<SignalId, SignalId> | undefined;
  readonly patch: Patch;
  readonly inference: Inference;
  readonly resources: ResourceBook;
  readonly options: PlanSettings;

  constructor(patch: Patch, inference: Inference, resources: ResourceBook, options: PlanSettings) {
    this.patch = patch;
    this.inference = inference;
    this.resources = resources;
    this.options = options;
    for (const c of inference.connections) {
      const key = portKey(c.connection.to.node, c.connection.to.port);
      const known = this.#incoming.get(key);
      if (known) known.push(c);
      else this.#incoming.set(key, [c]);
    }
  }

  make(): Plan {
    const order = this.#componentOrder();
    const loopOf = new Map(this.inference.loops.flatMap(loop => loop.nodes.map(id => [id, loop] as const)));
    const own = new Map<string, LatencyParts>();
    const findOwn = (id: string, reached: LatencyParts): LatencyParts => {
      const isInLoop = loopOf.has(id);
      const arrivalFraction = isInLoop ? 0 : fractionOf(sumLatency(reached));
      const place = { isInLoop, arrivalFraction };
      const ctx = makeContext(this.patch, this.inference, this.resources, this.options, id, place);
      this.contexts.set(id, ctx);
      const latency = this.#shape(id).type.latency(ctx);
      own.set(id, latency);
      return latency;
    };
    this.#latency = findPathLatency(
      this.inference,
      order,
      findOwn,
      this.patch.sampleRateHz,
      id => this.inference.rates.get(id) as number,
      id => this.#shape(id).type.lowering.kind === 'output',
    );
    const items: Item[] = [];
    for (const component of order) {
      const loop = loopOf.get(component[0]);
      if (loop) items.push(this.#planLoop(component, new Set(loop.breakers), own));
      else items.push(...this.#planNode(component[0], own.get(component[0]) as LatencyParts, 'whole'));
    }
    const byNode = (a: PlanTerminal, b: PlanTerminal): number => (a.nodeId < b.nodeId ? -1 : 1);
    return {
      sampleRateHz: this.patch.sampleRateHz,
      maxFrames: this.options.maxFrames,
      hostBlockFrames: this.options.hostBlockFrames,
      isOneShot: this.options.isOneShot,
      signals: this.signals,
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
      connections: this.connections,
      inputs: this.inputs.sort(byNode),
      outputs: this.outputs.sort(byNode),
      latency: this.#latency.total,
      latencySamples: sumLatency(this.#latency.total),
    };
  }

  #shape(id: string): NodeShape {
    return this.inference.shapes.get(id) as NodeShape;
  }

  /** Loops as one component each, all in an order in which they can be computed. */
  #componentOrder(): string[][] {
    const order = this.inference.order as readonly string[];
    const component = new Map<string, string>();
    for (const loop of this.inference.loops) for (const id of loop.nodes) component.set(id, loop.nodes[0]);
    const nameOf = (id: string): string => component.get(id) ?? id;
    const members = new Map<string, string[]>();
    for (const id of order) {
      const known = members.get(nameOf(id));
      if (known) known.push(id);
      else members.set(nameOf(id), [id]);
    }
    const edges = this.inference.connections
      .map(({ connection }) => ({ from: nameOf(connection.from.node), to: nameOf(connection.to.node), connection }))
      .filter(edge => edge.from !== edge.to);
    return (sortTopologically([...members.keys()], edges) as string[]).map(name => members.get(name) as string[]);
  }

  #addSignal(signal: PlanSignal): SignalId {
    return this.signals.push(signal) - 1;
  }

  /** The signal as seen from where calls are emitted now: inside a loop, outer signals come in through an import. */
  #local(signal: SignalId, inner: ReadonlySet<SignalId>): SignalId {
    if (!this.#imports || inner.has(signal)) return signal;
    const known = this.#imports.get(signal);
    if (known !== undefined) return known;
    const imported = this.#addSignal(this.signals[signal]);
    this.#imports.set(signal, imported);
    return imported;
  }
  #innerSignals: Set<SignalId> = new Set();

  /** Brings one connection to the rate, channels and time of its inlet. */
  #adapt(source: Source, channels: number, isInLoop: boolean, calls: Item[]): SignalId {
    const { connection, inlet, outlet } = source.connection;
    const { id } = connection;
    let signal = this.#local(source.signal, this.#innerSignals);
    const { rateHz } = this.signals[signal];
    const emit = (make: (input: SignalId, output: SignalId) => PlanCall, change: Partial<PlanSignal>): void => {
      const output = this.#addSignal({ ...this.signals[signal], ...change });
      this.#innerSignals.add(output);
      calls.push(make(signal, output));
      signal = output;
    };
    const patchRate = this.patch.sampleRateHz;
    const target = this.contexts.get(connection.to.node) as NodeContext;
    const carries = carriesFrames(inlet) && !isInLoop;
    const wait = carries ? ((this.#latency.waits.get(id) ?? 0) * rateHz) / patchRate : 0;
    // Spectra and tensors can only wait for whole blocks.
    const { itemSize, blockFrames } = this.signals[signal];
    const step = itemSize > 0 ? blockFrames : 1;
    const alignSamples = Math.round(wait / step) * step;
    const rule = carriesFrames(inlet) ? (channelRule(this.signals[signal].channels, channels) ?? '') : '';
    if (alignSamples > 0) {
      const latencySamples = this.signals[signal].latencySamples + (alignSamples * patchRate) / rateHz;
      emit((input, output) => ({ kind: 'align', input, output, samples: alignSamples, key: id }), { latencySamples });
    }
    if (rule !== '') emit((input, output) => ({ kind: 'channels', input, output }), { channels });
    if (outlet.type === 'control') this.#adaptControl(id, target, () => this.signals[signal], emit);
    this.connections[id] = {
      id,
      rateHz,
      blockFrames,
      channels: this.signals[source.signal].channels,
      channelRule: rule,
      alignSamples,
      alignErrorSamples: wait - alignSamples,
      unalignedSamples: carries ? ((this.#latency.skippedWaits.get(id) ?? 0) * rateHz) / patchRate : 0,
      loopStepFrames: 0,
      signal: source.signal,
      latency: this.#latency.atOutlet.get(connection.from.node) ?? NO_LATENCY,
      latencySamples: this.signals[signal].latencySamples,
    };
    return signal;
  }

  /** Brings a control signal to the clock of the node that it reaches: out of blocks, to the rate, into blocks. */
  #adaptControl(
    key: string,
    target: NodeContext,
    now: () => PlanSignal,
    emit: (make: (input: SignalId, output: SignalId) => PlanCall, change: Partial<PlanSignal>) => void,
  ): void {
    const isSameRate = now().rateHz === target.rateHz;
    if (isSameRate && now().blockFrames === target.blockFrames) return;
    const block = (delayFrames: number) => (input: SignalId, output: SignalId) =>
      ({ kind: 'control-block', input, output, delayFrames, key }) as const;
    if (now().blockFrames > 0) emit(block(now().blockFrames - 1), { blockFrames: 0 });
    if (!isSameRate) emit((input, output) => ({ kind: 'control-rate', input, output, key }), { rateHz: target.rateHz });
    if (target.blockFrames > 0) emit(block(0), { blockFrames: target.blockFrames });
  }

  /** All connections into one inlet, adapted and added up; undefined when there is none. */
  #planInlet(nodeId: string, port: string, isInLoop: boolean, calls: Item[]): SignalId | undefined {
    const channels = this.inference.channels.get(portKey(nodeId, port)) ?? 1;
    const sources = (this.#incoming.get(portKey(nodeId, port)) ?? []).flatMap(connection => {
      const signal = this.#outlets.get(portKey(connection.connection.from.node, connection.connection.from.port));
      return signal === undefined ? [] : [{ signal, connection }];
    });
    const inputs = sources.map(source => this.#adapt(source, channels, isInLoop, calls));
    if (inputs.length <= 1) return inputs[0];
    const output = this.#addSignal({ ...this.signals[inputs[0]] });
    this.#innerSignals.add(output);
    calls.push({ kind: 'sum', inputs, output });
    return output;
  }

  /** Registers the node with outlets for its signals; inlets are planned at once, or for a breaker later. */
  #planNode(id: string, own: LatencyParts, phase: 'whole' | 'read', isInLoop = false): Item[] {
    const { ports, params, values, smoothingMs } = this.#shape(id);
    const ctx = this.contexts.get(id) as NodeContext;
    const node = this.patch.nodes[id];
    const calls: Item[] = [];
    const inlets: Record<string, SignalId> = {};
    const paramInlets: Record<string, SignalId> = {};
    const names = Object.keys(ports).filter(name => ports[name].direction === 'inlet');
    for (const name of names) {
      if (phase === 'read' && carriesFrames(ports[name])) continue;
      const signal = this.#planInlet(id, name, isInLoop, calls);
      if (signal !== undefined) inlets[name] = signal;
    }
    for (const name of Object.keys(params)) {
      const signal = this.#planInlet(id, name, isInLoop, calls);
      if (signal !== undefined) paramInlets[name] = signal;
    }
    const outlets: Record<string, SignalId> = {};
    const latencySamples = sumLatency(this.#latency.atOutlet.get(id) as LatencyParts);
    for (const [name, port] of Object.entries(ports)) {
      if (port.direction !== 'outlet' || port.type === 'event') continue;
      outlets[name] = this.#addSignal({ ...this.#outletSignal(id, name, port), latencySamples });
      this.#innerSignals.add(outlets[name]);
      this.#outlets.set(portKey(id, name), outlets[name]);
    }
    const resources = Object.fromEntries(
      Object.entries(ctx.resources).flatMap(([slot, r]) => (r ? [[slot, r.sha256]] : [])),
    );
    const structural = Object.keys(params)
      .filter(name => params[name].isStructural)
      .map(name => [name, values[name]]);
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
      latency: own,
      inlets,
      outlets,
      paramInlets,
      stateKey: JSON.stringify([
        id,
        node.type,
        ctx.rateHz,
        ctx.outRateHz,
        [ctx.blockFrames, ctx.outBlockFrames, ctx.callFrames, ctx.arrivalFraction, ctx.slackFrames],
        ctx.channels,
        ctx.itemShapes,
        resources,
        structural,
        node.contract ?? null,
        // A bypassed node does not run: what it held when it was bypassed is no past to go on from.
        node.isBypassed === true,
      ]),
    };
    this.#planTerminals(id, inlets, outlets);
    const bypass = node.isBypassed ? this.#bypass(id, inlets, outlets, own) : undefined;
    calls.push(...(bypass ?? [{ kind: 'node', nodeId: id, phase } as const]));
    return calls;
  }

  #outletSignal(id: string, name: string, port: Port): Omit<PlanSignal, 'latencySamples'> {
    const ctx = this.contexts.get(id) as NodeContext;
    const channels = ctx.channels[name] ?? 1;
    if (port.type === 'control')
      return { kind: 'control', channels: 1, rateHz: ctx.rateHz, blockFrames: ctx.blockFrames, itemSize: 0 };
    const kind = port.type as Exclude<typeof port.type, 'event'>;
    const itemSize = kind === 'audio' ? 0 : ctx.itemShapes[name].reduce((a, b) => a * b, kind === 'spectrum' ? 2 : 1);
    const nodeRateHz = this.inference.rates.get(id) as number;
    const rateHz = portRate(port, nodeRateHz, this.patch.sampleRateHz);
    return { kind, channels, rateHz, blockFrames: portBlock(port, this.inference.blocks.get(id) as number), itemSize };
  }

  /** Carries the first inlet to every outlet of its kind with the node's latency kept; a node without an inlet falls silent. */
  #bypass(
    id: string,
    inlets: Readonly<Record<string, SignalId>>,
    outlets: Readonly<Record<string, SignalId>>,
    own: LatencyParts,
  ): Item[] | undefined {
    const carried = (signals: Readonly<Record<string, SignalId>>): SignalId[] =>
      Object.values(signals).filter(signal => this.signals[signal].kind !== 'control');
    const input = carried(inlets)[0];
    const audioOutlets = carried(outlets);
    const clock = (signal: SignalId): string => {
      const { kind, rateHz, blockFrames, itemSize } = this.signals[signal];
      return `${kind} ${rateHz} ${blockFrames} ${itemSize}`;
    };
    if (audioOutlets.length === 0 || (input !== undefined && audioOutlets.some(out => clock(out) !== clock(input))))
      return undefined;
    if (input === undefined) return [];
    const samples = Math.round(sumLatency(own));
    return audioOutlets.flatMap((output, index): PlanCall[] => {
      if (samples === 0) return [{ kind: 'channels', input, output }];
      const delayed = this.#addSignal({ ...this.signals[input] });
      this.#innerSignals.add(delayed);
      return [
        { kind: 'align', input, output: delayed, samples, key: `bypass:${id}:${index}` },
        { kind: 'channels', input: delayed, output },
      ];
    });
  }

  #planTerminals(
    id: string,
    inlets: Readonly<Record<string, SignalId>>,
    outlets: Readonly<Record<string, SignalId>>,
  ): void {
    const { lowering } = this.#shape(id).type;
    if (lowering.kind !== 'input' && lowering.kind !== 'output') return;
    // A bypassed source is silent, so nobody may put sound into it from outside.
    if (lowering.kind === 'input' && this.patch.nodes[id].isBypassed) return;
    const signal = (lowering.kind === 'input' ? outlets : inlets)[lowering.port];
    if (signal === undefined) return;
    const { channels, rateHz } = this.signals[signal];
    (lowering.kind === 'input' ? this.inputs : this.outputs).push({
      nodeId: id,
      port: lowering.port,
      channels,
      rateHz,
      signal,
    });
  }

  #planLoop(ids: readonly string[], breakers: ReadonlySet<string>, own: ReadonlyMap<string, LatencyParts>): PlanRegion {
    this.#imports = new Map();
    this.#innerSignals = new Set();
    const items: Item[] = [];
    for (const id of ids)
      items.push(...this.#planNode(id, own.get(id) as LatencyParts, breakers.has(id) ? 'read' : 'whole', true));
    for (const id of ids.filter(member => breakers.has(member))) {
      const { ports } = this.#shape(id);
      const inlets: Record<string, SignalId> = { ...this.nodes[id].inlets };
      for (const name of Object.keys(ports).filter(p => ports[p].direction === 'inlet' && carriesFrames(ports[p]))) {
        const signal = this.#planInlet(id, name, true, items);
        if (signal !== undefined) inlets[name] = signal;
      }
      this.nodes[id] = { ...this.nodes[id], inlets };
      items.push({ kind: 'node', nodeId: id, phase: 'write' });
    }
    const imports: LoopSignal[] = [...this.#imports].map(([outer, inner]) => ({ outer, inner }));
    const rateHz = findTickRate(items, imports, this.nodes, this.signals);
    const stepFrames = this.#stepFrames([...breakers], imports);
    const exports: LoopSignal[] = [];
    for (const id of ids) {
      for (const [port, inner] of Object.entries(this.nodes[id].outlets)) {
        const outer = this.#addSignal(this.signals[inner]);
        exports.push({ outer, inner });
        this.#outlets.set(portKey(id, port), outer);
      }
    }
    this.#imports = undefined;
    this.#innerSignals = new Set();
    const members = new Set(ids);
    for (const { connection } of this.inference.connections) {
      const { id, from, to } = connection;
      if (this.connections[id] && members.has(from.node) && members.has(to.node))
        this.connections[id] = { ...this.connections[id], loopStepFrames: stepFrames };
    }
    return { kind: 'loop', rateHz, stepFrames, items, breakers: [...breakers].sort(), imports, exports };
  }

  #stepFrames(breakers: readonly string[], imports: readonly LoopSignal[]): number {
    const fromOutside = new Set(imports.map(({ inner }) => inner));
    return findStepFrames(
      breakers.map(id => {
        const { type, params } = this.#shape(id);
        const { paramInlets } = this.nodes[id];
        return {
          ctx: this.contexts.get(id) as NodeContext,
          params,
          wired: Object.keys(paramInlets),
          isModulatedInside: Object.values(paramInlets).some(signal => !fromOutside.has(signal)),
          restDelayFrames: ctx => type.loop?.restDelayFrames(ctx) ?? 1,
        };
      }),
    );
  }
}

/** Models that are given a slack though a loop would have to wait for them, and that are not told of yet. */
const lateInLoops = (
  { loops }: Inference,
  slackFrames: Readonly<Record<string, number>>,
  told: readonly Problem[],
): Problem[] =>
  loops
    .flatMap(({ nodes }) => nodes)
    .filter(id => (slackFrames[id] ?? 0) > 0)
    .filter(id => !told.some(({ code, nodeId }) => code === 'E-TRANSPORT' && nodeId === id))
    .map(loopTransportProblem);

/** Validates the patch and makes its plan; `plan` is undefined when a problem leaves nothing to compute. Never throws on a patch. */
export function makePlan(
  patch: Patch,
  registry: Registry,
  resources: ResourceBook,
  options: PlanOptions = {},
): PlanResult {
  const inference = inferPatch(patch, registry, resources);
  const found = validatePatch(patch, registry, resources, inference);
  const { wholeFrames } = options;
  const whole = wholeSoundNodes(patch, inference);
  const isOneShot = whole.length > 0 && wholeFrames !== undefined;
  const problems = [
    ...found,
    ...lateInLoops(inference, options.slackFrames ?? {}, found),
    ...wholeSoundProblems(inference, whole, isOneShot),
  ];
  const isHopeless =
    inference.order === undefined || problems.some(problem => problem.severity === 'error' && FATAL.has(problem.code));
  const plan = isHopeless
    ? undefined
    : new Planner(patch, inference, resources, {
        maxFrames: isOneShot ? Math.max(1, wholeFrames) : (options.maxFrames ?? MAX_FRAMES_DEFAULT),
        // One call for all is nobody's block: its length must not change the sound.
        hostBlockFrames: isOneShot ? 0 : (options.hostBlockFrames ?? 0),
        // What waits for the whole sound can't be late.
        slackFrames: isOneShot ? {} : (options.slackFrames ?? {}),
        isOneShot,
      }).make();
  return { plan, inference, problems };
}
