// Where each model of a patch runs: in the audio thread (A), or in a worker with a slack (B). Pure arithmetic on measured times;
// owns the rule. Must not know how times are measured or what runs.
import type { ModelTiming } from './time-model.ts';

/** A longer call than this share of the device's callback runs in a worker. */
const CALL_SHARE = 0.5;
/** What all models together may take of the audio thread. */
const LOAD_SHARE = 0.6;
/** On top of a callback and a slow call, for messages and the scheduler. */
const MARGIN_SECONDS = 0.003;

export type TransportPlace = 'audio thread' | 'worker';

/** One model node, as far as the choice goes. */
export interface ModelUse {
  readonly nodeId: string;
  readonly wish: 'auto' | TransportPlace;
  /** Slack that was asked for, in frames of the patch; 0 = measured. */
  readonly slackFrames: number;
  /** In a loop a model can't be late. */
  readonly isInLoop: boolean;
  /** Seconds of sound in one call. */
  readonly callSeconds: number;
  /** Undefined: not measured. It is then taken for quick. */
  readonly timing: ModelTiming | undefined;
}

export interface TransportChoice {
  readonly place: TransportPlace;
  /** In frames of the patch; 0 in the audio thread. */
  readonly slackFrames: number;
  /** 95 of 100 calls were quicker, in ms; undefined: not measured. */
  readonly p95Ms: number | undefined;
  /** The patch says where it runs. */
  readonly isPinned: boolean;
}

export interface Device {
  readonly rateHz: number;
  /** Frames of one block of the audio thread. */
  readonly quantumFrames: number;
  /** How often the device asks for sound. */
  readonly callbackSeconds: number;
}

const loadOf = ({ timing, callSeconds }: ModelUse): number => (timing ? timing.meanMs / 1000 / callSeconds : 0);

/** S = q·ceil((callback + p99 + 3 ms)·rate/q); what shares the worker is waited for as well. */
export function slackFor({ rateHz, quantumFrames, callbackSeconds }: Device, p99Ms: number): number {
  const seconds = callbackSeconds + p99Ms / 1000 + MARGIN_SECONDS;
  // A rounding error of the sum is no reason for one more block.
  return quantumFrames * Math.ceil((seconds * rateHz) / quantumFrames - 1e-9);
}

const p99OfAll = (inWorker: readonly ModelUse[]): number =>
  inWorker.reduce((sum, { timing }) => sum + (timing?.p99Ms ?? 0), 0);

/**
 * The first of the models that ran in the worker before, `earlier`, whose slack had room for the slow calls of those and has none for
 * the calls of `all`; undefined when all still fit.
 */
export function outgrownSlack(
  earlier: readonly ModelUse[],
  all: readonly ModelUse[],
  device: Device,
): { readonly nodeId: string; readonly slackFrames: number; readonly wantedFrames: number } | undefined {
  const [had, wantedFrames] = [earlier, all].map(uses => slackFor(device, p99OfAll(uses)));
  const tight = earlier.find(({ slackFrames }) => slackFrames >= had && slackFrames < wantedFrames);
  return tight && { nodeId: tight.nodeId, slackFrames: tight.slackFrames, wantedFrames };
}

/** Where each node runs. What is pinned stays; of the rest the slow ones go, then the heaviest until the others fit. */
export function chooseTransports(uses: readonly ModelUse[], device: Device): Record<string, TransportChoice> {
  const isSlow = ({ timing }: ModelUse): boolean =>
    timing !== undefined && timing.p95Ms >= CALL_SHARE * 1000 * device.callbackSeconds;
  const isFree = ({ wish, isInLoop }: ModelUse): boolean => wish === 'auto' && !isInLoop;
  const inWorker = new Set(uses.filter(use => use.wish === 'worker' || (isFree(use) && isSlow(use))));
  const heaviest = uses.filter(isFree).sort((a, b) => loadOf(b) - loadOf(a) || (a.nodeId < b.nodeId ? -1 : 1));
  const loadLeft = (): number => uses.reduce((sum, use) => sum + (inWorker.has(use) ? 0 : loadOf(use)), 0);
  for (const use of heaviest) {
    if (loadLeft() < LOAD_SHARE) break;
    inWorker.add(use);
  }
  const p99Ms = p99OfAll([...inWorker]);
  return Object.fromEntries(
    uses.map(use => {
      const isPinned = use.wish !== 'auto';
      const p95Ms = use.timing?.p95Ms;
      if (!inWorker.has(use)) return [use.nodeId, { place: 'audio thread', slackFrames: 0, p95Ms, isPinned }];
      const slackFrames = use.slackFrames || slackFor(device, p99Ms);
      return [use.nodeId, { place: 'worker', slackFrames, p95Ms, isPinned }];
    }),
  );
}
