// What a render reads and writes by name: recordings for inputs, patches of a log, files of outputs.
// Owns how names of the command line meet nodes of the patch; the options themselves are commands/render.ts.
import { join } from 'node:path';
import { fail, type Problem } from '../core/errors.ts';
import { flatPatch } from '../core/flatten.ts';
import type { ResourceBook } from '../core/infer.ts';
import { shapeNode } from '../core/registry.ts';
import type { AudioResource, Resource } from '../core/resource.ts';
import { BUILTIN_PREFIX } from '../core/resource-path.ts';
import { WAV_LIMITS } from '../dsp/wav.ts';
import { registry } from '../generated/registry.ts';
import type { PerformanceLog } from '../render/log.ts';
import type { RenderEvent } from '../render/render-patch.ts';
import { loadAudio } from '../resources/decode-resource.ts';
import { readPairs } from './arguments.ts';
import { type OpenPatch, placeOf, preparePatch, readNamed } from './files.ts';

/**
 * A recording with the channels that an input has: one is copied, many give their mean, as between nodes of a patch; other
 * numbers meet no rule. What was mixed is told.
 */
function fitChannels(
  channels: readonly Float32Array[],
  wanted: number,
  id: string,
): { channels: readonly Float32Array[]; warnings: Problem[] } {
  if (channels.length === wanted) return { channels, warnings: [] };
  if (channels.length === 1) return { channels: Array.from({ length: wanted }, () => channels[0]), warnings: [] };
  const path = `nodes.${id}.params.channels`;
  const what = `--in ${id}: expected ${wanted} channel${wanted === 1 ? '' : 's'}, got ${channels.length}`;
  if (wanted > 1) return fail('E-CHANNELS', path, `${what}. Mix the file down, or change the channels of the input.`);
  const mean = Float32Array.from(channels[0], (_, i) => channels.reduce((sum, x) => sum + x[i], 0) / channels.length);
  const advice = 'Set the channels of the input to stereo to keep two.';
  return {
    channels: [mean],
    warnings: [
      { code: 'E-CHANNELS', severity: 'warning', path, nodeId: id, message: `${what}: their mean is heard. ${advice}` },
    ],
  };
}

/** Recordings for inputs by node id. A player gets the recording as its file, an audio input as its live signal. */
export async function loadInputs(
  pairs: readonly [string, string][],
  opened: OpenPatch,
): Promise<{
  opened: OpenPatch;
  inputs: Record<string, readonly Float32Array[]>;
  replaced: ResourceBook;
  frames: number;
  warnings: Problem[];
}> {
  const inputs: Record<string, readonly Float32Array[]> = {};
  const resources: Record<string, Record<string, Resource | undefined>> = {};
  const warnings: Problem[] = [];
  const { nodes } = flatPatch(opened.patch);
  let { problems } = opened;
  let frames = 0;
  for (const [id, file] of pairs) {
    const node = nodes[id];
    const type = node && registry.get(node.type);
    if (type?.lowering.kind !== 'input') {
      const names = Object.values(nodes)
        .filter(n => registry.get(n.type)?.lowering.kind === 'input')
        .map(n => n.id);
      fail(
        'E-INPUT',
        `nodes.${id}`,
        `--in ${id}: expected an input of the patch, got no such input. It has ${names.sort().join(', ') || 'none'}.`,
      );
    }
    const audio: AudioResource = loadAudio(await readNamed(file), file, opened.patch.sampleRateHz);
    frames = Math.max(frames, audio.channels[0].length);
    const slot = Object.entries(type.resources).find(([, { kind }]) => kind === 'audio')?.[0];
    if (slot === undefined) {
      const { ports } = shapeNode(type, node, {}, opened.patch.sampleRateHz);
      const outlet = Object.values(ports).find(
        ({ type: kind, direction }) => kind === 'audio' && direction === 'outlet',
      );
      const wanted = typeof outlet?.channels === 'number' ? outlet.channels : audio.channels.length;
      const fitted = fitChannels(audio.channels, wanted, id);
      inputs[id] = fitted.channels;
      warnings.push(...fitted.warnings);
    } else {
      resources[id] = { ...opened.resources[id], [slot]: audio };
      problems = problems.filter(problem => problem.path !== `nodes.${id}.resources.${slot}`);
    }
  }
  return {
    opened: { ...opened, problems, resources: { ...opened.resources, ...resources } },
    inputs,
    replaced: resources,
    frames,
    warnings,
  };
}

/** Events of a log; patches that take over play the recordings of `--in` (those of the first patch) as well. */
export async function logEvents(log: PerformanceLog, folder: string, replaced: ResourceBook): Promise<RenderEvent[]> {
  const cache = new Map();
  const events: RenderEvent[] = [];
  for (const entry of log.entries) {
    if (entry.kind !== 'patch') events.push(entry);
    else {
      const { patch, resources } = await preparePatch(entry.patch, folder, undefined, cache);
      const { frame, kind, slackFrames } = entry;
      events.push({
        frame,
        kind,
        patch,
        resources: { ...resources, ...replaced },
        ...(slackFrames ? { slackFrames } : {}),
      });
    }
  }
  return events;
}

/** Files that a render reads, by what they are to it; a builtin is none that anybody can write. */
export interface FilesRead {
  readonly patch: string;
  readonly automation: string | undefined;
  readonly recordings: readonly [string, string][];
  readonly resources: ResourceBook;
  readonly folder: string;
}

/** Refuses to write where something was read from, through links as well. */
export async function keepInputs(read: FilesRead, outputs: readonly [string, string][]): Promise<void> {
  const named = [read.patch, read.automation, ...read.recordings.map(([, file]) => file)].filter(
    file => file !== undefined,
  );
  const inPatch = Object.values(read.resources).flatMap(slots =>
    Object.values(slots ?? {}).flatMap(resource =>
      resource && !resource.path.startsWith(BUILTIN_PREFIX) ? [join(read.folder, resource.path)] : [],
    ),
  );
  const taken = new Set(await Promise.all([...named, ...inPatch].map(placeOf)));
  for (const [id, file] of outputs) {
    const place = await placeOf(file);
    if (place !== undefined && taken.has(place))
      fail(
        'E-INPUT',
        `nodes.${id}`,
        `--out ${id}: expected a file that the render does not read, got ${file}. Name another.`,
      );
  }
}

/** The longest sound that a file can hold, told before it is worked out. */
export function keepSize(
  outputs: readonly { readonly nodeId: string; readonly channels: number }[],
  frames: number,
): void {
  for (const { nodeId, channels } of outputs)
    if (frames * channels * 4 > WAV_LIMITS.bytes - 1024)
      fail(
        'E-SIZE',
        `nodes.${nodeId}`,
        `--out ${nodeId}: expected at most 2 GiB in a WAV file, got ${channels} channels of ${frames} frames. Name a shorter length with --seconds.`,
      );
}

/** Node id → file, from `--out`; a patch with one output may give the file alone. */
export function outputFiles(words: readonly string[], ids: readonly string[]): [string, string][] {
  if (words.length === 1 && !words[0].includes('=') && ids.length === 1) return [[ids[0], words[0]]];
  const pairs = readPairs(words, '--out');
  for (const [id] of pairs)
    if (!ids.includes(id))
      fail(
        'E-INPUT',
        `nodes.${id}`,
        `--out ${id}: expected an output of the patch, got no such output. It has ${ids.join(', ') || 'none'}.`,
      );
  return pairs;
}
