// The contract between the page and a worker. One that renders, exports, profiles, measures, times and loads takes jobs: one request,
// some progress, one answer, by id. One that serves models to the audio thread has them prepared; the rest goes over its port.
// Owns types only.

import type { MeasureReport } from '../../check/measure.ts';
import type { Profile } from '../../check/profile.ts';
import type { CheckReport } from '../../check/report.ts';
import type { Problem } from '../../core/errors.ts';
import type { ResourceBook } from '../../core/infer.ts';
import type { Patch } from '../../core/patch.ts';
import type { ModelResource, Resource } from '../../core/resource.ts';
import type { NodeAudio } from '../../render/performer.ts';
import type { RenderEvent } from '../../render/render-patch.ts';
import type { DecodeRequest } from '../../resources/decode-resource.ts';
import type { ReferenceBook, ResourcePayload } from '../resource-transfer.ts';
import type { ModelTiming } from '../transport/time-model.ts';

/** Renders a patch; `events` may carry further patches (a performance's edits). */
export interface RenderJob {
  readonly kind: 'render';
  readonly patch: Patch;
  readonly resources: ResourceBook;
  readonly frames: number;
  readonly inputs?: NodeAudio;
  readonly events?: readonly RenderEvent[];
  /** Frames per call, repeated. */
  readonly schedule?: readonly number[];
}
export interface RenderAnswer {
  readonly outputs: Readonly<Record<string, Float32Array[]>>;
  readonly faults: readonly Problem[];
  readonly latencySamples: number;
  /** Seconds rendered per second. */
  readonly realTimeFactor: number;
}

/** Compiles a patch, checks the bundle against the engine, and gives its bytes only when it passed. */
export interface ExportJob {
  readonly kind: 'export';
  readonly patch: Patch;
  readonly resources: ResourceBook;
}
export interface ExportAnswer {
  readonly bytes: Uint8Array;
  readonly report: CheckReport;
}

/** Profiles a patch with the worker's clock, whose steps the answer tells. */
export interface ProfileJob {
  readonly kind: 'profile';
  readonly patch: Patch;
  readonly resources: ResourceBook;
  readonly seconds?: number;
  readonly blocks?: readonly number[];
  readonly ratesHz?: readonly number[];
}

/** Measures every latency that the patch reports. */
export interface MeasureJob {
  readonly kind: 'measure';
  readonly patch: Patch;
  readonly resources: ResourceBook;
  /** As in MeasureRequest. */
  readonly hostBlockFrames?: number;
  readonly slackFrames?: Readonly<Record<string, number>>;
}

/** Times a model with the worker's clock; see transport/time-model.ts. */
export interface TimeJob {
  readonly kind: 'time';
  readonly model: ModelResource;
  readonly callFrames: number;
}

/** Decodes a file, which needs no runtime. The bytes of a model come back with the answer. */
export interface LoadJob {
  readonly kind: 'load';
  readonly file: DecodeRequest;
}
export interface LoadAnswer {
  /** Undefined: it is the one that was known. */
  readonly resource: Resource | undefined;
}

export type Job = RenderJob | ExportJob | ProfileJob | MeasureJob | TimeJob | LoadJob;
export type Answer = RenderAnswer | ExportAnswer | Profile | MeasureReport | ModelTiming | LoadAnswer;

export type ToWorker =
  /** ONNX Runtime, compiled; before the first job or model that needs it. */
  | { readonly kind: 'runtime'; readonly module: WebAssembly.Module }
  | { readonly kind: 'job'; readonly id: number; readonly job: Job }
  | { readonly kind: 'cancel'; readonly id: number }
  /** Serves models to the audio thread from now on, over this port. */
  | { readonly kind: 'serve'; readonly port: MessagePort; readonly isStallAllowed: boolean }
  /** Makes models ready to be served, answered by `prepared`; those that are not named may go. `maxFrames`: by node id. */
  | {
      readonly kind: 'prepare';
      readonly id: number;
      readonly references: ReferenceBook;
      readonly payloads: readonly ResourcePayload[];
      readonly maxFrames: Readonly<Record<string, number>>;
    }
  /** Tests only: blocks the worker once. */
  | { readonly kind: 'stall'; readonly ms: number };

export type FromWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly share: number; readonly what: string }
  | { readonly kind: 'done'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly id: number; readonly problems: readonly Problem[] }
  /** Without problems all models of a `prepare` are ready. */
  | { readonly kind: 'prepared'; readonly id: number; readonly problems: readonly Problem[] };
