// The log: every edit and param move of a performance with its absolute frame, so that it can be rendered again exactly.
// Owns the file format `neuropatch-log`. Written by the live engine, read by `render --automation`.
import { fail } from '../core/errors.ts';
import { KERNEL_FORMS, type KernelForm } from '../core/kernels.ts';
import type { ParamValue } from '../core/param.ts';
import { isFlatId } from '../core/subpatch.ts';
import { SLACK_FRAMES_MAX } from '../core/transport.ts';

export const LOG_FORMAT = 'neuropatch-log';
export const LOG_VERSION = 1;
const LOG_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Slack of transport B in frames of the patch, by node id; nodes that are not named ran in the audio thread. */
export type SlackFrames = Readonly<Record<string, number>>;

/** A param was moved to `value` (its target; smoothing starts there) before frame `frame` was computed. */
export interface ParamEntry {
  readonly frame: number;
  readonly kind: 'param';
  readonly nodeId: string;
  readonly param: string;
  readonly value: ParamValue;
}
/** A new plan took over at `frame`, cross-faded; `patch` is the text of the patch file. */
export interface PatchEntry {
  readonly frame: number;
  readonly kind: 'patch';
  readonly patch: string;
  /** Slack of its models from then on; left out: none. */
  readonly slackFrames?: SlackFrames;
}
/** A node was started afresh. */
export interface ResetEntry {
  readonly frame: number;
  readonly kind: 'reset';
  readonly nodeId: string;
}
export type LogEntry = ParamEntry | PatchEntry | ResetEntry;

export interface PerformanceLog {
  readonly format: typeof LOG_FORMAT;
  readonly version: number;
  readonly sampleRateHz: number;
  /** Frames per call of the live engine. */
  readonly blockFrames: number;
  /** Frames that every call was planned to have, which is `blockFrames`; 0 in logs from before plans knew it. */
  readonly hostBlockFrames: number;
  /** Of the patch at frame 0. */
  readonly slackFrames: SlackFrames;
  /** In which form the kernels ran in the audio thread; left out: simd. A render is simd always: what was relaxed differs in the last bits. */
  readonly kernelForm?: KernelForm;
  /** Text of the patch at frame 0. */
  readonly patch: string;
  readonly entries: readonly LogEntry[];
  /** Frames played. */
  readonly frames: number;
}

/** A value of the file as a message shows it: its kind where it holds others, since those may nest without end. */
const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `one with ${Object.keys(value).slice(0, 8).join(', ').slice(0, 80) || 'nothing'}`
    : String(value).slice(0, 80);

const isFrame = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isName = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 64;

const isNode = (value: unknown): value is string => typeof value === 'string' && isFlatId(value);

const isSlack = (value: unknown): value is SlackFrames =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(([id, frames]) => isFlatId(id) && isFrame(frames) && frames <= SLACK_FRAMES_MAX);

function readEntry(raw: unknown, index: number): LogEntry {
  const entry = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  const { frame, kind, nodeId, param, value, patch, slackFrames } = entry;
  if (isFrame(frame)) {
    if (kind === 'patch' && typeof patch === 'string') {
      if (slackFrames === undefined) return { frame, kind, patch };
      if (isSlack(slackFrames)) return { frame, kind, patch, slackFrames };
    }
    if (kind === 'reset' && isNode(nodeId)) return { frame, kind, nodeId };
    const isValue = typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
    if (kind === 'param' && isNode(nodeId) && isName(param) && isValue)
      return { frame, kind, nodeId, param, value: value as ParamValue };
  }
  return fail(
    'E-SCHEMA',
    `entries[${index}]`,
    `log: expected a param, patch or reset with a frame at entry ${index}, got ${shown(raw)}. Record it again.`,
  );
}

/** Reads a log. Throws PatchError E-SIZE, E-JSON or E-SCHEMA. Entries are sorted by frame, keeping their order. */
export function parseLog(text: string): PerformanceLog {
  if (text.length > LOG_CHARACTERS_MAX)
    fail(
      'E-SIZE',
      '',
      `log: expected at most ${LOG_CHARACTERS_MAX / 1024 / 1024} MiB, got more. Record a shorter performance.`,
    );
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    fail('E-JSON', '', 'log: expected JSON, got something else. Save the log from the editor again.');
  }
  if (
    json?.format !== LOG_FORMAT ||
    json.version !== LOG_VERSION ||
    !Array.isArray(json.entries) ||
    typeof json.patch !== 'string'
  ) {
    fail(
      'E-SCHEMA',
      '',
      `log: expected format "${LOG_FORMAT}" version ${LOG_VERSION} with a patch and entries, got something else. Save the log from the editor again.`,
    );
  }
  const number = (name: string): number => {
    const value = json[name];
    return isFrame(value)
      ? value
      : fail('E-SCHEMA', name, `log: expected a whole number in "${name}", got ${shown(value)}. Record it again.`);
  };
  const { slackFrames = {} } = json;
  if (!isSlack(slackFrames))
    fail(
      'E-SCHEMA',
      'slackFrames',
      `log: expected whole numbers by node in "slackFrames", got ${shown(slackFrames)}. Record it again.`,
    );
  const kernelForm = KERNEL_FORMS.find(form => form === json.kernelForm);
  if (json.kernelForm !== undefined && !kernelForm)
    fail(
      'E-SCHEMA',
      'kernelForm',
      `log: expected ${KERNEL_FORMS.join(', ')} in "kernelForm", got ${shown(json.kernelForm)}. Record it again.`,
    );
  const entries = json.entries.map(readEntry);
  return {
    format: LOG_FORMAT,
    version: LOG_VERSION,
    patch: json.patch,
    sampleRateHz: number('sampleRateHz'),
    blockFrames: number('blockFrames'),
    hostBlockFrames: json.hostBlockFrames === undefined ? 0 : number('hostBlockFrames'),
    slackFrames,
    ...(kernelForm ? { kernelForm } : {}),
    frames: number('frames'),
    entries: entries.sort((a, b) => a.frame - b.frame),
  };
}
