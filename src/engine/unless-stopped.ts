// Waiting that a stop ends. Owns how a start that was stopped says so. Must not know what is waited for.
import { fail } from '../core/errors.ts';

/** Throws E-CANCELLED after a stop. */
export function failIfStopped(signal: AbortSignal): void {
  if (signal.aborted) fail('E-CANCELLED', '', 'start: expected to get ready, got a stop. Start again.');
}

/** What `work` gives; throws E-CANCELLED as soon as it is stopped, whatever becomes of the work. */
export async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let cancel = (): void => undefined;
  const stop = new Promise<void>(resolve => {
    cancel = resolve;
  });
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    const done = await Promise.race([work, stop]);
    failIfStopped(signal);
    return done as T;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
