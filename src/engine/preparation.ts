// What a page does before the first start, while it has nothing better to do. Owns when. Must not know patches.
import { Queue } from './queue.ts';
import { loadTone } from './shell.ts';

/** Not every browser tells when it is idle. */
const REST_MS = 300;
/** A page that is never idle does it all the same. */
const WAIT_MS_MAX = 3000;

/** Of all patches of the page: what one measures, another must not disturb. */
const queue = new Queue();

/** Loads the transport's program and does `work`, one after the other where several ask, unless the signal ends it before. */
export function prepareWhenIdle(work: () => Promise<void>, signal: AbortSignal): void {
  const begin = (): void => {
    if (signal.aborted) return;
    // A failure is told by the start.
    loadTone().catch(() => undefined);
    void queue.add(async () => signal.aborted || work()).catch(() => undefined);
  };
  if ('requestIdleCallback' in globalThis) requestIdleCallback(begin, { timeout: WAIT_MS_MAX });
  else setTimeout(begin, REST_MS);
}
