// The jobs of the worker: each takes a request and gives an answer, with progress and a way to stop. Must not know ports.
import { exportBundle } from '../../check/export-bundle.ts';
import { type MeasureReport, measurePatch } from '../../check/measure.ts';
import { type Profile, profilePatch } from '../../check/profile.ts';
import { registry } from '../../generated/registry.ts';
import type { OrtModule } from '../../inference/ort-glue.ts';
import { createGraphRuntime } from '../../inference/ort-graph.ts';
import { createInference } from '../../inference/ort-inference.ts';
import { withKernels } from '../../neural/kernel-inference.ts';
import { renderPatch } from '../../render/render-patch.ts';
import { decodeResource } from '../../resources/decode-resource.ts';
import { type ModelTiming, timeModel } from '../transport/time-model.ts';
import type {
  Answer,
  ExportAnswer,
  ExportJob,
  Job,
  MeasureJob,
  ProfileJob,
  RenderAnswer,
  RenderJob,
  TimeJob,
} from './messages.ts';

/** Progress and cancelling of one job. */
export interface JobControl {
  readonly signal: { readonly aborted: boolean };
  /** Tells the share done, 0–1, and lets other messages in. */
  readonly onProgress: (share: number, what: string) => Promise<void>;
}

async function render(job: RenderJob, ort: OrtModule, { signal, onProgress }: JobControl): Promise<RenderAnswer> {
  const models = withKernels(createInference(ort));
  const begin = performance.now();
  try {
    const { outputs, faults, plan } = await renderPatch({
      ...job,
      registry,
      models,
      signal,
      onProgress: share => onProgress(share, 'render'),
    });
    const seconds = (performance.now() - begin) / 1000;
    return {
      outputs,
      faults,
      latencySamples: plan.latencySamples,
      realTimeFactor: job.frames / plan.sampleRateHz / seconds,
    };
  } finally {
    models.dispose();
  }
}

async function exportPatch(
  { patch, resources }: ExportJob,
  ort: OrtModule,
  control: JobControl,
): Promise<ExportAnswer> {
  const models = withKernels(createInference(ort));
  try {
    const { bytes, report } = await exportBundle({
      patch,
      registry,
      resources,
      models,
      runtime: createGraphRuntime(ort),
      ...control,
    });
    return { bytes, report };
  } finally {
    models.dispose();
  }
}

async function profile(job: ProfileJob, ort: OrtModule, control: JobControl): Promise<Profile> {
  const models = withKernels(createInference(ort));
  try {
    return await profilePatch({ ...job, registry, models, clock: () => performance.now(), ...control });
  } finally {
    models.dispose();
  }
}

async function measure(job: MeasureJob, ort: OrtModule, control: JobControl): Promise<MeasureReport> {
  const models = withKernels(createInference(ort));
  try {
    return await measurePatch({ ...job, registry, models, ...control });
  } finally {
    models.dispose();
  }
}

async function time(
  { model, callFrames }: TimeJob,
  ort: OrtModule,
  { signal, onProgress }: JobControl,
): Promise<ModelTiming> {
  const models = withKernels(createInference(ort));
  try {
    return await timeModel(models, model, callFrames, {
      now: () => performance.now(),
      signal,
      onProgress: share => onProgress(share, 'time'),
    });
  } finally {
    models.dispose();
  }
}

/** Does one job; loading needs no runtime, and waits for none. Throws PatchError. */
export async function doJob(job: Job, runtime: () => Promise<OrtModule>, control: JobControl): Promise<Answer> {
  if (job.kind === 'load') return { resource: decodeResource(job.file) };
  const ort = await runtime();
  switch (job.kind) {
    case 'render':
      return render(job, ort, control);
    case 'export':
      return exportPatch(job, ort, control);
    case 'profile':
      return profile(job, ort, control);
    case 'measure':
      return measure(job, ort, control);
    case 'time':
      return time(job, ort, control);
  }
}
