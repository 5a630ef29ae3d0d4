// The results of the benchmark as JSON: what `neuropatch bench --json` prints and docs/speed.json holds. Types only.
// Numbers that do not exist are null. All times are in µs, rates in Hz; names of figures are told as their mark chose them.
import type { Machine } from './machine.ts';
import type { PeerId } from './peers.ts';

export interface BenchResult {
  readonly format: 'neuropatch-bench';
  readonly version: 1;
  /** A quick run looks whether all works; its figures say little. */
  readonly isQuick: boolean;
  readonly machine: Machine;
  /** "Chromium 130.0"; null when no mark opened one. */
  readonly browser: string | null;
  readonly peers: Readonly<Partial<Record<PeerId, PeerResult>>>;
  readonly marks: readonly MarkResult[];
}

/** A peer that a mark of this run wanted. */
export interface PeerResult {
  readonly title: string;
  readonly version: string;
  readonly state: 'installed' | 'missing';
  /** Why it is missing. */
  readonly reason: string | null;
}

export interface MarkResult {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** Day of the measurement, ISO 8601; null when it was not measured at all, and all its goals are missing. */
  readonly date: string | null;
  /** Heats that gave figures. Each had fresh processes. */
  readonly heats: number;
  readonly goals: readonly GoalResult[];
  readonly lines: readonly LineResult[];
  /** All figures, goals' among them: medians over the heats. */
  readonly figures: Readonly<Record<string, number | null>>;
  readonly notes: readonly string[];
}

/** missing: there is no figure; void: it was fast, but the sound was wrong. */
export type GoalState = 'reached' | 'missed' | 'missing' | 'void';

export interface GoalResult {
  readonly figure: string;
  readonly words: string;
  readonly atLeast: number | null;
  readonly atMost: number | null;
  readonly isSound: boolean;
  readonly state: GoalState;
  /** Median over the heats; of a sound the worst. */
  readonly value: number | null;
  /** Least and greatest of all heats. */
  readonly range: readonly [number, number] | null;
  /** Why it is missing or void. */
  readonly reason: string | null;
}

export interface LineResult {
  readonly contestant: string;
  readonly variant: string | null;
  readonly blockUs: number;
  readonly p99Us: number | null;
  /** Share of the budget of 128 frames, 0–1. */
  readonly shareOfBudget: number;
}
