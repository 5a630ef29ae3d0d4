// The log of a performance as it grows: what took effect at which frame, told by the audio thread.
// Owns the translation of plan tags into patch texts. Its form is in src/render/log.ts, which reads it again.
import type { KernelForm } from '../core/kernels.ts';
import type { Patch } from '../core/patch.ts';
import { serializePatch } from '../core/patch-file.ts';
import { LOG_FORMAT, LOG_VERSION, type LogEntry, type PerformanceLog, type SlackFrames } from '../render/log.ts';
import type { StatsMessage } from './messages.ts';

export class LogWriter {
  readonly #start: Patch;
  readonly #blockFrames: number;
  readonly #slackFrames: SlackFrames;
  readonly #entries: LogEntry[] = [];
  /** Patches of plans that were posted but do not play yet, by tag. */
  readonly #waiting = new Map<number, { readonly patch: string; readonly slackFrames: SlackFrames }>();
  #frames = 0;
  #kernelForm: KernelForm | undefined;

  /** `slackFrames`: of the patch that starts. */
  constructor(patch: Patch, blockFrames: number, slackFrames: SlackFrames) {
    this.#start = patch;
    this.#blockFrames = blockFrames;
    this.#slackFrames = slackFrames;
  }

  /** A plan of this patch was posted. */
  expect(tag: number, patch: Patch, slackFrames: SlackFrames): void {
    this.#waiting.set(tag, { patch: serializePatch(patch), slackFrames });
  }

  /** Takes in what the audio thread tells. */
  add({ applied, frame, kernelForm }: StatsMessage): void {
    for (const entry of applied) {
      if (entry.kind !== 'plan') {
        this.#entries.push(entry);
        continue;
      }
      const taken = this.#waiting.get(entry.tag);
      if (taken) this.#entries.push({ frame: entry.frame, kind: 'patch', ...taken });
      // Plans before this one were left out in its favour.
      for (const tag of [...this.#waiting.keys()]) if (tag <= entry.tag) this.#waiting.delete(tag);
    }
    this.#frames = frame;
    this.#kernelForm = kernelForm;
  }

  /** All that has been told so far. */
  read(): PerformanceLog {
    return {
      format: LOG_FORMAT,
      version: LOG_VERSION,
      sampleRateHz: this.#start.sampleRateHz,
      blockFrames: this.#blockFrames,
      hostBlockFrames: this.#blockFrames,
      slackFrames: this.#slackFrames,
      ...(this.#kernelForm && this.#kernelForm !== 'simd' ? { kernelForm: this.#kernelForm } : {}),
      patch: serializePatch(this.#start),
      entries: [...this.#entries],
      frames: this.#frames,
    };
  }
}
