// What the CLI says: text for people, JSON for programs, progress on a terminal. Owns exit codes and streams.
import type { PatchError, Problem } from '../core/errors.ts';

/** 0 well, 1 problems found, 2 wrong use, 130 cancelled by the user, as shells tell it of programs that Ctrl-C ends. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Wrong use of the command line; the message says what was expected. */
export class UsageError extends Error {}

export const say = (text: string): void => void process.stdout.write(`${text}\n`);
export const sayJson = (value: unknown): void =>
  say(JSON.stringify(value, (_key, v) => (typeof v === 'number' && !Number.isFinite(v) ? null : v), 2));

/** A problem as programs get it. */
export const problemJson = ({ code, path, nodeId, message, fix, severity }: Problem): object => ({
  code,
  severity,
  path,
  nodeId: nodeId ?? null,
  message,
  fix: fix?.label ?? null,
});

const problemText = ({ code, severity, message, fix }: Problem): string =>
  `${severity === 'error' ? 'error  ' : 'warning'} ${code}  ${message}${fix ? `\n        fix: ${fix.label}` : ''}`;

/** Tells problems; exit code 1 when one is an error, 130 when it is that the user stopped. */
export function tellProblems(problems: readonly Problem[], isJson: boolean): ExitCode {
  const ok = !problems.some(problem => problem.severity === 'error');
  if (isJson) sayJson({ ok, problems: problems.map(problemJson) });
  else for (const problem of problems) say(problemText(problem));
  if (problems.some(problem => problem.code === 'E-CANCELLED')) return 130;
  return ok ? 0 : 1;
}

export const tellError = (error: PatchError, isJson: boolean): ExitCode => tellProblems(error.problems, isJson) || 1;

/** A line on stderr that rewrites itself, also beside --json; silent where that is no terminal, so that logs stay clean. */
export function makeProgress(
  what: string,
  stream: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr,
): (share: number, step?: string) => Promise<void> {
  let shown = -1;
  return async (share, step = '') => {
    // Lets signals in: the work itself never waits.
    await new Promise(resolve => setImmediate(resolve));
    const percent = Math.round(share * 100);
    if (!stream.isTTY || percent === shown) return;
    shown = percent;
    stream.write(
      `\r${what} ${String(percent).padStart(3)} % ${step.padEnd(24).slice(0, 24)}${percent === 100 ? '\n' : ''}`,
    );
  };
}

const asked = new AbortController();
/**
 * Set once the user asked to stop after `stopWhenAsked`: long work looks at it and ends without leaving halves. Before that Ctrl-C ends
 * the process at once, also in one long call, which could not look up: nothing is written then.
 */
export const cancelled: AbortSignal = asked.signal;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const askToStop = (): void => {
  // A second time ends the process at once.
  for (const name of SIGNALS) process.off(name, askToStop);
  asked.abort();
};

/** From now on Ctrl-C, or another program that asks this one to end, sets `cancelled`; who calls it looks at that. */
export function stopWhenAsked(): void {
  if (asked.signal.aborted) return;
  for (const name of SIGNALS) if (!process.listeners(name).includes(askToStop)) process.on(name, askToStop);
}
