// The log of a performance as it grows: what took effect at which frame, told by the audio thread.
// Owns the translation of plan tags into patch texts. Its form is in src/render/log.ts, which reads it again.
import type { Patch } from '../core/patch.ts';
import { serializePatch } from '../core/patch-file.ts';
import { LOG_FORMAT, LOG_VERSION, type LogEntry, type PerformanceLog } from '../render/log.ts';
import type { StatsMessage } from './messages.ts';

export class LogWriter {
  readonly #start: Patch;
  readonly #blockFrames: number;
  readonly #entries: LogEntry[] = [];
  /** Patches of plans that were posted but do not play yet, by tag. */
  readonly #waiting = new Map<number, string>();
  #frames = 0;

  constructor(patch: Patch, blockFrames: number) {
    this.#start = patch;
    this.#blockFrames = blockFrames;
  }

  /** A plan of this patch was posted. */
  expect(tag: number, patch: Patch): void {
    this.#waiting.set(tag, serializePatch(patch));
  }

  /** Takes in what the audio thread tells. */
  add({ applied, frame }: StatsMessage): void {
    for (const entry of applied) {
      if (entry.kind !== 'plan') {
        this.#entries.push(entry);
        continue;
      }
      const patch = this.#waiting.get(entry.tag);
      if (patch !== undefined) this.#entries.push({ frame: entry.frame, kind: 'patch', patch });
      // Plans before this one were left out in its favour.
      for (const tag of [...this.#waiting.keys()]) if (tag <= entry.tag) this.#waiting.delete(tag);
    }
    this.#frames = frame;
  }

  /** All that has been told so far. */
  read(): PerformanceLog {
    return {
      format: LOG_FORMAT,
      version: LOG_VERSION,
      sampleRateHz: this.#start.sampleRateHz,
      blockFrames: this.#blockFrames,
      slackSamples: 0,
      patch: serializePatch(this.#start),
      entries: [...this.#entries],
      frames: this.#frames,
    };
  }
}
