// Offline render: plays a patch block by block as fast as it goes, with the live engine's own classes.
// Owns the loop, progress and cancelling. Must not know files; audio comes and goes as arrays.
import { fail, PatchError, type Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import { MAX_FRAMES_DEFAULT, makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { Executor } from './executor.ts';
import { type NodeAudio, Performer, type PerformerEvent } from './performer.ts';

/** A param moves, a node restarts, or another patch takes over, at an absolute frame. */
export type RenderEvent =
  | Exclude<PerformerEvent, { kind: 'swap' }>
  | { readonly frame: number; readonly kind: 'patch'; readonly patch: Patch; readonly resources: ResourceBook };

export interface RenderRequest {
  readonly patch: Patch;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  readonly models?: ModelRuntime;
  readonly frames: number;
  /** Frames per call, repeated; default 128, as live. */
  readonly schedule?: readonly number[];
  /** Signals for inputs, by node id, at the patch rate; silence beyond their end. */
  readonly inputs?: NodeAudio;
  readonly events?: readonly RenderEvent[];
  /** Called now and then with the share done, 0–1; may return a promise to let others work. */
  readonly onProgress?: (share: number) => void | Promise<void>;
  readonly signal?: { readonly aborted: boolean };
  readonly clock?: () => number;
  /**
   * What patches with errors do. 'refuse' (the default): nothing is rendered. 'play', for what was played live: they sound as
   * they did there, and only one that has no plan at all is refused.
   */
  readonly errors?: 'refuse' | 'play';
}

export interface RenderResult {
  readonly plan: Plan;
  /** By node id of the audio-outputs; every output that sounded at some time, silent where it was not there. */
  readonly outputs: Record<string, Float32Array[]>;
  readonly faults: readonly Problem[];
  /** Share of the clock's time by node id, when a clock was given. */
  readonly nodeTimes: Readonly<Record<string, number>>;
}

const PROGRESS_FRAMES = 16384;

/** Plan of a patch that has no errors (with 'play': of one that has a plan); throws PatchError with all errors otherwise. */
export function planOrThrow(
  patch: Patch,
  registry: Registry,
  resources: ResourceBook,
  maxFrames: number,
  onErrors: 'refuse' | 'play' = 'refuse',
): Plan {
  const { plan, problems } = makePlan(patch, registry, resources, { maxFrames });
  const errors = problems.filter(problem => problem.severity === 'error');
  if (!plan || (errors.length > 0 && onErrors === 'refuse')) throw new PatchError(errors);
  return plan;
}

/** Renders. Throws PatchError with the patch's problems (see `errors`), E-CANCELLED when `signal` is aborted. */
export async function renderPatch(request: RenderRequest): Promise<RenderResult> {
  const { registry, models, clock, frames, inputs = {} } = request;
  const schedule = request.schedule?.length ? request.schedule : [128];
  const maxFrames = Math.max(1, Math.min(MAX_FRAMES_DEFAULT, Math.max(...schedule)));
  const planOf = (patch: Patch, resources: ResourceBook): Plan => {
    if (patch.sampleRateHz !== request.patch.sampleRateHz)
      fail(
        'E-SCHEMA',
        'sampleRateHz',
        `render: expected a patch of ${request.patch.sampleRateHz} Hz to take over, got one of ${patch.sampleRateHz} Hz. Start a new render at the other rate.`,
      );
    return planOrThrow(patch, registry, resources, maxFrames, request.errors);
  };
  const make = (plan: Plan, resources: ResourceBook): Executor =>
    new Executor({ plan, registry, resources, ...(models ? { models } : {}), ...(clock ? { clock } : {}) });
  const plan = planOf(request.patch, request.resources);
  // All patches are judged before the first frame; their buffers are made when they are due, since a log may have thousands.
  const waiting = (request.events ?? [])
    .map(event => ({ event, plan: event.kind === 'patch' ? planOf(event.patch, event.resources) : undefined }))
    .sort((a, b) => a.event.frame - b.event.frame);
  const performer = new Performer(make(plan, request.resources));
  let scheduled = 0;
  const scheduleUntil = (frame: number): void => {
    for (; scheduled < waiting.length && waiting[scheduled].event.frame < frame; scheduled++) {
      const { event, plan: next } = waiting[scheduled];
      performer.schedule(
        event.kind === 'patch'
          ? { frame: event.frame, kind: 'swap', executor: make(next as Plan, event.resources), tag: '' }
          : event,
      );
    }
  };
  try {
    const outputs: Record<string, Float32Array[]> = {};
    const faults: Problem[] = [];
    let done = 0;
    const write = (offset: number, count: number): void => {
      for (const { nodeId, channels } of performer.outputs()) {
        const target = (outputs[nodeId] ??= []);
        while (target.length < channels) target.push(new Float32Array(frames));
        for (let c = 0; c < target.length; c++) performer.addOutput(nodeId, c, target[c], done + offset, count);
      }
    };
    for (let block = 0, nextReport = PROGRESS_FRAMES; done < frames; block++) {
      if (request.signal?.aborted)
        fail(
          'E-CANCELLED',
          '',
          `render: expected ${frames} frames, got ${done} before it was cancelled. Nothing was written.`,
        );
      const count = Math.min(schedule[block % schedule.length], frames - done);
      scheduleUntil(done + count);
      if (count > 0) performer.process(count, shifted(inputs, done), write);
      done += count;
      faults.push(...performer.takeFaults());
      if (done >= nextReport) {
        nextReport = done + PROGRESS_FRAMES;
        await request.onProgress?.(done / frames);
      }
    }
    await request.onProgress?.(1);
    const nodeTimes = Object.fromEntries([...performer.executor.nodes].map(([id, run]) => [id, run.elapsed]));
    return { plan, outputs, faults, nodeTimes };
  } finally {
    performer.dispose();
  }
}

/** Views of the inputs from a frame on. */
function shifted(inputs: NodeAudio, from: number): NodeAudio {
  return Object.fromEntries(
    Object.entries(inputs).map(([id, channels]) => [
      id,
      channels.map(channel => channel.subarray(Math.min(from, channel.length))),
    ]),
  );
}
