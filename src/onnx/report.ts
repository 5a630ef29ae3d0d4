// Collecting problems of one model file: how names of a hostile file are shown, and how many problems are enough.
// Owns the list under construction. Must not know what is checked.
import type { ErrorCode, Problem } from '../core/errors.ts';

const MAX_PROBLEMS = 50;
const MAX_NAME = 80;

/** A name out of a file, quoted, short and printable. */
export function quote(name: string): string {
  const text = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/g, '?');
}

/** Problems of one file; the same message is kept once. */
export class Report {
  readonly path: string;
  readonly problems: Problem[] = [];
  private readonly messages = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  get hasErrors(): boolean {
    return this.problems.some(problem => problem.severity === 'error');
  }

  /** `what`: "<what>, got <value>"; `todo`: "<What to do.>" */
  add(code: ErrorCode, what: string, todo: string, severity: Problem['severity'] = 'error'): void {
    const message = `${this.path}: ${what}. ${todo}`;
    if (this.messages.has(message) || this.problems.length >= MAX_PROBLEMS) return;
    this.messages.add(message);
    this.problems.push({ code, severity, path: this.path, message });
  }
}
