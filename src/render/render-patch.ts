// Offline render: plays a patch block by block as fast as it goes, with the live engine's own classes.
// Owns the loop, progress and cancelling. Must not know files; audio comes and goes as arrays.
import { fail, PatchError, type Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { KernelForm } from '../core/kernels.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import { MAX_FRAMES_DEFAULT, makePlan } from '../plan/make-plan.ts';
import type { PlanOptions } from '../plan/node-context.ts';
import type { PassName } from '../plan/passes/pass-name.ts';
import type { Plan } from '../plan/plan.ts';
import { Executor } from './executor.ts';
import type { SlackFrames } from './log.ts';
import { type NodeAudio, Performer, type PerformerEvent } from './performer.ts';

/** A param moves, a node restarts, or another patch takes over, at an absolute frame. */
export type RenderEvent =
  | Exclude<PerformerEvent, { kind: 'swap' }>
  | {
      readonly frame: number;
      readonly kind: 'patch';
      readonly patch: Patch;
      readonly resources: ResourceBook;
      /** As in the request, from then on. */
      readonly slackFrames?: SlackFrames;
    };

export interface RenderRequest {
  readonly patch: Patch;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  readonly models?: ModelRuntime;
  readonly frames: number;
  /** Frames per call, repeated; default 128, as live. */
  readonly schedule?: readonly number[];
  /**
   * Plays as a host does that always gives so many frames: whole blocks are computed, and what is beyond the end is left out.
   * 0 (default): any number, by `schedule`.
   */
  readonly hostBlockFrames?: number;
  /** Models that come so many frames of the patch late, as in transport B, by node id. */
  readonly slackFrames?: SlackFrames;
  /**
   * Takes the latency off: outputs begin where the inputs do, and nothing at the end is cut, since so many more frames are
   * played. Default: as late as live and in a bundle.
   */
  readonly isAligned?: boolean;
  /** Signals for inputs, by node id, at the patch rate; silence beyond their end. */
  readonly inputs?: NodeAudio;
  readonly events?: readonly RenderEvent[];
  /** Called now and then with the share done, 0–1; may return a promise to let others work. */
  readonly onProgress?: (share: number) => void | Promise<void>;
  readonly signal?: { readonly aborted: boolean };
  readonly clock?: () => number;
  /** As the executor has them. */
  readonly passes?: ReadonlySet<PassName>;
  readonly kernelForm?: KernelForm;
  /**
   * What patches with errors do. 'refuse' (the default): nothing is rendered. 'play', for what was played live: they sound as
   * they did there, and only one that has no plan at all is refused.
   */
  readonly errors?: 'refuse' | 'play';
}

export interface RenderResult {
  readonly plan: Plan;
  /** Frames at the start that were left out so that the outputs are aligned: the latency in whole samples; 0 when not asked. */
  readonly alignedFrames: number;
  /** By node id of the audio-outputs; every output that sounded at some time, silent where it was not there. */
  readonly outputs: Record<string, Float32Array[]>;
  readonly faults: readonly Problem[];
  /** Share of the clock's time by node id, when a clock was given. */
  readonly nodeTimes: Readonly<Record<string, number>>;
}

const PROGRESS_FRAMES = 16384;

/**
 * Plan of a patch that has no errors (with 'play': of one that has a plan); throws PatchError with all errors otherwise.
 * `options` may be the most frames of a call alone.
 */
export function planOrThrow(
  patch: Patch,
  registry: Registry,
  resources: ResourceBook,
  options: number | PlanOptions,
  onErrors: 'refuse' | 'play' = 'refuse',
): Plan {
  const planOptions = typeof options === 'number' ? { maxFrames: options } : options;
  const { plan, problems } = makePlan(patch, registry, resources, planOptions);
  const errors = problems.filter(problem => problem.severity === 'error');
  if (!plan || (errors.length > 0 && onErrors === 'refuse')) throw new PatchError(errors);
  return plan;
}

/** Renders. Throws PatchError with the patch's problems (see `errors`), E-CANCELLED when `signal` is aborted. */
export async function renderPatch(request: RenderRequest): Promise<RenderResult> {
  const { registry, models, clock, frames, inputs = {}, hostBlockFrames = 0 } = request;
  const asked = request.schedule?.length ? request.schedule : [128];
  const maxFrames = hostBlockFrames || Math.max(1, Math.min(MAX_FRAMES_DEFAULT, Math.max(...asked)));
  const planOf = (
    patch: Patch,
    resources: ResourceBook,
    slackFrames: SlackFrames = {},
    options: PlanOptions = {},
  ): Plan => {
    if (patch.sampleRateHz !== request.patch.sampleRateHz)
      fail(
        'E-SCHEMA',
        'sampleRateHz',
        `render: expected a patch of ${request.patch.sampleRateHz} Hz to take over, got one of ${patch.sampleRateHz} Hz. Start a new render at the other rate.`,
      );
    const all = { maxFrames, hostBlockFrames, slackFrames, ...options };
    return planOrThrow(patch, registry, resources, all, request.errors);
  };
  const make = (plan: Plan, resources: ResourceBook): Executor =>
    new Executor({
      plan,
      registry,
      resources,
      ...(models ? { models } : {}),
      ...(clock ? { clock } : {}),
      ...(request.passes ? { passes: request.passes } : {}),
      ...(request.kernelForm ? { kernelForm: request.kernelForm } : {}),
    });
  const planFor = (wholeFrames: number): Plan =>
    planOf(request.patch, request.resources, request.slackFrames, { wholeFrames });
  const planned = planFor(frames);
  const alignedFrames = request.isAligned ? Math.round(planned.latencySamples) : 0;
  /** What is played. */
  const played = frames + alignedFrames;
  const plan = planned.isOneShot && alignedFrames > 0 ? planFor(played) : planned;
  if (plan.isOneShot) refuseCuts(request);
  const schedule = plan.isOneShot ? [played] : hostBlockFrames > 0 ? [hostBlockFrames] : asked;
  // All patches are judged before the first frame; their buffers are made when they are due, since a log may have thousands.
  const waiting = (request.events ?? [])
    .map(event => ({
      event,
      plan: event.kind === 'patch' ? planOf(event.patch, event.resources, event.slackFrames) : undefined,
    }))
    .sort((a, b) => a.event.frame - b.event.frame);
  const performer = new Performer(
    plan.isOneShot ? makeWhole(() => make(plan, request.resources), played) : make(plan, request.resources),
  );
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
        while (target.length < channels) target.push(new Float32Array(played));
        const wanted = Math.min(count, played - done - offset);
        for (let c = 0; c < target.length; c++) performer.addOutput(nodeId, c, target[c], done + offset, wanted);
      }
    };
    for (let block = 0, nextReport = PROGRESS_FRAMES; done < played; block++) {
      if (request.signal?.aborted)
        fail(
          'E-CANCELLED',
          '',
          `render: expected ${played} frames, got ${done} before it was cancelled. Nothing was written.`,
        );
      const whole = schedule[block % schedule.length];
      const count = hostBlockFrames > 0 ? whole : Math.min(whole, played - done);
      scheduleUntil(done + count);
      if (count > 0) performer.process(count, shifted(inputs, done), write);
      done += count;
      faults.push(...performer.takeFaults());
      if (done >= nextReport) {
        nextReport = done + PROGRESS_FRAMES;
        await request.onProgress?.(Math.min(1, done / played));
      }
    }
    await request.onProgress?.(1);
    const nodeTimes = Object.fromEntries([...performer.executor.nodes].map(([id, run]) => [id, run.elapsed]));
    for (const channels of Object.values(outputs))
      for (const [c, channel] of channels.entries()) channels[c] = channel.subarray(alignedFrames);
    return { plan, alignedFrames, outputs, faults, nodeTimes };
  } finally {
    performer.dispose();
  }
}

/** What would cut the one call that a node needs which takes the whole sound at once. */
function refuseCuts({ events = [] }: RenderRequest): void {
  const cut = events.find(event => event.kind !== 'param');
  if (cut)
    fail(
      'E-OFFLINE',
      '',
      `render: expected the whole sound in one call, got a ${cut.kind} at frame ${cut.frame}. Render the patches one by one.`,
    );
}

/** The executor of one call for all; says what to do when its buffers are too large. */
function makeWhole(make: () => Executor, frames: number): Executor {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof PatchError) || error.code !== 'E-SIZE') throw error;
    return fail(
      'E-SIZE',
      '',
      `render: expected a sound that fits into memory at once, which a node of the patch needs, got ${frames} frames (${error.problems[0].message}) Render a shorter piece.`,
    );
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
