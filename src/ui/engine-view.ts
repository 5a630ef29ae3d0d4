// What the interface knows of the engine: its state, numbers and probes. Implemented by extension/ over src/engine/host.ts;
// src/ui must not know worklets, plans or runtimes.
import type { Problem } from '../core/errors.ts';
import type { KernelForm } from '../core/kernels.ts';
import type { LatencyParts } from '../core/node-type.ts';
import type { ModelResource, Resource } from '../core/resource.ts';
import type { RuntimeName } from '../core/runtime-choice.ts';

export type EngineState = 'off' | 'starting' | 'playing' | 'paused' | 'stopped' | 'failed';

/** A fact about a connection, from the plan. */
export interface ConnectionFacts {
  readonly rateHz: number;
  /** 0 = a stream. */
  readonly blockFrames: number;
  readonly channels: number;
  readonly channelRule: string;
  /** As in PlanConnection: what it waits, the fraction that is left over, what it comes early by because that is switched off. */
  readonly alignSamples: number;
  readonly alignErrorSamples: number;
  readonly unalignedSamples: number;
  /** It closes a loop, which is computed in steps of so many samples of the patch; 0 = it closes none. */
  readonly loopStepFrames: number;
  /** Latency of the path up to its outlet, in samples at the patch rate. */
  readonly latency: LatencyParts;
}

/** What the plan says about the patch as it stands; available with audio off. */
export interface PlanFacts {
  readonly problems: readonly Problem[];
  readonly sampleRateHz: number;
  /** Latency of the patch in samples at its rate, whole and in parts; undefined while problems leave no plan. */
  readonly latencySamples: number | undefined;
  readonly latency: LatencyParts | undefined;
  readonly connections: Readonly<Record<string, ConnectionFacts>>;
  /**
   * Own latency per node in samples at the node's rate, and that rate; rates and blocks (0 = a stream) of both ends; sizes of one
   * item of each spectrum ([bins]) and tensor port.
   */
  readonly nodes: Readonly<
    Record<
      string,
      {
        readonly latency: LatencyParts;
        readonly rateHz: number;
        readonly outRateHz: number;
        readonly blockFrames: number;
        readonly outBlockFrames: number;
        readonly itemShapes: Readonly<Record<string, readonly number[]>>;
      }
    >
  >;
}

/** Where a model runs since the start; fixed until stop. */
export interface TransportFacts {
  readonly place: 'audio thread' | 'worker';
  /** How late it comes, in samples of the patch; 0 in the audio thread. */
  readonly slackFrames: number;
  /** 95 of 100 calls were quicker when it was timed, in ms; undefined: not timed. */
  readonly p95Ms: number | undefined;
}

/** Live figures; means only, since the audio thread has a coarse clock. */
export interface LiveFacts {
  /** Of what is heard: the time played less the latency of the patch. */
  readonly positionSeconds: number;
  /** Mean share of the block budget, 0–1, whole patch and per node. */
  readonly loadMean: number;
  readonly nodeLoads: Readonly<Record<string, number>>;
  /** Blocks that were computed too late since the start, and the last of them. */
  readonly dropouts: number;
  readonly lastDropouts: readonly { readonly frame: number; readonly lateMs: number }[];
  /** Gaps that the device itself had since the start; undefined where the browser does not tell. */
  readonly underruns: { readonly events: number; readonly seconds: number } | undefined;
  /** Calls of models in the worker that came too late since the start, by node: silence took their place. */
  readonly lateCalls: Readonly<Record<string, number>>;
  /** Who runs the models that play, by node; without those of which it is not known yet. */
  readonly runtimes: Readonly<Record<string, RuntimeName>>;
  /** In which form the kernels of the audio thread run. */
  readonly kernelForm?: KernelForm | undefined;
  readonly secondsPlayed: number;
  /** The monitor's limiter or fade-in is acting. */
  readonly isMonitorActing: boolean;
  readonly blockFrames: number;
}

/** Peak and NaN count of a probed connection and its last waveform. */
export interface WireProbe {
  readonly peak: number;
  readonly nanCount: number;
  readonly wave: Float32Array;
}

export interface EngineView {
  readonly state: EngineState;
  readonly plan: PlanFacts | undefined;
  readonly live: LiveFacts | undefined;
  /** By node id; nothing before the first start. */
  readonly transports: Readonly<Record<string, TransportFacts>>;
  /** The model that is being timed before it may play, and the share done, 0–1. */
  readonly measuring: { readonly what: string; readonly share: number } | undefined;
  /** A file on its way to a node, and the share that is done, 0–1. A start waits for it. */
  readonly loading: { readonly nodeId: string; readonly path: string; readonly share: number } | undefined;
  /** The outputs are being written down, or will be from the next start on. */
  readonly isRecording: boolean;
  /** What is loaded of a node's resources (the model's contract and card, the audio of a player). */
  resource(nodeId: string, slot: string): Resource | undefined;
  /** Starts the sound; must be called from a user's gesture. */
  start(): Promise<void>;
  pause(): void;
  stop(): void;
  /** Latest value of a probed state of a node (see NodeType.probes); undefined while nothing plays. */
  readProbe(nodeId: string, state: string): Float32Array | undefined;
  /** Starts or ends probing a connection; undefined ends it. */
  probeConnection(connectionId: string | undefined): void;
  readonly wireProbe: WireProbe | undefined;
  /** Called after any change of the above, at most about 30 times a second. Returns the function that ends it. */
  onChange(listener: () => void): () => void;
}

export type { ModelResource };
