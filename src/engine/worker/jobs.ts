// The jobs of the worker: each takes a request and gives an answer, with progress and a way to stop. Must not know ports.
import { exportBundle } from '../../check/export-bundle.ts';
import { type MeasureReport, measurePatch } from '../../check/measure.ts';
import { type Profile, profilePatch } from '../../check/profile.ts';
import type { Inference } from '../../core/model-runner.ts';
import { registry } from '../../generated/registry.ts';
import { LateInference } from '../../inference/late-inference.ts';
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

/** `ort`: left out where the kernels run all models of the job. */
function modelsOf(ort: OrtModule | undefined): Inference {
  const others = new LateInference();
  if (ort) others.arrive(createInference(ort));
  return withKernels(others);
}

async function render(
  job: RenderJob,
  ort: OrtModule | undefined,
  { signal, onProgress }: JobControl,
): Promise<RenderAnswer> {
  const models = modelsOf(ort);
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
  const models = modelsOf(ort);
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

async function profile(job: ProfileJob, ort: OrtModule | undefined, control: JobControl): Promise<Profile> {
  const models = modelsOf(ort);
  try {
    return await profilePatch({ ...job, registry, models, clock: () => performance.now(), ...control });
  } finally {
    models.dispose();
  }
}

async function measure(job: MeasureJob, ort: OrtModule | undefined, control: JobControl): Promise<MeasureReport> {
  const models = modelsOf(ort);
  try {
    return await measurePatch({ ...job, registry, models, ...control });
  } finally {
    models.dispose();
  }
}

async function time(
  { model, callFrames }: TimeJob,
  ort: OrtModule | undefined,
  { signal, onProgress }: JobControl,
): Promise<ModelTiming> {
  const models = modelsOf(ort);
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

/** Does one job. `ort`: the runtime, where the job needs it; an export always does. Throws PatchError. */
export async function doJob(job: Job, ort: OrtModule | undefined, control: JobControl): Promise<Answer> {
  switch (job.kind) {
    case 'load':
      return { resource: decodeResource(job.file) };
    case 'render':
      return render(job, ort, control);
    case 'export':
      return exportPatch(job, ort as OrtModule, control);
    case 'profile':
      return profile(job, ort, control);
    case 'measure':
      return measure(job, ort, control);
    case 'time':
      return time(job, ort, control);
  }
}
