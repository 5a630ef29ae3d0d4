// The contract between the page and the worker that renders, exports, profiles and measures: one request, some progress, one answer, by id.
// Owns types only.

import type { MeasureReport } from '../../check/measure.ts';
import type { Profile } from '../../check/profile.ts';
import type { CheckReport } from '../../check/report.ts';
import type { Problem } from '../../core/errors.ts';
import type { ResourceBook } from '../../core/infer.ts';
import type { Patch } from '../../core/patch.ts';
import type { NodeAudio } from '../../render/performer.ts';
import type { RenderEvent } from '../../render/render-patch.ts';

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
  /** Plan for a host that always gives so many frames; left out = for any number. */
  readonly hostBlockFrames?: number;
}

export type Job = RenderJob | ExportJob | ProfileJob | MeasureJob;
export type Answer = RenderAnswer | ExportAnswer | Profile | MeasureReport;

export type ToWorker =
  /** ONNX Runtime, compiled; once, before the first job. */
  | { readonly kind: 'runtime'; readonly module: WebAssembly.Module }
  | { readonly kind: 'job'; readonly id: number; readonly job: Job }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly share: number; readonly what: string }
  | { readonly kind: 'done'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly id: number; readonly problems: readonly Problem[] };
