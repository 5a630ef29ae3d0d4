// The garbage collector for tests of what stays in memory. It works on threads of its own beside the test: the memory of arrays is given
// back, and what a compiler at work holds is let go, some time after a collection ends, and later on a busy machine.
import { GCProfiler, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// The compiler works on the test's own thread: what it has not compiled yet makes objects of numbers, on a slow machine for long.
setFlagsFromString('--no-concurrent-recompilation');
export const collectGarbage = runInNewContext('gc') as () => void;

/** Collections at most: with the pauses between them 5 s, of which a test that passes needs hardly any. */
const TURNS_MAX = 100;
const PAUSE_MS = 50;

/** Gives the other threads their turn. */
export const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, PAUSE_MS));

/** Collects, twice at least, until the condition holds; what is still in use after 5 s of that, something holds. */
export async function collectUntil(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    // What was made or looked at in this turn of the event loop is held until it ends.
    await new Promise(resolve => setImmediate(resolve));
    collectGarbage();
    if (turn > 0 && holds()) return;
    if (turn > 0) await pause();
  }
}

/** Bytes that `work` leaves on the heap; infinite if the collector came in between, so that nobody knows. */
export function bytesLeftBy(work: () => void): number {
  collectGarbage();
  const profiler = new GCProfiler();
  profiler.start();
  const before = process.memoryUsage().heapUsed;
  work();
  const bytes = process.memoryUsage().heapUsed - before;
  const { statistics } = profiler.stop();
  return statistics.length > 0 ? Number.POSITIVE_INFINITY : bytes;
}
