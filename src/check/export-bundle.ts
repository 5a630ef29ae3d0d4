// Export: compile, prove, and only then give the bytes. The golden is the engine's own performance; a bundle that does not
// null against it is refused with the report. Owns the order; writing the file is the caller's.
import { type Bundle, compileBundle, hashManifest, packBundle, readBundle } from '../compile/bundle.ts';
import { PatchError } from '../core/errors.ts';
import { flatPatch } from '../core/flatten.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { GraphRuntime, Inference as ModelRuntime } from '../core/model-runner.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import type { AudioResource } from '../core/resource.ts';
import { MAX_FRAMES_DEFAULT } from '../plan/make-plan.ts';
import type { NodeAudio } from '../render/performer.ts';
import { planOrThrow, type RenderEvent, renderPatch } from '../render/render-patch.ts';
import { addGolden, GOLDEN_SCHEDULE, type Golden, goldenEvents, goldenFiles, goldenInputs } from './golden.ts';
import { conditionWords, NUDGE, NULL_DB_WORST, outputsNullDb, roundedDb } from './null-limit.ts';
import type { CheckReport, CheckResult } from './report.ts';
import { verifyBundle } from './verify-bundle.ts';

export interface ExportRequest {
  readonly patch: Patch;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  /** Runs the models for the engine's side. */
  readonly models: ModelRuntime;
  /** Runs the bundle. */
  readonly runtime: GraphRuntime;
  readonly onProgress?: (share: number, what: string) => void | Promise<void>;
  readonly signal?: { readonly aborted: boolean };
}

export interface ExportResult {
  readonly bytes: Uint8Array;
  readonly report: CheckReport;
  readonly bundle: Bundle;
}

/** File players play what the golden feeds the bundle: the same signal as a recording from frame 0, without a loop. */
function playersPlay(
  inputs: NodeAudio,
  patch: Patch,
  resources: ResourceBook,
  sampleRateHz: number,
): { patch: Patch; resources: ResourceBook } {
  const swapped: Record<string, Record<string, AudioResource>> = {};
  for (const [id, channels] of Object.entries(inputs)) {
    const slots = Object.entries(resources[id] ?? {}).filter(([, resource]) => resource?.kind === 'audio');
    for (const [slot] of slots)
      swapped[id] = {
        ...swapped[id],
        [slot]: { kind: 'audio', path: 'golden', sha256: 'golden', sampleRateHz, channels },
      };
  }
  return { patch, resources: { ...resources, ...swapped } };
}

const scaled = (audio: NodeAudio, factor: number): NodeAudio =>
  Object.fromEntries(
    Object.entries(audio).map(([id, channels]) => [id, channels.map(channel => channel.map(x => x * factor))]),
  );

/** Plays the golden through the engine. Throws PatchError with what failed in it: a node that is bypassed there can't be in a bundle. */
async function engineAnswer(
  request: ExportRequest,
  bundle: Bundle,
  inputs: NodeAudio,
  schedule: readonly number[] = GOLDEN_SCHEDULE,
): Promise<NodeAudio> {
  const { manifest } = bundle;
  const frames = Object.values(inputs)[0]?.[0]?.length ?? manifest.sampleRateHz;
  const events: RenderEvent[] = goldenEvents(manifest).map(({ frame, param, value }) => {
    const dot = param.indexOf('.');
    return { frame, kind: 'param', nodeId: param.slice(0, dot), param: param.slice(dot + 1), value };
  });
  const { patch, resources } = playersPlay(inputs, request.patch, request.resources, manifest.sampleRateHz);
  const { outputs, faults } = await renderPatch({
    ...request,
    patch,
    resources,
    inputs,
    events,
    frames,
    schedule,
    onProgress: async () => {
      await request.onProgress?.(0.1, 'engine');
    },
  });
  if (faults.length > 0) throw new PatchError(faults);
  return outputs;
}

const FAILED_TOLD_MAX = 3;

/** What failed, in words: the first few checks. */
function failedWords(failed: readonly CheckResult[]): string {
  const words = failed
    .slice(0, FAILED_TOLD_MAX)
    .map(({ what, value, unit, limit }) =>
      `${what}: ${value ?? 'failed'} ${unit} (limit ${limit ?? 'none'})`.replaceAll('-', '−'),
    );
  const rest = failed.length - FAILED_TOLD_MAX;
  return `${words.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/** Why no bundle can sound as the engine does, where the patch is the cause: its sound depends on how time is cut. */
async function causeOf(
  request: ExportRequest,
  bundle: Bundle,
  inputs: NodeAudio,
  outputs: NodeAudio,
  selfNoiseDb: number,
): Promise<string> {
  const condition = conditionWords(selfNoiseDb);
  if (condition) return `It was not written: the patch is ${condition}.`;
  const others = await engineAnswer(request, bundle, inputs, [MAX_FRAMES_DEFAULT]);
  const difference = outputsNullDb(outputs, others, Object.values(outputs)[0][0].length);
  if (difference <= NULL_DB_WORST) return 'It was not written; please report the patch.';
  const models = Object.keys(flatPatch(request.patch).nodes).filter(id =>
    Object.values(request.resources[id] ?? {}).some(resource => resource?.kind === 'model'),
  );
  if (models.length === 0)
    return 'It was not written: the engine itself sounds different in other blocks. Please report the patch.';
  return `It was not written: the engine itself sounds different in other blocks. A model (${models.join(', ')}) may forget its state between calls or look at frames to come: give it its states, its block or "blockFrames": "whole" in its contract.`;
}

/**
 * Exports a patch. Throws PatchError with the patch's problems, E-LOWER naming a node that can't be exported,
 * E-BUNDLE-DIFFERS when a check fails (nothing may be written then), E-CANCELLED.
 */
export async function exportBundle(request: ExportRequest): Promise<ExportResult> {
  const { patch, registry, resources, runtime } = request;
  await request.onProgress?.(0, 'compile');
  const plan = planOrThrow(patch, registry, resources, MAX_FRAMES_DEFAULT);
  const plain = compileBundle(patch, plan, registry, resources);
  const inputs = goldenInputs(plain.manifest);
  const outputs = await engineAnswer(request, plain, inputs);
  const nudged = await engineAnswer(request, plain, scaled(inputs, NUDGE));
  const frames = Object.values(outputs)[0][0].length;
  const selfNoiseDb = roundedDb(outputsNullDb(outputs, nudged, frames));
  const golden: Golden = {
    index: {
      frames,
      schedule: [...GOLDEN_SCHEDULE],
      events: goldenEvents(plain.manifest),
      inputs: goldenFiles('x', plain.manifest.inputs),
      outputs: goldenFiles('y', plain.manifest.outputs),
      selfNoiseDb,
      manifestSha256: hashManifest(plain.manifest),
    },
    inputs,
    outputs,
  };
  const bytes = packBundle(addGolden(plain, golden));
  // What is checked is what was packed, read back as a stranger would.
  const bundle = readBundle(bytes);
  const report = await verifyBundle(bundle, runtime, {
    ...(request.signal ? { signal: request.signal } : {}),
    onProgress: async (share, what) => {
      await request.onProgress?.(0.3 + 0.7 * share, what);
    },
  });
  if (!report.ok) {
    const words = failedWords(report.checks.filter(check => !check.ok));
    throw new PatchError({
      code: 'E-BUNDLE-DIFFERS',
      severity: 'error',
      path: '',
      message: `bundle: expected the same sound as the engine, got a difference: ${words}. ${await causeOf(request, plain, inputs, outputs, selfNoiseDb)}`,
    });
  }
  return { bytes, report, bundle };
}
