// The figures of what plays, put together from what the audio thread and the device tell. Owns their meaning and since when
// they count. Must not know who shows them.
import type { KernelForm } from '../core/kernels.ts';
import type { RuntimeName } from '../core/runtime-choice.ts';
import type { Dropout, StatsMessage } from './messages.ts';
import type { Shell, Underruns } from './shell.ts';

/** Figures of what plays, at most 33 ms old. */
export interface LiveFigures {
  /** Frames played since the start. */
  readonly frames: number;
  /** Of what is heard: frames played less the latency of the patch; 0 until its first sound is through. */
  readonly positionSeconds: number;
  /** Mean share of the block budget over the last second, 0–1 and above, whole and per node. */
  readonly loadMean: number;
  readonly nodeLoads: Readonly<Record<string, number>>;
  /** Blocks that came too late since the start; the last ones with their frame. */
  readonly dropouts: number;
  readonly lastDropouts: readonly Dropout[];
  /** Calls of models in the worker whose results came too late since the start, by node: silence took their place. */
  readonly lateCalls: Readonly<Record<string, number>>;
  /** Who runs the models, by node; without those of which it is not known yet. */
  readonly runtimes: Readonly<Record<string, RuntimeName>>;
  /** In which form the kernels run in the audio thread; in the worker they are plain. Undefined before the first plan. */
  readonly kernelForm: KernelForm | undefined;
  /** What the device itself missed since the start, where the browser tells; about once a second. */
  readonly underruns: Underruns | undefined;
  /** The limiter acts, or the start's or end's fade. */
  readonly isMonitorActing: boolean;
  readonly blockFrames: number;
  /** From the patch's output to the loudspeaker, as the browser estimates it. */
  readonly deviceLatencySeconds: number;
}

const DROPOUTS_KEPT = 100;

export class LiveState {
  #stats: StatsMessage | undefined;
  #lastDropouts: Dropout[] = [];
  #before: Underruns = { events: 0, seconds: 0 };

  /** The audio thread's latest message; undefined before the first. */
  get stats(): StatsMessage | undefined {
    return this.#stats;
  }

  /** Begins to count. */
  restart(underruns: Underruns | undefined): void {
    this.#stats = undefined;
    this.#lastDropouts = [];
    this.#before = underruns ?? { events: 0, seconds: 0 };
  }

  receive(stats: StatsMessage): void {
    this.#stats = stats;
    if (stats.dropouts.length > 0)
      this.#lastDropouts = [...this.#lastDropouts, ...stats.dropouts].slice(-DROPOUTS_KEPT);
  }

  /** Undefined while nothing has played. */
  read(shell: Shell | undefined, latencySamples: number): LiveFigures | undefined {
    const stats = this.#stats;
    if (!stats || !shell) return undefined;
    const { underruns, context, blockFrames } = shell;
    return {
      frames: stats.frame,
      positionSeconds: Math.max(0, stats.frame - latencySamples) / context.sampleRate,
      loadMean: stats.loadMean,
      nodeLoads: stats.nodeLoads,
      dropouts: stats.dropoutCount,
      lastDropouts: this.#lastDropouts,
      lateCalls: stats.lateCalls,
      runtimes: stats.runtimes,
      kernelForm: stats.kernelForm,
      underruns: underruns && {
        events: underruns.events - this.#before.events,
        seconds: underruns.seconds - this.#before.seconds,
      },
      isMonitorActing: stats.isMonitorActing,
      blockFrames,
      deviceLatencySeconds: context.outputLatency,
    };
  }
}
