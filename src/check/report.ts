// A report: one line per check, with the value that was measured and the limit it was held to.
// Owns the form that CLI, page and Python show.

export interface CheckResult {
  /** "null", "blocks", "reset", … */
  readonly id: string;
  /** What ran it: "engine", "onnxruntime-web", "file". */
  readonly runtime: string;
  /** What was compared, for people. */
  readonly what: string;
  /** null where there is no figure (a hash that fits). */
  readonly value: number | null;
  readonly unit: 'dB' | 'samples' | '';
  readonly limit: number | null;
  readonly ok: boolean;
}

export interface CheckReport {
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
  /** Words about what limits the result, e.g. an ill-conditioned patch. */
  readonly remarks: readonly string[];
}

export const makeReport = (checks: readonly CheckResult[], remarks: readonly string[] = []): CheckReport => ({
  ok: checks.every(check => check.ok),
  checks,
  remarks,
});

/** A level check passes at or below its limit; −∞ (bit-equal) is told as −400 dB, since JSON has no infinity. */
export function levelCheck(id: string, runtime: string, what: string, levelDb: number, limitDb: number): CheckResult {
  const value = Number.isNaN(levelDb) ? 400 : Math.max(-400, Math.min(400, Math.round(levelDb * 10) / 10));
  return { id, runtime, what, value, unit: 'dB', limit: limitDb, ok: value <= limitDb };
}
