// The plan: what a patch becomes before it sounds. Ordered, typed, rate- and latency-resolved, plain data (it is posted to
// the audio thread). Owns the types only; src/plan/make-plan.ts makes it, src/render executes it, src/compile lowers it.
import type { LatencyParts } from '../core/node-type.ts';
import type { ParamValue } from '../core/param.ts';

/** Index into Plan.signals. */
export type SignalId = number;

/** A block buffer: audio with channels at a rate, or a control signal. */
export interface PlanSignal {
  readonly kind: 'audio' | 'control';
  readonly channels: number;
  readonly rateHz: number;
  /** Path latency from the sources to here, in samples at the patch rate (a fraction is possible and stated). */
  readonly latencySamples: number;
}

/** One node in the plan, with all that is constant while the plan lives. */
export interface PlanNode {
  readonly id: string;
  readonly type: string;
  readonly rateHz: number;
  readonly outRateHz: number;
  /** Channels of each audio port. */
  readonly channels: Readonly<Record<string, number>>;
  readonly values: Readonly<Record<string, ParamValue>>;
  readonly smoothingMs: Readonly<Record<string, number>>;
  /** Slot → SHA-256 of what is loaded; empty slots are left out. */
  readonly resources: Readonly<Record<string, string>>;
  /** Own latency in samples at rateHz. */
  readonly latency: LatencyParts;
  /** Inlet or outlet name → signal. Inlets that nothing is connected to are missing. */
  readonly inlets: Readonly<Record<string, SignalId>>;
  readonly outlets: Readonly<Record<string, SignalId>>;
  /** `a` param → control signal added to it. */
  readonly paramInlets: Readonly<Record<string, SignalId>>;
  /** Equal keys in two plans: the state may be carried over. */
  readonly stateKey: string;
}

/** Runs a node's kernel; in loops its two halves. */
export interface NodeCall {
  readonly kind: 'node';
  readonly nodeId: string;
  readonly phase: 'whole' | 'read' | 'write';
}
/** output = sum of inputs (several connections into one inlet, in the order of their ids). */
export interface SumCall {
  readonly kind: 'sum';
  readonly inputs: readonly SignalId[];
  readonly output: SignalId;
}
/** Channel rule: 1 → n copies, n → 1 takes the mean; see channelRule. */
export interface ChannelCall {
  readonly kind: 'channels';
  readonly input: SignalId;
  readonly output: SignalId;
}
/** A compensating delay on a connection, in whole samples at the signal's rate. */
export interface AlignCall {
  readonly kind: 'align';
  readonly input: SignalId;
  readonly output: SignalId;
  readonly samples: number;
  /** Names the state of the delay: a connection, or `bypass:<node>`. */
  readonly key: string;
}
/** A control signal at another rate: output[k] = input[floor(k·inRate/outRate)], held. */
export interface ControlRateCall {
  readonly kind: 'control-rate';
  readonly input: SignalId;
  readonly output: SignalId;
  /** Names the state: the connection. */
  readonly key: string;
}
export type PlanCall = NodeCall | SumCall | ChannelCall | AlignCall | ControlRateCall;

/** A signal that enters or leaves a loop: inside it lives in a buffer of its own, copied sub-block by sub-block. */
export interface LoopSignal {
  readonly outer: SignalId;
  readonly inner: SignalId;
}

/**
 * Calls that share a clock. The root runs at the patch rate. A loop runs its items in sub-blocks no longer than the least
 * delay of its breakers. (Rates need no region of their own: a call's frames follow from its signals' rate and the one clock,
 * frames(t) = ceil(t·rate/patchRate). Block regions, for models of a fixed block, come with the block adapter.)
 */
export interface PlanRegion {
  readonly kind: 'root' | 'loop';
  readonly items: readonly (PlanCall | PlanRegion)[];
  /** Loop: ids of the nodes that break it, and the signals that cross its border. */
  readonly breakers: readonly string[];
  readonly imports: readonly LoopSignal[];
  readonly exports: readonly LoopSignal[];
}

/** What a connection carries; for the canvas and for `inspect`. */
export interface PlanConnection {
  readonly id: string;
  readonly rateHz: number;
  readonly channels: number;
  /** "1 → 2 ch, copied" or "2 → 1 ch, mean"; empty when nothing is converted. */
  readonly channelRule: string;
  /** Compensating delay in samples at this rate, 0 = none; and the fraction that whole samples can't mend. */
  readonly alignSamples: number;
  readonly alignErrorSamples: number;
  /** The signal at the outlet's end. */
  readonly signal: SignalId;
  /** Latency from the sources to the inlet, alignment included, in samples at the patch rate. */
  readonly latencySamples: number;
}

/** A named way in or out of the patch: sources and sinks, for render and bundle. */
export interface PlanTerminal {
  readonly nodeId: string;
  readonly port: string;
  readonly channels: number;
  readonly rateHz: number;
  readonly signal: SignalId;
}

export interface Plan {
  readonly sampleRateHz: number;
  /** Most patch frames per call of the executor. */
  readonly maxFrames: number;
  readonly signals: readonly PlanSignal[];
  readonly nodes: Readonly<Record<string, PlanNode>>;
  readonly root: PlanRegion;
  readonly connections: Readonly<Record<string, PlanConnection>>;
  /** Nodes whose lowering is an input (audio-file-player, audio-input) and their outlet signal, sorted by id. */
  readonly inputs: readonly PlanTerminal[];
  /** Audio-output nodes and the signal they receive, sorted by id. */
  readonly outputs: readonly PlanTerminal[];
  /** Latency of the patch in samples at the patch rate: the longest path to an output, in its four parts and as a sum. */
  readonly latency: LatencyParts;
  readonly latencySamples: number;
}
