// Wiring: every signal of a plan, and the calls that bring it to the rate, block, channels and time of the inlets that it reaches.
// Owns signals and the facts of connections. Must not know nodes beyond their contexts, nor the order of calls.
import type { Inference, InferredConnection } from '../core/infer.ts';
import type { NodeContext } from '../core/node-type.ts';
import { carriesFrames } from '../core/port.ts';
import { channelRule } from '../core/signal-rules.ts';
import { samplesToWait } from './alignment.ts';
import { NO_LATENCY, type PathLatency } from './latency.ts';
import type { LoopSignal, PlanCall, PlanConnection, PlanRegion, PlanSignal, SignalId } from './plan.ts';

export type Item = PlanCall | PlanRegion;

const NO_ENDS: ReadonlySet<string> = new Set();

interface Source {
  readonly signal: SignalId;
  readonly connection: InferredConnection;
}

export class Wiring {
  readonly signals: PlanSignal[] = [];
  readonly connections: Record<string, PlanConnection> = {};
  readonly #inference: Inference;
  readonly #patchRateHz: number;
  readonly #latency: PathLatency;
  readonly #contextOf: (nodeId: string) => NodeContext;
  /** Node → port → signal, as seen from outside any loop. */
  readonly #outlets = new Map<string, Map<string, SignalId>>();
  /** By how many samples at its rate a signal comes before the time that is reported of it. */
  readonly #early = new Map<SignalId, number>();
  /** Inside a loop: outer signal → inner one. */
  #imports: Map<SignalId, SignalId> | undefined;
  #innerSignals: Set<SignalId> = new Set();

  constructor(
    inference: Inference,
    patchRateHz: number,
    latency: PathLatency,
    contextOf: (nodeId: string) => NodeContext,
  ) {
    this.#inference = inference;
    this.#patchRateHz = patchRateHz;
    this.#latency = latency;
    this.#contextOf = contextOf;
  }

  /** A signal that is written where calls are emitted now. */
  addSignal(signal: PlanSignal): SignalId {
    const id = this.signals.push(signal) - 1;
    if (this.#imports) this.#innerSignals.add(id);
    return id;
  }

  /** A bypassed node gives a signal so many samples (at its rate) before the time that is reported of it. */
  noteEarly(signal: SignalId, samples: number): void {
    this.#early.set(signal, samples);
  }

  /** A signal that an outlet gives from now on. */
  addOutlet(nodeId: string, port: string, signal: PlanSignal): SignalId {
    const id = this.addSignal(signal);
    const own = this.#outlets.get(nodeId);
    if (own) own.set(port, id);
    else this.#outlets.set(nodeId, new Map([[port, id]]));
    return id;
  }

  /** From now on calls are inside a loop: signals from outside come in through imports. */
  beginLoop(): void {
    this.#imports = new Map();
    this.#innerSignals = new Set();
  }

  /** The imports of the loop so far. */
  imports(): LoopSignal[] {
    return [...(this.#imports ?? [])].map(([outer, inner]) => ({ outer, inner }));
  }

  /** Ends the loop; `outlets` (`node`, `port`, inner signal) are seen from outside through exports, which it returns. */
  endLoop(outlets: readonly (readonly [nodeId: string, port: string, inner: SignalId])[]): LoopSignal[] {
    this.#imports = undefined;
    const exports = outlets.map(([nodeId, port, inner]) => ({
      outer: this.addOutlet(nodeId, port, this.signals[inner]),
      inner,
    }));
    this.#innerSignals = new Set();
    return exports;
  }

  /** The signal as seen from where calls are emitted now: inside a loop, outer signals come in through an import. */
  #local(signal: SignalId): SignalId {
    if (!this.#imports || this.#innerSignals.has(signal)) return signal;
    const known = this.#imports.get(signal);
    if (known !== undefined) return known;
    const imported = this.signals.push(this.signals[signal]) - 1;
    this.#imports.set(signal, imported);
    return imported;
  }

  /** Brings one connection to the rate, channels and time of its inlet. */
  #adapt(source: Source, channels: number, isInLoop: boolean, calls: Item[]): SignalId {
    const { connection, inlet, outlet } = source.connection;
    const { id } = connection;
    let signal = this.#local(source.signal);
    const { rateHz } = this.signals[signal];
    const emit = (make: (input: SignalId, output: SignalId) => PlanCall, change: Partial<PlanSignal>): void => {
      const output = this.addSignal({ ...this.signals[signal], ...change });
      calls.push(make(signal, output));
      signal = output;
    };
    const patchRate = this.#patchRateHz;
    const target = this.#contextOf(connection.to.node);
    const carries = carriesFrames(inlet) && !isInLoop;
    const wait = carries ? ((this.#latency.waits.get(id) ?? 0) * rateHz) / patchRate : 0;
    const { itemSize, blockFrames } = this.signals[signal];
    const alignSamples = samplesToWait(wait, itemSize, blockFrames);
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
      alignErrorSamples: wait - alignSamples + (this.#early.get(source.signal) ?? 0),
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
      ({
        kind: 'control-block',
        input,
        output,
        delayFrames,
        key: `${delayFrames > 0 ? 'from' : 'into'}:${key}`,
      }) as const;
    // Blocks of one frame are a stream already.
    if (now().blockFrames > 1) emit(block(now().blockFrames - 1), { blockFrames: 0 });
    if (!isSameRate) emit((input, output) => ({ kind: 'control-rate', input, output, key }), { rateHz: target.rateHz });
    if (target.blockFrames > 0) emit(block(0), { blockFrames: target.blockFrames });
  }

  /** Inlets and params of a node that connections reach. */
  wiredEnds(nodeId: string): ReadonlySet<string> {
    const incoming = this.#inference.incoming.get(nodeId);
    return incoming ? new Set(incoming.map(({ connection }) => connection.to.port)) : NO_ENDS;
  }

  /** All connections into one inlet, adapted and added up; undefined when there is none. */
  planInlet(nodeId: string, port: string, isInLoop: boolean, calls: Item[]): SignalId | undefined {
    const channels = this.#inference.channels.get(nodeId)?.[port] ?? 1;
    const inputs: SignalId[] = [];
    for (const connection of this.#inference.incoming.get(nodeId) ?? []) {
      const { from, to } = connection.connection;
      const signal = to.port === port ? this.#outlets.get(from.node)?.get(from.port) : undefined;
      if (signal !== undefined) inputs.push(this.#adapt({ signal, connection }, channels, isInLoop, calls));
    }
    if (inputs.length <= 1) return inputs[0];
    const output = this.addSignal(this.signals[inputs[0]]);
    calls.push({ kind: 'sum', inputs, output });
    return output;
  }
}
