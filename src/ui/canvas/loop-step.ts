// What a loop costs, in words. Owns from when on it is worth telling; how long its steps are is the plan's.
import type { ConnectionFacts } from '../engine-view.ts';
import { formatSamples } from '../format.ts';

/** A loop in steps as long as the audio thread's own calls costs no more than a chain. */
const CALL_FRAMES = 128;

/** "loop in steps of 1 sample" for a wire that closes a loop whose short delay makes it dear; '' otherwise. */
export function loopWords(facts: ConnectionFacts | undefined): string {
  const frames = facts?.loopStepFrames ?? 0;
  if (frames === 0 || frames >= CALL_FRAMES) return '';
  return `loop in steps of ${formatSamples(frames)} ${frames === 1 ? 'sample' : 'samples'}`;
}
