// Verification of a bundle by itself: its golden, block independence, reset, and what it makes of hostile input.
// Owns the checks that need no engine. Export adds the null against the engine (export-bundle.ts).
import { type Bundle, hashManifest } from '../compile/bundle.ts';
import { fail } from '../core/errors.ts';
import type { GraphRuntime } from '../core/model-runner.ts';
import { noiseAt } from '../dsp/noise.ts';
import type { NodeAudio } from '../render/performer.ts';
import { BundlePlayer, type PlayRequest, playBundle } from './bundle-player.ts';
import { GOLDEN_SCHEDULE, readGolden } from './golden.ts';
import { conditionWords, nullLimitDb, outputsNullDb } from './null-limit.ts';
import { type CheckReport, type CheckResult, levelCheck, makeReport } from './report.ts';

export interface VerifyOptions {
  readonly onProgress?: (share: number, what: string) => void | Promise<void>;
  readonly signal?: { readonly aborted: boolean };
  /** The golden was made on another machine or runtime (a model inside then nulls to −100 dB only). */
  readonly isOtherMachine?: boolean;
}

/** Blocks that must not change the sound. 1 is played over a stretch around the first param move: one call per frame is slow. */
const BLOCKS = [1, 37, 128, 480, 2048] as const;
const SINGLE_FRAMES = 1500;
const SINGLE_LEAD_FRAMES = 100;

/** Signals that a bundle must survive: its output stays finite and it recovers. */
const HOSTILE: Readonly<Record<string, (frame: number) => number>> = {
  silence: () => 0,
  'direct current': () => 1,
  'full scale': frame => (noiseAt(7, frame) > 0 ? 1 : -1),
  denormals: frame => (frame % 2 === 0 ? 1e-40 : -1e-40),
};
const HOSTILE_FRAMES = 4096;

const isFinite32 = (outputs: NodeAudio): boolean =>
  Object.values(outputs).every(channels => channels.every(channel => channel.every(Number.isFinite)));

/** Runs all checks. Throws PatchError E-MODEL-RUN when the runtime refuses the graph, E-CANCELLED. */
export async function verifyBundle(
  bundle: Bundle,
  runtime: GraphRuntime,
  options: VerifyOptions = {},
): Promise<CheckReport> {
  const { manifest } = bundle;
  const checks: CheckResult[] = [
    {
      id: 'hash',
      runtime: 'file',
      what: 'model.onnx, patch.json and the golden are what the manifest says',
      value: null,
      unit: '',
      limit: null,
      ok: true,
    },
  ];
  const remarks: string[] = [];
  const golden = readGolden(bundle);
  const factCheck = (id: string, what: string, ok: boolean): CheckResult => ({
    id,
    runtime: 'file',
    what,
    value: null,
    unit: '',
    limit: null,
    ok,
  });
  checks.push(factCheck('golden', 'the bundle carries a golden to be held to', golden !== undefined));
  if (golden)
    checks.push(
      factCheck(
        'manifest',
        'the manifest is the one that the golden was made with',
        golden.index.manifestSha256 === hashManifest(manifest),
      ),
    );
  const selfNoiseDb = golden?.index.selfNoiseDb ?? Number.NEGATIVE_INFINITY;
  const limitDb = nullLimitDb(
    manifest.tolerances,
    selfNoiseDb,
    options.isOtherMachine === true && manifest.models.length > 0,
  );
  for (const tolerance of manifest.tolerances)
    remarks.push(`${tolerance.node}: ${tolerance.db} dB declared, ${tolerance.reason}`);
  const condition = conditionWords(selfNoiseDb);
  if (condition !== undefined) remarks.push(`The patch is ${condition}.`);
  const steps = BLOCKS.length + Object.keys(HOSTILE).length + 2;
  let done = 0;
  const step = async (what: string): Promise<void> => {
    if (options.signal?.aborted) fail('E-CANCELLED', '', 'verify: cancelled. Nothing was written.');
    await options.onProgress?.(done++ / steps, what);
  };
  const player = new BundlePlayer(bundle, runtime);
  try {
    const play = (request: PlayRequest): Record<string, Float32Array[]> => {
      for (const param of manifest.params) player.setParam(param.id, param.default);
      player.reset();
      return playBundle(player, request);
    };
    if (golden) {
      const {
        inputs,
        index: { frames, events, schedule },
      } = golden;
      await step('golden');
      const first = play({ inputs, frames, events, schedule });
      checks.push(
        levelCheck(
          'null',
          runtime.name,
          'engine against bundle on the golden, params moving',
          outputsNullDb(golden.outputs, first, frames),
          limitDb,
        ),
      );
      await step('reset');
      checks.push(
        levelCheck(
          'reset',
          runtime.name,
          'the same again after a reset',
          outputsNullDb(first, play({ inputs, frames, events, schedule }), frames),
          -400,
        ),
      );
      for (const block of BLOCKS) {
        await step(`block ${block}`);
        const lead = block === 1 ? Math.max(0, (events[0]?.frame ?? 0) - SINGLE_LEAD_FRAMES) : 0;
        const length = block === 1 ? Math.min(frames, lead + SINGLE_FRAMES) : frames;
        const played = play({
          inputs,
          frames: length,
          events: events.filter(e => e.frame < length),
          schedule: lead > 0 ? [lead, ...Array<number>(SINGLE_FRAMES).fill(1)] : [block],
        });
        checks.push(
          levelCheck(
            'blocks',
            runtime.name,
            `blocks of ${block} against blocks of ${schedule.join(', ')}`,
            outputsNullDb(played, cut(first, length), length),
            limitDb,
          ),
        );
      }
    } else
      remarks.push('The bundle carries no golden, so nothing shows that it sounds as the engine; export it again.');
    for (const [name, at] of Object.entries(HOSTILE)) {
      await step(name);
      const inputs = Object.fromEntries(
        manifest.inputs.map(({ id, channels }) => [
          id,
          Array.from({ length: channels }, () => Float32Array.from({ length: HOSTILE_FRAMES }, (_, i) => at(i))),
        ]),
      );
      const ok = isFinite32(play({ inputs, frames: HOSTILE_FRAMES, schedule: GOLDEN_SCHEDULE }));
      checks.push({
        id: 'robust',
        runtime: runtime.name,
        what: `${name} gives finite output`,
        value: null,
        unit: '',
        limit: null,
        ok,
      });
    }
  } finally {
    player.dispose();
  }
  await options.onProgress?.(1, 'done');
  return makeReport(checks, remarks);
}

const cut = (audio: NodeAudio, frames: number): NodeAudio =>
  Object.fromEntries(
    Object.entries(audio).map(([id, channels]) => [id, channels.map(channel => channel.subarray(0, frames))]),
  );
