// Holes in the sound: blocks that came too late and blocks of models that were not back in time. Owns how they are counted and said.
import type { LiveFacts } from './engine-view.ts';
import { formatCount } from './format.ts';

/** Blocks of models that came too late, by node; only those that had any, the most first. */
export const lateModels = ({ lateCalls }: Pick<LiveFacts, 'lateCalls'>): readonly (readonly [string, number])[] =>
  Object.entries(lateCalls)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);

/** All holes since the start that this program made; the device's own gaps are not among them. */
export const countDropouts = (live: Pick<LiveFacts, 'dropouts' | 'lateCalls'>): number =>
  lateModels(live).reduce((sum, [, count]) => sum + count, live.dropouts);

/** "1322 blocks late, heard as silence" */
export const lateText = (count: number): string => `${formatCount(count, 'block')} late, heard as silence`;

export const LATE_ADVICE =
  'The worker did not answer in time. Raise Slack in the inspector of the model, or let it run in the audio thread; then stop and start again.';
