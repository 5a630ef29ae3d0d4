// The plan: what a patch becomes before it sounds. Ordered, typed, rate- and latency-resolved, plain data (it is posted to
// the audio thread). Owns the types only; src/plan/make-plan.ts makes it, src/render executes it, src/compile lowers it.
import type { LatencyParts } from '../core/node-type.ts';
import type { ParamValue } from '../core/param.ts';

/** Index into Plan.signals. */
export type SignalId = number;

/** A block buffer: audio, spectra or tensors with channels, or a control signal, at a rate and block: on a clock. */
export interface PlanSignal {
  readonly kind: 'audio' | 'control' | 'spectrum' | 'tensor';
  readonly channels: number;
  readonly rateHz: number;
  /** Frames come in blocks of so many; 0 = a stream. A spectrum or tensor has one item a block. */
  readonly blockFrames: number;
  /** f32 numbers of one item and channel, and how they are arranged ([bins, 2] or a tensor's own); 0 and [] for audio and control. */
  readonly itemSize: number;
  readonly itemShape: readonly number[];
  /** Path latency from the sources to here, in samples at the patch rate (a fraction is possible and stated). */
  readonly latencySamples: number;
}

/** One node in the plan, with all that is constant while the plan lives. */
export interface PlanNode {
  readonly id: string;
  readonly type: string;
  readonly rateHz: number;
  readonly outRateHz: number;
  /** As in NodeContext. */
  readonly blockFrames: number;
  readonly outBlockFrames: number;
  readonly callFrames: number;
  readonly arrivalFraction: number;
  readonly slackFrames: number;
  readonly itemShapes: Readonly<Record<string, readonly number[]>>;
  /** Channels of each port that carries frames. */
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
/** A compensating delay on a connection, in whole samples at the signal's rate; whole blocks for spectra and tensors. */
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
/**
 * A control signal between a stream and blocks of one rate. Into blocks: values are collected until a block is full. Out of
 * blocks: values are let out `delayFrames` later, when the last of them can be there.
 */
export interface ControlBlockCall {
  readonly kind: 'control-block';
  readonly input: SignalId;
  readonly output: SignalId;
  readonly delayFrames: number;
  readonly key: string;
}
export type PlanCall = NodeCall | SumCall | ChannelCall | AlignCall | ControlRateCall | ControlBlockCall;

/** A signal that enters or leaves a loop: inside it lives in a buffer of its own, copied sub-block by sub-block. */
export interface LoopSignal {
  readonly outer: SignalId;
  readonly inner: SignalId;
}

/**
 * Calls that share a clock. The root runs at the patch rate. A loop runs its items in sub-blocks no longer than the least
 * delay of its breakers. Rates and blocks need no region of their own: a call's frames follow from its signals' clock,
 * frames(t) = ceil(t·rate/patchRate), and in blocks of m frames(t) = m·floor(ceil(t·rate/patchRate)/m).
 */
export interface PlanRegion {
  readonly kind: 'root' | 'loop';
  readonly items: readonly (PlanCall | PlanRegion)[];
  /** That of the patch; of a loop the least common multiple of all rates in it, the ticks that its sub-blocks are counted in. */
  readonly rateHz: number;
  /**
   * Loop: how many patch frames its delays allow at once, with the params as the patch has them; a part of one where they are at a
   * higher rate. What the loop costs: each step calls every node in it. 0 for the root.
   */
  readonly stepFrames: number;
  /** Loop: ids of the nodes that break it, and the signals that cross its border. */
  readonly breakers: readonly string[];
  readonly imports: readonly LoopSignal[];
  readonly exports: readonly LoopSignal[];
}

/** What a connection carries; for the canvas and for `inspect`. */
export interface PlanConnection {
  readonly id: string;
  readonly rateHz: number;
  /** 0 = a stream. */
  readonly blockFrames: number;
  readonly channels: number;
  /** "1 → 2 ch, copied" or "2 → 1 ch, mean"; empty when nothing is converted. */
  readonly channelRule: string;
  /**
   * Compensating delay in samples at this rate, 0 = none; and by how much it is too early all the same (less than 0: too late), since
   * sound waits for whole samples, and spectra and tensors for whole blocks, here or past a bypassed node that it comes from.
   */
  readonly alignSamples: number;
  readonly alignErrorSamples: number;
  /** Samples at this rate by which the path comes early because its alignment is switched off; 0 = aligned. */
  readonly unalignedSamples: number;
  /** It closes a loop, which is computed in steps of so many patch frames (PlanRegion.stepFrames); 0 = it closes none. */
  readonly loopStepFrames: number;
  /** The signal at the outlet's end. */
  readonly signal: SignalId;
  /** Latency from the sources to the outlet that it leaves, in its parts, in samples at the patch rate. */
  readonly latency: LatencyParts;
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
  /** Frames of every call; 0 = any number. */
  readonly hostBlockFrames: number;
  /** All that is played comes in one call of `maxFrames` frames, since a node needs the whole sound at once. */
  readonly isOneShot: boolean;
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
