// `neuropatch render PATCH`: plays a patch offline into WAV files, with the live engine's own classes.
import { dirname, resolve } from 'node:path';
import { fail, PatchError } from '../../core/errors.ts';
import type { Patch } from '../../core/patch.ts';
import { convertRate } from '../../dsp/convert-rate.ts';
import { gainToLevel, peakOf } from '../../dsp/level.ts';
import { encodeWav } from '../../dsp/wav.ts';
import { registry } from '../../generated/registry.ts';
import { sumLatency } from '../../plan/latency.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { LOG_FORMAT, parseLog } from '../../render/log.ts';
import { parseMoves } from '../../render/moves.ts';
import { renderPatch } from '../../render/render-patch.ts';
import { mergeProblems } from '../../resources/merge-problems.ts';
import {
  listOf,
  readArguments,
  readNumber,
  readPairs,
  readPasses,
  readRate,
  readSchedule,
  readWhole,
} from '../arguments.ts';
import { openPatch, preparePatch, readNamed, writeAllWhole } from '../files.ts';
import {
  cancelled,
  type ExitCode,
  makeProgress,
  problemJson,
  say,
  sayJson,
  stopWhenAsked,
  tellProblems,
  UsageError,
} from '../output.ts';
import { keepInputs, keepSize, loadInputs, logEvents, outputFiles } from '../render-files.ts';
import { asTyped, withParams } from '../render-params.ts';
import { heardRelaxed, tooLate, tooLoud } from '../render-warnings.ts';
import { startRuntime } from '../runtime.ts';
import { readSlack } from '../transport-slack.ts';

const SECONDS_DEFAULT = 10;
/** What is rendered lies in memory as a whole. */
const SECONDS_MAX = 3600;
const HOST_BLOCK_MAX = 4096;

const latencyText = (samples: number, aligned: number): string =>
  `${samples} samples${aligned > 0 ? `, of which ${aligned} are taken off` : ''}`;

export async function render(words: readonly string[]): Promise<ExitCode> {
  const multiple = { type: 'string', multiple: true } as const;
  const single = { type: 'string' } as const;
  const {
    values,
    positionals: [path],
  } = readArguments(
    words,
    {
      in: multiple,
      out: multiple,
      param: multiple,
      rate: single,
      block: single,
      automation: single,
      seconds: single,
      'host-block': single,
      'transport-slack': multiple,
      'out-rate': single,
      align: { type: 'boolean' },
      'no-align': { type: 'boolean' },
      'without-pass': multiple,
    },
    ['PATCH'],
  );
  const isJson = values.json === true;
  const rateHz = readRate(values.rate as string | undefined, '--rate');
  const seconds = readNumber(values.seconds as string | undefined, '--seconds', 0, SECONDS_MAX);
  const automation =
    values.automation === undefined ? undefined : new TextDecoder().decode(await readNamed(String(values.automation)));
  // A log brings its patch; whatever else it is, are moves for this one.
  const log = automation?.includes(LOG_FORMAT) ? parseLog(automation) : undefined;
  const hostBlock = readWhole(values['host-block'] as string | undefined, '--host-block', 1, HOST_BLOCK_MAX);
  const slackWords = listOf(values['transport-slack']);
  if (log && (hostBlock !== undefined || slackWords.length > 0))
    throw new UsageError('--host-block, --transport-slack: expected neither with --automation, whose log tells both');
  if (hostBlock !== undefined && values.block !== undefined)
    throw new UsageError('--host-block: expected no --block beside it');
  // A log that is played in other blocks than its own is planned for any.
  const isOwnBlock = values.block === undefined && log !== undefined;
  const schedule = isOwnBlock ? [log.blockFrames || 128] : readSchedule(values.block as string | undefined);
  const hostBlockFrames = isOwnBlock ? log.hostBlockFrames : (hostBlock ?? 0);
  if (rateHz !== undefined && log)
    throw new UsageError('--rate: expected no other rate with --automation, whose frames count at the rate of the log');
  const outRateHz = readRate(values['out-rate'] as string | undefined, '--out-rate');
  if (values.align === true && values['no-align'] === true)
    throw new UsageError('--align, --no-align: expected one of them');
  // What is played again as it was live keeps its time; a file that is made for itself begins where its input begins.
  const isReplay = log !== undefined || hostBlock !== undefined || slackWords.length > 0;
  const isAligned = values.align === true || (values['no-align'] !== true && !isReplay);
  const moved = readPairs(listOf(values.param), '--param');
  const recordings = readPairs(listOf(values.in), '--in');
  if (moved.length > 0 && log?.entries.some(entry => entry.kind === 'patch'))
    throw new UsageError(
      '--param: expected no values with a log in which patches take over, since those bring their own',
    );
  const setParams = withParams(moved);
  const change = (patch: Patch): Patch => setParams(rateHz === undefined ? patch : { ...patch, sampleRateHz: rateHz });
  const folder = dirname(resolve(path));
  // The log brings its own patch; the file tells the folder, and a name that was mistyped is no folder to search in.
  if (log) await readNamed(path);
  const first = log ? await preparePatch(log.patch, folder, change) : await openPatch(path, change);
  const { opened, inputs, replaced, frames: inputFrames, warnings } = await loadInputs(recordings, first);
  const { resources } = opened;
  const patch = asTyped(opened.patch, resources, moved);
  const slackFrames = log ? log.slackFrames : readSlack(slackWords, patch);
  const { plan, problems } = makePlan(patch, registry, resources, { hostBlockFrames, slackFrames, wholeFrames: 1 });
  // A log plays as it did live, also with what was missing then.
  const onErrors = log && plan ? 'play' : 'refuse';
  const errors = mergeProblems(opened.problems, problems).filter(
    problem => problem.severity === 'error' && onErrors === 'refuse',
  );
  if (errors.length > 0) throw new PatchError(errors);
  if (log && log.sampleRateHz !== patch.sampleRateHz)
    fail(
      'E-SCHEMA',
      'sampleRateHz',
      `log: expected ${patch.sampleRateHz} Hz, the rate of its patch, got ${log.sampleRateHz} Hz. Record it again.`,
    );
  const wanted =
    seconds !== undefined
      ? Math.round(seconds * patch.sampleRateHz)
      : (log?.frames ?? (inputFrames || SECONDS_DEFAULT * patch.sampleRateHz));
  if (wanted > SECONDS_MAX * patch.sampleRateHz)
    fail(
      'E-SIZE',
      '',
      `render: expected at most ${SECONDS_MAX} s, got ${Math.round(wanted / patch.sampleRateHz)} s. Name a shorter length with --seconds.`,
    );
  const moves =
    log || automation === undefined
      ? []
      : parseMoves(automation, patch, registry, resources, String(values.automation));
  const events = log ? await logEvents(log, folder, replaced) : moves;
  const terminals = [
    plan,
    ...events.map(event =>
      event.kind === 'patch' ? makePlan(event.patch, registry, event.resources).plan : undefined,
    ),
  ].flatMap(p => p?.outputs ?? []);
  const files = outputFiles(listOf(values.out), [...new Set(terminals.map(({ nodeId }) => nodeId))].sort());
  const automationFile = values.automation === undefined ? undefined : String(values.automation);
  await keepInputs({ patch: path, automation: automationFile, recordings, resources, folder }, files);
  keepSize(
    terminals.filter(({ nodeId }) => files.some(([id]) => id === nodeId)),
    Math.ceil((wanted * (outRateHz ?? patch.sampleRateHz)) / patch.sampleRateHz),
  );
  const { models } = await startRuntime();
  const begin = performance.now();
  if (!plan?.isOneShot) stopWhenAsked();
  const result = await renderPatch({
    patch,
    registry,
    resources,
    models,
    frames: wanted,
    schedule,
    hostBlockFrames,
    slackFrames,
    isAligned,
    inputs,
    events,
    passes: readPasses(listOf(values['without-pass']), '--without-pass'),
    errors: onErrors,
    onProgress: makeProgress('render'),
    signal: cancelled,
  });
  const elapsedSeconds = (performance.now() - begin) / 1000;
  const ids = Object.keys(result.outputs).sort();
  await writeAllWhole(
    files.map(([id, file]) => {
      const sound = result.outputs[id] ?? [new Float32Array(wanted)];
      const isOther = outRateHz !== undefined && outRateHz !== patch.sampleRateHz;
      const converted = isOther ? convertRate(sound, patch.sampleRateHz, outRateHz, 'best') : sound;
      return [file, encodeWav(converted, isOther ? outRateHz : patch.sampleRateHz, 'f32')];
    }),
  );
  const peak = Math.max(0, ...ids.flatMap(id => result.outputs[id].map(channel => peakOf(channel))));
  const told = [
    ...result.faults,
    ...warnings,
    ...tooLate(log ? [] : events, wanted),
    ...tooLoud(result.outputs),
    ...heardRelaxed(log),
  ];
  const summary = {
    ok: result.faults.length === 0,
    latencySamples: result.plan.latencySamples,
    alignedSamples: result.alignedFrames,
    frames: wanted,
    peakDb: peak > 0 ? Math.round(gainToLevel(peak) * 100) / 100 : null,
    realTimeFactor: Math.round((wanted / patch.sampleRateHz / elapsedSeconds) * 10) / 10,
    nodes: Object.values(result.plan.nodes).map(({ id, type, latency, rateHz: nodeRate }) => ({
      id,
      type,
      latencySamples: sumLatency(latency),
      rateHz: nodeRate,
    })),
    outputs: Object.fromEntries(files),
    problems: told.map(problemJson),
  };
  if (isJson) sayJson(summary);
  else {
    say(
      `${wanted} frames (${(wanted / patch.sampleRateHz).toFixed(2)} s) at ${summary.realTimeFactor} × real time, latency ${latencyText(summary.latencySamples, result.alignedFrames)}, peak ${summary.peakDb ?? '−∞'} dBFS`,
    );
    for (const [id, file] of files) say(`  ${id} → ${file}`);
    if (files.length === 0) say('  nothing written: name a file with --out NAME=FILE');
    tellProblems(told, false);
  }
  return result.faults.length === 0 ? 0 : 1;
}
