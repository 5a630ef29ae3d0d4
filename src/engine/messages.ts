// The contract between the main thread and the audio thread: every message that crosses, and the processor's options.
// Owns types and the processor's name only. Messages arrive in the order in which they were posted.
import type { Problem } from '../core/errors.ts';
import type { KernelForm } from '../core/kernels.ts';
import type { StateArray } from '../core/node-type.ts';
import type { ParamValue } from '../core/param.ts';
import type { RuntimeName } from '../core/runtime-choice.ts';
import type { Plan } from '../plan/plan.ts';
import type { ReferenceBook, ResourcePayload } from './resource-transfer.ts';

export const PROCESSOR_NAME = 'neuropatch';

/** Channels that leave for the loudspeakers; an output of one channel plays on both. */
export const SPEAKER_CHANNELS = 2;

/** Frames of the samples in a wire probe. */
export const PROBE_FRAMES = 512;

/** Tag of a refusal that is about the runtime and not about a plan. */
export const NO_PLAN = -1;

export interface WorkletOptions {
  /** Lateness in ms from which a block counts as missed; see worklet/deadline.ts. */
  readonly lateLimitMs: number;
  /** Tests only: the processor obeys `stall`. */
  readonly isStallAllowed: boolean;
}

export type ToWorklet =
  /** ONNX Runtime, compiled; sent before the first plan with a model. */
  | { readonly kind: 'runtime'; readonly module: WebAssembly.Module }
  /** Before a fresh plan: the build of the kernels with fused multiply-add plays from then on; undefined: the plain one again. */
  | { readonly kind: 'kernels'; readonly relaxed: Uint8Array<ArrayBuffer> | undefined }
  /** The port to the worker that runs models with a slack; sent before the first plan with one. */
  | { readonly kind: 'models'; readonly port: MessagePort }
  /** Big files ahead of the plan that names them. */
  | { readonly kind: 'payloads'; readonly payloads: readonly ResourcePayload[] }
  /**
   * A plan. `isFresh`: from frame 0 with fresh state, without a cross-fade. Otherwise swapped in at the next block. Payloads
   * that its references do not name are forgotten.
   */
  | {
      readonly kind: 'plan';
      readonly tag: number;
      readonly plan: Plan;
      readonly references: ReferenceBook;
      readonly payloads: readonly ResourcePayload[];
      readonly isFresh: boolean;
    }
  | { readonly kind: 'param'; readonly nodeId: string; readonly param: string; readonly value: ParamValue }
  /** Starts one node afresh, for instance after a fault. */
  | { readonly kind: 'reset'; readonly nodeId: string }
  /** Plays, or fades out within 20 ms and holds; answered by `held`. */
  | { readonly kind: 'run'; readonly isRunning: boolean }
  /** Sends the probed states of all nodes with the figures, and what one connection carries. */
  | { readonly kind: 'probe'; readonly hasStates: boolean; readonly connectionId: string | undefined }
  /** Takes the outputs down, before the monitor; the end is answered by `captured`. */
  | { readonly kind: 'capture'; readonly isOn: boolean }
  /** Tests only: blocks the audio thread once, in the next block. */
  | { readonly kind: 'stall'; readonly ms: number };

/** What took effect, at the frame at which it did. `plan` names the plan by its tag. */
export type AppliedEntry =
  | {
      readonly frame: number;
      readonly kind: 'param';
      readonly nodeId: string;
      readonly param: string;
      readonly value: ParamValue;
    }
  | { readonly frame: number; readonly kind: 'reset'; readonly nodeId: string }
  | { readonly frame: number; readonly kind: 'plan'; readonly tag: number };

/** A block that came too late: at which frame, how late in ms, and how many frames the browser left out (mostly 0). */
export interface Dropout {
  readonly frame: number;
  readonly lateMs: number;
  readonly skippedFrames: number;
}

/** Peak (linear) and count of NaN since the last report, and the last PROBE_FRAMES samples of the first channel. */
export interface WireReport {
  readonly connectionId: string;
  readonly peak: number;
  readonly nanCount: number;
  readonly wave: Float32Array;
}

/** Figures, about 30 times a second. All entries and faults up to `frame` have been told. */
export interface StatsMessage {
  readonly kind: 'stats';
  /** Frames played since the start. */
  readonly frame: number;
  readonly applied: readonly AppliedEntry[];
  readonly faults: readonly Problem[];
  /** New ones, and how many there were since the start. */
  readonly dropouts: readonly Dropout[];
  readonly dropoutCount: number;
  /** Mean share of the block budget over the last second, 0–1 and above. */
  readonly loadMean: number;
  readonly nodeLoads: Readonly<Record<string, number>>;
  /** Calls whose results did not come in time, since the start, by node with a slack: silence took their place. */
  readonly lateCalls: Readonly<Record<string, number>>;
  /** Who runs the models, by node; without those of which it is not known yet. */
  readonly runtimes: Readonly<Record<string, RuntimeName>>;
  /** In which form the kernels run; undefined before the first plan. */
  readonly kernelForm: KernelForm | undefined;
  readonly isMonitorActing: boolean;
  /** Node id → state → copy of its values; only while asked for. */
  readonly states: Readonly<Record<string, Readonly<Record<string, StateArray>>>>;
  readonly wire: WireReport | undefined;
}

export type FromWorklet =
  /** A plan is prepared; it took the audio thread so long, in whole ms. */
  | { readonly kind: 'ready'; readonly tag: number; readonly ms: number }
  /** A plan could not be prepared (a model that the runtime refused); what played before goes on. */
  | { readonly kind: 'refused'; readonly tag: number; readonly problems: readonly Problem[] }
  /** A block could not be computed: silence from then on, until a fresh plan. Told once. */
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] }
  | { readonly kind: 'held' }
  | StatsMessage
  /** A stretch of one output, one array a channel, from an absolute frame on. */
  | {
      readonly kind: 'chunk';
      readonly nodeId: string;
      readonly frame: number;
      readonly channels: readonly Float32Array[];
    }
  /** All chunks have been sent; the capture covers the frames from `start` to `end`. */
  | { readonly kind: 'captured'; readonly start: number; readonly end: number };
