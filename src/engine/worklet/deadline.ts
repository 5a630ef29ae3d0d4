// Deadlines: finds blocks that the audio thread computed too late, from a coarse wall clock and the frame counter.
// Owns what counts as a dropout. Measured in Chromium: a stall leaves the frame counter continuous, so frames alone tell
// nothing; the clock minus the frames jumps by the stall, then falls back while the browser catches up. The counter may lag:
// Chromium leaves it as it was while the page holds the graph's lock, and sets it right with a later block. No sound is lost then.
import type { Dropout } from '../messages.ts';

/** How fast the reference may rise: clocks drift less than this, and an overload of 1 % still shows within seconds. */
const LEAK_MS_PER_SECOND = 0.5;
/** Dropouts kept until they are told. */
const PENDING_MAX = 64;

/**
 * A block's lateness is its time minus its frame's time, relative to the most punctual block so far. Above the limit it is
 * a dropout and becomes the new reference: a lasting overload counts again for every further limit that it loses.
 */
export class Deadline {
  readonly #limitMs: number;
  readonly #frameMs: number;
  #reference = Number.NaN;
  /** What the browser's counter must be by the blocks that were asked for. */
  #nextFrame = 0;
  /** The counter was as it must be at least once. */
  #isCounterTrue = false;
  #pending: Dropout[] = [];
  /** Dropouts since the start. */
  count = 0;

  constructor(limitMs: number, rateHz: number) {
    this.#limitMs = limitMs;
    this.#frameMs = 1000 / rateHz;
  }

  /** Forgets the reference: after a pause the clock has run on without frames. */
  restart(): void {
    this.#reference = Number.NaN;
    this.#isCounterTrue = false;
  }

  /** Tells when a block of `frames` begins: wall clock in ms, the browser's frame counter, and the patch's frame for the record. */
  begin(nowMs: number, browserFrame: number, frames: number, patchFrame: number): void {
    const isFirst = Number.isNaN(this.#reference);
    const next = isFirst ? browserFrame : this.#nextFrame;
    // A counter ahead of the blocks left frames out, unless it lagged when counting began; one behind them is not up to date.
    const ahead = Math.max(0, browserFrame - next);
    const skipped = this.#isCounterTrue ? ahead : 0;
    this.#isCounterTrue = !isFirst && (this.#isCounterTrue || browserFrame === next);
    this.#nextFrame = next + ahead + frames;
    const offset = nowMs - (next + ahead) * this.#frameMs;
    if (isFirst || offset < this.#reference) this.#reference = offset;
    const lateMs = offset - this.#reference;
    this.#reference += frames * this.#frameMs * (LEAK_MS_PER_SECOND / 1000);
    if (lateMs <= this.#limitMs && skipped === 0) return;
    this.count++;
    this.#reference = offset;
    if (this.#pending.length < PENDING_MAX) this.#pending.push({ frame: patchFrame, lateMs, skippedFrames: skipped });
  }

  /** New dropouts since the last call. */
  take(): readonly Dropout[] {
    const found = this.#pending;
    if (found.length > 0) this.#pending = [];
    return found;
  }
}
