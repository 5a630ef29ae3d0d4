// What a page tells of a performance. Types only: pages see the DOM and marks see Node.

/** What one performance was like. */
export interface Played {
  readonly seconds: number;
  /** Mean share of the block's budget, 0–1. */
  readonly loadMean: number;
  readonly lateBlocks: number;
  readonly skippedFrames: number;
  readonly lateCalls: number;
  /** Underruns of the device; null where the browser does not count them. */
  readonly deviceGaps: number | null;
  /** Models that the engine put into the worker. */
  readonly inWorker: number;
}
