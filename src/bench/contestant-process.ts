// A contestant in a process of its own: starts it, sends orders, waits for answers. Owns the process. Must not know what it does.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fromLine, type Reply, toLine } from './lines.ts';
import type { Contestant } from './mark.ts';
import type { Order } from './protocol.ts';

export interface ContestantProcess extends Contestant {
  end(): Promise<void>;
}

/** Starts a program that speaks the protocol. Rejects with what it said when it does not become ready. */
export async function startContestant(
  name: string,
  command: string,
  words: readonly string[],
): Promise<ContestantProcess> {
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
  let complaint = '';
  child.stderr.on('data', chunk => {
    complaint = `${complaint}${chunk}`.slice(-4000);
  });
  const replies = lines[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  // A program that ends while it is written to is told by what it said, below.
  child.stdin.on('error', () => {});

  const hear = async (): Promise<Exclude<Reply, { error: string }>> => {
    const { value, done } = await Promise.race([replies.next(), failed]);
    if (done) throw new Error(`${name} ended: ${lastLine(complaint)}`);
    const reply = fromLine(value) as Reply;
    if ('error' in reply) throw new Error(`${name}: ${reply.error}`);
    return reply;
  };
  const tell = async (order: Order): Promise<never> => {
    child.stdin.write(`${toLine(order)}\n`);
    return (await hear()) as never;
  };
  try {
    await hear();
  } catch (error) {
    await endProcess(child);
    throw error;
  }
  return { ...contestantOf(name, tell), end: () => endProcess(child) };
}

/** A contestant by what carries its orders. */
export const contestantOf = (name: string, tell: (order: Order) => Promise<never>): Contestant => ({
  name,
  run: units => tell({ kind: 'run', units }),
  times: async units => (await (tell({ kind: 'times', units }) as Promise<{ us: Float64Array }>)).us,
  sound: async input => (await (tell({ kind: 'sound', input }) as Promise<{ sound: Float32Array[] }>)).sound,
  ask: async question => (await (tell({ kind: 'ask', question }) as Promise<{ answer: unknown }>)).answer,
});

const lastLine = (text: string): string => text.trim().split('\n').at(-1) || 'it said nothing';

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>(done => child.once('exit', () => done()));
  child.kill('SIGKILL');
  await ended;
}
