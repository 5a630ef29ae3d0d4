// Profile: how long each block of a patch takes, offline, for block sizes and sample rates that no sound card has to offer.
// Owns the measurement: what is played, warm-up, one clock reading around each block and each node. Figures: load-figures.ts.
// Must not know which clock it is, nor who shows the result. Its numbers are of the machine that runs it, at that moment.
import { fail, PatchError, type Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { Inference as ModelRuntime } from '../core/model-runner.ts';
import type { Patch } from '../core/patch.ts';
import type { Registry } from '../core/registry.ts';
import { type RuntimeChoice, runtimeFound, runtimesOf } from '../core/runtime-choice.ts';
import { convertRate } from '../dsp/convert-rate.ts';
import { noiseAt } from '../dsp/noise.ts';
import type { Plan } from '../plan/plan.ts';
import { Executor } from '../render/executor.ts';
import { planOrThrow } from '../render/render-patch.ts';
import { budgetMs, type LoadFigures, type LoadVerdict, loadFigures, SAFE_SHARE, verdictOf } from './load-figures.ts';

export const PROFILE_BLOCKS: readonly number[] = [32, 64, 128, 256, 512, 1024];
/** What sound cards usually run at. */
const USUAL_RATES_HZ: readonly number[] = [44100, 48000];
export const PROFILE_SECONDS = 5;
const WARMUP_SECONDS = 1;
/** Fewer than these say nothing about the slowest in a hundred. */
const BLOCKS_MIN = 100;
/** Sound between two looks at whether to go on. */
const PAUSE_SECONDS = 0.25;
/** What live inputs hear: noise at −12 dB, since silence is cheap in some nodes. */
const INPUT_GAIN = 0.25;

export interface ProfileRequest {
  readonly patch: Patch;
  readonly registry: Registry;
  readonly resources: ResourceBook;
  readonly models?: ModelRuntime;
  /** A clock in ms; the finer, the better. */
  readonly clock: () => number;
  /** Sound per row in seconds, at least 100 blocks; default 5. */
  readonly seconds?: number;
  readonly blocks?: readonly number[];
  /** Default: 44.1 and 48 kHz, and the patch's own. */
  readonly ratesHz?: readonly number[];
  /** Called now and then with the share done, 0–1; may return a promise to let others work. */
  readonly onProgress?: (share: number, what: string) => void | Promise<void>;
  readonly signal?: { readonly aborted: boolean };
}

/** One block size at one rate. */
export interface ProfileRow {
  readonly sampleRateHz: number;
  readonly blockFrames: number;
  readonly budgetMs: number;
  /** Blocks measured; 0 where the patch does not play at this rate, as `problems` tell. */
  readonly blocks: number;
  /** All of the patch; undefined without blocks. */
  readonly total: LoadFigures | undefined;
  readonly verdict: LoadVerdict | undefined;
  /** By node id; the means of all nodes and of `rest` add up to that of `total`. */
  readonly nodes: Readonly<Record<string, LoadFigures>>;
  /** Between the nodes: sums, channels, delays that align, and reading the clock. */
  readonly rest: LoadFigures | undefined;
  /** Who ran the models, by node id, as their runners told: with the block it may be another. Without those that did not play. */
  readonly runtimes: Readonly<Record<string, RuntimeChoice>>;
  /** Why it does not play at this rate, or which nodes failed and were bypassed: those cost too little here. */
  readonly problems: readonly Problem[];
}

export interface Profile {
  readonly kind: 'profiled';
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Smallest step of the clock that was seen, in ms; times below it are known on average only. */
  readonly clockStepMs: number;
  /** The 80 % rule. */
  readonly safeShare: number;
  readonly rows: readonly ProfileRow[];
}

/**
 * Profiles a patch, row by row. The patch is taken at each rate in turn, its recordings converted. Throws PatchError: the patch's
 * problems when it plays at none of the rates, E-CANCELLED when `signal` is aborted.
 */
export async function profilePatch(request: ProfileRequest): Promise<Profile> {
  const { blocks = PROFILE_BLOCKS, seconds = PROFILE_SECONDS, clock } = request;
  const usual = new Set([...USUAL_RATES_HZ, request.patch.sampleRateHz]);
  const ratesHz = request.ratesHz ?? [...usual].sort((a, b) => a - b);
  const clockStepMs = findClockStep(clock);
  const rows: ProfileRow[] = [];
  const count = blocks.length * ratesHz.length;
  for (const rateHz of ratesHz) {
    const patch = { ...request.patch, sampleRateHz: rateHz };
    const resources = resourcesAt(request.resources, rateHz);
    for (const blockFrames of blocks) {
      const what = `${rateHz} Hz, ${blockFrames} frames`;
      const report = async (share: number): Promise<void> => {
        if (request.signal?.aborted)
          fail(
            'E-CANCELLED',
            '',
            `profile: expected ${count} rows, got ${rows.length} before it was cancelled. Run it again.`,
          );
        await request.onProgress?.((rows.length + share) / count, what);
      };
      try {
        const plan = planOrThrow(patch, request.registry, resources, {
          maxFrames: blockFrames,
          hostBlockFrames: blockFrames,
        });
        rows.push(await measureRow({ ...request, resources }, plan, blockFrames, seconds, report));
      } catch (error) {
        if (!(error instanceof PatchError) || error.code === 'E-CANCELLED') throw error;
        rows.push(emptyRow(rateHz, blockFrames, error.problems));
      }
    }
  }
  if (rows.every(row => row.blocks === 0)) throw new PatchError(rows[0]?.problems ?? []);
  await request.onProgress?.(1, '');
  return {
    kind: 'profiled',
    seconds,
    warmupSeconds: WARMUP_SECONDS,
    clockStepMs,
    safeShare: SAFE_SHARE,
    rows,
  };
}

const emptyRow = (sampleRateHz: number, blockFrames: number, problems: readonly Problem[]): ProfileRow => ({
  sampleRateHz,
  blockFrames,
  budgetMs: budgetMs(blockFrames, sampleRateHz),
  blocks: 0,
  total: undefined,
  verdict: undefined,
  nodes: {},
  rest: undefined,
  runtimes: {},
  problems,
});

async function measureRow(
  { patch, registry, resources, models, clock }: ProfileRequest,
  plan: Plan,
  blockFrames: number,
  seconds: number,
  report: (share: number) => Promise<void>,
): Promise<ProfileRow> {
  const rateHz = plan.sampleRateHz;
  const budget = budgetMs(blockFrames, rateHz);
  const blocksIn = (length: number): number => Math.max(BLOCKS_MIN, Math.round((length * rateHz) / blockFrames));
  const warmup = blocksIn(WARMUP_SECONDS);
  const blocks = blocksIn(seconds);
  const pause = Math.max(1, Math.round((PAUSE_SECONDS * rateHz) / blockFrames));
  const executor = new Executor({ plan, registry, resources, clock, ...(models ? { models } : {}) });
  try {
    const runs = [...executor.nodes.values()];
    const nodeTimes = runs.map(() => new Float64Array(blocks));
    const times = new Float64Array(blocks);
    const rest = new Float64Array(blocks);
    const feed = makeFeed(plan, registry, executor);
    for (let block = -warmup; block < blocks; block++) {
      if ((block + warmup) % pause === 0) await report((block + warmup) / (blocks + warmup));
      feed(blockFrames);
      for (const run of runs) run.elapsed = 0;
      const begin = clock();
      executor.process(blockFrames);
      const time = clock() - begin;
      if (block < 0) continue;
      times[block] = time;
      let inNodes = 0;
      for (let n = 0; n < runs.length; n++) {
        nodeTimes[n][block] = runs[n].elapsed;
        inNodes += runs[n].elapsed;
      }
      rest[block] = time - inNodes;
    }
    const total = loadFigures(times, budget);
    return {
      sampleRateHz: rateHz,
      blockFrames,
      budgetMs: budget,
      blocks,
      total,
      verdict: verdictOf(total, budget),
      nodes: Object.fromEntries(runs.map((run, n) => [run.plan.id, loadFigures(nodeTimes[n], budget)])),
      rest: loadFigures(rest, budget),
      runtimes: whoRan(runtimesOf(patch, resources), executor),
      problems: executor.takeFaults(),
    };
  } finally {
    executor.dispose();
  }
}

/** What was chosen, corrected by what the runners tell. */
const whoRan = (chosen: Readonly<Record<string, RuntimeChoice>>, { nodes }: Executor): Record<string, RuntimeChoice> =>
  Object.fromEntries(
    Object.entries(chosen).flatMap(([id, choice]) => {
      const [runner] = Object.values(nodes.get(id)?.io.models ?? {});
      return runner ? [[id, runtimeFound(choice, runner.runtime)]] : [];
    }),
  );

/** Writes the next block of noise into the inputs that have no recording of their own, outside of what is measured. */
function makeFeed(plan: Plan, registry: Registry, executor: Executor): (frames: number) => void {
  const isLive = (id: string): boolean => Object.keys(registry.get(plan.nodes[id].type)?.resources ?? {}).length === 0;
  const channels = plan.inputs.filter(({ nodeId }) => isLive(nodeId)).flatMap(({ signal }) => executor.audio(signal));
  let frame = 0;
  return frames => {
    for (let c = 0; c < channels.length; c++)
      for (let i = 0; i < frames; i++) channels[c][i] = INPUT_GAIN * noiseAt(c, frame + i);
    frame += frames;
  };
}

/** Recordings as they are loaded at another rate of the patch. */
const resourcesAt = (book: ResourceBook, rateHz: number): ResourceBook =>
  Object.fromEntries(
    Object.entries(book).map(([id, slots]) => [
      id,
      Object.fromEntries(
        Object.entries(slots ?? {}).map(([slot, resource]) => [
          slot,
          resource?.kind === 'audio' && resource.sampleRateHz !== rateHz
            ? {
                ...resource,
                sampleRateHz: rateHz,
                channels: convertRate(resource.channels, resource.sampleRateHz, rateHz),
              }
            : resource,
        ]),
      ),
    ]),
  );

/** Least difference between two readings that differ; readings stop after a while, should the clock stand still. */
function findClockStep(clock: () => number): number {
  let step = Number.POSITIVE_INFINITY;
  let last = clock();
  for (let reading = 0, steps = 0; reading < 1_000_000 && steps < 50; reading++) {
    const now = clock();
    if (now <= last) continue;
    step = Math.min(step, now - last);
    last = now;
    steps++;
  }
  return Number.isFinite(step) ? step : 0;
}
