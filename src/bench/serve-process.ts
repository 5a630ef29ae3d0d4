// The other end of contestant-process.ts: this process is a contestant, hears orders on stdin and answers on stdout.
// Must not know which mark it runs for.
import { createInterface } from 'node:readline';
import { fromLine, toLine } from './lines.ts';
import type { MakeWork } from './mark.ts';
import { type Clock, type Order, obey } from './protocol.ts';

const CLOCK: Clock = {
  now: () => performance.now(),
  // Not in the oldest Node that the product runs on.
  ...(process.threadCpuUsage
    ? {
        processorMs: () => {
          const { user, system } = process.threadCpuUsage();
          return (user + system) / 1000;
        },
      }
    : {}),
};

/** Makes the work and obeys until stdin ends. */
export async function serveProcess(make: MakeWork, options: unknown): Promise<void> {
  const say = (value: Parameters<typeof toLine>[0]): void => void process.stdout.write(`${toLine(value)}\n`);
  try {
    const work = await make(options as never);
    say({ ready: true });
    for await (const line of createInterface({ input: process.stdin })) {
      try {
        say(await obey(work, fromLine(line) as Order, CLOCK));
      } catch (error) {
        say({ error: String(error) });
      }
    }
  } catch (error) {
    say({ error: String(error) });
  }
}
